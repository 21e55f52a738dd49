// What happens at the moment that a pool's file is replaced: who shares it, and what becomes of edits that land then, or are
// written into the replaced file afterwards.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import { markOf } from '../../src/data-root/exchange-file.js';
import { LateEdits } from '../../src/data-root/late-edits.js';
import { findLostOwners, mergeLateEdit } from '../../src/data-root/pool-edits.js';
import { PoolFile } from '../../src/data-root/pool-file.js';
import { keepLog } from '../fixtures/log.js';
import { makeFolder } from './temporary-folder.js';

/** Done once, right before two names are exchanged; whether this file system can do that; how often it did; whether the kernel tells who has a file open. */
const moment = vi.hoisted(() => ({
  edit: null as (() => void) | null,
  canExchange: true,
  count: 0,
  tellsWriters: true,
}));

vi.mock('../../src/data-root/system-calls.js', async (importOriginal) => {
  const real = await importOriginal<typeof import('../../src/data-root/system-calls.js')>();
  return {
    ...real,
    exchangeNames(one: string, other: string) {
      const { edit } = moment;
      moment.edit = null;
      edit?.();
      moment.count += 1;
      return moment.canExchange && real.exchangeNames(one, other);
    },
    isOpenForWriting: (fd: number) => (moment.tellsWriters ? real.isOpenForWriting(fd) : null),
  };
});

afterEach(() => {
  moment.count = 0;
  moment.edit = null;
  moment.canExchange = true;
  moment.tellsWriters = true;
});

function openPool(text: string) {
  const folder = makeFolder({ 'resources/p': text });
  const { log, logged } = keepLog();
  const said = () => logged.filter(({ level }) => level !== 'debug').map((it) => it.message);
  return { folder, path: join(folder, 'resources/p'), pools: openDataRoot(folder, [], log).pools, said };
}

describe('a commit', () => {
  it('is shared by all who ask while the one before is on its way', async () => {
    const { pools } = openPool(Array.from({ length: 2000 }, (_, i) => `v${i}:\n`).join(''));
    let wave: Promise<unknown>[] = [];
    moment.edit = () => {
      wave = Array.from({ length: 1000 }, (_, i) => pools.allocate('p', `B${i}`));
    };
    const first = Array.from({ length: 1000 }, (_, i) => pools.allocate('p', `A${i}`));
    const given = [...(await Promise.all(first)), ...(await Promise.all(wave))];
    expect(new Set(given).size).toBe(2000);
    // The first asker's own, and one for the rest of both waves.
    expect(moment.count).toBe(2);
    await pools.close();
  });

  it('answers nobody before the file says so', async () => {
    const { path, pools } = openPool('a: null\nb: X\n');
    let answered = false;
    let said = '';
    moment.edit = () => {
      said = `${answered} ${readFileSync(path, 'utf8')}`;
    };
    await pools.allocate('p', 'A').then(() => {
      answered = true;
    });
    expect(said).toBe('false a: null\nb: X\n');
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: X\n');
    await pools.close();
  });
});

describe('an edit that lands in the very moment of a commit', () => {
  it('by rename is kept, and the value is given from it', async () => {
    const { path, pools, folder } = openPool('a: null\nb: null\n');
    moment.edit = () => {
      writeFileSync(`${path}.new`, 'a: HAND\nb: null\nc: null\n');
      renameSync(`${path}.new`, path);
    };
    expect(await pools.allocate('p', 'A')).toBe('b');
    expect(readFileSync(path, 'utf8')).toBe('a: HAND\nb: A\nc: null\n');
    expect(readdirSync(join(folder, 'resources'))).toEqual(['p']);
    await pools.close();
  });

  it('in place is kept, and the value is given from it', async () => {
    const { path, pools } = openPool('a: null\nb: null\n');
    moment.edit = () => writeFileSync(path, 'x: null\n');
    expect(await pools.allocate('p', 'A')).toBe('x');
    expect(readFileSync(path, 'utf8')).toBe('x: A\n');
    await pools.close();
  });

  it('of the same size in the same moment as our own write is kept', async () => {
    const { path, pools } = openPool('a: null\nb: null\n');
    await pools.allocate('p', 'AAAA');
    moment.edit = () => writeFileSync(path, 'a: HAND\nb: null\n');
    expect(await pools.allocate('p', 'BBBB')).toBe('b');
    expect(readFileSync(path, 'utf8')).toBe('a: HAND\nb: BBBB\n');
    await pools.close();
  });

  it('and removes the file leaves it removed', async () => {
    const { path, pools, folder } = openPool('a: null\n');
    moment.edit = () => rmSync(path);
    await expect(pools.allocate('p', 'A')).rejects.toMatchObject({ code: 'missing-pool' });
    expect(readdirSync(join(folder, 'resources'))).toEqual([]);
    await pools.close();
  });

  it('in place is kept where names can not be exchanged', async () => {
    const { path, pools } = openPool('a: null\nb: null\n');
    moment.canExchange = false;
    moment.edit = () => writeFileSync(path, 'x: null\n');
    expect(await pools.allocate('p', 'A')).toBe('x');
    expect(await pools.allocate('p', 'A')).toBe('x');
    expect(readFileSync(path, 'utf8')).toBe('x: A\n');
    await pools.close();
  });
});

describe('an edit that is written into a file already replaced, where the kernel does not tell who has it open,', () => {
  beforeEach(() => {
    moment.tellsWriters = false;
  });

  it('is merged: what was added by hand and what was given are both there', async () => {
    const { path, pools, said } = openPool('a: null\nb: null\n');
    const late = openSync(path, 'a');
    expect(await pools.allocate('p', 'A')).toBe('a');
    writeSync(late, '# by hand\nc: HAND\n');
    closeSync(late);
    expect(await pools.allocate('p', 'B')).toBe('b');
    await vi.waitFor(() => expect(said()).toContainEqual(expect.stringContaining('was merged')), 5_000);
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: B\n# by hand\nc: HAND\n');
    expect(await pools.allocate('p', 'HAND')).toBe('c');
    await pools.close();
  });

  it('is merged before a command ends', async () => {
    const { path, pools } = openPool('a: null\nb: null\n');
    const late = openSync(path, 'a');
    await pools.allocate('p', 'A');
    writeSync(late, 'c: HAND\n');
    closeSync(late);
    await pools.close();
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: null\nc: HAND\n');
  });

  it('that gives away what a switch was told is overruled, and that is said', async () => {
    const { path, pools, said } = openPool('a: null\nb: null\n');
    const late = openSync(path, 'r+');
    await pools.allocate('p', 'A');
    writeSync(late, 'a: HAND\nb: null\n', 0);
    closeSync(late);
    await pools.close();
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: null\n');
    expect(said()).toEqual([
      'resources/p: an edit that was saved while the file was being replaced was merged',
      'resources/p: a was given to A while the edit gave it to HAND: A keeps it',
    ]);
  });

  it('that is broken is not, and that is said', async () => {
    const { path, pools, said } = openPool('a: null\nb: null\n');
    const late = openSync(path, 'a');
    await pools.allocate('p', 'A');
    writeSync(late, 'c: [\n');
    closeSync(late);
    await pools.close();
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: null\n');
    expect(said()).toEqual([
      expect.stringMatching(/^resources\/p: an edit .* is lost, save it again: resources\/p line/),
    ]);
  });

  it('that is older than another edit is not, and that is said', async () => {
    const { path, pools, said } = openPool('a: null\nb: null\n');
    const late = openSync(path, 'a');
    await pools.allocate('p', 'A');
    writeSync(late, 'c: HAND\n');
    closeSync(late);
    appendFileSync(path, 'd: null\n');
    await pools.close();
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: null\nd: null\n');
    expect(said()).toEqual([expect.stringContaining('was changed by somebody else since')]);
  });
});

describe('an edit that was begun before values were given out', () => {
  it('and is renamed into place afterwards lacks them: they are put back, and that is said', async () => {
    const { path, pools, said } = openPool('a: null # note\nb: null\nc: C\n');
    await pools.read('p');
    writeFileSync(`${path}.new`, 'a: null # other note\nb: null\nd: null\n');
    expect(await pools.allocate('p', 'A')).toBe('a');
    renameSync(`${path}.new`, path);
    expect(await pools.preview('p', 'A')).toBe('a');
    expect(await pools.allocate('p', 'B')).toBe('b');
    expect(readFileSync(path, 'utf8')).toBe('a: A # other note\nb: B\nd: null\n');
    expect(said()).toEqual([
      'no longer has c of resources/p: an edit, or another process, removed its line',
      'resources/p: an edit was begun before values were given out or freed, which it lacks; put back: a A',
    ]);
    await pools.close();
  });

  it('is not forgotten when a second edit comes before they are put back', async () => {
    const { path, pools, folder } = openPool('a: null\nb: null\nc: C\n');
    await pools.read('p');
    writeFileSync(`${path}.new`, 'a: null\nb: null\nc: C\n');
    expect(await pools.allocate('p', 'A')).toBe('a');
    const holder = execFile('flock', [join(folder, 'resources'), 'sh', '-c', 'echo locked; read line']);
    await once(holder.stdout ?? holder, 'data');
    renameSync(`${path}.new`, path);
    const asked = pools.allocate('p', 'C');
    await delay(100);
    appendFileSync(path, 'x: null\n');
    holder.stdin?.end('\n');
    expect(await asked).toBe('c');
    expect(await pools.allocate('p', 'B')).toBe('b');
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: B\nc: C\nx: null\n');
    await pools.close();
  });

  it('gives nobody back what an edit has given to somebody else since', async () => {
    const { path, pools } = openPool('a: null\nb: null\n');
    await pools.read('p');
    writeFileSync(`${path}.old`, 'a: null\nb: null\n');
    expect(await pools.allocate('p', 'A')).toBe('a');
    writeFileSync(path, 'a: B\nb: null\n');
    expect(await pools.allocate('p', 'B')).toBe('a');
    renameSync(`${path}.old`, path);
    expect(await pools.allocate('p', 'C')).toBe('a');
    await pools.close();
  });

  it('by sed -i, again and again beside a busy server, gives nothing to two nodes', async () => {
    const { path, pools } = openPool(
      `# note\n${Array.from({ length: 3_000 }, (_, i) => `v${i}:\n`).join('')}`,
    );
    let asking = true;
    const given = new Map<string, unknown>();
    const ask = async (worker: string) => {
      for (let i = 0; asking; i += 1) given.set(`${worker}${i}`, await pools.allocate('p', `${worker}${i}`));
    };
    const askers = [ask('A'), ask('B'), ask('C')];
    for (let edit = 0; edit < 8; edit += 1) {
      await promisify(execFile)('sed', ['-i', `s/^# .*/# note ${edit}/`, path]);
      const before = given.size;
      await vi.waitFor(() => expect(given.size).toBeGreaterThan(before + 5), 10_000);
    }
    asking = false;
    await Promise.all(askers);
    await pools.close();
    expect(new Set(given.values()).size).toBe(given.size);
    const { entries } = await openDataRoot(join(path, '../..'), [], keepLog().log).pools.read('p');
    const owners = new Map(entries.map(({ owner, value }) => [owner, value]));
    for (const [owner, value] of given) expect(owners.get(owner)).toBe(value);
    expect(readFileSync(path, 'utf8')).toMatch(/^# note 7\n/);
  });
});

describe('an edit that takes values from their owners', () => {
  it('is said value by value', async () => {
    const { path, pools, said } = openPool('a: A\nb: B#k\nc: C\nd: D\n');
    await pools.read('p');
    writeFileSync(path, 'd: D\nb: X\na: null\ne: null\n');
    await pools.read('p');
    expect(said()).toEqual([
      'no longer has a of resources/p: an edit, or another process, freed it',
      'no longer has b of resources/p: an edit, or another process, gave it to X',
      'no longer has c of resources/p: an edit, or another process, removed its line',
    ]);
    await pools.close();
  });

  it('is a warning if the value was given a short while ago', async () => {
    const { path, pools, said } = openPool('a: null\nb: null\nc: null\n');
    await pools.allocate('p', 'A');
    writeFileSync(path, 'a: null\nb: null\nc: null\n');
    await pools.read('p');
    expect(said()).toEqual([expect.stringMatching(/^no longer has a of .* freed it; .* put it back$/)]);
    await pools.close();
  });

  it('is found by comparing pools', () => {
    const [before, after] = ['a: A\nb: B\nc:\n', 'c: C\nb: B\na: Z\n'].map((text) => PoolFile.parse(text));
    if (!before || !after) throw new Error('two pools');
    expect(findLostOwners(before, after)).toEqual([{ value: 'a', owner: 'A', fate: 'gave it to Z' }]);
    expect(findLostOwners(before, before)).toEqual([]);
  });
});

describe('watched files', () => {
  it('are closed once, however many there are and however long merging takes', async () => {
    const merged: number[] = [];
    const late = new LateEdits<number>(async (about) => {
      await new Promise((resolve) => setImmediate(resolve));
      merged.push(about);
      for (let i = 0; i < 20; i += 1) late.watch(openAnother(), -1);
      return true;
    });
    const path = join(makeFolder({ f: 'x' }), 'f');
    const openAnother = () => {
      const fd = openSync(path, 'r');
      return { fd, mark: markOf(fstatSync(fd, { bigint: true })) };
    };
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 100; i += 1) late.watch({ ...openAnother(), mark: i % 10 === 0 ? 'another' : '' }, i);
    await late.close();
    expect(merged.filter((it) => it >= 0).length).toBe(100);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});

describe('a watched file that can not be read', () => {
  it('is given up, with the reason', async () => {
    const merged: unknown[] = [];
    const late = new LateEdits<string>(async (about, edit, isLast) => merged.push(about, edit, isLast) > 0);
    const fd = openSync(makeFolder(), 'r');
    late.watch({ fd, mark: '' }, 'a folder');
    await late.close();
    expect(merged).toEqual(['a folder', expect.objectContaining({ code: 'EISDIR' }), true]);
  });
});

describe('merging', () => {
  it.each([
    ['what was given goes into a free value', 'a: null\n', 'a', null, 'A', 'a: A\n', []],
    ['what was released is freed', 'a: A\n', 'a', 'A', null, 'a: null\n', []],
    ['a released value that the edit gave away stays so', 'a: X\n', 'a', 'A', null, 'a: X\n', []],
    ['the edit agrees', 'a: A\n', 'a', null, 'A', 'a: A\n', []],
    [
      'the edit removed the line',
      'b: null\n',
      'a',
      null,
      'A',
      'b: null\n',
      [/^a was given to A while the edit removed it/],
    ],
    [
      'the edit gave the owner another value',
      'a: null\nb: A\n',
      'a',
      null,
      'A',
      'a: A\nb: A\n',
      [/^A was given a while the edit gave it b/],
    ],
  ])('%s', (_name, text, value, was, now, merged, clashes) => {
    const edited = PoolFile.parse(text);
    const found = mergeLateEdit(edited, new Map([[value, { was, now }]]));
    expect(Buffer.concat(edited.draft(found.changes).parts).toString()).toBe(merged);
    expect(found.clashes).toEqual(clashes.map((clash) => expect.stringMatching(clash)));
  });
});

describe('a pool that runs low', () => {
  it('is said at ten per cent and at the last value, once each, and again after it was filled up', async () => {
    const { path, pools, said } = openPool(Array.from({ length: 20 }, (_, i) => `v${i}:\n`).join(''));
    for (let i = 0; i < 20; i += 1) await pools.allocate('p', `N${i}`);
    expect(said()).toEqual([
      'resources/p: 2 of 20 values are free: add values before a node is refused',
      'resources/p: every value is taken (20): the next node that asks is refused',
    ]);
    appendFileSync(path, Array.from({ length: 20 }, (_, i) => `w${i}:\n`).join(''));
    for (let i = 20; i < 36; i += 1) await pools.allocate('p', `N${i}`);
    expect(said().slice(2)).toEqual([
      'resources/p: 4 of 40 values are free: add values before a node is refused',
    ]);
    await pools.close();
  });
});
