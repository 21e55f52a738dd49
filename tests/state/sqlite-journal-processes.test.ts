// The journal beside other processes: nothing that was flushed is lost, whoever else writes, and whoever is killed.

import { once } from 'node:events';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from '../data-root/temporary-folder.js';
import { outputOf, waitForOutput } from '../fixtures/compiled-copy.js';
import { keepLog } from '../fixtures/log.js';
import { makeRecord, openJournal, query, runBesideJournal } from './compiled-journal.js';

/** Appends three records at a time and prints how many are durable; for ever, or so many times. */
const appender = `
  import { writeSync } from 'node:fs';
  import { SqliteJournal } from './state/sqlite-journal.js';
  const [folder, name, rounds] = process.argv.slice(2);
  const log = { debug() {}, info() {}, warning: console.log, error: console.log };
  const journal = new SqliteJournal({ folder, keepDays: 365, log });
  for (let i = 0; i < Number(rounds); i += 1) {
    for (const part of ['a', 'b', 'c']) {
      const record = {
        id: [name, i, part].join('.'), at: new Date().toISOString(), node: name, run: null, type: 'log', level: 'info',
        message: 'm', data: { i }, source: 'server', address: null,
      };
      journal.append({ kind: 'record', record, report: null });
    }
    if (!(await journal.flush())) throw new Error('not written');
    writeSync(1, i + '\\n');
  }
  await journal.close();
`;

/** Keeps a lock until it is killed. */
const locker = `
  import Database from 'libsql';
  const db = new Database(process.argv[2]);
  db.exec('BEGIN IMMEDIATE');
  console.log('locked');
  setInterval(() => db, 1000);
`;

const everything = { limit: 1_000_000 };

function expectWhole(folder: string): void {
  expect(query(join(folder, 'journal.db'), 'PRAGMA integrity_check')).toEqual([['ok']]);
}

it('several processes that append at once, to a file that none of them found, lose nothing', async () => {
  const folder = join(makeFolder(), 'state');
  const names = ['A', 'B', 'C'];
  const children = names.map((name) => runBesideJournal(appender, [folder, name, '60']));
  const outputs = await Promise.all(children.map(outputOf));
  for (const output of outputs) expect(output.trim().split('\n')).toHaveLength(60);
  const journal = await openJournal(folder);
  for (const node of names) {
    const records = await journal.records({ ...everything, node });
    expect(records.map(({ id }) => id)).toEqual(
      Array.from({ length: 60 }, (_, i) => ['a', 'b', 'c'].map((part) => `${node}.${i}.${part}`)).flat(),
    );
  }
  await journal.close();
  expectWhole(folder);
});

it('all that was flushed is there after the process is killed', async () => {
  const folder = join(makeFolder(), 'state');
  const durable = new Map<string, number>();
  for (let round = 0; round < 6; round += 1) {
    const child = runBesideJournal(appender, [folder, `K${round}`, '1000000']);
    const output = outputOf(child);
    await waitForOutput(child, `${5 + 10 * round}\n`);
    child.kill('SIGKILL');
    durable.set(`K${round}`, (await output).split('\n').length - 1);
  }
  const journal = await openJournal(folder);
  for (const [node, rounds] of durable) {
    expect(rounds).toBeGreaterThan(5);
    const ids = new Set((await journal.records({ ...everything, node })).map(({ id }) => id));
    for (let i = 0; i < rounds; i += 1) {
      for (const part of ['a', 'b', 'c']) expect(ids.has(`${node}.${i}.${part}`)).toBe(true);
    }
  }
  journal.append({ kind: 'record', record: makeRecord(), report: null });
  expect(await journal.flush()).toBe(true);
  await journal.close();
  expectWhole(folder);
});

it('what a process appended is written when it ends by itself, closed or not', async () => {
  const folder = join(makeFolder(), 'state');
  const program = appender
    .replace("if (!(await journal.flush())) throw new Error('not written');", '')
    .replace('await journal.close();', '');
  const child = runBesideJournal(program, [folder, 'N', '10']);
  const [, [code]] = await Promise.all([outputOf(child), once(child, 'exit')]);
  expect(code).toBe(0);
  const journal = await openJournal(folder);
  expect(await journal.records(everything)).toHaveLength(30);
});

it('a file that another program keeps locked is read, and written once it is free', async () => {
  const folder = makeFolder();
  const { log, logged } = keepLog();
  const journal = await openJournal(folder, { log });
  const append = () => journal.append({ kind: 'record', record: makeRecord(), report: null });
  append();
  expect(await journal.flush()).toBe(true);
  const child = runBesideJournal(locker, [join(folder, 'journal.db')]);
  await waitForOutput(child, 'locked');
  append();
  expect(await journal.flush()).toBe(false);
  expect(await journal.records(everything)).toHaveLength(1);
  expect(logged).toMatchObject([
    { message: expect.stringContaining('another program kept it locked for 5 s: let that finish') },
  ]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await journal.flush()).toBe(true);
  expect(await journal.records(everything)).toHaveLength(2);
  expect(logged[1]).toMatchObject({
    level: 'info',
    message: expect.stringContaining('caught up: 1, lost: 0'),
  });
});

it('closing waits for a locked file within its limit, and says what was lost', async () => {
  const folder = makeFolder();
  const { log, logged } = keepLog();
  const journal = await openJournal(folder, { log, limits: { close: 100 } });
  journal.append({ kind: 'record', record: makeRecord(), report: null });
  expect(await journal.flush()).toBe(true);
  const child = runBesideJournal(locker, [join(folder, 'journal.db')]);
  await waitForOutput(child, 'locked');
  for (let i = 0; i < 7; i += 1) journal.append({ kind: 'record', record: makeRecord(), report: null });
  await journal.close();
  expect(logged).toHaveLength(1);
  expect(logged[0]).toMatchObject({
    level: 'error',
    message: expect.stringContaining('(changes lost: 7)'),
  });
});

it('who may not write the folder reads a journal that nobody has open, and is told why not one that is', async () => {
  const folder = makeFolder();
  const path = join(folder, 'journal.db');
  const journal = await openJournal(folder);
  journal.append({ kind: 'record', record: makeRecord(), report: null });
  await journal.flush();
  const read = async () => {
    const program = `
      import { SqliteJournal } from './state/sqlite-journal.js';
      const journal = new SqliteJournal({ folder: process.argv[2], keepDays: 365, log: {}, readOnly: true });
      const answers = await Promise.allSettled([journal.records({ limit: 9 }), journal.runs({ limit: 9 })]);
      console.log(JSON.stringify(answers.map((it) => it.value?.length ?? [it.reason.code, it.reason.message])));
      await journal.close();
    `;
    // Root may write anything.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    return JSON.parse(await outputOf(runBesideJournal(program, [folder], uid)));
  };
  const refused = (words: string) => [
    ['read-failed', expect.stringContaining(`${path} can not be read: ${words}`)],
    ['read-failed', expect.stringContaining(`${path} can not be read: ${words}`)],
  ];
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
  if (process.getuid?.() === 0) {
    expect(await read()).toEqual(
      refused('permission denied (EACCES): read it as the user that the server runs as'),
    );
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
    expect(await read()).toEqual([1, 0]);
    chmodSync(`${path}-shm`, 0o600);
    expect(await read()).toEqual(
      refused('permission denied (EACCES): read it as the user that the server runs as'),
    );
  }
  chmodSync(folder, 0o755);
  await journal.close();
  chmodSync(folder, 0o555);
  expect(await read()).toEqual([1, 0]);
  expect(readdirSync(folder)).toEqual(['journal.db']);
});
