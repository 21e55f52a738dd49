// The thread of a `TablePoolStore`: libsql is synchronous, and a commit waits for the disk. Answers batches of requests over
// one SQLite file; never creates it. Nobody else in this process may open the file: closing it would drop SQLite's locks.

import { accessSync, constants, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { TextDecoder } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'libsql';
import type { ReasonCode } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';
import { codeOf, isAbsent, readFailed, writeFailed } from './file-errors.js';
import { type Cell, listTables, mendFor, PoolTable, placeOf, type TableConnection } from './pool-table.js';
import {
  isWrite,
  type PoolCount,
  type TableAnswer,
  type TableMessage,
  type TableRequest,
  type TableValue,
  type TableWorkerData,
} from './table-request.js';

/** How long another process may keep the file locked. */
const busySeconds = 5;

/** How often is looked whether it may be written, in milliseconds: SQLite itself would soon look ten times a second, and find a busy neighbour writing again. */
const askAgain = 2;

/** How often a batch is begun anew because the file was replaced by another meanwhile. */
const attemptsAtMost = 10;

/** A file as it was when it was opened, and what was prepared for it. */
class OpenFile implements TableConnection {
  readonly #db: Database.Database;
  /** Statements live until they are collected, and keep the file open: so the few there are are kept. */
  readonly #statements = new Map<string, Database.Statement>();
  readonly #decoder: TextDecoder;

  constructor(
    path: string,
    readonly identity: string,
  ) {
    this.#db = new Database(`${pathToFileURL(path).href}?mode=rw`);
    try {
      this.wait(busySeconds);
      // EXTRA is FULL, and a rollback journal that was deleted is gone after a power cut too.
      this.run('PRAGMA synchronous = EXTRA');
      // libsql is built with both on; triggers and references are to do here what they do elsewhere.
      this.run('PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF');
      this.run('SELECT 1 FROM sqlite_schema LIMIT 1');
      const [row] = this.rows('PRAGMA encoding');
      this.#decoder = new TextDecoder(String(row?.[0]), { fatal: true, ignoreBOM: true });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  rows(sql: string, ...parameters: readonly (string | bigint)[]): readonly (readonly Cell[])[] {
    return this.#prepare(sql).raw().safeIntegers().all(parameters) as Cell[][];
  }

  change(sql: string, ...parameters: readonly (string | bigint)[]): void {
    this.#prepare(sql).run(parameters);
  }

  decode(bytes: Buffer): string | null {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return null;
    }
  }

  run(sql: string): void {
    this.#db.exec(sql);
  }

  /** How long SQLite waits for a lock. */
  wait(seconds: number): void {
    this.run(`PRAGMA busy_timeout = ${seconds * 1_000}`);
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** The SQLite file, opened when it is asked for and whenever it is another one. */
class TableFile {
  #open: OpenFile | null = null;
  /** Pools that the last batch took values from. */
  #counts: readonly PoolCount[] = [];

  constructor(private readonly options: TableWorkerData) {}

  /** Answers each request, in their order. Never throws. */
  work(requests: readonly TableRequest[]): TableMessage {
    this.#counts = [];
    return { answers: this.#answer(requests), counts: this.#counts };
  }

  #answer(requests: readonly TableRequest[]): TableAnswer[] {
    let answers = new Map<TableRequest, TableAnswer>();
    let failure: unknown = null;
    for (let attempt = 0; attempt < attemptsAtMost; attempt += 1) {
      answers = new Map();
      failure = null;
      let identity: string | null = null;
      try {
        identity = identityOf(this.options.path);
        this.#work(this.#connect(identity), requests, answers);
      } catch (error) {
        failure = error;
        if (this.#open?.inTransaction) this.#disconnect();
      }
      // What was committed to a file that is no longer there was not given out.
      if (identity === null || identity === tryIdentityOf(this.options.path)) {
        return requests.map((request) => answers.get(request) ?? this.#toAnswer(request, failure));
      }
    }
    const error = new Error('it was replaced by another file each time it was asked');
    return requests.map((request) => this.#toAnswer(request, error));
  }

  #connect(identity: string): OpenFile {
    if (this.#open?.identity === identity) return this.#open;
    this.#disconnect();
    try {
      this.#open = new OpenFile(this.options.path, identity);
    } catch (error) {
      // libsql says no more than that it could not open the file.
      accessSync(this.options.path, constants.R_OK);
      throw codeOf(error) ? error : new Error('SQLite can not open it', { cause: error });
    }
    return this.#open;
  }

  #disconnect(): void {
    try {
      this.#open?.close();
    } catch {
      // What could not be used can not be closed.
    }
    this.#open = null;
  }

  /** What needs no change is answered without locking anybody out; the others share one transaction. */
  #work(open: OpenFile, requests: readonly TableRequest[], answers: Map<TableRequest, TableAnswer>): void {
    open.run('BEGIN');
    endTransaction(open, () => {
      const tables = this.#tablesOf(open);
      for (const request of requests) {
        this.#attempt(request, answers, () => look(open, tables, request));
      }
      return false;
    });
    const writes = requests.filter((request) => !answers.has(request));
    if (writes.length === 0) return;
    const written = new Map<TableRequest, TableAnswer>();
    beginWriting(open);
    endTransaction(open, () => {
      const tables = this.#tablesOf(open);
      for (const request of writes) {
        this.#attempt(request, written, () => inSavepoint(open, () => change(tables, request)));
      }
      const done = [...written].flatMap(([request, answer]) => ('value' in answer ? [request] : []));
      const pools = new Set(done.flatMap((request) => (request.kind === 'allocate' ? [request.pool] : [])));
      this.#counts = Array.from(pools, (pool) => ({ pool, ...tables(pool).count() }));
      return done.length > 0;
    });
    for (const [request, answer] of written) {
      const isNew = request.kind === 'allocate' && 'value' in answer;
      answers.set(request, isNew ? { ...answer, isNew } : answer);
    }
  }

  /** Keeps what a request yields, nothing for undefined; throws what concerns more than this request. */
  #attempt(
    request: TableRequest,
    answers: Map<TableRequest, TableAnswer>,
    use: () => TableValue | undefined,
  ): void {
    try {
      const value = use();
      if (value !== undefined) answers.set(request, { value });
    } catch (error) {
      if (!isItsOwn(error)) throw error;
      answers.set(request, this.#toAnswer(request, error));
    }
  }

  #tablesOf(open: OpenFile): (pool: string) => PoolTable {
    const tables = new Map<string, PoolTable>();
    return (pool) => {
      const table = tables.get(pool) ?? new PoolTable(open, this.options.file, pool);
      tables.set(pool, table);
      return table;
    };
  }

  #toAnswer(request: TableRequest, error: unknown): TableAnswer {
    const { file } = this.options;
    const place = request.kind === 'list' ? file : placeOf(file, request.pool);
    if (isAbsent(error)) {
      if (request.kind === 'list') return { value: [] };
      const mend = `make it, and its folder, with sqlite3 ${file} "${mendFor(request.pool)}", or correct [resources] sqlite`;
      return { code: 'missing-pool', message: `${place}: the file is not there: ${mend}` };
    }
    const { code, message } = explain(place, error) ?? couldNot(request, `${place}:`, error);
    return { code, message };
  }
}

function look(
  open: OpenFile,
  tables: (pool: string) => PoolTable,
  request: TableRequest,
): TableValue | undefined {
  switch (request.kind) {
    case 'list':
      return listTables(open);
    case 'read':
      return tables(request.pool).read();
    case 'preview':
      return tables(request.pool).preview(request.owner);
    case 'allocate':
      return tables(request.pool).held(request.owner) ?? undefined;
    default:
      return undefined;
  }
}

function change(tables: (pool: string) => PoolTable, request: TableRequest): TableValue | undefined {
  switch (request.kind) {
    case 'allocate':
      return tables(request.pool).allocate(request.owner);
    case 'release':
      return tables(request.pool).release(request.wish);
    case 'reassign':
      return tables(request.pool).reassign(request.from, request.to);
    case 'add':
      return tables(request.pool).add(request.values);
    default:
      return undefined;
  }
}

/** Begins a transaction that may write. */
function beginWriting(open: OpenFile): void {
  const until = performance.now() + busySeconds * 1_000;
  open.wait(0);
  try {
    while (!tryToBegin(open, until)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, askAgain);
  } finally {
    open.wait(busySeconds);
  }
}

function tryToBegin(open: OpenFile, until: number): boolean {
  try {
    open.run('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if (resultOf(error) !== 'BUSY' || performance.now() > until) throw error;
    return false;
  }
}

/** Does what a transaction was begun for; commits if `use` says so, and else leaves everything as it was. */
function endTransaction(open: OpenFile, use: () => boolean): void {
  try {
    if (use()) open.run('COMMIT');
  } finally {
    if (open.inTransaction) open.run('ROLLBACK');
  }
}

/** Takes back what `use` did if it throws. */
function inSavepoint<T>(open: OpenFile, use: () => T): T {
  open.run('SAVEPOINT request');
  try {
    return use();
  } catch (error) {
    // Somebody's trigger may have rolled back everything: then nobody's change is left.
    if (!open.inTransaction) throw new Error(`all was rolled back: ${wordsOf(error)}`, { cause: error });
    open.run('ROLLBACK TO request');
    throw error;
  } finally {
    if (open.inTransaction) open.run('RELEASE request');
  }
}

/** True if an error concerns the request that met it and no other. */
function isItsOwn(error: unknown): boolean {
  return error instanceof ZtpError || ['ERROR', 'CONSTRAINT', 'MISMATCH'].includes(resultOf(error));
}

/** What an error means if not just "could not". */
function explain(place: string, error: unknown): { code: ReasonCode; message: string } | null {
  if (error instanceof ZtpError) return error;
  const invalid = (reason: string) => ({ code: 'invalid-pool' as const, message: `${place}: ${reason}` });
  if (codeOf(error) === notFile) return invalid('the path leads to no file: correct [resources] sqlite');
  const result = resultOf(error);
  if (result === 'NOTADB') return invalid('the file is not an SQLite database: correct [resources] sqlite');
  if (result === 'CORRUPT') return invalid(`the file is damaged (${wordsOf(error)}): restore it`);
  if (!isItsOwn(error)) return null;
  return invalid(`SQLite says "${wordsOf(error)}": look at the table's constraints and triggers`);
}

function couldNot(request: TableRequest, place: string, error: unknown): ZtpError {
  const words: Readonly<Record<string, string>> = {
    BUSY: `another program kept it locked for ${busySeconds} s: let that finish`,
    READONLY: isWrite(request)
      ? 'it is read-only: give the server the right to write the file and its folder'
      : "SQLite has to write beside it even to read it (it is in WAL mode, or a program that wrote it was killed), which this user may not: look as the server's user, or as root",
  };
  const known = words[resultOf(error)];
  const reason = known ? new Error(known, { cause: error }) : error;
  return isWrite(request) ? writeFailed(place, reason) : readFailed(place, reason);
}

/** SQLite's result codes that mean something here, by their number. libsql has names for some of the finer ones only. */
const results: Readonly<Record<number, string>> = {
  1: 'ERROR',
  5: 'BUSY',
  8: 'READONLY',
  11: 'CORRUPT',
  19: 'CONSTRAINT',
  20: 'MISMATCH',
  26: 'NOTADB',
};

function resultOf(error: unknown): string {
  const code = error instanceof Error && 'rawCode' in error ? Number(error.rawCode) : 0;
  return results[code & 0xff] ?? '';
}

/** In one line: a trigger may say anything. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
}

const notFile = 'NOT_A_FILE';

/** Which file is there: a pipe is not opened, it would be waited for. */
function identityOf(path: string): string {
  const stats = statSync(path, { bigint: true });
  if (!stats.isFile()) throw Object.assign(new Error('no file'), { code: notFile });
  return `${stats.dev}:${stats.ino}`;
}

function tryIdentityOf(path: string): string | null {
  try {
    return identityOf(path);
  } catch {
    return null;
  }
}

const file = new TableFile(workerData as TableWorkerData);
parentPort?.on('message', (requests: readonly TableRequest[]) => {
  parentPort?.postMessage(file.work(requests));
});
