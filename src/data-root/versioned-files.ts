// Keeps what was made of a file until the file changes, so that an edit of any kind is seen by the next request and an
// unchanged file is worked through once. Knows nothing of what is made.

import { setTimeout as delay } from 'node:timers/promises';
import type { ConfinedFile, ConfinedRoot } from './confined-path.js';
import { readFailed } from './file-errors.js';
import { isSettled, versionOf } from './file-version.js';

/** What was made of one version of a file: a value, or the error that its content is. */
export interface Made<T> {
  readonly outcome:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: unknown };
  /** Of the bytes: with the same one, what was made before can be handed out again. */
  readonly digest: string;
  /** About how many bytes it keeps in memory. */
  readonly bytes: number;
}

/** What is made of files, and how much of it is kept. */
export interface VersionedFilesOptions<T> {
  /** Makes a value of an open file; what this throws is not kept. `previous` was made of an earlier version, or of the same one. */
  make(file: ConfinedFile, path: string, previous: Made<T> | null): Promise<Made<T>>;
  readonly maxFiles: number;
  readonly maxBytes: number;
}

interface Entry<T> {
  readonly version: string;
  readonly settled: boolean;
  /** When its reading began, counted in requests. */
  readonly began: number;
  readonly made: Made<T>;
}

interface Load<T> {
  readonly began: number;
  readonly result: Promise<Made<T> | null>;
}

/** How often a file that changes while it is read is read again, and how many milliseconds after. */
const attempts = 4;
const pause = 10;

/** Values by path and version. */
export class VersionedFiles<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #loads = new Map<string, Load<T>>();
  #bytes = 0;
  #requests = 0;

  constructor(
    private readonly root: ConfinedRoot,
    private readonly options: VersionedFilesOptions<T>,
  ) {}

  /**
   * What is made of the file as it is now; null if there is none. Requests at the same time share one making.
   * @throws the error that the content is; ZtpError `path-refused`, `read-failed`
   */
  async get(path: string): Promise<T | null> {
    this.#requests += 1;
    const arrived = this.#requests;
    for (;;) {
      const load = this.#loads.get(path);
      if (load && load.began > arrived) return unwrap(await load.result);
      if (load) {
        // It began before this request: the file may have changed since.
        await load.result.catch(() => undefined);
        continue;
      }
      const entry = this.#entries.get(path);
      if (entry && entry.began > arrived) return unwrap(entry.made);
      if (entry?.settled) {
        // The same inode with the same times holds what was allowed and read before, by whatever links it is reached.
        const stats = await this.root.stat(path);
        if (stats && versionOf(stats) === entry.version) {
          this.#touch(path, entry);
          return unwrap(entry.made);
        }
        if (this.#loads.has(path) || this.#entries.get(path) !== entry) continue;
      }
      this.#startLoad(path);
    }
  }

  #startLoad(path: string): void {
    this.#requests += 1;
    const began = this.#requests;
    const result = this.#load(path, began).finally(() => this.#loads.delete(path));
    result.catch(() => undefined);
    this.#loads.set(path, { began, result });
  }

  async #load(path: string, began: number): Promise<Made<T> | null> {
    for (let attempt = 1; ; attempt += 1) {
      const readAt = Date.now();
      const file = await this.root.open(path);
      if (!file) {
        this.#forget(path);
        return null;
      }
      try {
        const version = versionOf(file.stats);
        const made = await this.options.make(file, path, this.#entries.get(path)?.made ?? null);
        if (versionOf(await file.handle.stat({ bigint: true })) === version) {
          this.#keep(path, { version, settled: isSettled(file.stats, readAt), began, made });
          return made;
        }
        if (attempt === attempts) return made;
      } catch (error) {
        throw readFailed(path, error);
      } finally {
        await file.handle.close();
      }
      await delay(pause * attempt);
    }
  }

  #keep(path: string, entry: Entry<T>): void {
    this.#forget(path);
    this.#entries.set(path, entry);
    this.#bytes += entry.made.bytes;
    for (const oldest of this.#entries.keys()) {
      const fits = this.#entries.size <= this.options.maxFiles && this.#bytes <= this.options.maxBytes;
      if (fits || oldest === path) break;
      this.#forget(oldest);
    }
  }

  #touch(path: string, entry: Entry<T>): void {
    if (this.#entries.get(path) !== entry) return;
    this.#entries.delete(path);
    this.#entries.set(path, entry);
  }

  #forget(path: string): void {
    const entry = this.#entries.get(path);
    if (!entry) return;
    this.#entries.delete(path);
    this.#bytes -= entry.made.bytes;
  }
}

function unwrap<T>(made: Made<T> | null): T | null {
  if (made === null) return null;
  if (made.outcome.ok) return made.outcome.value;
  throw made.outcome.error;
}
