// One opening of an SQLite file of this server, and which file that was. Only that file's thread uses it: to close it for good
// the thread has to end, because libsql keeps the file open while a statement lives.

import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { UnusableFile } from './failure-words.js';
import { type FileShape, findVersion, migrate } from './migrations.js';

/** What is bound to a statement. Text has to be well-formed: libsql aborts the process on text that is not. */
export type Value = string | bigint | Uint8Array | null;

/** A statement and what is bound to it. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Which file stands where ours is, or one of the two that SQLite has beside it. Null: none. */
export function identityOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stats) return null;
  if (!stats.isFile()) throw new UnusableFile('it is no file: move it away, or correct [state] path');
  return `${stats.dev}:${stats.ino}`;
}

/** Makes the folder, for the server alone, and in it an empty file, unless another process just did. */
export function makeFile(path: string): void {
  const folder = dirname(path);
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const top = dirname(made ?? path);
  for (let each = folder; ; each = dirname(each)) {
    syncFolder(each);
    if (each.length <= top.length) return;
  }
}

/** A folder above ours may not be ours to read: then nothing can be done. */
function syncFolder(folder: string): void {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
  } catch {
    // What is written into the file does not depend on it, but for a power cut at this very moment.
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** An open file. Nothing waits for a lock: it throws. */
export class SqliteConnection {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #beside: ReadonlyMap<string, string | null>;
  #writable = false;

  /** @param how of an URI: `mode=rw`, `mode=ro&immutable=1` */
  constructor(
    readonly path: string,
    readonly identity: string,
    readonly shape: FileShape,
    how: string,
  ) {
    this.#db = new Database(`${pathToFileURL(path).href}?${how}`);
    try {
      this.run('SELECT 1 FROM sqlite_schema LIMIT 1');
      this.#beside = this.#findBeside();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  rows(sql: string, values: readonly Value[] = []): readonly (readonly unknown[])[] {
    return this.#prepare(sql).raw().safeIntegers().all(values) as unknown[][];
  }

  /** @returns how many rows were changed */
  change(sql: string, values: readonly Value[]): number {
    return this.#prepare(sql).run(values).changes;
  }

  run(sql: string): void {
    this.#db.exec(sql);
  }

  /** Does all of it, durably, or nothing. */
  inTransaction<T>(use: () => T): T {
    this.run('BEGIN IMMEDIATE');
    try {
      const result = use();
      this.run('COMMIT');
      return result;
    } finally {
      if (this.#db.inTransaction) this.run('ROLLBACK');
    }
  }

  /** What the file holds at one moment: another process may be making it. Throws `UnusableFile`. */
  findVersion(): ReturnType<typeof findVersion> {
    this.run('BEGIN');
    try {
      return findVersion(this, this.shape);
    } finally {
      if (this.#db.inTransaction) this.run('ROLLBACK');
    }
  }

  /** Makes sure that the file has the shape that is written now. */
  prepareToWrite(): void {
    if (this.#writable) return;
    this.findVersion();
    this.run('PRAGMA synchronous = FULL');
    this.run('PRAGMA journal_mode = WAL');
    this.inTransaction(() => migrate(this, this.shape));
    this.#beside = this.#findBeside();
    this.#writable = true;
  }

  /** True if the file at the path, and its log of writes, are those that were opened. */
  isInPlace(): boolean {
    return identityOf(this.path) === this.identity && identityOf(this.#log) === this.#beside.get(this.#log);
  }

  /** Takes away what SQLite left beside a file that is gone: the next file's it is not, and would be read as such. */
  removeLeftovers(): void {
    if (identityOf(this.path) === this.identity) return;
    for (const [path, identity] of this.#beside) {
      if (identity !== null && identityOf(path) === identity) rmSync(path, { force: true });
    }
  }

  get #log(): string {
    return `${this.path}-wal`;
  }

  #findBeside(): Map<string, string | null> {
    return new Map([this.#log, `${this.path}-shm`].map((path) => [path, identityOf(path)]));
  }

  #prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
