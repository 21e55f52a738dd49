// Files that were replaced, watched for a moment: whoever opened one before may still write into it, and what he writes
// would be gone without a word. Only notices; what becomes of such an edit is the owner's business.

import { closeSync, fstatSync } from 'node:fs';
import { type DisplacedFile, markOf } from './exchange-file.js';
import { readNow } from './read-bounded.js';

/** How long a replaced file is watched, how often it is looked at, and how long an edit has to rest, in milliseconds. */
const watchedFor = 5_000;
const lookEvery = 200;
const restsFor = 50;

/** Files that are watched at once: each keeps a descriptor. Beyond this the oldest is looked at a last time. */
const watchedAtMost = 64;

/** A replaced file, open. Only `#look` closes it. */
interface Watched<T> extends DisplacedFile {
  until: number;
  readonly about: T;
}

/** Replaced files, each with what its owner knows about it. */
export class LateEdits<T> {
  #watched: Watched<T>[] = [];
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  /** @param merge called with what a replaced file holds now, if it was written into, or why that can not be read. Must not throw. @returns false to be called again later, if there is time: the edit looks half-written */
  constructor(
    private readonly merge: (about: T, edit: Buffer | Error, isLast: boolean) => Promise<boolean>,
  ) {}

  /** Takes over the descriptor. */
  watch(file: DisplacedFile, about: T): void {
    this.#watched.push({ ...file, until: performance.now() + watchedFor, about });
    for (const oldest of this.#watched.slice(0, -watchedAtMost)) oldest.until = 0;
    if (this.#watched.length === 2 * watchedAtMost) this.#lookSoon(false);
    this.#timer ??= setInterval(() => this.#lookSoon(false), lookEvery).unref();
  }

  /** What is known about the files that are watched. */
  *about(): Generator<T> {
    for (const { about } of this.#watched) yield about;
  }

  /** Looks a last time, merges what it finds, and lets go of all files. */
  async close(): Promise<void> {
    do {
      this.#lookSoon(true);
      await this.#looking;
      // Merging replaces the file once more.
    } while (this.#watched.length > 0);
  }

  #lookSoon(isLast: boolean): void {
    this.#looking = this.#looking.then(() => this.#look(isLast));
  }

  async #look(isLast: boolean): Promise<void> {
    const now = performance.now();
    for (const file of [...this.#watched]) {
      const isOver = isLast || now > file.until;
      const edit = readEdit(file, isOver);
      const isMerged = edit !== null && (await this.merge(file.about, edit, isOver || edit instanceof Error));
      if (!isMerged && !isOver) continue;
      this.#watched = this.#watched.filter((it) => it !== file);
      closeSync(file.fd);
    }
    if (this.#watched.length > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** What was written into a file since it was replaced, once it rests or there is no more time; null if nothing was. */
function readEdit({ fd, mark }: DisplacedFile, isOver: boolean): Buffer | Error | null {
  try {
    const stats = fstatSync(fd, { bigint: true });
    const rests = Date.now() - Number(stats.mtimeMs) >= restsFor;
    return markOf(stats) !== mark && (rests || isOver) ? readNow(fd) : null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
