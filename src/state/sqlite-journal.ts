// The journal in an SQLite file. Gathers changes and hands them in batches to a thread, which alone opens the file
// (journal-worker.ts); keeps them while it can not be written. Knows no SQL.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../log/log.js';
import type { Journal, JournalChange, RecordQuery, RunQuery, StoredRecord } from '../ports/journal.js';
import type { RunSummary } from '../wire/run-summary.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { JournalWork } from './journal-request.js';
import { type ChangeRow, toRow } from './journal-rows.js';
import { PendingChanges } from './pending-changes.js';
import { SqliteThread } from './sqlite-thread.js';
import { WriteTrouble } from './write-trouble.js';

/** Amounts and times (in milliseconds) that tests shorten. */
export interface JournalLimits {
  /** A change waits so long for others, unless so many have gathered. */
  readonly gather: number;
  readonly gathered: number;
  /** The most that is written in one transaction. */
  readonly batch: number;
  readonly batchCharacters: number;
  /** The most that waits; then the oldest are dropped. */
  readonly waiting: number;
  readonly waitingCharacters: number;
  /** Between attempts to write: the first pause, each twice the one before, and the longest. */
  readonly pause: number;
  readonly longestPause: number;
  /** How often the log is told that it still can not be written. */
  readonly remind: number;
  readonly close: number;
  /** From the start to the first look for what is too old: a command is over by then. */
  readonly firstPrune: number;
  readonly prune: number;
  /** The most rows that one transaction deletes. */
  readonly pruned: number;
}

const usualLimits: JournalLimits = {
  gather: 50,
  gathered: 500,
  batch: 5_000,
  batchCharacters: 8 * 1_024 * 1_024,
  waiting: 100_000,
  waitingCharacters: 128 * 1_024 * 1_024,
  pause: 1_000,
  longestPause: 30_000,
  remind: 60_000,
  close: 5_000,
  firstPrune: 10_000,
  prune: 3_600_000,
  pruned: 5_000,
};

/** What a journal is opened with. */
export interface JournalOptions {
  /** Absolute; made, and the file in it, by the first write. */
  readonly folder: string;
  /** Records and ended runs that are older are deleted. */
  readonly keepDays: number;
  readonly log: Log;
  /** For who only reads: nothing may be appended, and nothing is deleted. */
  readonly readOnly?: boolean;
  readonly limits?: Partial<JournalLimits>;
}

/** Somebody who waits until all is durable that was appended before. */
interface Flusher {
  /** Once so many were written of all that were ever appended. */
  readonly appended: number;
  resolve(durable: boolean): void;
}

const day = 86_400_000;

/** The compiled module beside this one: tests run a compiled copy of the room. */
const program = new URL('./journal-worker.js', import.meta.url);

/** The file of the journal in its folder. */
export function journalFile(folder: string): string {
  return join(folder, 'journal.db');
}

/** A journal in `journal.db`. Other processes may append to the same file at the same time. */
export class SqliteJournal implements Journal {
  readonly #file: string;
  readonly #options: JournalOptions;
  readonly #limits: JournalLimits;
  readonly #thread: SqliteThread<JournalWork>;
  readonly #pending: PendingChanges;
  readonly #trouble: WriteTrouble;
  #appended = 0;
  /** Of those that were appended: no longer waiting, since they were written or dropped. */
  #settled = 0;
  #flushers: Flusher[] = [];
  #writing: Promise<void> | null = null;
  #gathering: NodeJS.Timeout | undefined;
  /** Set from a failed attempt until the next. */
  #retry: NodeJS.Timeout | undefined;
  #pause: number;
  #nextPrune: NodeJS.Timeout | undefined;
  #pruning: Promise<void> = Promise.resolve();
  #closed = false;
  /** Closed, and the time to write is over. */
  #ending = false;

  /** Opens nothing yet. */
  constructor(options: JournalOptions) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
    this.#file = journalFile(options.folder);
    this.#thread = new SqliteThread(program, this.#file);
    const { waiting, waitingCharacters, remind, pause, firstPrune } = this.#limits;
    this.#pending = new PendingChanges({ changes: waiting, characters: waitingCharacters });
    this.#trouble = new WriteTrouble(this.#file, options.log, remind);
    this.#pause = pause;
    if (!options.readOnly) this.#pruneAfter(firstPrune);
  }

  append(change: JournalChange): void {
    if (this.#closed || this.#options.readOnly) {
      this.#trouble.refused(
        this.#closed ? 'the journal was closed before' : 'it was opened for reading only',
      );
      return;
    }
    let row: ChangeRow;
    try {
      row = toRow(change);
    } catch (error) {
      this.#trouble.refused(wordsOf(error));
      return;
    }
    const { added, dropped } = this.#pending.add(row);
    this.#appended += added;
    this.#drop(dropped);
    if (!this.#retry) this.#writeSoon();
  }

  flush(): Promise<boolean> {
    if (this.#pending.count === 0 && !this.#writing) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#flushers.push({ appended: this.#appended, resolve });
      this.#write();
    });
  }

  async records(query: RecordQuery): Promise<readonly StoredRecord[]> {
    return this.#read(() => this.#thread.ask<'records'>({ kind: 'records', query }));
  }

  async runs(query: RunQuery): Promise<readonly RunSummary[]> {
    return this.#read(() => this.#thread.ask<'runs'>({ kind: 'runs', query }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#nextPrune);
    let limit: NodeJS.Timeout | undefined;
    // An attempt that was under way may fail for what has passed.
    const written = this.flush().then(async (durable) => {
      if (!durable && !this.#ending) await this.flush();
      await this.#pruning;
    });
    await Promise.race([
      written,
      new Promise((resolve) => (limit = setTimeout(resolve, this.#limits.close))),
    ]);
    clearTimeout(limit);
    this.#ending = true;
    await this.#thread.end();
    await this.#writing;
    clearTimeout(this.#gathering);
    clearTimeout(this.#retry);
    this.#answer(false);
    this.#trouble.ended(this.#pending.count);
  }

  /** Where there is no journal, no thread is started to say so. */
  async #read<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
    try {
      return this.#mayExist() ? await ask() : [];
    } catch (error) {
      throw new ZtpError('read-failed', `${this.#file} can not be read: ${wordsOf(error)}`, { cause: error });
    }
  }

  /** False only where it is certain; the thread has words for what else there may be. */
  #mayExist(): boolean {
    try {
      return statSync(this.#file, { throwIfNoEntry: false }) !== undefined;
    } catch {
      return true;
    }
  }

  #writeSoon(): void {
    if (this.#writing) return;
    if (this.#pending.count >= this.#limits.gathered) this.#write();
    else this.#gathering ??= setTimeout(() => this.#write(), this.#limits.gather);
  }

  #write(): void {
    clearTimeout(this.#gathering);
    clearTimeout(this.#retry);
    this.#gathering = undefined;
    this.#retry = undefined;
    this.#writing ??= this.#writeBatches();
  }

  /** Writes one batch, and on as long as many wait, or somebody waits for them. */
  async #writeBatches(): Promise<void> {
    // What it is called from is to see `#writing` set.
    await null;
    do {
      if (!(await this.#writeBatch())) break;
    } while (this.#pending.count >= this.#limits.gathered || this.#flushers.length > 0);
    this.#writing = null;
    // Who asked after the attempt had failed wants another one.
    if (this.#flushers.length > 0) this.#write();
    else if (this.#pending.count > 0 && !this.#retry && !this.#closed) this.#writeSoon();
  }

  /** @returns false if nothing could be written, or nothing waits */
  async #writeBatch(): Promise<boolean> {
    const { batch, batchCharacters } = this.#limits;
    const changes = this.#pending.take({ changes: batch, characters: batchCharacters });
    if (changes.length === 0) {
      this.#answer(true);
      return false;
    }
    const all = this.#pending.count === 0;
    try {
      const refusals = await this.#thread.ask<'write'>({ kind: 'write', changes });
      for (const why of refusals) this.#trouble.refused(why);
    } catch (error) {
      this.#drop(this.#pending.putBack(changes));
      if (!this.#ending) this.#trouble.failed(wordsOf(error), this.#pending.count);
      this.#answer(false);
      if (!this.#closed) this.#writeLater();
      return false;
    }
    this.#settled += changes.length;
    this.#pause = this.#limits.pause;
    this.#trouble.worked(changes.length, all);
    this.#answer(true);
    return true;
  }

  #writeLater(): void {
    this.#retry = setTimeout(() => this.#write(), this.#pause).unref();
    this.#pause = Math.min(this.#pause * 2, this.#limits.longestPause);
  }

  #drop(changes: number): void {
    if (changes === 0) return;
    this.#settled += changes;
    this.#trouble.lost(changes);
    this.#answer(false);
  }

  /** Tells those whose changes were written, or everybody that they were not. */
  #answer(durable: boolean): void {
    const told = this.#flushers.filter(({ appended }) => !durable || appended <= this.#settled);
    this.#flushers = this.#flushers.filter((flusher) => !told.includes(flusher));
    for (const { resolve } of told) resolve(durable);
  }

  #pruneAfter(time: number): void {
    this.#nextPrune = setTimeout(() => {
      this.#pruning = this.#prune();
    }, time).unref();
  }

  /** In pieces, so that what is appended meanwhile does not wait for long. */
  async #prune(): Promise<void> {
    const { keepDays, log } = this.#options;
    try {
      const before = new Date(Date.now() - keepDays * day).toISOString();
      const limit = this.#limits.pruned;
      while (!this.#closed && this.#mayExist()) {
        if ((await this.#thread.ask<'prune'>({ kind: 'prune', before, limit })) < limit) break;
      }
    } catch (error) {
      log.warning(
        `${this.#file}: what is older than ${keepDays} days could not be deleted: ${wordsOf(error)}`,
      );
    }
    if (!this.#closed) this.#pruneAfter(this.#limits.prune);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
