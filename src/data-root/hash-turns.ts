// Whose turn it is to be hashed: big files one at a time, those that somebody waits for first and at full speed, the others
// with rests in between. Knows no paths but as names.

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { FileDescription } from '../ports/file-hashes.js';

/** So much is read and hashed in one piece: about a millisecond's work. */
const chunkSize = 256 * 1024;

type OnProgress = (bytes: number) => void;

interface Job {
  readonly path: string;
}

/** The turns of one process. */
export class HashTurns {
  readonly #jobs: Job[] = [];
  /** Who waits for a path. */
  readonly #wanted = new Map<string, Set<OnProgress>>();
  #sleepers: (() => void)[] = [];
  readonly #end = new AbortController();

  /** A path is hurried, and `onProgress` told, until the function that this gives is called. */
  want(path: string, onProgress: OnProgress = () => {}): () => void {
    const tell: OnProgress = (bytes) => onProgress(bytes);
    const listeners = this.#wanted.get(path) ?? new Set();
    this.#wanted.set(path, listeners.add(tell));
    this.#wake();
    return () => {
      listeners.delete(tell);
      if (listeners.size === 0 && this.#wanted.get(path) === listeners) this.#wanted.delete(path);
      this.#wake();
    };
  }

  /** Hashes an open file when it is its turn. Fails once `stop` was called, unless somebody waits for it. */
  async hash(path: string, handle: FileHandle): Promise<FileDescription> {
    const job: Job = { path };
    this.#jobs.push(job);
    try {
      return await hashChunks(handle, async (bytes, tookMs) => {
        for (const tell of this.#wanted.get(path) ?? []) tell(bytes);
        await this.#turn(job, tookMs);
      });
    } finally {
      this.#jobs.splice(this.#jobs.indexOf(job), 1);
      this.#wake();
    }
  }

  /** What nobody waits for is given up. */
  stop(): void {
    this.#end.abort();
    this.#wake();
  }

  /** Resolves when a job may go on. Who is not waited for rests as long as its last piece took. */
  async #turn(job: Job, tookMs: number): Promise<void> {
    for (;;) {
      const isWanted = this.#wanted.has(job.path);
      if (!isWanted) this.#end.signal.throwIfAborted();
      const first = this.#jobs.find(({ path }) => this.#wanted.has(path)) ?? this.#jobs[0];
      if (first === job) {
        if (!isWanted && tookMs > 0) await delay(Math.max(1, tookMs));
        return;
      }
      await new Promise<void>((resolve) => this.#sleepers.push(resolve));
    }
  }

  #wake(): void {
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wake of sleepers) wake();
  }
}

/**
 * Hashes an open file, in pieces, so that requests are answered in between.
 * @param next awaited before each piece: told how many bytes are done, and how long the last piece took
 */
export async function hashChunks(
  handle: FileHandle,
  next: (bytes: number, tookMs: number) => Promise<void> | void = () => {},
): Promise<FileDescription> {
  const sha1 = createHash('sha1');
  const sha256 = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkSize);
  let took = 0;
  for (let size = 0; ; ) {
    await next(size, took);
    const begin = performance.now();
    const { bytesRead } = await handle.read(buffer, 0, chunkSize, size);
    if (bytesRead === 0) return { size, sha1: sha1.digest('hex'), sha256: sha256.digest('hex') };
    const chunk = buffer.subarray(0, bytesRead);
    sha1.update(chunk);
    sha256.update(chunk);
    size += bytesRead;
    took = performance.now() - begin;
  }
}
