// The history beside other processes, and while its file can not be written: what was added is there, whoever else writes,
// whoever is killed, and whatever fails.

import { once } from 'node:events';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../data-root/temporary-folder.js';
import { outputOf, waitForOutput } from '../fixtures/compiled-copy.js';
import { makeVersion } from '../ports/history-suite.js';
import { execute, openHistory, query, runBesideJournal } from './compiled-journal.js';

/** Adds configs to one node and prints each version's number and text once it is kept; for ever, or so many times. */
const adder = `
  import { writeSync } from 'node:fs';
  import { SqliteHistory } from './state/sqlite-history.js';
  const [folder, name, rounds] = process.argv.slice(2);
  const history = new SqliteHistory({ folder, keep: 100000 });
  for (let i = 0; i < Number(rounds); i += 1) {
    const text = name + ' ' + i;
    const { version } = await history.add({
      node: 'N1', at: new Date().toISOString(), source: 'put', address: null, config: Buffer.from(text),
    });
    writeSync(1, version.number + ':' + text + '\\n');
  }
  await history.close();
`;

/** Keeps a lock until it is killed. */
const locker = `
  import Database from 'libsql';
  const db = new Database(process.argv[2]);
  db.exec('BEGIN IMMEDIATE');
  console.log('locked');
  setInterval(() => db, 1000);
`;

function expectWhole(folder: string): void {
  expect(query(join(folder, 'history.db'), 'PRAGMA integrity_check')).toEqual([['ok']]);
}

/** What was printed in whole lines. */
function readLines(output: string): [number, string][] {
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => [Number(line.split(':')[0]), line.slice(line.indexOf(':') + 1)]);
}

describe('a history', () => {
  it('that several processes add to at once, to a file that none of them found, gives each version a number', async () => {
    const folder = join(makeFolder(), 'state');
    const children = ['A', 'B', 'C'].map((name) => runBesideJournal(adder, [folder, name, '40']));
    const added = (await Promise.all(children.map(outputOf))).flatMap(readLines);
    expect(added).toHaveLength(120);
    const history = await openHistory(folder, 100_000);
    const versions = await history.versions('N1');
    expect(versions.map(({ number }) => number)).toEqual(Array.from({ length: 120 }, (_, at) => at + 1));
    for (const [number, text] of added) expect(String(await history.read('N1', number))).toBe(text);
    await history.close();
    expectWhole(folder);
  });

  it('has all that was added when the process is killed, and no number twice', async () => {
    const folder = join(makeFolder(), 'state');
    const added: [number, string][] = [];
    for (let round = 0; round < 5; round += 1) {
      const child = runBesideJournal(adder, [folder, `K${round}`, '1000000']);
      const output = outputOf(child);
      await waitForOutput(child, `K${round} ${5 + 7 * round}\n`);
      child.kill('SIGKILL');
      added.push(...readLines(await output));
    }
    expect(new Set(added.map(([number]) => number)).size).toBe(added.length);
    const history = await openHistory(folder, 100_000);
    for (const [number, text] of added) expect(String(await history.read('N1', number))).toBe(text);
    await history.add(makeVersion('after'));
    await history.close();
    expectWhole(folder);
  });

  it('finishes what is under way when it is closed', async () => {
    const folder = makeFolder();
    const history = await openHistory(folder);
    const adding = history.add(makeVersion('one'));
    await history.close();
    expect((await adding).added).toBe(true);
    await expect(history.add(makeVersion('two'))).rejects.toMatchObject({ code: 'write-failed' });
    expect(await (await openHistory(folder)).versions('N1')).toHaveLength(1);
  });

  it('that another program keeps locked is read, not written, and written once it is free', async () => {
    const folder = makeFolder();
    const history = await openHistory(folder);
    await history.add(makeVersion('one'));
    const child = runBesideJournal(locker, [join(folder, 'history.db')]);
    await waitForOutput(child, 'locked');
    await expect(history.add(makeVersion('two'))).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringContaining('another program kept it locked for 5 s: let that finish'),
    });
    expect(await history.versions('N1')).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await history.add(makeVersion('two'))).version.number).toBe(2);
  });

  it('says what is in the way of its folder, and works once that is gone', async () => {
    const root = makeFolder({ state: 'a file in the way' });
    const history = await openHistory(join(root, 'state'));
    const words = 'a file stands where its folder should be: move that away, or correct [state] path';
    await expect(history.add(makeVersion('one'))).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringContaining(`${join(root, 'state/history.db')} can not be written: `),
    });
    await expect(history.add(makeVersion('one'))).rejects.toThrow(words);
    await expect(history.newest('N1')).rejects.toMatchObject({
      code: 'read-failed',
      message: expect.stringContaining(words),
    });
    rmSync(join(root, 'state'));
    expect((await history.add(makeVersion('one'))).added).toBe(true);
  });

  it('leaves a file alone that is another program’s, a journal’s, or of a newer version', async () => {
    const folder = makeFolder();
    const path = join(folder, 'history.db');
    const history = await openHistory(folder);
    const refuses = async (words: string) => {
      const before = readFileSync(path);
      await expect(history.add(makeVersion('one'))).rejects.toThrow(words);
      await expect(history.versions('N1')).rejects.toThrow(words);
      expect(readFileSync(path).equals(before)).toBe(true);
      rmSync(path);
    };
    writeFileSync(path, 'hostname leaf1\n'.repeat(100));
    await refuses('it is not an SQLite database');
    execute(path, 'CREATE TABLE mine (x)');
    await refuses('it is an SQLite file of something else');
    execute(path, `CREATE TABLE records (x); PRAGMA application_id = ${0x5a545053}; PRAGMA user_version = 1`);
    await refuses('it is an SQLite file of something else');
    execute(
      path,
      `CREATE TABLE versions (x); PRAGMA application_id = ${0x5a545048}; PRAGMA user_version = 99`,
    );
    await refuses('it is of version 99, made by a newer ztps');
    expect((await history.add(makeVersion('one'))).version.number).toBe(1);
  });

  it('goes on in a new file when the old one was moved away, at positions behind those of the old one', async () => {
    const folder = makeFolder();
    const history = await openHistory(folder);
    const { version: old } = await history.add(makeVersion('one'));
    for (const end of ['', '-wal', '-shm']) {
      renameSync(join(folder, `history.db${end}`), join(folder, `old.db${end}`));
    }
    const { version } = await history.add(makeVersion('two'));
    expect(version.number).toBe(1);
    expect(version.position).toBeGreaterThan(old.position);
    expect(await history.versions('N1')).toHaveLength(1);
  });
});
