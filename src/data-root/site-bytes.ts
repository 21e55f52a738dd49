// The data root's files as a switch fetches them: bytes of one open file, and hashes worked out once per file version.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log/log.js';
import type { FileDescription, FileHashes, HashMemory } from '../ports/file-hashes.js';
import type { ConfinedFile, ConfinedRoot } from './confined-path.js';
import { clockGrainMs, type FileStats, isSettled, versionOf } from './file-version.js';
import { bigFile, hashInBackground, type Rhythm } from './hash-in-background.js';
import { HashTurns, hashChunks } from './hash-turns.js';
import { type Made, VersionedFiles } from './versioned-files.js';

/** A file, open: what replaces it meanwhile is not seen. Close it, or take its stream, which closes it. */
export interface OpenedFile {
  /** In bytes. */
  readonly size: number;
  readonly modified: Date;
  /** A strong entity tag (RFC 9110, 8.8.3), in quotes: another version of the file has another one. */
  readonly etag: string;
  /**
   * The bytes from `first` to `last`, both inclusive. Fails with `FileChanged` before the first byte that may not be of
   * this version: somebody wrote into the file, or shortened it. Closes the file at its end.
   */
  stream(first: number, last: number): Readable;
  close(): Promise<void>;
}

/** A file was changed in place while it was read. The message says how, in words. */
export class FileChanged extends Error {}

/** Bytes and hashes by path below the data root. Both give null for what is no plain file, and throw `path-refused` and `read-failed`. */
export interface SiteBytes extends FileHashes {
  open(path: string): Promise<OpenedFile | null>;
  /** Hashes the big files below files/ before anybody asks, until it is closed. */
  hashInBackground(log: Log, rhythm?: Rhythm): { close(): Promise<void> };
}

const chunkSize = 256 * 1024;

/** The bytes of a data root. @param memory of hashes; without one nothing outlasts the process */
export function createSiteBytes(root: ConfinedRoot, memory: HashMemory | null = null): SiteBytes {
  const turns = new HashTurns();
  const descriptions = new VersionedFiles<FileDescription>(root, {
    make: (file, path) => describe(file, path, turns, memory),
    maxFiles: 10_000,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  return {
    open: async (path) => {
      const file = await root.open(path);
      if (!file || isSettled(file.stats, Date.now())) return file && openedFile(file, true);
      // Changed a moment ago: a moment later its version says for sure which bytes these are.
      await file.handle.close();
      await delay(clockGrainMs);
      const again = await root.open(path);
      return again && openedFile(again, isSettled(again.stats, Date.now()));
    },
    describe: async (path, onProgress) => {
      const done = turns.want(path, onProgress);
      try {
        return await descriptions.get(path);
      } finally {
        done();
      }
    },
    hashInBackground: (log, rhythm) =>
      hashInBackground(
        {
          list: async () => (await root.list('files')).map((name) => `files/${name}`),
          stat: (path) => root.stat(path),
          hash: (path) => descriptions.get(path),
          stop: () => turns.stop(),
        },
        log,
        rhythm,
      ),
  };
}

function openedFile({ handle, stats }: ConfinedFile, settled: boolean): OpenedFile {
  // A file that goes on changing may change again and look the same: no other answer may ever carry this tag.
  const once = settled ? '' : `:${process.hrtime.bigint()}`;
  const tag = createHash('sha1')
    .update(versionOf(stats) + once)
    .digest('base64url');
  return {
    size: Number(stats.size),
    modified: stats.mtime,
    etag: `"${tag}"`,
    stream: (first, last) => streamPart({ handle, stats }, first, last),
    close: () => handle.close(),
  };
}

/**
 * Each piece is read, and given only if nobody had written into the file by then: which is asked after it was read, while the
 * next one is.
 */
function streamPart(
  { handle, stats }: Pick<ConfinedFile, 'handle' | 'stats'>,
  first: number,
  last: number,
): Readable {
  let position = first;
  const readNext = async (): Promise<Buffer | null> => {
    if (position > last) return null;
    const buffer = Buffer.allocUnsafe(Math.min(chunkSize, last - position + 1));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    position += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  let ahead: Buffer | null | undefined;
  const readChunk = async (): Promise<Buffer | null> => {
    const piece = ahead === undefined ? await readNext() : ahead;
    if (piece === null) return null;
    const [next, now] = await Promise.all([readNext(), handle.stat({ bigint: true })]);
    ahead = next;
    const change = findChange(stats, now);
    if (change !== null || piece.length === 0) throw new FileChanged(change ?? 'the file was shortened');
    return piece;
  };
  // A file must not be closed while it is read: its number may be another's at once.
  let reading: Promise<unknown> = Promise.resolve();
  return new Readable({
    highWaterMark: chunkSize,
    read() {
      reading = readChunk().then(
        (chunk) => void this.push(chunk),
        (error: Error) => void this.destroy(error),
      );
    },
    destroy(error, done) {
      reading
        .then(() => handle.close())
        .then(
          () => done(error),
          (failure: Error) => done(error ?? failure),
        );
    },
  });
}

/** How the bytes of an open file were changed, in words; null if they were not. That it was renamed or removed changes none. */
function findChange(before: FileStats, now: FileStats): string | null {
  if (now.size < before.size) return 'the file was shortened';
  return now.size === before.size && now.mtimeNs === before.mtimeNs ? null : 'the file was written to';
}

async function describe(
  file: ConfinedFile,
  path: string,
  turns: HashTurns,
  memory: HashMemory | null,
): Promise<Made<FileDescription>> {
  const { handle, stats } = file;
  if (stats.size <= bigFile) return made(await hashChunks(handle));
  const version = versionOf(stats);
  const readAt = Date.now();
  const known = await memory?.find(path, version);
  if (known) return made(known);
  const value = await turns.hash(path, handle);
  const isWhole = versionOf(await handle.stat({ bigint: true })) === version;
  if (isWhole && isSettled(stats, readAt)) memory?.keep(path, version, value);
  return made(value);
}

function made(value: FileDescription): Made<FileDescription> {
  return { outcome: { ok: true, value }, digest: value.sha256, bytes: 0 };
}
