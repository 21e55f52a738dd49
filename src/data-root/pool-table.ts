// One table of an open SQLite database as a resource pool: all SQL on pools is here, with bound parameters only. Knows no
// transactions: who calls has one open. Text is read as bytes, because libsql aborts the process on text that is not UTF-8.

import {
  type AddedValues,
  isHeldBy,
  type MovedValue,
  type PoolState,
  type PoolValue,
  passOn,
  type ReassignedValues,
  type ReleasedValue,
  type ReleaseWish,
} from '../ports/pool-store.js';
import { ZtpError } from '../wire/ztp-error.js';

/** What is read from a column: integers as bigint, text only where it is known to be ASCII. */
export type Cell = bigint | number | string | Buffer | null;

/** An open database. */
export interface TableConnection {
  /** Every row that a query yields. */
  rows(sql: string, ...parameters: readonly (string | bigint)[]): readonly (readonly Cell[])[];
  /** Runs a statement that yields no rows. */
  change(sql: string, ...parameters: readonly (string | bigint)[]): void;
  /** The text of bytes in the encoding of the database; null if they are none. */
  decode(bytes: Buffer): string | null;
}

/** What makes a table, for messages. */
const howToMake = (name: string) => `CREATE TABLE ${name} (key TEXT PRIMARY KEY, node_id TEXT)`;

const namesShown = 10;
const lengthShown = 60;

/** Where in messages: file and table. */
export function placeOf(file: string, pool: string): string {
  return `${file} table ${quoteForMessage(pool)}`;
}

/** How a table that is not there can be made, for messages. */
export function mendFor(pool: string): string {
  return howToMake(/^[A-Za-z_]\w{0,60}$/.test(pool) ? pool : 'NAME');
}

/** Names of the ordinary tables with both columns, sorted. */
export function listTables(connection: TableConnection): string[] {
  const found = connection.rows(`
    SELECT CAST(name AS BLOB) FROM pragma_table_list AS t
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      AND (SELECT count(*) FROM pragma_table_xinfo(t.name) WHERE lower(name) IN ('key', 'node_id')) = 2`);
  return found.flatMap(([name]) => decodeName(connection, name) ?? []).sort();
}

/** A table that has what a pool needs. */
export class PoolTable {
  readonly #db: TableConnection;
  readonly #place: string;
  readonly #file: string;
  readonly #name: string;
  /** The name as SQL has it. */
  readonly #table: string;
  /** The name by which no column hides the rowid. */
  readonly #rowid: string;

  /** @throws ZtpError `missing-pool`, `invalid-pool` */
  constructor(db: TableConnection, file: string, pool: string) {
    this.#db = db;
    this.#file = file;
    this.#place = placeOf(file, pool);
    this.#name = this.#findName(pool);
    this.#table = `"${this.#name.replaceAll('"', '""')}"`;
    this.#rowid = this.#findRowid();
  }

  /** What `owner` has, null if it has nothing. */
  held(owner: string): PoolValue | null {
    this.#checkText(owner, 'owner');
    const [row] = this.#db.rows(
      `SELECT ${this.#valueOf('t')} FROM ${this.#table} AS t
       WHERE ${sameText('t.node_id')} AND t.key IS NOT NULL ORDER BY t.${this.#rowid} LIMIT 1`,
      owner,
    );
    return row ? this.#toValue(row) : null;
  }

  preview(owner: string): PoolValue {
    return this.held(owner) ?? this.#toValue(this.#free(owner));
  }

  allocate(owner: string): PoolValue {
    const held = this.held(owner);
    if (held !== null) return held;
    const row = this.#free(owner);
    const rowid = toRowid(row);
    this.#db.change(
      `UPDATE OR ABORT ${this.#table} SET node_id = ?1 WHERE ${this.#rowid} = ?2`,
      owner,
      rowid,
    );
    this.#checkKept('node_id', owner, `${this.#rowid} = ?1`, rowid);
    return this.#toValue(row);
  }

  /** How many values there are, and how many of them are free. */
  count(): { readonly total: number; readonly free: number } {
    const [row] = this.#db.rows(
      `SELECT count(*), count(*) - count(t.node_id) FROM ${this.#table} AS t WHERE t.key IS NOT NULL`,
    );
    return { total: Number(row?.[0]), free: Number(row?.[1]) };
  }

  read(): PoolState {
    const rows = this.#db.rows(
      `SELECT ${this.#valueOf('t')}, CAST(t.node_id AS BLOB) FROM ${this.#table} AS t
       WHERE t.key IS NOT NULL ORDER BY t.${this.#rowid}`,
    );
    const seen = new Map<string, number>();
    const entries = rows.map((row) => {
      const value = this.#toText(row);
      seen.set(value, (seen.get(value) ?? 0) + 1);
      return { value, owner: this.#toOwner(row[4]) };
    });
    const repeated = [...seen].filter(([, count]) => count > 1);
    return {
      name: this.#name,
      file: this.#file,
      entries,
      problems: repeated.map(([value, count]) => ({
        severity: 'warning',
        line: null,
        reason: `table ${quoteForMessage(this.#name)} has ${count} rows with the key ${quoteForMessage(value)}: only one of them is given out, delete the others`,
      })),
    };
  }

  release(wish: ReleaseWish): ReleasedValue[] {
    // SQL narrows down, JavaScript decides.
    const [condition, text] =
      wish.kind === 'value' ? [sameText('t.key'), wish.value] : [startsWith('t.node_id'), wish.owner];
    return this.#taken(condition, text).flatMap(({ rowid, value, owner }) => {
      if (wish.kind === 'value' ? value !== wish.value : !isHeldBy(owner, wish.owner)) return [];
      this.#vacate(rowid);
      return { value, owner };
    });
  }

  reassign(from: string, to: string): ReassignedValues {
    if (from === to) return { moved: [], freed: [] };
    this.#checkText(to, 'owner');
    const held = (owner: string) =>
      this.#taken(startsWith('t.node_id'), owner).filter((it) => isHeldBy(it.owner, owner));
    const passing = held(from);
    const names = new Set(passing.map(({ owner }) => passOn(owner, from, to)));
    const freed = held(to).filter(({ owner }) => names.has(owner));
    for (const { rowid } of freed) this.#vacate(rowid);
    const moved: MovedValue[] = passing.map(({ rowid, value, owner }) => {
      const now = passOn(owner, from, to);
      this.#db.change(
        `UPDATE OR ABORT ${this.#table} SET node_id = ?1 WHERE ${this.#rowid} = ?2`,
        now,
        rowid,
      );
      this.#checkKept('node_id', now, `${this.#rowid} = ?1`, rowid);
      return { value, from: owner, to: now };
    });
    return { moved, freed: freed.map(({ value, owner }) => ({ value, owner })) };
  }

  /** Rows that have an owner. */
  #taken(
    condition: string,
    text: string,
  ): readonly { readonly rowid: bigint; readonly value: string; readonly owner: string }[] {
    const rows = this.#db.rows(
      `SELECT ${this.#valueOf('t')}, CAST(t.node_id AS BLOB) FROM ${this.#table} AS t
       WHERE ${condition} AND t.node_id IS NOT NULL AND t.key IS NOT NULL ORDER BY t.${this.#rowid}`,
      text,
    );
    return rows.map((row) => ({
      rowid: toRowid(row),
      value: this.#toText(row),
      owner: this.#toOwner(row[4]) ?? '',
    }));
  }

  #vacate(rowid: bigint): void {
    this.#db.change(`UPDATE OR ABORT ${this.#table} SET node_id = NULL WHERE ${this.#rowid} = ?1`, rowid);
  }

  add(values: readonly string[]): AddedValues {
    let added = 0;
    for (const value of values) {
      this.#checkText(value, 'value');
      const present = this.#db.rows(
        `SELECT 1 FROM ${this.#table} AS t WHERE ${sameText('t.key')} LIMIT 1`,
        value,
      );
      if (present.length > 0) continue;
      this.#db.change(`INSERT OR ABORT INTO ${this.#table} (key, node_id) VALUES (?1, NULL)`, value);
      this.#checkKept('key', value, `${this.#rowid} = last_insert_rowid()`);
      added += 1;
    }
    return { made: false, added, present: values.length - added };
  }

  #findName(pool: string): string {
    if (/^sqlite_/i.test(pool)) throw this.#invalid("is one of SQLite's own: name a table that you made");
    const [row] = this.#db.rows(
      `SELECT CAST(name AS BLOB), type, wr FROM pragma_table_list(?1) WHERE schema = 'main'`,
      pool,
    );
    const name = row && decodeName(this.#db, row[0]);
    // A pragma takes its argument only as far as a NUL.
    if (!row || !name || name.toLowerCase() !== pool.toLowerCase()) throw this.#missing(pool);
    if (row[1] !== 'table') throw this.#invalid(`is a ${String(row[1])}: name an ordinary table`);
    if (row[2] !== 0n) {
      throw this.#invalid(
        'is a table WITHOUT ROWID, and values are given out in the order of rowid: make it anew without these words',
      );
    }
    return name;
  }

  #findRowid(): string {
    const found = this.#db.rows(
      `SELECT CAST(name AS BLOB) FROM pragma_table_xinfo(?1) ORDER BY cid`,
      this.#name,
    );
    const columns = found.map(([name]) => decodeName(this.#db, name) ?? '?');
    const lower = new Set(columns.map((column) => column.toLowerCase()));
    for (const wanted of ['key', 'node_id']) {
      if (lower.has(wanted)) continue;
      throw this.#invalid(
        `has no column ${wanted}, it has ${enumerate(columns)}: it needs the columns key and node_id`,
      );
    }
    const rowid = ['rowid', '_rowid_', 'oid'].find((alias) => !lower.has(alias));
    if (rowid) return rowid;
    throw this.#invalid('has columns named rowid, _rowid_ and oid, which hide the rowid: rename one');
  }

  /** The first row that nobody has, and whose value nobody has through another row. */
  #free(owner: string): readonly Cell[] {
    const [row] = this.#db.rows(
      `SELECT ${this.#valueOf('t')} FROM ${this.#table} AS t
       WHERE t.node_id IS NULL AND t.key IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM ${this.#table} AS o WHERE o.key = t.key AND o.node_id IS NOT NULL)
       ORDER BY t.${this.#rowid} LIMIT 1`,
    );
    if (row) return row;
    throw new ZtpError(
      'pool-exhausted',
      `${this.#place}: no value is free for ${quoteForMessage(owner)}: add rows, or set the node_id of one to null`,
    );
  }

  /** What `#toValue` and `#toText` are made from. */
  #valueOf(alias: string): string {
    const key = `${alias}.key`;
    return `${alias}.${this.#rowid}, typeof(${key}), CAST(${key} AS BLOB), CASE typeof(${key}) WHEN 'real' THEN ${key} END`;
  }

  #toText([rowid, kind, bytes]: readonly Cell[]): string {
    const text = kind !== 'blob' && bytes instanceof Buffer ? this.#db.decode(bytes) : null;
    if (text !== null) return text;
    const found = kind === 'blob' ? 'a BLOB' : 'no valid text';
    throw this.#invalid(`the key of the row with rowid ${rowid} is ${found}: make it text`);
  }

  #toValue(row: readonly Cell[]): PoolValue {
    const text = this.#toText(row);
    const [, kind, , real] = row;
    if (kind === 'integer') return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    return typeof real === 'number' && Number.isFinite(real) ? real : text;
  }

  #toOwner(bytes: Cell | undefined): string | null {
    return bytes instanceof Buffer ? (this.#db.decode(bytes) ?? bytes.toString('latin1')) : null;
  }

  /** Text that SQLite can not hold would become another's: half a surrogate pair is stored as U+FFFD. */
  #checkText(text: string, what: string): void {
    if (Buffer.from(text).toString() === text) return;
    throw this.#invalid(`can not hold the ${what} ${quoteForMessage(text)}: it is no valid text`);
  }

  /** A column that is not TEXT turns what looks like a number into one: 001122 would be 1122's from then on. */
  #checkKept(column: string, text: string, condition: string, ...parameters: readonly bigint[]): void {
    const [row] = this.#db.rows(
      `SELECT CAST(${column} AS BLOB) FROM ${this.#table} WHERE ${condition}`,
      ...parameters,
    );
    const kept = this.#toOwner(row?.[0]);
    if (kept === text) return;
    const became = kept === null ? 'nothing' : quoteForMessage(kept);
    throw this.#invalid(
      `${column} makes ${became} of ${quoteForMessage(text)}: declare ${column} as TEXT, and look at the table's triggers`,
    );
  }

  #invalid(reason: string): ZtpError {
    return new ZtpError('invalid-pool', `${this.#place}: ${reason}`);
  }

  #missing(pool: string): ZtpError {
    const names = listTables(this.#db);
    const others = names.length > 0 ? `its pools are ${enumerate(names)}` : 'it has no pools';
    return new ZtpError(
      'missing-pool',
      `${this.#place}: the file has no such table, ${others}: make it with ${mendFor(pool)}`,
    );
  }
}

/**
 * SQL for "the column says `?1` as text", as written and with case, whatever the column's type and collation are. The first
 * half is what an index answers.
 */
function sameText(column: string): string {
  return `(${column} IN (?1, CAST(?1 AS NUMERIC)) AND CAST(${column} AS TEXT) = ?1 COLLATE BINARY)`;
}

/** SQL for "the column says something that begins with `?1`". */
function startsWith(column: string): string {
  return `instr(CAST(${column} AS TEXT), ?1) = 1`;
}

function toRowid([rowid]: readonly Cell[]): bigint {
  if (typeof rowid === 'bigint') return rowid;
  throw new TypeError(`a rowid is an integer, this is ${typeof rowid}`);
}

function decodeName(connection: TableConnection, bytes: Cell | undefined): string | null {
  return bytes instanceof Buffer ? connection.decode(bytes) : null;
}

function enumerate(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).map(quoteForMessage).join(', ');
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}

/** Text from anywhere in a message: one line, not too long. */
function quoteForMessage(text: string): string {
  if (/^[\p{L}\p{N}\p{P}\p{S}]{1,60}$/u.test(text)) return text;
  if (text.length <= lengthShown) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, lengthShown))}… (${text.length} characters)`;
}
