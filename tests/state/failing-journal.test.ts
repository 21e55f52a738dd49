// The journal while its file can not be written, is taken away, or its thread dies: changes wait, in order and within a
// bound, nobody who appends notices, and the log says what happened.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Journal } from '../../src/ports/journal.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { keepLog } from '../fixtures/log.js';
import { compileJournal, makeRecord, makeRun, openJournal, query } from './compiled-journal.js';

const everything = { limit: 1_000_000 };

/** For what happens by itself, however busy the machine is. */
const patient = { timeout: 30_000 };

function append(journal: Journal, ...messages: readonly string[]): void {
  for (const message of messages)
    journal.append({ kind: 'record', record: makeRecord({ message }), report: null });
}

async function messagesOf(journal: Journal): Promise<string[]> {
  return (await journal.records(everything)).map(({ message }) => message);
}

function expectWhole(folder: string): void {
  expect(query(join(folder, 'journal.db'), 'PRAGMA integrity_check')).toEqual([['ok']]);
}

describe('a folder that can not be made', () => {
  it('is told once, and what was appended is written by itself once it can be', async () => {
    const root = makeFolder({ state: 'a file in the way' });
    const { log, logged } = keepLog();
    const journal = await openJournal(join(root, 'state'), { log, limits: { pause: 10, longestPause: 20 } });
    append(journal, 'one', 'two');
    journal.append({ kind: 'run', run: makeRun({ run: 'R' }) });
    expect(await journal.flush()).toBe(false);
    expect(await journal.flush()).toBe(false);
    await expect(journal.records(everything)).rejects.toMatchObject({
      code: 'read-failed',
      message: expect.stringContaining('a file stands where its folder should be'),
    });
    append(journal, 'three');
    rmSync(join(root, 'state'));
    await expect.poll(() => messagesOf(journal), patient).toEqual(['one', 'two', 'three']);
    expect(await journal.runs(everything)).toMatchObject([{ run: 'R' }]);
    expect(logged).toMatchObject([
      { level: 'error', reason: 'write-failed' },
      {
        level: 'info',
        message: expect.stringMatching(/is written again \(changes caught up: [34], lost: 0\)$/),
      },
    ]);
    expect(logged[0]?.message).toContain(
      'a file stands where its folder should be: move that away, or correct [state] path (changes that wait in memory until it can: 3)',
    );
  });

  it('is told again and again, but seldom', async () => {
    const root = makeFolder({ state: 'a file in the way' });
    const { log, logged } = keepLog();
    const limits = { pause: 1, longestPause: 1, remind: 50, waiting: 3 };
    const journal = await openJournal(join(root, 'state'), { log, limits });
    append(journal, '1', '2', '3', '4', '5');
    await expect.poll(() => logged.length, patient).toBeGreaterThanOrEqual(3);
    expect(logged[2]).toMatchObject({
      level: 'error',
      message: expect.stringMatching(
        /still can not be written: .* \(changes that wait in memory: 3, lost: 2\)$/,
      ),
    });
  });

  it('costs the oldest when more wait than are kept', async () => {
    const root = makeFolder({ state: 'a file in the way' });
    const { log, logged } = keepLog();
    const journal = await openJournal(join(root, 'state'), { log, limits: { waiting: 100, gathered: 10 } });
    const messages = Array.from({ length: 250 }, (_, i) => `m${i}`);
    append(journal, ...messages.slice(0, 150));
    expect(await journal.flush()).toBe(false);
    append(journal, ...messages.slice(150));
    // A run that waits takes one place, however often it changes.
    for (let i = 0; i < 50; i += 1) journal.append({ kind: 'run', run: makeRun({ run: 'R', repeats: i }) });
    rmSync(join(root, 'state'));
    expect(await journal.flush()).toBe(true);
    expect(await messagesOf(journal)).toEqual(messages.slice(-99));
    expect(await journal.runs(everything)).toMatchObject([{ run: 'R', repeats: 49 }]);
    expect(logged.at(-1)).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('(changes caught up: 100, lost: 151)'),
    });
  });

  it('costs the oldest when they take more memory than is kept', async () => {
    const root = makeFolder({ state: 'a file in the way' });
    const journal = await openJournal(join(root, 'state'), { limits: { waitingCharacters: 5_000 } });
    append(journal, 'first '.padEnd(3_000), 'second '.padEnd(3_000), 'third');
    expect(await journal.flush()).toBe(false);
    rmSync(join(root, 'state'));
    expect(await journal.flush()).toBe(true);
    expect((await messagesOf(journal)).map((message) => message.trim())).toEqual(['second', 'third']);
  });
});

describe('a disk', () => {
  beforeEach((context) => {
    if (process.getuid?.() !== 0) context.skip('only root can mount: sudo npm test');
  });

  /** A file system of its own, unmounted after the test. */
  function mount(size: string): string {
    const folder = makeFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'ztps-test', folder]);
    onTestFinished(() => {
      execFileSync('umount', ['-l', folder]);
    });
    return folder;
  }

  it('that is read-only: what is there is read, what is appended is written once it can be', async () => {
    const disk = mount('4m');
    const folder = join(disk, 'state');
    const before = await openJournal(folder);
    append(before, 'one');
    await before.flush();
    await before.close();
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const { log, logged } = keepLog();
    const journal = await openJournal(folder, { log });
    expect(await messagesOf(journal)).toEqual(['one']);
    append(journal, 'two');
    expect(await journal.flush()).toBe(false);
    expect(await messagesOf(journal)).toEqual(['one']);
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    expect(await journal.flush()).toBe(true);
    expect(await messagesOf(journal)).toEqual(['one', 'two']);
    expect(logged).toMatchObject([
      {
        message: expect.stringContaining('read-only file system (EROFS): give the server the right to write'),
      },
      { message: expect.stringContaining('is written again') },
    ]);
  });

  it.each(['before there is a journal', 'while it is written'])('that is full %s', async (when) => {
    const disk = mount('1m');
    const folder = join(disk, 'state');
    const { log, logged } = keepLog();
    const journal = await openJournal(folder, { log });
    const messages = ['one'];
    append(journal, 'one');
    if (when === 'while it is written') expect(await journal.flush()).toBe(true);
    fill(disk);
    for (let i = 0; i < 300; i += 1) messages.push(`${i} `.padEnd(5_000, 'x'));
    append(journal, ...messages.slice(1));
    expect(await journal.flush()).toBe(false);
    expect(logged[0]?.message).toContain('make room');
    append(journal, 'last');
    expect(await journal.flush()).toBe(false);
    rmSync(join(disk, 'filler'));
    execFileSync('mount', ['-o', 'remount,size=16m', disk]);
    expect(await journal.flush()).toBe(true);
    expect(await messagesOf(journal)).toEqual([...messages, 'last']);
    await journal.close();
    expectWhole(folder);
  });

  /** Leaves not a block free. */
  function fill(disk: string): void {
    try {
      writeFileSync(join(disk, 'filler'), Buffer.alloc(4 * 1_024 * 1_024));
    } catch {
      // That it is full is the point.
    }
  }
});

describe('a file that is taken away from a running journal', () => {
  it.each([
    ['alone', ['journal.db']],
    ['with what belongs to it', ['journal.db', 'journal.db-wal', 'journal.db-shm']],
    ['with its folder', ['.']],
  ])('%s is made anew', async (_how, names) => {
    const folder = join(makeFolder(), 'state');
    const { log, logged } = keepLog();
    const journal = await openJournal(folder, { log });
    append(journal, 'old');
    expect(await journal.flush()).toBe(true);
    for (const name of names) rmSync(join(folder, name), { recursive: true });
    append(journal, 'new');
    expect(await journal.flush()).toBe(true);
    expect(await messagesOf(journal)).toEqual(['new']);
    await journal.close();
    expect(readdirSync(folder)).toEqual(['journal.db']);
    expectWhole(folder);
    expect(logged).toEqual([]);
  });

  it('is not asked any more by who reads it', async () => {
    const folder = makeFolder();
    const journal = await openJournal(folder);
    append(journal, 'old');
    await journal.flush();
    rmSync(join(folder, 'journal.db'));
    expect(await messagesOf(journal)).toEqual([]);
    expect(await journal.runs(everything)).toEqual([]);
  });

  it('and replaced by another is left alone, and the other is written', async () => {
    const [folder, elsewhere] = [makeFolder(), makeFolder()];
    const other = await openJournal(elsewhere);
    append(other, ...Array.from({ length: 500 }, (_, i) => `other ${i}`));
    await other.flush();
    await other.close();
    const journal = await openJournal(folder);
    append(journal, 'old');
    await journal.flush();
    renameSync(join(folder, 'journal.db'), join(folder, 'aside.db'));
    renameSync(join(elsewhere, 'journal.db'), join(folder, 'journal.db'));
    append(journal, 'new');
    expect(await journal.flush()).toBe(true);
    expect(await messagesOf(journal)).toEqual([
      ...Array.from({ length: 500 }, (_, i) => `other ${i}`),
      'new',
    ]);
    await journal.close();
    expectWhole(folder);
  });

  it('loses nothing when only its log of writes is gone', async () => {
    const folder = makeFolder();
    const journal = await openJournal(folder);
    append(journal, 'one', 'two');
    await journal.flush();
    rmSync(join(folder, 'journal.db-wal'));
    append(journal, 'three');
    expect(await journal.flush()).toBe(true);
    expect(await messagesOf(journal)).toEqual(['one', 'two', 'three']);
    await journal.close();
    expectWhole(folder);
  });

  it('because it was no database is made anew, and what waited is in it', async () => {
    const folder = makeFolder({ 'journal.db': 'garbage '.repeat(1_000) });
    const { log, logged } = keepLog();
    const journal = await openJournal(folder, { log });
    append(journal, 'one');
    expect(await journal.flush()).toBe(false);
    renameSync(join(folder, 'journal.db'), join(folder, 'aside'));
    append(journal, 'two');
    expect(await journal.flush()).toBe(true);
    expect(await messagesOf(journal)).toEqual(['one', 'two']);
    expect(readFileSync(join(folder, 'aside'), 'utf8')).toBe('garbage '.repeat(1_000));
    expect(logged).toHaveLength(2);
  });
});

describe('a thread that is lost', () => {
  /** A copy whose thread dies of every request, before or after it was done, as long as there is a file `die`. */
  function makeMortal(when: 'before' | 'after'): string {
    const copy = makeFolder();
    cpSync(compileJournal(), copy, { recursive: true, verbatimSymlinks: true });
    const worker = join(copy, 'state/sqlite-file.js');
    const text = readFileSync(worker, 'utf8');
    const die = `if (existsSync(${JSON.stringify(join(copy, 'die'))})) process.exit(1);`;
    const [place, patched] =
      when === 'before'
        ? ['const answer = file.answer(request);', `${die} const answer = file.answer(request);`]
        : ['if (answer)', `${die} if (answer)`];
    expect(text).toContain(place);
    writeFileSync(worker, text.replace(place, patched));
    mkdirSync(join(copy, 'die'));
    return copy;
  }

  it.each(['before', 'after'] as const)(
    '%s it wrote is followed by another, which writes all',
    async (when) => {
      const copy = makeMortal(when);
      const folder = makeFolder();
      const { log, logged } = keepLog();
      const journal = await openJournal(folder, { log, copy });
      append(journal, 'one', 'two');
      journal.append({ kind: 'record', record: makeRecord({ run: 'R', message: 'reported' }), report: 1 });
      journal.append({ kind: 'run', run: makeRun({ run: 'R' }) });
      expect(await journal.flush()).toBe(false);
      expect(logged).toMatchObject([
        {
          level: 'error',
          message: expect.stringContaining('the thread that works on it was lost: it ended'),
        },
      ]);
      if (when === 'after') {
        await expect(journal.records(everything)).rejects.toMatchObject({ code: 'read-failed' });
      }
      append(journal, 'three');
      rmSync(join(copy, 'die'), { recursive: true });
      expect(await journal.flush()).toBe(true);
      expect(await messagesOf(journal)).toEqual(['one', 'two', 'reported', 'three']);
      expect(await journal.runs(everything)).toHaveLength(1);
    },
  );
});

describe('a journal that takes no changes', () => {
  it('says so in the log, not to who appends', async () => {
    const folder = makeFolder();
    const { log, logged } = keepLog();
    const reader = await openJournal(folder, { log, readOnly: true });
    append(reader, 'lost');
    expect(await reader.flush()).toBe(true);
    const journal = await openJournal(folder, { log });
    await journal.close();
    append(journal, 'lost');
    await expect(journal.records(everything)).resolves.toEqual([]);
    append(journal, null as unknown as string);
    expect(logged.map(({ level }) => level)).toEqual(['error', 'error', 'error']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves out a change that can not be stored, and keeps the others', async () => {
    const { log, logged } = keepLog();
    const journal = await openJournal(makeFolder(), { log });
    append(journal, null as unknown as string, 'kept');
    journal.append({ kind: 'run', run: makeRun({ startedAt: null as unknown as string }) });
    expect(await journal.flush()).toBe(true);
    expect(await messagesOf(journal)).toEqual(['kept']);
    expect(logged).toHaveLength(2);
    for (const { message } of logged) expect(message).toContain('a change could not be kept and is lost: ');
  });
});
