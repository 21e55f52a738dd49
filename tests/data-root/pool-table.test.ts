// What a table's columns hold and what is made of it: owners and values of every type, and how they are found.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { compileTables, execute, expectAll, makeDatabase, openTables, query } from './compiled-tables.js';

const mgmt = 'CREATE TABLE mgmt (key TEXT PRIMARY KEY, node_id TEXT);';
const two = `${mgmt} INSERT INTO mgmt VALUES ('a', NULL), ('b', NULL);`;

describe('an owner', () => {
  const hostile = [
    "'; DROP TABLE mgmt; --",
    '%',
    '_',
    'a\0b',
    'a',
    '\n',
    '?1',
    '\ufeffx',
    'x',
    'n'.repeat(100_000),
  ];

  it('is kept as it is, and told from every other, hostile ones too', async () => {
    const path = makeDatabase(mgmt);
    const store = await openTables(path);
    await store.add(
      'mgmt',
      hostile.map((_, i) => `v${i}`),
    );
    for (const [i, owner] of hostile.entries()) expect(await store.allocate('mgmt', owner)).toBe(`v${i}`);
    for (const [i, owner] of hostile.entries()) expect(await store.allocate('mgmt', owner)).toBe(`v${i}`);
    expect((await store.read('mgmt')).entries.map(({ owner }) => owner)).toEqual(hostile);
    expect(await store.release('mgmt', { kind: 'owner', owner: 'a' })).toEqual([{ value: 'v4', owner: 'a' }]);
  });

  it('that is no valid text is refused: it would be stored as another', async () => {
    const store = await openTables(makeDatabase(two));
    await store.allocate('mgmt', 'N\ufffd');
    await expectAll(
      [
        store.allocate('mgmt', 'N\ud800'),
        store.preview('mgmt', 'N\udfff'),
        store.add('mgmt', ['c', 'd\ud800']),
      ],
      'invalid-pool',
      'no valid text',
    );
    expect(await store.release('mgmt', { kind: 'owner', owner: 'N\ud800' })).toEqual([]);
    expect((await store.read('mgmt')).entries).toEqual([
      { value: 'a', owner: 'N\ufffd' },
      { value: 'b', owner: null },
    ]);
  });

  it('that a column of numbers would change is refused, and does not match the number; others get theirs', async () => {
    const path = makeDatabase(
      `CREATE TABLE t (key TEXT, node_id INTEGER); INSERT INTO t VALUES ('a', 1122), ('b', NULL), ('c', NULL)`,
    );
    const store = await openTables(path);
    const outcomes = await Promise.allSettled(
      ['001122', 'JPE1', '1e3', '77'].map((owner) => store.allocate('t', owner)),
    );
    expect(outcomes.map((it) => (it.status === 'fulfilled' ? it.value : it.reason.message))).toEqual([
      "db/resources.db table t: node_id makes 1122 of 001122: declare node_id as TEXT, and look at the table's triggers",
      'b',
      "db/resources.db table t: node_id makes 1000 of 1e3: declare node_id as TEXT, and look at the table's triggers",
      'c',
    ]);
    expect(outcomes[0]).toMatchObject({ reason: { code: 'invalid-pool' } });
    expect(await store.allocate('t', '1122')).toBe('a');
    expect(await store.release('t', { kind: 'owner', owner: '001122' })).toEqual([]);
    expect(query(path, 'SELECT node_id FROM t')).toEqual([[1122], ['JPE1'], [77]]);
  });

  it('is compared as it is written where the table compares otherwise or holds numbers', async () => {
    const path = makeDatabase(
      `CREATE TABLE t (key TEXT, node_id TEXT COLLATE NOCASE); CREATE INDEX i ON t (node_id);
       INSERT INTO t VALUES ('a', 'jpe1'), ('b', NULL);
       CREATE TABLE u (key, node_id); INSERT INTO u VALUES ('a', 1122), ('b', 1.5), ('c', x'4e31'), ('d', NULL)`,
    );
    const store = await openTables(path);
    expect(await store.allocate('t', 'JPE1')).toBe('b');
    expect(await store.allocate('t', 'jpe1')).toBe('a');
    expect(await store.allocate('u', '1122')).toBe('a');
    expect(await store.allocate('u', '1.5')).toBe('b');
    expect(await store.allocate('u', '001122')).toBe('d');
    expect((await store.read('u')).entries.map(({ owner }) => owner)).toEqual([
      '1122',
      '1.5',
      'N1',
      '001122',
    ]);
  });

  it.each([
    ["CREATE TABLE t (key, node_id CHECK (node_id <> 'N1'))", 'CHECK constraint failed'],
    ['CREATE TABLE t (key, node_id INTEGER) STRICT', 'cannot store TEXT'],
    [
      `CREATE TABLE t (key, node_id); CREATE TRIGGER r BEFORE UPDATE ON t WHEN new.node_id = 'N1'
       BEGIN SELECT raise(abort, 'not this one'); END`,
      'not this one',
    ],
    [
      `CREATE TABLE t (key, node_id); CREATE TRIGGER r BEFORE UPDATE ON t WHEN new.node_id = 'N1'
       BEGIN SELECT raise(ignore); END`,
      'makes nothing of N1',
    ],
  ])('that the table refuses is told so, others get theirs: %s', async (sql, words) => {
    const path = makeDatabase(sql.replace('(key, node_id INTEGER)', '(key TEXT, node_id INTEGER)'));
    execute(path, "INSERT INTO t (key) VALUES ('a'), ('b')");
    const store = await openTables(path);
    const first = store.allocate('t', '8');
    const [refused, given] = [store.allocate('t', 'N1'), store.allocate('t', '9')];
    await expectAll([refused], 'invalid-pool', words);
    expect(await first).toBe('a');
    expect(await given).toBe('b');
  });

  it('never takes another’s row, whatever the table says of conflicts', async () => {
    const path = makeDatabase(
      `CREATE TABLE t (key, node_id TEXT COLLATE NOCASE UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES ('a', 'n1'), ('b', NULL)`,
    );
    const store = await openTables(path);
    await expectAll([store.allocate('t', 'N1')], 'invalid-pool', 'UNIQUE constraint failed');
    expect(query(path, 'SELECT * FROM t')).toEqual([
      ['a', 'n1'],
      ['b', null],
    ]);
  });
});

describe('a value', () => {
  it('is what its column holds; it is shown as text', async () => {
    const path = makeDatabase(
      `CREATE TABLE t (key, node_id); INSERT INTO t (key) VALUES ('0010'), (10), (-3), (1.5), (9007199254740991),
       (9007199254740993), (9e999), (''), ('a' || char(0) || 'b'), ('é')`,
    );
    const store = await openTables(path);
    const given = [];
    for (let i = 0; i < 10; i += 1) given.push(await store.allocate('t', `N${i}`));
    const values = ['0010', 10, -3, 1.5, 9007199254740991, '9007199254740993', 'Inf', '', 'a\0b', 'é'];
    expect(given).toEqual(values);
    expect(await store.allocate('t', 'N1')).toBe(10);
    expect((await store.read('t')).entries.map(({ value }) => value)).toEqual(values.map(String));
    expect(await store.release('t', { kind: 'value', value: '10' })).toEqual([{ value: '10', owner: 'N1' }]);
    expect(await store.preview('t', 'N1')).toBe(10);
  });

  it.each(['UTF-8', 'UTF-16le', 'UTF-16be'])('is read from a database in %s', async (encoding) => {
    const path = makeDatabase(`PRAGMA encoding = '${encoding}'; CREATE TABLE "Ä" (key, node_id)`);
    const store = await openTables(path);
    await store.add('Ä', ['é€😀', 'b', '7']);
    expect(await store.allocate('Ä', 'ö')).toBe('é€😀');
    expect(await store.allocate('Ä', 'ö')).toBe('é€😀');
    expect((await store.read('Ä')).entries[0]).toEqual({ value: 'é€😀', owner: 'ö' });
    expect(await store.list()).toEqual(['Ä']);
  });

  it.each([
    ["x'00ff'", 'is a BLOB'],
    ["CAST(x'e9' AS TEXT)", 'is no valid text'],
  ])('that is none is refused: %s', async (key, words) => {
    const store = await openTables(
      makeDatabase(`CREATE TABLE t (key, node_id); INSERT INTO t VALUES ('a', 'N1'), (${key}, NULL)`),
    );
    await expectAll(
      [store.allocate('t', 'N2'), store.preview('t', 'N2'), store.read('t')],
      'invalid-pool',
      `the key of the row with rowid 2 ${words}`,
    );
    expect(await store.allocate('t', 'N1')).toBe('a');
  });

  it('is not null: such rows count for nothing', async () => {
    const path = makeDatabase(
      `CREATE TABLE t (key, node_id); INSERT INTO t VALUES (NULL, NULL), (NULL, 'N1'), ('a', NULL)`,
    );
    const store = await openTables(path);
    expect((await store.read('t')).entries).toEqual([{ value: 'a', owner: null }]);
    expect(await store.release('t', { kind: 'owner', owner: 'N1' })).toEqual([]);
    expect(await store.allocate('t', 'N1')).toBe('a');
    await expectAll([store.allocate('t', 'N2')], 'pool-exhausted', 'no value is free for N2');
  });

  it('of several rows goes to one owner, and the pool says that it is there twice', async () => {
    const store = await openTables(
      makeDatabase(`CREATE TABLE t (key, node_id); INSERT INTO t (key) VALUES ('a'), ('a'), ('b')`),
    );
    expect(await Promise.all([store.allocate('t', 'N1'), store.allocate('t', 'N2')])).toEqual(['a', 'b']);
    expect((await store.read('t')).problems).toEqual([
      { severity: 'warning', line: null, reason: expect.stringContaining('has 2 rows with the key a') },
    ]);
  });

  it('that the column would change is not added, nor are those with it', async () => {
    const path = makeDatabase(
      'CREATE TABLE t (key INTEGER, node_id); CREATE TABLE u (key INTEGER PRIMARY KEY, node_id)',
    );
    const store = await openTables(path);
    await expectAll(
      [store.add('t', ['1', '0010'])],
      'invalid-pool',
      'key makes 10 of 0010: declare key as TEXT',
    );
    await expectAll([store.add('u', ['1', 'a'])], 'invalid-pool', 'datatype mismatch');
    for (const table of ['t', 'u']) expect((await store.read(table)).entries).toEqual([]);
  });
});

describe('a large table with indices', () => {
  it('is not scanned for a claim, a preview or a value', async () => {
    const path = makeDatabase(
      `${mgmt} CREATE INDEX mgmt_node_id ON mgmt (node_id);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
       INSERT INTO mgmt SELECT 'v' || i, CASE WHEN i < 90000 THEN 'N' || i END FROM n`,
    );
    const url = pathToFileURL(join(compileTables(), 'data-root/pool-table.js')).href;
    const { PoolTable } = (await import(url)) as typeof import('../../src/data-root/pool-table.js');
    const db = new Database(path);
    const plans: string[] = [];
    const explain = (sql: string, parameters: readonly unknown[]) => {
      if (!sql.includes('"mgmt"')) return;
      const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).raw().all(parameters) as [
        number,
        number,
        number,
        string,
      ][];
      plans.push(...steps.map(([, , , detail]) => detail));
    };
    const table = new PoolTable(
      {
        rows(sql, ...parameters) {
          explain(sql, parameters);
          return db
            .prepare(sql)
            .raw()
            .safeIntegers()
            .all([...parameters]) as never;
        },
        change(sql, ...parameters) {
          explain(sql, parameters);
          db.prepare(sql).run([...parameters]);
        },
        decode: (bytes) => bytes.toString(),
      },
      'resources.db',
      'mgmt',
    );
    expect(table.preview('M')).toBe('v90000');
    expect(table.allocate('M')).toBe('v90000');
    expect(table.allocate('N777')).toBe('v777');
    expect(table.release({ kind: 'value', value: 'v777' })).toEqual([{ value: 'v777', owner: 'N777' }]);
    expect(table.add(['v1', 'new'])).toEqual({ made: false, added: 1, present: 1 });
    db.close();
    expect(plans.length).toBeGreaterThan(10);
    expect(plans.filter((step) => step.startsWith('SCAN') || step.includes('AUTOMATIC'))).toEqual([]);
  });
});
