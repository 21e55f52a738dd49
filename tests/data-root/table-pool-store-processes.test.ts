// Pools in tables beside other processes and over lost threads: nothing is given twice, nothing that was answered is
// forgotten, and a file that is locked or read-only is said to be.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { outputOf, waitForOutput } from '../fixtures/compiled-copy.js';
import {
  compileTables,
  expectAll,
  makeDatabase,
  openTables,
  query,
  runBesideTables,
} from './compiled-tables.js';
import { makeFolder } from './temporary-folder.js';

const table = (count: number) =>
  `CREATE TABLE p (key TEXT PRIMARY KEY, node_id TEXT); CREATE INDEX p_node_id ON p (node_id);
   WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO p SELECT 'v' || i, NULL FROM n;`;

/** Asks for value after value, several at once, and prints each pair as soon as it has it. */
const asker = `
  import { writeSync } from 'node:fs';
  import { TablePoolStore } from './data-root/table-pool-store.js';
  const [path, name, count] = process.argv.slice(2);
  const store = new TablePoolStore(path, 'resources.db', { warning() {} });
  const ask = async (lane) => {
    for (let i = 0; i < count; i += 1) {
      const owner = name + '.' + lane + '.' + i;
      writeSync(1, owner + ' ' + await store.allocate('p', owner) + '\\n');
    }
  };
  await Promise.all([0, 1, 2, 3, 4].map(ask));
  await store.close();
`;

/** Keeps a lock until it is killed. */
const locker = `
  import Database from 'libsql';
  const db = new Database(process.argv[2]);
  db.exec(process.argv[3]);
  console.log('locked');
  setInterval(() => db, 1000);
`;

function pairsOf(output: string): [string, string][] {
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => line.split(' ') as [string, string]);
}

function expectGiven(path: string, pairs: readonly [string, string][]): void {
  const rows = query(path, 'SELECT key, node_id FROM p WHERE node_id IS NOT NULL') as [string, string][];
  const ownerOf = new Map(rows);
  for (const [owner, value] of pairs) expect(ownerOf.get(value)).toBe(owner);
  expect(new Set(pairs.map(([, value]) => value)).size).toBe(pairs.length);
  expect(new Set(rows.map(([, owner]) => owner)).size).toBe(rows.length);
  expect(query(path, 'PRAGMA integrity_check')).toEqual([['ok']]);
}

it.each(['DELETE', 'WAL'])('two processes that ask at once never get the same value, %s', async (mode) => {
  const path = makeDatabase(`PRAGMA journal_mode = ${mode}; ${table(600)}`);
  const outputs = await Promise.all(
    ['A', 'B'].map((name) => outputOf(runBesideTables(asker, [path, name, '50']))),
  );
  const pairs = outputs.flatMap(pairsOf);
  expect(pairs).toHaveLength(500);
  expectGiven(path, pairs);
});

it.each(['DELETE', 'WAL'])(
  'nothing that was answered is forgotten when a process is killed, %s',
  async (mode) => {
    const path = makeDatabase(`PRAGMA journal_mode = ${mode}; ${table(20_000)}`);
    const beside = runBesideTables(asker, [path, 'beside', '100000']);
    const besideOutput = outputOf(beside);
    const pairs: [string, string][] = [];
    for (let round = 0; round < 5; round += 1) {
      const child = runBesideTables(asker, [path, `killed${round}`, '100000']);
      const output = outputOf(child);
      await waitForLines(child, 10 + 20 * round);
      child.kill('SIGKILL');
      pairs.push(...pairsOf(await output));
    }
    beside.kill('SIGKILL');
    pairs.push(...pairsOf(await besideOutput));
    expect(pairs.length).toBeGreaterThan(5 * 10);
    expectGiven(path, pairs);
    const store = await openTables(path);
    for (const [owner, value] of pairs.slice(0, 20)) expect(await store.allocate('p', owner)).toBe(value);
  },
);

it('a file that another program writes to is read, and a claim says that it is locked', async () => {
  const path = makeDatabase(`${table(2)} UPDATE p SET node_id = 'X' WHERE key = 'v1';`);
  const child = runBesideTables(locker, [path, 'BEGIN IMMEDIATE']);
  await waitForOutput(child, 'locked');
  const store = await openTables(path);
  expect(await store.allocate('p', 'X')).toBe('v1');
  const preview = store.preview('p', 'N');
  const words = 'db/resources.db table p: can not be written: another program kept it locked for 5 s';
  await expectAll(
    [store.allocate('p', 'N'), store.add('p', ['n']), store.release('p', { kind: 'value', value: 'v1' })],
    'write-failed',
    words,
  );
  expect(await preview).toBe('v2');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await store.allocate('p', 'N')).toBe('v2');
});

it('a file that another program has for itself can be neither read nor written', async () => {
  const path = makeDatabase(table(2));
  const child = runBesideTables(locker, [path, 'BEGIN EXCLUSIVE']);
  await waitForOutput(child, 'locked');
  const store = await openTables(path);
  const [preview, allocated] = [store.preview('p', 'N'), store.allocate('p', 'N')];
  allocated.catch(() => undefined);
  await expectAll([preview], 'read-failed', 'can not be read: another program kept it locked for 5 s');
  await expectAll([allocated], 'write-failed', 'can not be written: another program kept it locked for 5 s');
});

it('nobody gets a value from a commit that fails', async () => {
  const path = makeDatabase(table(5));
  // A reader lets a transaction begin, and its commit wait.
  const child = runBesideTables(locker, [path, 'BEGIN; CREATE TEMP TABLE t AS SELECT * FROM p']);
  await waitForOutput(child, 'locked');
  const store = await openTables(path);
  const preview = store.preview('p', 'N3');
  const failed = ['N1', 'N2', 'N3'].map((owner) => store.allocate('p', owner));
  for (const promise of failed) promise.catch(() => undefined);
  await expectAll(failed, 'write-failed', 'another program kept it locked');
  expect(await preview).toBe('v1');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(query(path, 'SELECT count(*) FROM p WHERE node_id IS NOT NULL')).toEqual([[0]]);
  expect(await store.allocate('p', 'N3')).toBe('v1');
});

it('a file that may not be written is read and previewed, and a claim says so', async () => {
  const path = makeDatabase(`${table(2)} UPDATE p SET node_id = 'X' WHERE key = 'v1';`);
  chmodSync(path, 0o444);
  chmodSync(dirname(path), 0o555);
  onTestFinished(() => chmodSync(dirname(path), 0o755));
  const program = `
    import { TablePoolStore } from './data-root/table-pool-store.js';
    const store = new TablePoolStore(process.argv[2], 'db/resources.db', { warning() {} });
    const ask = [store.preview('p', 'N'), store.allocate('p', 'X'), store.read('p'), store.list(), store.allocate('p', 'N')];
    const outcomes = await Promise.allSettled(ask);
    console.log(JSON.stringify(outcomes.map((it) => it.value ?? [it.reason.code, it.reason.message])));
    await store.close();
  `;
  // Root may write anything.
  const child = runBesideTables(program, [path], process.getuid?.() === 0 ? 65_534 : undefined);
  expect(JSON.parse(await outputOf(child))).toEqual([
    'v2',
    'v1',
    expect.objectContaining({ entries: expect.any(Array) }),
    ['p'],
    ['write-failed', expect.stringContaining('it is read-only: give the server the right to write')],
  ]);
});

it('a process ends by itself when nothing is asked any more, closed or not', async () => {
  const path = makeDatabase(table(2));
  const program = `
    import { TablePoolStore } from './data-root/table-pool-store.js';
    console.log(await new TablePoolStore(process.argv[2], 'resources.db', { warning() {} }).allocate('p', 'N'));
  `;
  const child = runBesideTables(program, [path]);
  const [output, [code]] = await Promise.all([outputOf(child), once(child, 'exit')]);
  expect([output, code]).toEqual(['v1\n', 0]);
});

it('what has been asked is answered before a store is closed', async () => {
  const store = await openTables(makeDatabase(table(50)));
  const given = Promise.all(Array.from({ length: 50 }, (_, i) => store.allocate('p', `N${i}`)));
  await store.close();
  expect(new Set(await given).size).toBe(50);
});

it('a thread that is lost fails those who wait, and the next request gets a new one', async () => {
  const folder = makeFolder();
  cpSync(compileTables(), folder, { recursive: true, verbatimSymlinks: true });
  const worker = join(folder, 'data-root/table-worker.js');
  const sign = join(folder, 'die');
  writeFileSync(sign, '');
  // Dies of the first request that it gets, as long as the sign is there.
  writeFileSync(
    worker,
    `import { existsSync } from 'node:fs';
     import { parentPort as port } from 'node:worker_threads';
     port.on('message', () => { if (existsSync(${JSON.stringify(sign)})) process.exit(); });
     ${readFileSync(worker, 'utf8')}`,
  );
  const store = await openTables(makeDatabase(table(2)), folder);
  const words = 'db/resources.db: the thread that works on it was lost: it ended';
  await expectAll([store.allocate('p', 'N')], 'write-failed', words);
  await expectAll([store.read('p')], 'read-failed', words);
  rmSync(sign);
  expect(await store.allocate('p', 'N')).toBe('v1');
});

/** Resolves once a process has printed so many lines. */
async function waitForLines(child: ChildProcess, count: number): Promise<void> {
  let seen = 0;
  await new Promise<void>((done, fail) => {
    child.stdout?.on('data', (chunk) => {
      seen += String(chunk).split('\n').length - 1;
      if (seen >= count) done();
    });
    child.once('exit', () => fail(new Error(`it ended after ${seen} lines`)));
  });
}
