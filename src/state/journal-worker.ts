// The thread of a journal: libsql is synchronous, and a commit waits for the disk. It alone opens the file. It makes the file
// for a write only, and ends after the first failure, or when the file was replaced: see journal-thread.ts.

import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { describeFailure, resultOf, UnusableFile } from './failure-words.js';
import { identityOf, JournalConnection, makeFile } from './journal-connection.js';
import { findRecords, findRuns, type Statement } from './journal-queries.js';
import type { JournalAnswer, JournalRequest, JournalValue, JournalWorkerData } from './journal-request.js';
import { type ChangeRow, toRecord, toRun, writeStatements } from './journal-rows.js';
import { findVersion } from './migrations.js';

/** How long another process may keep the file locked, in seconds. */
const busySeconds = 5;

/** How often is looked whether it is free again, in milliseconds. */
const askAgain = 5;

/** What SQLite says where it can not make the files that it needs beside this one. */
const unopenable = ['CANTOPEN', 'READONLY'];

/** The path leads to another file than was opened. */
class Replaced extends Error {}

class JournalFile {
  #open: JournalConnection | null = null;
  #spent = false;

  constructor(
    private readonly path: string,
    private readonly stop: Int32Array,
  ) {}

  /** Never throws. Null from a spent thread. */
  answer(request: JournalRequest): JournalAnswer | null {
    if (this.#spent) return null;
    const until = performance.now() + busySeconds * 1_000;
    for (;;) {
      if (Atomics.load(this.stop, 0) === 1) {
        return { kind: 'failed', reason: 'there was no time left', spent: false };
      }
      try {
        const value = this.#work(request);
        return { kind: 'done', value, spent: this.#spent };
      } catch (error) {
        const isBusy = resultOf(error) === 'BUSY';
        if (!isBusy || performance.now() > until) return this.#fail(request, error, isBusy);
        // Not SQLite waits, but we: libsql aborts the process if its thread is terminated while it is in there.
        Atomics.wait(this.stop, 0, 0, askAgain);
      }
    }
  }

  #fail({ kind }: JournalRequest, error: unknown, isBusy: boolean): JournalAnswer {
    const isReplaced = this.#isReplaced(error);
    this.#spent = isReplaced || !isBusy;
    if (isReplaced) return { kind: 'replaced', spent: true };
    const reading = kind === 'records' || kind === 'runs';
    const reason = describeFailure(error, this.path, { reading, busySeconds });
    return { kind: 'failed', reason, spent: this.#spent };
  }

  #work(request: JournalRequest): JournalValue {
    switch (request.kind) {
      case 'write':
        return this.#write(request.changes);
      case 'records': {
        const rows = this.#read(findRecords(request.query)).map(toRecord);
        return request.query.after === undefined ? rows.reverse() : rows;
      }
      case 'runs':
        return this.#read(findRuns(request.query)).flatMap((row) => toRun(row) ?? []);
      case 'prune':
        return this.#prune(request.before, request.limit);
    }
  }

  #write(changes: readonly ChangeRow[]): string[] {
    let open = this.#connect();
    if (!open) {
      makeFile(this.path);
      open = this.#connect();
    }
    if (!open) throw new Replaced();
    return this.#change(open, (connection) => changes.flatMap((change) => write(connection, change) ?? []));
  }

  #prune(before: string, limit: number): number {
    const open = this.#connect();
    if (!open) return 0;
    const values = [before, BigInt(limit)];
    return this.#change(
      open,
      (connection) =>
        connection.change(
          `DELETE FROM records WHERE position IN (
             SELECT position FROM records WHERE at < ?1 AND coalesce(repeated_at, at) < ?1 ORDER BY at LIMIT ?2)`,
          values,
        ) +
        connection.change(
          `DELETE FROM runs WHERE run IN (
             SELECT run FROM runs WHERE active_at < ? AND ended_at IS NOT NULL ORDER BY active_at LIMIT ?)`,
          values,
        ),
    );
  }

  /** What was committed to a file that is no longer there was not written. */
  #change<T>(open: JournalConnection, use: (connection: JournalConnection) => T): T {
    open.prepareToWrite();
    const result = open.inTransaction(() => use(open));
    if (!open.isInPlace()) throw new Replaced();
    return result;
  }

  #read({ sql, values }: Statement): (readonly unknown[])[] {
    const open = this.#connectToRead();
    if (!open) return [];
    const version = findVersion(open);
    if (version === 'empty') return [];
    if (version === 'older') {
      throw new UnusableFile('it is of an older version: start the server, which brings it up to date');
    }
    return [...open.rows(sql, values)];
  }

  /** Null if there is no file. */
  #connect(): JournalConnection | null {
    if (this.#open) {
      if (this.#open.isInPlace()) return this.#open;
      throw new Replaced();
    }
    const identity = identityOf(this.path);
    if (identity !== null) this.#open = new JournalConnection(this.path, identity, 'mode=rw');
    return this.#open;
  }

  /** Without the right to make files in the folder, a journal that nobody has open can be read as it stands, this once. */
  #connectToRead(): JournalConnection | null {
    try {
      return this.#connect();
    } catch (error) {
      const identity = identityOf(this.path);
      if (identity === null || !unopenable.includes(resultOf(error)) || existsSync(`${this.path}-wal`))
        throw error;
      this.#spent = true;
      return new JournalConnection(this.path, identity, 'mode=ro&immutable=1');
    }
  }

  #isReplaced(error: unknown): boolean {
    try {
      if (!(error instanceof Replaced) && (!this.#open || this.#open.isInPlace())) return false;
      this.#open?.removeLeftovers();
      return true;
    } catch {
      return false;
    }
  }
}

/** Writes one change. @returns why it can not be written at all, if so */
function write(connection: JournalConnection, { kind, values }: ChangeRow): string | null {
  try {
    connection.change(writeStatements[kind], values);
    return null;
  } catch (error) {
    if (!['CONSTRAINT', 'TOOBIG', 'MISMATCH'].includes(resultOf(error))) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

const { path, stop } = workerData as JournalWorkerData;
const file = new JournalFile(path, stop);
parentPort?.on('message', (request: JournalRequest) => {
  const answer = file.answer(request);
  if (answer) parentPort?.postMessage(answer);
});
