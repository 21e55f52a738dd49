import {
  closeSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ConfinedRoot } from '../../src/data-root/confined-path.js';
import { Documents } from '../../src/data-root/documents.js';
import { makeFolder } from './temporary-folder.js';

function open(folder: string): Documents {
  return new Documents(new ConfinedRoot(folder, []));
}

/** A file that rests longer than the clock of the file system is coarse. */
async function rest(): Promise<void> {
  await delay(40);
}

describe('a document', () => {
  it('is the same object as long as the file does not change, also for many at once', async () => {
    const documents = open(makeFolder({ neighbordb: 'a: 1\n' }));
    const [first, ...others] = await Promise.all(
      Array.from({ length: 50 }, () => documents.read('neighbordb')),
    );
    await rest();
    for (let i = 0; i < 5; i += 1) others.push(await documents.read('neighbordb'));
    expect(first?.value).toEqual({ a: 1 });
    for (const other of others) expect(other).toBe(first);
  });

  it('is the same object after the file was only touched', async () => {
    const folder = makeFolder({ neighbordb: 'a: 1\n' });
    const documents = open(folder);
    const first = await documents.read('neighbordb');
    utimesSync(join(folder, 'neighbordb'), 1, 1);
    expect(await documents.read('neighbordb')).toBe(first);
  });

  const edits: Record<string, (folder: string) => void> = {
    'in place, another size': (folder) => writeFileSync(join(folder, 'd/f'), 'a: 22\n'),
    'in place, same size, times set back': (folder) => {
      const path = join(folder, 'd/f');
      const { atime, mtime } = statSync(path);
      const file = openSync(path, 'r+');
      writeSync(file, 'a: 2\n', 0);
      closeSync(file);
      utimesSync(path, atime, mtime);
    },
    'renamed over, same size, same times': (folder) => {
      const path = join(folder, 'd/f');
      const { atime, mtime } = statSync(path);
      writeFileSync(`${path}.new`, 'a: 2\n');
      utimesSync(`${path}.new`, atime, mtime);
      renameSync(`${path}.new`, path);
    },
    'link retargeted': (folder) => {
      writeFileSync(join(folder, 'other'), 'a: 2\n');
      rmSync(join(folder, 'd/f'));
      symlinkSync('../other', join(folder, 'd/f'));
    },
    'whole folder swapped': (folder) => {
      renameSync(join(folder, 'd'), join(folder, 'old'));
      renameSync(join(folder, 'e'), join(folder, 'd'));
    },
  };

  it.each(Object.keys(edits))('is read anew after an edit: %s', async (name) => {
    for (const rested of [true, false]) {
      const folder = makeFolder({ 'd/f': 'a: 1\n', 'e/f': 'a: 2\n' });
      const documents = open(folder);
      if (rested) await rest();
      const first = await documents.read('d/f');
      expect(first?.value).toEqual({ a: 1 });
      edits[name]?.(folder);
      const second = await documents.read('d/f');
      expect(second).not.toBe(first);
      expect([{ a: 2 }, { a: 22 }]).toContainEqual(second?.value);
    }
  });

  it('is right after every one of many edits of the same size in quick succession', async () => {
    const folder = makeFolder({ f: 'a: 000\n' });
    const documents = open(folder);
    const file = openSync(join(folder, 'f'), 'r+');
    for (let i = 100; i < 600; i += 1) {
      writeSync(file, `a: ${i}\n`, 0);
      expect((await documents.read('f'))?.value).toEqual({ a: i });
    }
    closeSync(file);
  });

  it('that is asked for after an edit is never the one whose reading began before it', async () => {
    const folder = makeFolder({ f: 'a: 0\n' });
    const documents = open(folder);
    for (let i = 1; i < 200; i += 1) {
      const earlier = documents.read('f');
      writeFileSync(join(folder, 'next'), `a: ${i}\n`);
      renameSync(join(folder, 'next'), join(folder, 'f'));
      const later = documents.read('f');
      expect((await later)?.value).toEqual({ a: i });
      await earlier;
    }
  });

  it('is null when there is none, and read when it comes, and null when it is gone', async () => {
    const folder = makeFolder({});
    const documents = open(folder);
    expect(await documents.read('f')).toBeNull();
    writeFileSync(join(folder, 'f'), '');
    expect(await documents.read('f')).toMatchObject({ root: null, value: null });
    rmSync(join(folder, 'f'));
    expect(await documents.read('f')).toBeNull();
  });

  it('that is no YAML says so each time, until it is mended', async () => {
    const folder = makeFolder({ f: 'a: [\n' });
    const documents = open(folder);
    const failure = expect.objectContaining({
      code: 'invalid-yaml',
      message: expect.stringMatching(/^f line 2: /),
    });
    await expect(documents.read('f')).rejects.toEqual(failure);
    await rest();
    await expect(documents.read('f')).rejects.toEqual(failure);
    writeFileSync(join(folder, 'f'), 'a: []\n');
    expect((await documents.read('f'))?.value).toEqual({ a: [] });
  });

  it('of 50 MB is refused without being read', async () => {
    const folder = makeFolder({ f: '' });
    const file = openSync(join(folder, 'f'), 'w');
    ftruncateSync(file, 50 * 1024 * 1024);
    closeSync(file);
    await expect(open(folder).read('f')).rejects.toMatchObject({ code: 'invalid-yaml' });
  });

  it('is not kept when a link that led inside is turned to the outside', async () => {
    const outside = makeFolder({ f: 'a: 1\n' });
    const folder = makeFolder({ 'd/f': 'a: 1\n', l: { link: 'd' } });
    const documents = open(folder);
    await rest();
    await documents.read('l/f');
    rmSync(join(folder, 'l'));
    symlinkSync(outside, join(folder, 'l'));
    await expect(documents.read('l/f')).rejects.toMatchObject({ code: 'path-refused' });
  });
});
