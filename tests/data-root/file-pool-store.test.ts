import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import { PoolFile } from '../../src/data-root/pool-file.js';
import type { ClearablePoolStore, PoolValue } from '../../src/ports/pool-store.js';
import { silentLog } from '../fixtures/log.js';
import { compileRoom, runProgram } from './run-room.js';
import { makeFolder } from './temporary-folder.js';

function openPool(text: string): { path: string; folder: string; pools: ClearablePoolStore } {
  const folder = makeFolder({ 'resources/p': text });
  return { folder, path: join(folder, 'resources/p'), pools: openDataRoot(folder, [], silentLog).pools };
}

function lines(count: number): string {
  return Array.from(
    { length: count },
    (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/24: null\n`,
  ).join('');
}

function ownersOf(path: string): Map<string, string> {
  const entries = [...PoolFile.parse(readFileSync(path, 'utf8')).entries()];
  return new Map(entries.flatMap(({ owner, value }) => (owner === null ? [] : [[owner, value]])));
}

describe('the file of a pool', () => {
  it('has the new owner and is otherwise the same, mode included', async () => {
    const { path, pools, folder } = openPool('# pool\r\n10.0.0.2/24:   # gateway\r\n10.0.0.1/24: X\r\n');
    chmodSync(path, 0o640);
    await pools.allocate('p', '001122334455');
    expect(readFileSync(path, 'utf8')).toBe(
      "# pool\r\n10.0.0.2/24: '001122334455'   # gateway\r\n10.0.0.1/24: X\r\n",
    );
    expect(lstatSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(folder, 'resources'))).toEqual(['p']);
  });

  it('is not written for an owner that has a value, nor for a preview', async () => {
    const { path, pools } = openPool('a: X\nb: null\n');
    const before = statSync(path).ino;
    await pools.allocate('p', 'X');
    await pools.preview('p', 'Y');
    expect(statSync(path).ino).toBe(before);
  });

  it('reached by a link is written at the link’s target, under both names one pool', async () => {
    const folder = makeFolder({
      'shared/pool': 'a: null\nb: null\n',
      'resources/p': { link: '../shared/pool' },
      'resources/q': { link: 'p' },
    });
    const { pools } = openDataRoot(folder, [], silentLog);
    const given = await Promise.all([
      pools.allocate('p', 'A'),
      pools.allocate('q', 'B'),
      pools.allocate('q', 'A'),
    ]);
    expect(new Set(given).size).toBe(2);
    expect(given[0]).toBe(given[2]);
    expect(lstatSync(join(folder, 'resources/p')).isSymbolicLink()).toBe(true);
    expect(ownersOf(join(folder, 'shared/pool')).size).toBe(2);
  });

  it('that lies outside is refused, unless the folder is trusted', async () => {
    const outside = makeFolder({ pool: 'a: null\n' });
    const folder = makeFolder({ 'resources/p': { link: join(outside, 'pool') } });
    await expect(openDataRoot(folder, [], silentLog).pools.allocate('p', 'A')).rejects.toMatchObject({
      code: 'path-refused',
    });
    await expect(openDataRoot(folder, [], silentLog).pools.allocate('../x', 'A')).rejects.toMatchObject({
      code: 'path-refused',
    });
    expect(await openDataRoot(folder, [outside], silentLog).pools.allocate('p', 'A')).toBe('a');
    expect(readFileSync(join(outside, 'pool'), 'utf8')).toBe('a: A\n');
  });

  it.each(['', '{}', '- a\n', 'a: [b]\n', 'a: "b\n', '\0'])(
    'that is no pool is never written: %j',
    async (text) => {
      const { path, pools } = openPool(text);
      await expect(pools.allocate('p', 'A')).rejects.toMatchObject({
        code: 'invalid-pool',
        message: expect.stringMatching(/^resources\/p line \d+: /),
      });
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  it('in UTF-16 is not turned into something else', async () => {
    const { path, pools } = openPool('');
    const bytes = Buffer.from('\ufeffa: null\n', 'utf16le');
    writeFileSync(path, bytes);
    await expect(pools.allocate('p', 'A')).rejects.toMatchObject({ code: 'invalid-pool' });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

describe('an edit by hand', () => {
  it('of any kind is seen by the next request', async () => {
    const { path, pools } = openPool('a: null\nb: null\n');
    expect(await pools.allocate('p', 'A')).toBe('a');
    writeFileSync(path, 'a: null\nb: null\n');
    expect(await pools.allocate('p', 'B')).toBe('a');
    writeFileSync(`${path}.new`, 'a: C\nb: null\n');
    renameSync(`${path}.new`, path);
    expect(await pools.allocate('p', 'B')).toBe('b');
    appendFileSync(path, 'c: null\n');
    expect(await pools.allocate('p', 'D')).toBe('c');
    rmSync(path);
    await expect(pools.allocate('p', 'D')).rejects.toMatchObject({ code: 'missing-pool' });
  });

  it('of the same size in the moment after a write is seen', async () => {
    const { path, pools } = openPool('a: null\nb: null\n');
    for (let i = 0; i < 20; i += 1) {
      await pools.allocate('p', 'AAAA');
      const file = openSync(path, 'r+');
      writeSync(file, i % 2 ? 'a: null\n' : 'a: XXXX\n', 0);
      closeSync(file);
      const { entries } = await pools.read('p');
      expect(entries[0]?.owner).toBe(i % 2 ? null : 'XXXX');
    }
  });

  it('that is half written is waited for, and never overwritten', async () => {
    const { path, pools } = openPool('a: null\n');
    await pools.read('p');
    const file = openSync(path, 'w');
    writeSync(file, 'b: X\nc: "');
    const asked = pools.allocate('p', 'A');
    await delay(70);
    writeSync(file, 'Y"\nd: null\n');
    closeSync(file);
    expect(await asked).toBe('d');
    expect(readFileSync(path, 'utf8')).toBe('b: X\nc: "Y"\nd: A\n');
  });

  it('that stays broken fails those who wait, and is left as it is', async () => {
    const { path, pools } = openPool('a: null\n');
    await pools.read('p');
    writeFileSync(path, 'a: [\n');
    const outcomes = await Promise.allSettled([pools.allocate('p', 'A'), pools.allocate('p', 'B')]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'invalid-pool' } });
    expect(readFileSync(path, 'utf8')).toBe('a: [\n');
    writeFileSync(path, 'a: null\n');
    expect(await pools.allocate('p', 'A')).toBe('a');
  });

  it('that is renamed into place while many allocate is neither lost nor are values shared', async () => {
    const { path, pools } = openPool(lines(300));
    const given = new Map<string, PoolValue>();
    const askers = Array.from({ length: 200 }, async (_, i) => {
      await delay(i);
      given.set(`N${i}`, await pools.allocate('p', `N${i}`));
    });
    // An editor that looks, changes and renames within one turn loses nothing of ours; what it adds has to stay.
    const added: string[] = [];
    for (let i = 0; i < 10; i += 1) {
      await delay(20);
      const text = readFileSync(path, 'utf8');
      added.push(`extra${i}`);
      writeFileSync(`${path}.new`, `${text}extra${i}: HAND${i}\n`);
      renameSync(`${path}.new`, path);
    }
    await Promise.all(askers);
    const owners = ownersOf(path);
    for (const [owner, value] of given) expect(owners.get(owner)).toBe(value);
    expect(new Set(given.values()).size).toBe(200);
    for (const [i, value] of added.entries()) expect(owners.get(`HAND${i}`)).toBe(value);
  });
});

describe('clear', () => {
  it('frees what is taken and leaves the rest of the bytes', async () => {
    const folder = makeFolder({ 'resources/a/b': "# c\nx: X # d\ny: ''\nz: ~\n", 'resources/p': '{k: L}' });
    const { pools } = openDataRoot(folder, [], silentLog);
    expect(await pools.clear()).toEqual(
      new Map([
        ['a/b', [{ value: 'x', owner: 'X' }]],
        ['p', [{ value: 'k', owner: 'L' }]],
      ]),
    );
    expect(readFileSync(join(folder, 'resources/a/b'), 'utf8')).toBe("# c\nx: null # d\ny: ''\nz: ~\n");
    expect(readFileSync(join(folder, 'resources/p'), 'utf8')).toBe('{k: null}');
  });

  it('touches none if one is invalid', async () => {
    const folder = makeFolder({ 'resources/a': 'x: X\n', 'resources/b': '- y\n' });
    const { pools } = openDataRoot(folder, [], silentLog);
    await expect(pools.clear()).rejects.toMatchObject({
      code: 'invalid-pool',
      message: expect.stringMatching(/^resources\/b/),
    });
    expect(readFileSync(join(folder, 'resources/a'), 'utf8')).toBe('x: X\n');
  });

  it('of a data root without pools frees nothing', async () => {
    expect(await openDataRoot(makeFolder(), [], silentLog).pools.clear()).toEqual(new Map());
  });
});

describe('a large pool', () => {
  it('of 100,000 values serves a thousand askers at once, a few writes for all', async () => {
    const { path, pools } = openPool(lines(100_000));
    await pools.read('p');
    const given = await Promise.all(Array.from({ length: 1000 }, (_, i) => pools.allocate('p', `N${i}`)));
    expect(new Set(given).size).toBe(1000);
    expect(ownersOf(path).size).toBe(1000);
  });

  it('is read once, not again for each value', async () => {
    const { path, pools } = openPool(lines(100_000));
    await pools.allocate('p', 'first');
    const bytesRead = () => Number(/^rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
    const before = bytesRead();
    for (let i = 0; i < 20; i += 1) await pools.allocate('p', `N${i}`);
    for (let i = 0; i < 20; i += 1) await pools.allocate('p', `N${i}`);
    expect(bytesRead() - before).toBeLessThan(statSync(path).size);
  });
});

describe('a file that somebody is writing', () => {
  it('is waited for as long as it is open, however much of it can be read already', async () => {
    const { path, pools } = openPool('a: A\nb: B\nc: C\n');
    await pools.read('p');
    const file = openSync(path, 'w');
    writeSync(file, 'a: A\n');
    const asked = [pools.allocate('p', 'NEW'), pools.allocate('p', 'C'), pools.read('p')] as const;
    // Long after the file has come to rest.
    utimesSync(path, 1, 1);
    await delay(150);
    writeSync(file, 'b: B\nc: C\nd: null\n');
    closeSync(file);
    expect(await asked[0]).toBe('d');
    expect(await asked[1]).toBe('c');
    expect((await asked[2]).entries.length).toBe(4);
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: B\nc: C\nd: NEW\n');
  });

  it('is not replaced while somebody has it open, though nothing was written yet', async () => {
    const { path, pools } = openPool('a: null\nb: null\n');
    await pools.read('p');
    const file = openSync(path, 'a');
    const asked = pools.allocate('p', 'A');
    // Longer than fifty attempts to replace it would take.
    await delay(3_000);
    writeSync(file, 'c: C\n');
    closeSync(file);
    expect(await asked).toBe('a');
    expect(readFileSync(path, 'utf8')).toBe('a: A\nb: null\nc: C\n');
  });
});

describe('a pool that is full to the last byte', () => {
  it('is not made so large that nobody can read it again', async () => {
    const { path, pools } = openPool(`a: null\n#${' '.repeat(16 * 1024 * 1024 - 10)}\n`);
    await expect(pools.allocate('p', 'A-LONG-NODE-ID')).rejects.toMatchObject({
      code: 'invalid-pool',
      message: expect.stringContaining('more than the 16777216'),
    });
    expect(await pools.preview('p', 'A')).toBe('a');
    expect(readFileSync(path, 'utf8').startsWith('a: null')).toBe(true);
  });
});

describe('two servers on one data root', () => {
  const program = `
    import { writeSync } from 'node:fs';
    import { openDataRoot } from './data-root/data-root.js';
    const [root, prefix] = process.argv.slice(2);
    const { pools } = openDataRoot(root, [], { debug() {}, info() {}, warning() {}, error() {} });
    const ask = async (worker) => {
      for (let i = 0; ; i += 1) {
        const owner = prefix + worker + '-' + i;
        writeSync(1, owner + ' ' + (await pools.allocate('p', owner)) + '\\n');
      }
    };
    await Promise.all(['a', 'b', 'c'].map(ask));
  `;

  /** Reads what a process was given until it is killed, after so many answers. */
  async function listen(
    room: string,
    folder: string,
    prefix: string,
    answers: number,
    given: Map<string, string>,
  ) {
    const child = runProgram(room, program, [folder, prefix]);
    const closed = once(child, 'close');
    if (!child.stdout) throw new Error('no output');
    let heard = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [owner = '', value = ''] = line.split(' ');
      given.set(owner, value);
      heard += 1;
      if (heard % 10 === 0) expect(ownersOf(join(folder, 'resources/p')).get(owner)).toBe(value);
      // At another point of the loop each time; what it said before it died is still read.
      if (heard === answers) child.kill('SIGKILL');
    }
    await closed;
    expect(heard).toBeGreaterThanOrEqual(answers);
  }

  it('that are killed in the middle of allocating have given nothing twice and forgotten nothing, and the file is always whole', async () => {
    const { folder, path } = openPool(`# kept\n${lines(5_000)}`);
    const room = compileRoom();
    const given = new Map<string, string>();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        listen(room, folder, `r${round}x`, 5 + round * 7, given),
        listen(room, folder, `r${round}y`, 12 + round * 5, given),
      ]);
      const owners = ownersOf(path);
      for (const [owner, value] of given) expect(owners.get(owner)).toBe(value);
      expect(readFileSync(path, 'utf8').startsWith('# kept\n')).toBe(true);
    }
    expect(new Set(given.values()).size).toBe(given.size);
  }, 60_000);

  it('take turns: each of them is answered while the other is never idle', async () => {
    const { folder } = openPool(lines(2_000));
    const stores = [1, 2, 3].map(() => openDataRoot(folder, [], silentLog).pools);
    let asking = true;
    const counts = await Promise.all(
      stores.map(async (pools, server) => {
        let answers = 0;
        const ask = async (worker: number) => {
          for (let i = 0; asking; i += 1) {
            await pools.allocate('p', `S${server}-${worker}-${i}`);
            answers += 1;
            if (answers >= 20) asking = asking && server !== 2;
          }
        };
        await Promise.all([ask(0), ask(1)]);
        return answers;
      }),
    );
    expect(Math.min(...counts)).toBeGreaterThan(0);
    const owners = ownersOf(join(folder, 'resources/p'));
    expect(owners.size).toBe(counts.reduce((sum, count) => sum + count, 0));
    await Promise.all(stores.map((pools) => pools.close()));
  });

  it('wait for whoever holds the lock of the folder, and say so if he never lets go', async () => {
    const { folder, pools } = openPool('a: null\nb: X\n');
    const holder = spawn('flock', [join(folder, 'resources'), 'sh', '-c', 'echo locked; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    const asked = pools.allocate('p', 'A');
    expect(await pools.preview('p', 'B')).toBe('a');
    // Who holds a value is not made to wait.
    expect(await pools.allocate('p', 'X')).toBe('b');
    expect(readFileSync(join(folder, 'resources/p'), 'utf8')).toBe('a: null\nb: X\n');
    holder.stdin.end('\n');
    expect(await asked).toBe('a');
  });
});

describe('a disk that fails', () => {
  function mount(context: TestContext, size: string): string {
    if (process.getuid?.() !== 0) context.skip('only root can mount: sudo npm test');
    const folder = makeFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'ztps-test', folder]);
    onTestFinished(() => void execFileSync('umount', ['-l', folder]));
    return folder;
  }

  it('full: nobody is told a value, the file stays, and it goes on when there is room', async (context) => {
    const folder = mount(context, '256k');
    execFileSync('mkdir', [join(folder, 'resources')]);
    const path = join(folder, 'resources/p');
    writeFileSync(path, lines(3000));
    const { pools } = openDataRoot(folder, [], silentLog);
    expect(await pools.allocate('p', 'first')).toBe('10.0.0.0/24');
    const before = readFileSync(path, 'utf8');
    const filler = openSync(join(folder, 'filler'), 'w');
    expect(() => {
      for (;;) writeSync(filler, Buffer.alloc(4096));
    }).toThrow('ENOSPC');
    closeSync(filler);
    await expect(pools.allocate('p', 'second')).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringMatching(/^resources\/p can not be written: no space left on device \(ENOSPC\)/),
    });
    expect(await pools.allocate('p', 'first')).toBe('10.0.0.0/24');
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(readdirSync(join(folder, 'resources'))).toEqual(['p']);
    rmSync(join(folder, 'filler'));
    expect(await pools.allocate('p', 'third')).toBe('10.0.0.1/24');
  });

  it('read-only: what is owned is given, nothing else', async (context) => {
    const folder = mount(context, '1m');
    execFileSync('mkdir', ['-p', join(folder, 'resources'), join(folder, 'nodes/A')]);
    writeFileSync(join(folder, 'resources/p'), 'a: X\nb: null\n');
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    const { pools, nodes } = openDataRoot(folder, [], silentLog);
    expect(await pools.allocate('p', 'X')).toBe('a');
    const failure = {
      code: 'write-failed',
      message: expect.stringContaining('read-only file system (EROFS)'),
    };
    await expect(pools.allocate('p', 'Y')).rejects.toMatchObject(failure);
    await expect(nodes.writeStartupConfig('A', Buffer.from('x'))).rejects.toMatchObject(failure);
    const facts = {
      model: null,
      serialnumber: null,
      systemmac: null,
      version: null,
      neighbors: new Map(),
      others: {},
    };
    await expect(nodes.create('B', { facts })).rejects.toMatchObject(failure);
    expect(await nodes.list()).toEqual(['A']);
  });
});
