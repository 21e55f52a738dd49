// What holds for pools in tables beyond the contract: which files and tables can be pools, that none is ever made, and that a
// file that is another is seen. What they hold: pool-table.test.ts. Other processes: table-pool-store-processes.test.ts.

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { keepLog } from '../fixtures/log.js';
import { execute, expectAll, makeDatabase, openTables, query } from './compiled-tables.js';
import { makeFolder } from './temporary-folder.js';

const mgmt = 'CREATE TABLE mgmt (key TEXT PRIMARY KEY, node_id TEXT);';
const two = `${mgmt} INSERT INTO mgmt VALUES ('a', NULL), ('b', NULL);`;

/** Everything that can be asked of one table. */
function everyRequest(store: Awaited<ReturnType<typeof openTables>>, pool: string) {
  return [
    store.allocate(pool, 'N1'),
    store.preview(pool, 'N1'),
    store.read(pool),
    store.release(pool, { kind: 'owner', owner: 'N1' }),
    store.add(pool, ['1']),
  ];
}

/** How often this process has a file open, where the system says so. */
function countOpen(path: string): number {
  if (!existsSync('/proc/self/fd')) return 0;
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return null;
    }
  });
  return targets.filter((target) => target === path).length;
}

describe('a file that is not there', () => {
  it.each(['resources.db', 'db/resources.db'])('is not made, nor anything beside it: %s', async (name) => {
    const folder = makeFolder();
    const store = await openTables(join(folder, name));
    await expectAll(
      everyRequest(store, 'mgmt'),
      'missing-pool',
      /^db\/resources\.db table mgmt: the file is not there: .*CREATE TABLE mgmt \(key TEXT PRIMARY KEY, node_id TEXT\)/,
    );
    expect(await store.list()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is used once it is there, and missing again once it is gone', async () => {
    const folder = makeFolder();
    const path = join(folder, 'resources.db');
    const store = await openTables(path);
    await expectAll([store.allocate('mgmt', 'N1')], 'missing-pool', 'is not there');
    execute(path, two);
    expect(await store.allocate('mgmt', 'N1')).toBe('a');
    unlinkSync(path);
    await expectAll(everyRequest(store, 'mgmt'), 'missing-pool', 'is not there');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('at the end of a link is missing', async () => {
    const folder = makeFolder({ 'resources.db': { link: 'nowhere.db' } });
    const store = await openTables(join(folder, 'resources.db'));
    await expectAll(everyRequest(store, 'mgmt'), 'missing-pool', 'is not there');
    expect(readdirSync(folder)).toEqual(['resources.db']);
  });
});

describe('a file that is no SQLite file', () => {
  it('is said to be none, and stays as it is', async () => {
    const text = '192.0.2.1: null\n'.repeat(100);
    const folder = makeFolder({ 'resources.db': text });
    const path = join(folder, 'resources.db');
    const store = await openTables(path);
    await expectAll(
      everyRequest(store, 'mgmt'),
      'invalid-pool',
      /^db\/resources\.db table mgmt: the file is not an SQLite database/,
    );
    await expectAll([store.list()], 'invalid-pool', /^db\/resources\.db: the file is not an SQLite database/);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['resources.db']);
    expect(countOpen(path)).toBeLessThanOrEqual(1);
    unlinkSync(path);
    execute(path, two);
    expect(await store.allocate('mgmt', 'N1')).toBe('a');
  });

  it('and is a folder or a pipe is not opened', async () => {
    const folder = makeFolder({ folder: null });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const name of ['folder', 'pipe']) {
      const store = await openTables(join(folder, name));
      await expectAll(everyRequest(store, 'mgmt'), 'invalid-pool', 'the path leads to no file');
    }
  });

  it('and is empty has no tables, and stays empty', async () => {
    const path = join(makeFolder({ 'resources.db': '' }), 'resources.db');
    const store = await openTables(path);
    await expectAll(
      everyRequest(store, 'mgmt'),
      'missing-pool',
      'the file has no such table, it has no pools',
    );
    expect(await store.list()).toEqual([]);
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('and is damaged is said to be', async () => {
    const path = makeDatabase(two);
    writeFileSync(path, readFileSync(path).fill(0x55, 100, 4096));
    const store = await openTables(path);
    await expectAll(everyRequest(store, 'mgmt'), 'invalid-pool', 'the file is damaged');
  });
});

describe('a table', () => {
  it('has its columns anywhere, in any case, among others', async () => {
    const path = makeDatabase(
      `CREATE TABLE mgmt (rack TEXT, Node_ID TEXT, "KEY" TEXT, note TEXT DEFAULT 'new');
       INSERT INTO mgmt VALUES ('r1', NULL, 'a', 'x');`,
    );
    const store = await openTables(path);
    expect(await store.allocate('mgmt', 'N1')).toBe('a');
    expect(await store.add('mgmt', ['b'])).toEqual({ made: false, added: 1, present: 0 });
    expect(query(path, 'SELECT * FROM mgmt')).toEqual([
      ['r1', 'N1', 'a', 'x'],
      [null, null, 'b', 'new'],
    ]);
  });

  it.each(['', 'rowid TEXT,', 'rowid INTEGER, _rowid_ TEXT,'])(
    'gives its values in the order of rowid, whatever columns it has: %s',
    async (columns) => {
      const path = makeDatabase(
        `CREATE TABLE mgmt (${columns} key TEXT PRIMARY KEY, node_id TEXT);
         INSERT INTO mgmt (oid, key) VALUES (7, 'a'), (-3, 'z'), (5, 'm');`,
      );
      const store = await openTables(path);
      const given = [];
      for (const owner of ['N1', 'N2', 'N3']) given.push(await store.allocate('mgmt', owner));
      expect(given).toEqual(['z', 'm', 'a']);
      expect((await store.read('mgmt')).entries.map(({ value }) => value)).toEqual(given);
    },
  );

  it('has its name in any case, as SQLite has it', async () => {
    const store = await openTables(makeDatabase(two));
    expect(await store.allocate('MGMT', 'N1')).toBe('a');
    expect(await store.allocate('mgmt', 'N1')).toBe('a');
    expect((await store.read('Mgmt')).name).toBe('mgmt');
  });

  it('is listed if it has both columns', async () => {
    const path = makeDatabase(
      `${mgmt} CREATE TABLE "a/b" (node_id, KEY); CREATE TABLE other (key);
       CREATE TABLE "B c" (key INTEGER PRIMARY KEY AUTOINCREMENT, node_id TEXT); CREATE VIEW v AS SELECT * FROM mgmt;`,
    );
    const store = await openTables(path);
    expect(await store.list()).toEqual(['B c', 'a/b', 'mgmt']);
  });

  it('that is not there is missing, and its mend is named with the pools that are', async () => {
    const path = makeDatabase(`${two} CREATE TABLE loopback (key, node_id); CREATE TABLE other (id)`);
    const before = readFileSync(path);
    const store = await openTables(path);
    await expectAll(
      everyRequest(store, 'mgnt'),
      'missing-pool',
      'db/resources.db table mgnt: the file has no such table, its pools are loopback, mgmt: make it with CREATE TABLE mgnt (key TEXT PRIMARY KEY, node_id TEXT)',
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each([
    ['CREATE TABLE t (key TEXT, nodeid TEXT, note)', 'has no column node_id, it has key, nodeid, note'],
    ['CREATE TABLE t (node_id TEXT)', 'has no column key, it has node_id'],
    ['CREATE TABLE t (key PRIMARY KEY, node_id) WITHOUT ROWID', 'WITHOUT ROWID'],
    ['CREATE TABLE t (key, node_id, rowid, _rowid_, oid)', 'columns named rowid, _rowid_ and oid'],
    [`${two} CREATE VIEW t AS SELECT * FROM mgmt`, 'is a view'],
    ['CREATE VIRTUAL TABLE t USING fts5 (key, node_id)', 'is a virtual'],
  ])('that can be no pool says why: %s', async (sql, words) => {
    const store = await openTables(makeDatabase(sql));
    await expectAll(everyRequest(store, 't'), 'invalid-pool', words);
  });

  it.each([
    ['sqlite_master', 'invalid-pool'],
    ['SQLITE_schema', 'invalid-pool'],
    ['pragma_table_list', 'missing-pool'],
    ['a"; DROP TABLE mgmt; --', 'missing-pool'],
    ["mgmt' OR '1'='1", 'missing-pool'],
    ['../mgmt', 'missing-pool'],
    ['main.mgmt', 'missing-pool'],
    ['mgmt\0x', 'missing-pool'],
    ['\0', 'missing-pool'],
    ['', 'missing-pool'],
    ['mgmt\nERROR: forged', 'missing-pool'],
    ['\ud800', 'missing-pool'],
    ['x'.repeat(100_000), 'missing-pool'],
  ])('is not found by a hostile name: %.30j', async (name, code) => {
    const path = makeDatabase(two);
    const store = await openTables(path);
    for (const promise of everyRequest(store, name)) {
      const error = await promise.catch((it) => it);
      expect(error).toMatchObject({ code });
      expect(error.message.length).toBeLessThan(400);
      expect(error.message).not.toMatch(/[\n\0]/);
    }
    expect(query(path, 'SELECT * FROM mgmt')).toEqual([
      ['a', null],
      ['b', null],
    ]);
  });

  it('may itself have a hostile name', async () => {
    const name = 'a"; DROP TABLE x; --';
    const store = await openTables(
      makeDatabase(
        `CREATE TABLE "a""; DROP TABLE x; --" (key, node_id); INSERT INTO "a""; DROP TABLE x; --" (key) VALUES ('v')`,
      ),
    );
    expect(await store.list()).toEqual([name]);
    expect(await store.allocate(name, 'N1')).toBe('v');
  });
});

describe('a file', () => {
  it.each(['DELETE', 'WAL'])('keeps its journal mode, %s', async (mode) => {
    const path = makeDatabase(`PRAGMA journal_mode = ${mode}; ${two}`);
    const store = await openTables(path);
    expect(await store.allocate('mgmt', 'N1')).toBe('a');
    expect(query(path, 'PRAGMA journal_mode')).toEqual([[mode.toLowerCase()]]);
    expect(query(path, 'SELECT node_id FROM mgmt')).toEqual([['N1'], [null]]);
  });

  it('that is replaced by another is seen at the next request', async () => {
    const path = makeDatabase(two);
    const other = join(dirname(path), 'other.db');
    const store = await openTables(path);
    for (const round of [1, 2, 3]) {
      expect(await store.allocate('mgmt', 'N1')).toBe(round === 1 ? 'a' : `v${round - 1}`);
      execute(other, `${mgmt} INSERT INTO mgmt VALUES ('v${round}', NULL), ('w', NULL)`);
      renameSync(other, path);
    }
    expect(await store.allocate('mgmt', 'N1')).toBe('v3');
    expect(query(path, 'SELECT * FROM mgmt')).toEqual([
      ['v3', 'N1'],
      ['w', null],
    ]);
  });

  it('is closed once nothing is asked: its log is folded in, so that it can be copied and replaced', async () => {
    const path = makeDatabase(`PRAGMA journal_mode = WAL; ${two}`);
    const other = join(dirname(path), 'other.db');
    execute(other, `PRAGMA journal_mode = WAL; ${mgmt} INSERT INTO mgmt VALUES ('z', NULL)`);
    const store = await openTables(path);
    expect(await store.allocate('mgmt', 'N1')).toBe('a');
    expect(readdirSync(dirname(path))).toContain('resources.db-wal');
    await vi.waitFor(() => expect(readdirSync(dirname(path)).sort()).toEqual(['other.db', 'resources.db']), {
      timeout: 30_000,
    });
    copyFileSync(path, `${path}.copy`);
    expect(query(`${path}.copy`, "SELECT key FROM mgmt WHERE node_id = 'N1'")).toEqual([['a']]);
    renameSync(other, path);
    expect(await store.allocate('mgmt', 'N1')).toBe('z');
  });

  it('at the end of a link is seen when the link leads elsewhere', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'two'));
    execute(join(folder, 'one.db'), two);
    execute(join(folder, 'two/two.db'), `${mgmt} INSERT INTO mgmt VALUES ('z', NULL)`);
    const link = join(folder, 'link.db');
    symlinkSync('one.db', link);
    const store = await openTables(link);
    expect(await store.allocate('mgmt', 'N1')).toBe('a');
    unlinkSync(link);
    symlinkSync('two/two.db', link);
    expect(await store.allocate('mgmt', 'N1')).toBe('z');
  });

  it('may have any name', async () => {
    const path = join(makeFolder(), 'a b?mode=memory#x%41&é.db');
    execute(pathToFileURL(path).href, two);
    expect(readdirSync(dirname(path))).toEqual(['a b?mode=memory#x%41&é.db']);
    const store = await openTables(path);
    expect(await store.allocate('mgmt', 'N1')).toBe('a');
    expect(readdirSync(dirname(path))).toEqual(['a b?mode=memory#x%41&é.db']);
  });

  it('is written in a few transactions when a thousand ask at once', async () => {
    const path = makeDatabase(
      `${mgmt} CREATE INDEX mgmt_node_id ON mgmt (node_id);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO mgmt SELECT 'v' || i, NULL FROM n`,
    );
    // The change counter of the file's header: one a transaction that wrote.
    const changes = () => {
      copyFileSync(path, `${path}.copy`);
      return readFileSync(`${path}.copy`).readUInt32BE(24);
    };
    const before = changes();
    const store = await openTables(path);
    const given = await Promise.all(Array.from({ length: 1000 }, (_, i) => store.allocate('mgmt', `N${i}`)));
    expect(new Set(given).size).toBe(1000);
    expect(changes() - before).toBeLessThanOrEqual(3);
  });

  it('answers each of a batch for itself', async () => {
    const store = await openTables(
      makeDatabase(`${two} CREATE TABLE e (key, node_id); CREATE TABLE x (key)`),
    );
    const outcomes = await Promise.allSettled([
      store.list(),
      store.allocate('mgmt', 'N1'),
      store.allocate('e', 'N1'),
      store.allocate('nowhere', 'N1'),
      store.allocate('x', 'N1'),
      store.add('e', ['1']),
      store.allocate('mgmt', 'N2'),
      store.allocate('mgmt', 'N3'),
      store.read('nowhere'),
    ]);
    expect(outcomes.map((it) => (it.status === 'fulfilled' ? it.value : it.reason.code))).toEqual([
      ['e', 'mgmt'],
      'a',
      'pool-exhausted',
      'missing-pool',
      'invalid-pool',
      { made: false, added: 1, present: 0 },
      'b',
      'pool-exhausted',
      'missing-pool',
    ]);
  });
});

describe('a table that runs low', () => {
  it('is said at ten per cent and at the last value, once each, and again after it was filled up', async () => {
    const path = makeDatabase(mgmt);
    const { log, logged } = keepLog();
    const store = await openTables(path, undefined, log);
    const add = (prefix: string) =>
      store.add(
        'mgmt',
        Array.from({ length: 20 }, (_, i) => prefix + i),
      );
    await add('v');
    for (let i = 0; i < 20; i += 1) await store.allocate('mgmt', `N${i}`);
    await add('w');
    for (let i = 20; i < 36; i += 1) await store.allocate('mgmt', `N${i}`);
    expect(logged.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warning db/resources.db table mgmt: 2 of 20 values are free: add values before a node is refused',
      'warning db/resources.db table mgmt: every value is taken (20): the next node that asks is refused',
      'warning db/resources.db table mgmt: 4 of 40 values are free: add values before a node is refused',
    ]);
  });
});
