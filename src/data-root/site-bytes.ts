// The data root's files as a switch fetches them: bytes of one open file, and hashes worked out once per file version.

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConfinedFile, ConfinedRoot } from './confined-path.js';
import { clockGrainMs, isSettled, versionOf } from './file-version.js';
import { type Made, VersionedFiles } from './versioned-files.js';

/** A file, open: what replaces it meanwhile is not seen. Close it, or take its stream, which closes it. */
export interface OpenedFile {
  /** In bytes. */
  readonly size: number;
  readonly modified: Date;
  /** A strong entity tag (RFC 9110, 8.8.3), in quotes: another version of the file has another one. */
  readonly etag: string;
  /** The bytes from `first` to `last`, both inclusive. Ends early if the file is cut off in place. Closes the file at its end. */
  stream(first: number, last: number): Readable;
  close(): Promise<void>;
}

/** Size and hashes (hexadecimal) of a file (device-api.md, `/meta`). */
export interface FileDescription {
  readonly size: number;
  readonly sha1: string;
  readonly sha256: string;
}

/** Bytes and hashes by path below the data root. Both give null for what is no plain file, and throw `path-refused` and `read-failed`. */
export interface SiteBytes {
  open(path: string): Promise<OpenedFile | null>;
  describe(path: string): Promise<FileDescription | null>;
}

const chunkSize = 256 * 1024;

/** The bytes of a data root. */
export function createSiteBytes(root: ConfinedRoot): SiteBytes {
  const descriptions = new VersionedFiles<FileDescription>(root, {
    make: describe,
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
    describe: (path) => descriptions.get(path),
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
    stream: (first, last) => handle.createReadStream({ start: first, end: last, highWaterMark: chunkSize }),
    close: () => handle.close(),
  };
}

/** Chunks are read and hashed one at a time, so that other requests are answered in between. */
async function describe(file: ConfinedFile): Promise<Made<FileDescription>> {
  const sha1 = createHash('sha1');
  const sha256 = createHash('sha256');
  const size = await forEachChunk(file.handle, (chunk) => {
    sha1.update(chunk);
    sha256.update(chunk);
  });
  const value = { size, sha1: sha1.digest('hex'), sha256: sha256.digest('hex') };
  return { outcome: { ok: true, value }, digest: value.sha256, bytes: 0 };
}

async function forEachChunk(handle: FileHandle, use: (chunk: Buffer) => void): Promise<number> {
  const buffer = Buffer.allocUnsafe(chunkSize);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, chunkSize, position);
    if (bytesRead === 0) return position;
    use(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
