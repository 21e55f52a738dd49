// Tells the log that the journal can not be written, how it goes on, and what was lost. Once when it begins and then seldom:
// a full disk must not fill the log too.

import type { Log } from '../log/log.js';

/** What happens to the writing of one file. */
export class WriteTrouble {
  /** When the last line was logged; null while all is well. */
  #loggedAt: number | null = null;
  #reason = '';
  #caughtUp = 0;
  #lost = 0;

  /** @param remindAfter milliseconds */
  constructor(
    private readonly file: string,
    private readonly log: Log,
    private readonly remindAfter: number,
  ) {}

  /** An attempt failed; so many wait now. */
  failed(reason: string, waiting: number): void {
    this.#reason = reason;
    const now = performance.now();
    if (this.#loggedAt === null) {
      this.#say(
        `${this.file} can not be written: ${reason} (changes that wait in memory until it can: ${waiting})`,
      );
    } else if (now - this.#loggedAt >= this.remindAfter) {
      this.#say(
        `${this.file} still can not be written: ${reason} (changes that wait in memory: ${waiting}, lost: ${this.#lost})`,
      );
    }
  }

  /** So many were written; `all`: none waits any more of those that waited. */
  worked(written: number, all: boolean): void {
    if (this.#loggedAt !== null) this.#caughtUp += written;
    if (!all) return;
    if (this.#loggedAt !== null) {
      const level = this.#lost === 0 ? 'info' : 'warning';
      this.log[level](
        `${this.file} is written again (changes caught up: ${this.#caughtUp}, lost: ${this.#lost})`,
      );
    } else if (this.#lost > 0) {
      this.log.error(`${this.file} is written too slowly (changes lost: ${this.#lost})`, reason);
    }
    this.#loggedAt = null;
    this.#reason = '';
    this.#caughtUp = 0;
    this.#lost = 0;
  }

  /** The oldest were dropped, because too many waited. */
  lost(changes: number): void {
    this.#lost += changes;
  }

  /** One change can not be written at all. */
  refused(why: string): void {
    this.log.error(`${this.file}: a change could not be kept and is lost: ${why}`, reason);
  }

  /** The end came while so many waited. */
  ended(waiting: number): void {
    const lost = waiting + this.#lost;
    if (lost === 0) return;
    const why = this.#reason === '' ? 'there was no time' : this.#reason;
    this.log.error(
      `${this.file} could not be written before the end: ${why} (changes lost: ${lost})`,
      reason,
    );
  }

  #say(message: string): void {
    this.#loggedAt = performance.now();
    this.log.error(message, reason);
  }
}

const reason = { reason: 'write-failed' } as const;
