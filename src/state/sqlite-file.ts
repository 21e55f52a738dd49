// The file that a thread works on: libsql is synchronous, and a commit waits for the disk. The thread alone opens the file. It
// makes the file for a write only, and ends after the first failure, or when the file was replaced: see sqlite-thread.ts.

import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { describeFailure, resultOf, UnusableFile } from './failure-words.js';
import type { FileShape } from './migrations.js';
import { identityOf, makeFile, SqliteConnection, type Statement } from './sqlite-connection.js';
import type { SqliteAnswer, SqliteRequest, SqliteValue, SqliteWorkerData } from './sqlite-request.js';

/** How long another process may keep the file locked, in seconds. */
const busySeconds = 5;

/** How often is looked whether it is free again, in milliseconds. */
const askAgain = 5;

/** What SQLite says where it can not make the files that it needs beside this one. */
const unopenable = ['CANTOPEN', 'READONLY'];

/** The path leads to another file than was opened. */
class Replaced extends Error {}

/** What the work of a kind of request may do with the file. */
export interface SqliteAccess {
  /** Changes the file, which is made if there is none: all that `use` does, durably, or nothing. */
  write<T>(use: (connection: SqliteConnection) => T): T;
  /** As `write`, but null if there is no file. */
  changeIfThere<T>(use: (connection: SqliteConnection) => T): T | null;
  /** The rows of a query; none if there is no file. */
  read(statement: Statement): (readonly unknown[])[];
}

/** How a thread works. */
export interface SqliteWorkings<Work> {
  readonly shape: FileShape;
  /** The kinds of requests that change nothing. */
  readonly reading: readonly (keyof Work)[];
  /** Does what is asked; throws what SQLite and the system throw. */
  work(file: SqliteAccess, request: SqliteRequest<Work>): SqliteValue<Work>;
}

/** Answers what this thread is asked until it is ended. To be called by the thread's program, once. */
export function serveRequests<Work>(workings: SqliteWorkings<Work>): void {
  const { path, stop } = workerData as SqliteWorkerData;
  const file = new SqliteFile<Work>(path, stop, workings);
  parentPort?.on('message', (request: SqliteRequest<Work>) => {
    const answer = file.answer(request);
    if (answer) parentPort?.postMessage(answer);
  });
}

class SqliteFile<Work> implements SqliteAccess {
  #open: SqliteConnection | null = null;
  #spent = false;

  constructor(
    private readonly path: string,
    private readonly stop: Int32Array,
    private readonly workings: SqliteWorkings<Work>,
  ) {}

  /** Never throws. Null from a spent thread. */
  answer(request: SqliteRequest<Work>): SqliteAnswer<SqliteValue<Work>> | null {
    if (this.#spent) return null;
    const until = performance.now() + busySeconds * 1_000;
    for (;;) {
      if (Atomics.load(this.stop, 0) === 1) {
        return { kind: 'failed', reason: 'there was no time left', spent: false };
      }
      try {
        const value = this.workings.work(this, request);
        return { kind: 'done', value, spent: this.#spent };
      } catch (error) {
        const isBusy = resultOf(error) === 'BUSY';
        if (!isBusy || performance.now() > until) return this.#fail(request, error, isBusy);
        // Not SQLite waits, but we: libsql aborts the process if its thread is terminated while it is in there.
        Atomics.wait(this.stop, 0, 0, askAgain);
      }
    }
  }

  write<T>(use: (connection: SqliteConnection) => T): T {
    let open = this.#connect();
    if (!open) {
      makeFile(this.path);
      open = this.#connect();
    }
    if (!open) throw new Replaced();
    return this.#change(open, use);
  }

  changeIfThere<T>(use: (connection: SqliteConnection) => T): T | null {
    const open = this.#connect();
    return open && this.#change(open, use);
  }

  read({ sql, values }: Statement): (readonly unknown[])[] {
    const open = this.#connectToRead();
    if (!open) return [];
    const version = open.findVersion();
    if (version === 'empty') return [];
    if (version === 'older') {
      throw new UnusableFile('it is of an older version: start the server, which brings it up to date');
    }
    return [...open.rows(sql, values)];
  }

  #fail(
    { kind }: SqliteRequest<Work> & { readonly kind: keyof Work },
    error: unknown,
    isBusy: boolean,
  ): SqliteAnswer<SqliteValue<Work>> {
    const isReplaced = this.#isReplaced(error);
    this.#spent = isReplaced || !isBusy;
    if (isReplaced) return { kind: 'replaced', spent: true };
    const reading = this.workings.reading.includes(kind);
    const reason = describeFailure(error, this.path, { reading, busySeconds });
    return { kind: 'failed', reason, spent: this.#spent };
  }

  /** What was committed to a file that is no longer there was not written. */
  #change<T>(open: SqliteConnection, use: (connection: SqliteConnection) => T): T {
    open.prepareToWrite();
    const result = open.inTransaction(() => use(open));
    if (!open.isInPlace()) throw new Replaced();
    return result;
  }

  /** Null if there is no file. */
  #connect(): SqliteConnection | null {
    if (this.#open) {
      if (this.#open.isInPlace()) return this.#open;
      throw new Replaced();
    }
    const identity = identityOf(this.path);
    if (identity !== null) this.#open = this.#openAs(identity, 'mode=rw');
    return this.#open;
  }

  /** Without the right to make files in the folder, a file that nobody has open can be read as it stands, this once. */
  #connectToRead(): SqliteConnection | null {
    try {
      return this.#connect();
    } catch (error) {
      const identity = identityOf(this.path);
      if (identity === null || !unopenable.includes(resultOf(error)) || existsSync(`${this.path}-wal`))
        throw error;
      this.#spent = true;
      return this.#openAs(identity, 'mode=ro&immutable=1');
    }
  }

  #openAs(identity: string, how: string): SqliteConnection {
    return new SqliteConnection(this.path, identity, this.workings.shape, how);
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
