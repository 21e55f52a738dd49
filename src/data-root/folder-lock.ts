// One process at a time: the lock of a folder, which is the kernel's (flock on the folder itself), so that it is free again
// the moment its holder dies and leaves nothing behind. `flock resources/ COMMAND` in a shell takes the same one.

import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ZtpError } from '../wire/ztp-error.js';
import { tryLock } from './system-calls.js';

/** How often it is asked for while another process has it, and for how long, in milliseconds. */
const askAgain = 2;
const askAtMost = 15_000;

/** A process that had it for this long with hardly a pause lets others have it for a moment, in milliseconds. */
const longTurn = 100;
const pause = 3 * askAgain;

/** The lock of one folder, for everybody in this process who works there: they hold it together. */
export class FolderLock {
  #holders = 0;
  #warned = false;
  #fd: number | null = null;
  /** When this process's turn began, and when it last let go, `performance.now()`. */
  #turnBegan = 0;
  #letGo = Number.NEGATIVE_INFINITY;
  /** The taking of the lock that is under way. */
  #taking: Promise<void> | null = null;
  /** Those who came after a long turn: called when everybody has let go. */
  #whenFree: (() => void)[] = [];

  /**
   * @param folder absolute, links followed
   * @param warn told, at most once, if this file system has no locks; work goes on without
   */
  constructor(
    private readonly folder: string,
    private readonly warn: () => void,
  ) {}

  /**
   * Works while no other process does so under this lock.
   * @throws ZtpError `write-failed` if another process does not let go, what the system says, and what `work` throws
   */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    await this.#take();
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  async #take(): Promise<void> {
    for (;;) {
      if (this.#fd === null) {
        this.#taking ??= this.#ask().finally(() => {
          this.#taking = null;
        });
        await this.#taking;
      } else if (performance.now() - this.#turnBegan > longTurn && this.#holders > 0) {
        await new Promise<void>((resolve) => this.#whenFree.push(resolve));
      }
      if (this.#fd === null) continue;
      this.#holders += 1;
      return;
    }
  }

  async #ask(): Promise<void> {
    const now = performance.now();
    const isNewTurn = now - this.#letGo > pause;
    if (isNewTurn) this.#turnBegan = now;
    else if (now - this.#turnBegan > longTurn) {
      await delay(pause);
      this.#turnBegan = performance.now();
    }
    const fd = openSync(this.folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const until = performance.now() + askAtMost;
      for (let found = tryLock(fd); found !== 'taken'; found = tryLock(fd)) {
        if (found === 'unsupported') {
          if (!this.#warned) this.warn();
          this.#warned = true;
          break;
        }
        if (performance.now() > until) {
          throw new ZtpError(
            'write-failed',
            `another process has locked ${this.folder} for ${askAtMost / 1000} s: look for it with \`fuser -v ${this.folder}\``,
          );
        }
        await delay(askAgain);
      }
      this.#fd = fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  #release(): void {
    this.#holders -= 1;
    if (this.#holders > 0 || this.#fd === null) return;
    closeSync(this.#fd);
    this.#fd = null;
    this.#letGo = performance.now();
    for (const go of this.#whenFree.splice(0)) go();
  }
}
