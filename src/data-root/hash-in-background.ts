// Hashes the big files below files/ before anybody asks: when the server starts, and when they change. Looks again and
// again rather than be told, since no system tells of changes on every kind of disk.

import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log/log.js';

import { type FileStats, versionOf } from './file-version.js';

/** Files over this many bytes are big: hashed in the background, and remembered. */
export const bigFile = 16 * 1024 * 1024;

/** What is worked on. */
export interface BackgroundFiles {
  /** Paths of everything below files/. */
  list(): Promise<readonly string[]>;
  stat(path: string): Promise<FileStats | null>;
  /** Without hurry. */
  hash(path: string): Promise<unknown>;
  /** Gives up what `hash` is at. */
  stop(): void;
}

/** When files are looked at. In milliseconds. */
export interface Rhythm {
  /** Between two looks, or twenty times as long as a look takes, if that is more. */
  readonly pause: number;
  /** A file that was changed later than so long ago may still be being copied. */
  readonly rest: number;
}

const usual: Rhythm = { pause: 30_000, rest: 2_000 };

/** Begins; ends when it is closed. */
export function hashInBackground(
  files: BackgroundFiles,
  log: Log,
  rhythm: Rhythm = usual,
): { close(): Promise<void> } {
  const end = new AbortController();
  const work = async (): Promise<void> => {
    let seen = new Map<string, string>();
    while (!end.signal.aborted) {
      const begin = performance.now();
      const { found, hashingMs } = await lookOnce(files, log, rhythm, seen, end.signal);
      seen = found;
      const pause = Math.max(rhythm.pause, 20 * (performance.now() - begin - hashingMs));
      await delay(pause, undefined, { signal: end.signal, ref: false }).catch(() => undefined);
    }
  };
  const done = work();
  return {
    async close() {
      end.abort();
      files.stop();
      await done;
    },
  };
}

/** Hashes what has changed. @returns the versions of the big files that need no further look, and how long hashing took */
async function lookOnce(
  files: BackgroundFiles,
  log: Log,
  { rest }: Rhythm,
  seen: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<{ readonly found: Map<string, string>; readonly hashingMs: number }> {
  const found = new Map<string, string>();
  let hashingMs = 0;
  const paths = await files.list().catch((error: unknown) => {
    log.debug(`files/ can not be listed: ${describe(error)}`);
    return [];
  });
  for (const path of paths) {
    if (signal.aborted) break;
    const stats = await files.stat(path).catch(() => null);
    if (!stats?.isFile() || stats.size <= bigFile) continue;
    const version = versionOf(stats);
    if (seen.get(path) !== version) {
      const age = Date.now() - Number(stats.ctimeNs / 1_000_000n);
      // One with a time that is yet to come is as old as it will get.
      if (age >= 0 && age < rest) continue;
      const begin = performance.now();
      try {
        await files.hash(path);
        log.debug(`${path} is hashed: ${stats.size} bytes in ${Math.round(performance.now() - begin)} ms`);
      } catch (error) {
        if (signal.aborted) break;
        log.debug(`${path} can not be hashed: ${describe(error)}`);
      }
      hashingMs += performance.now() - begin;
    }
    found.set(path, version);
  }
  return { found, hashingMs };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
