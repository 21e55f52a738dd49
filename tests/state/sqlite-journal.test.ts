// What the journal does with its file: when it is made, read, refused, pruned, and what is found by which index.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import type { RecordQuery, RunQuery } from '../../src/ports/journal.js';
import { findRecords, findRuns } from '../../src/state/journal-queries.js';
import type { Statement } from '../../src/state/sqlite-connection.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { keepLog } from '../fixtures/log.js';
import { execute, makeRecord, makeRun, openJournal, query } from './compiled-journal.js';

const everything = { limit: 1_000_000 };

/** For what happens by itself, however busy the machine is. */
const patient = { timeout: 30_000 };

/** Makes a journal of one record and one run, and closes it. @returns the file */
async function makeJournal(folder: string): Promise<string> {
  const journal = await openJournal(folder);
  journal.append({ kind: 'record', record: makeRecord({ message: 'kept' }), report: null });
  journal.append({ kind: 'run', run: makeRun() });
  expect(await journal.flush()).toBe(true);
  await journal.close();
  return join(folder, 'journal.db');
}

describe('the file', () => {
  it('is made by the first write, with its folder, for the server alone, and not by reading', async () => {
    const folder = join(makeFolder(), 'var/state');
    const journal = await openJournal(folder, { limits: { firstPrune: 1, prune: 1 } });
    expect(await journal.records(everything)).toEqual([]);
    expect(await journal.runs(everything)).toEqual([]);
    expect(await journal.flush()).toBe(true);
    expect(statSync(folder, { throwIfNoEntry: false })).toBe(undefined);
    journal.append({ kind: 'run', run: makeRun() });
    expect(await journal.flush()).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    await journal.close();
    expect(readdirSync(folder)).toEqual(['journal.db']);
    expect(query(join(folder, 'journal.db'), 'PRAGMA journal_mode')).toEqual([['wal']]);
  });

  it('is read as long as another journal has it open, and after', async () => {
    const folder = makeFolder();
    const [writer, reader] = [await openJournal(folder), await openJournal(folder, { readOnly: true })];
    for (let i = 1; i <= 3; i += 1) {
      writer.append({ kind: 'record', record: makeRecord(), report: null });
      await writer.flush();
      expect(await reader.records(everything)).toHaveLength(i);
    }
    await writer.close();
    expect(await reader.records(everything)).toHaveLength(3);
    await reader.close();
    expect(readdirSync(folder)).toEqual(['journal.db']);
  });

  it('that is empty is an empty journal, and is written', async () => {
    const folder = makeFolder({ 'journal.db': '' });
    const journal = await openJournal(folder);
    expect(await journal.records(everything)).toEqual([]);
    journal.append({ kind: 'record', record: makeRecord(), report: null });
    expect(await journal.flush()).toBe(true);
    expect(await journal.records(everything)).toHaveLength(1);
  });

  it('gives positions that no file before it gave', async () => {
    const folder = makeFolder();
    const before = Date.now();
    await makeJournal(folder);
    const journal = await openJournal(folder);
    const [record] = await journal.records(everything);
    expect(record?.position).toBeGreaterThanOrEqual(before);
  });

  const broken = {
    'a newer version': [
      (path: string) => execute(path, 'PRAGMA user_version = 7'),
      'it is of version 7, made by a newer ztps, and this one knows version 1: install the newer one',
    ],
    'no database': [
      (path: string) => writeFileSync(path, 'garbage '.repeat(1_000)),
      'it is not an SQLite database: move it away, with the files beside it that end in -wal and -shm, and a new one is made',
    ],
    "somebody else's database": [
      (path: string) => execute(path, 'PRAGMA application_id = 0; PRAGMA user_version = 1'),
      'it is an SQLite file of something else: move it away, and a new one is made, or correct [state] path',
    ],
    'a damaged one': [
      (path: string) => writeFileSync(path, readFileSync(path).fill(0xff, 4_096)),
      'it is damaged (database disk image is malformed): move it away',
    ],
  } as const;

  it.each(Object.entries(broken))('of %s is neither read nor written, and says so', async (_name, parts) => {
    const [damage, words] = parts;
    const folder = makeFolder();
    const path = await makeJournal(folder);
    damage(path);
    const before = statSync(path).size;
    const { log, logged } = keepLog();
    const journal = await openJournal(folder, { log });
    for (const read of [journal.records(everything), journal.runs(everything)]) {
      await expect(read).rejects.toMatchObject({
        name: 'ZtpError',
        code: 'read-failed',
        message: expect.stringContaining(`${path} can not be read: ${words}`),
      });
    }
    journal.append({ kind: 'record', record: makeRecord(), report: null });
    expect(await journal.flush()).toBe(false);
    expect(logged).toMatchObject([{ level: 'error', reason: 'write-failed' }]);
    expect(logged[0]?.message).toContain(`${path} can not be written: ${words}`);
    expect(logged[0]?.message).toContain('(changes that wait in memory until it can: 1)');
    expect(statSync(path).size).toBe(before);
    await journal.close();
    expect(logged).toHaveLength(2);
    expect(logged[1]?.message).toContain(`${path} could not be written before the end: ${words}`);
    expect(logged[1]?.message).toContain('(changes lost: 1)');
  });

  it('that is a folder is neither read nor written', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'journal.db'));
    const journal = await openJournal(folder);
    await expect(journal.records(everything)).rejects.toMatchObject({ code: 'read-failed' });
    journal.append({ kind: 'record', record: makeRecord(), report: null });
    expect(await journal.flush()).toBe(false);
  });

  it('of any content is read without an end to the process', async () => {
    const folder = makeFolder();
    const path = await makeJournal(folder);
    execute(
      path,
      `UPDATE records SET message = CAST(x'ff00fe' AS TEXT), data = '[1', level = 9;
       UPDATE runs SET summary = CAST(x'ff' AS TEXT)`,
    );
    const journal = await openJournal(folder);
    expect(await journal.records(everything)).toMatchObject([{ message: '\ufffd\0\ufffd', level: 'error' }]);
    expect(await journal.runs(everything)).toEqual([]);
  });
});

describe('keeping', () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

  it('deletes records and ended runs that are older, in pieces, and nothing else', async () => {
    const folder = makeFolder();
    const journal = await openJournal(folder);
    for (let i = 0; i < 250; i += 1) {
      journal.append({ kind: 'record', record: makeRecord({ at: daysAgo(31 + i) }), report: null });
    }
    journal.append({
      kind: 'record',
      record: makeRecord({ at: daysAgo(29), message: 'young' }),
      report: null,
    });
    const old = { startedAt: daysAgo(50), lastSignAt: daysAgo(40) };
    journal.append({ kind: 'run', run: makeRun({ ...old, run: 'ended', endedAt: daysAgo(40) }) });
    journal.append({ kind: 'run', run: makeRun({ ...old, run: 'open' }) });
    journal.append({ kind: 'run', run: makeRun({ ...old, run: 'late', endedAt: daysAgo(20) }) });
    expect(await journal.flush()).toBe(true);
    const limits = { firstPrune: 1, prune: 20, pruned: 100 };
    const reader = await openJournal(folder, { keepDays: 30, readOnly: true, limits });
    expect(await reader.records(everything)).toHaveLength(251);
    const keeper = await openJournal(folder, { keepDays: 30, limits });
    await expect
      .poll(async () => (await keeper.records(everything)).map(({ message }) => message), patient)
      .toEqual(['young']);
    await expect
      .poll(async () => (await keeper.runs(everything)).map(({ run }) => run).sort(), patient)
      .toEqual(['late', 'open']);
    // And again, hour after hour.
    journal.append({ kind: 'record', record: makeRecord({ at: daysAgo(31) }), report: null });
    await journal.flush();
    await expect
      .poll(async () => (await keeper.records(everything)).map(({ message }) => message), patient)
      .toEqual(['young']);
  });
});

describe('finding', () => {
  const plans = (path: string, { sql, values }: Statement): string[] =>
    query(path, `EXPLAIN QUERY PLAN ${sql}`, ...(values as (string | bigint)[])).map((row) => String(row[3]));

  const recordQueries: readonly [string, Omit<RecordQuery, 'limit'>, string][] = [
    ['a node', { node: 'N' }, 'records_node (node=?)'],
    ['a node behind a position', { node: 'N', after: 5 }, 'records_node (node=? AND rowid>?)'],
    [
      'a node of some types',
      { node: 'N', types: ['log', 'failed'], level: 'warning' },
      'records_node (node=?)',
    ],
    ['a node since', { node: 'N', since: '2026-01-01T00:00:00Z' }, 'records_node (node=? AND rowid>?)'],
    ['a run', { run: 'R', node: 'N', level: 'error' }, 'records_run (run=?)'],
    ['a level', { level: 'warning' }, 'records_level (level=?)'],
    ['the highest level', { level: 'error' }, 'records_level (level=?)'],
    ['types', { types: ['failed', 'stalled'] }, 'records_type (type=? AND level=?)'],
    ['types of a level', { types: ['failed'], level: 'error' }, 'records_type (type=? AND level=?)'],
    [
      'types behind a position',
      { types: ['failed'], after: 9 },
      'records_type (type=? AND level=? AND rowid>?)',
    ],
    ['a time', { since: '2026-01-01T00:00:00Z' }, 'INTEGER PRIMARY KEY (rowid>?)'],
    ['a position', { after: 9 }, 'INTEGER PRIMARY KEY (rowid>?)'],
  ];

  it.each(recordQueries)('records of %s uses the index', async (_name, wish, index) => {
    const path = await makeJournal(makeFolder());
    const plan = plans(path, findRecords({ ...wish, limit: 100 }));
    expect(plan.join('\n')).toContain(index);
    if (wish.since) expect(plan.join('\n')).toContain('COVERING INDEX records_at (at>?)');
    expect(plan.filter((line) => /^SCAN records|^SCAN early/.test(line))).toEqual([]);
    expect(plan.filter((line) => /TEMP B-TREE/.test(line))).toEqual([]);
  });

  const runQueries: readonly [string, Omit<RunQuery, 'limit'>, string][] = [
    ['a node', { node: 'N' }, 'runs_node (node=?)'],
    ['a node, the latest', { node: 'N', latest: true }, 'runs_node (node=?)'],
    ['every node, the latest', { latest: true }, 'COVERING INDEX runs_node (node>?)'],
    ['all, open', { open: true }, 'runs_open'],
    ['all', {}, 'runs_start'],
    ['all since', { since: '2026-01-01T00:00:00Z' }, 'runs_activity (active_at>?)'],
  ];

  it.each(runQueries)('runs of %s uses the index', async (_name, wish, index) => {
    const path = await makeJournal(makeFolder());
    const plan = plans(path, findRuns({ ...wish, limit: 100 }));
    expect(plan.join('\n')).toContain(index);
    expect(plan.filter((line) => /^SCAN runs$/.test(line))).toEqual([]);
  });

  it('the last records of a node reads no others', async () => {
    const path = await makeJournal(makeFolder());
    const db = new Database(path);
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO records (id, at, node, type, level, message, data, source)
      SELECT 'x' || i, '2026-01-01', 'N' || (i % 100), 'log', 1, 'm', CASE i % 100 WHEN 7 THEN '{}' ELSE 'not read' END, 'server' FROM n`);
    db.close();
    const journal = await openJournal(join(path, '..'));
    const records = await journal.records({ node: 'N7', limit: 50 });
    expect(records).toHaveLength(50);
    expect(new Set(records.map(({ node }) => node))).toEqual(new Set(['N7']));
  });
});
