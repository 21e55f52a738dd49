import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfinedRoot } from '../../src/data-root/confined-path.js';
import { isNodeId } from '../../src/wire/node-id.js';
import { makeFolder } from './temporary-folder.js';

async function readVia(root: ConfinedRoot, path: string): Promise<string | null> {
  const file = await root.open(path);
  if (!file) return null;
  try {
    return await file.handle.readFile('utf8');
  } finally {
    await file.handle.close();
  }
}

function refused(message: RegExp) {
  return expect.objectContaining({ code: 'path-refused', message: expect.stringMatching(message) });
}

describe('a path below the data root', () => {
  it('is opened, through links that stay inside', async () => {
    const folder = makeFolder({
      'files/a': 'A',
      'files/deep/b': 'B',
      'files/relative': { link: 'a' },
      'files/folder': { link: 'deep' },
      'nodes/new': { link: 'old' },
      'nodes/old/definition': 'D',
    });
    symlinkSync(join(folder, 'files/deep/b'), join(folder, 'files/absolute'));
    const root = new ConfinedRoot(folder, []);
    expect(await readVia(root, 'files/a')).toBe('A');
    expect(await readVia(root, 'files/relative')).toBe('A');
    expect(await readVia(root, 'files/folder/b')).toBe('B');
    expect(await readVia(root, 'files/absolute')).toBe('B');
    expect(await readVia(root, 'nodes/new/definition')).toBe('D');
  });

  it('may begin with a data root that is a link, and follows it when it is retargeted', async () => {
    const folder = makeFolder({ 'one/files/a': '1', 'two/files/a': '2', root: { link: 'one' } });
    symlinkSync(join(folder, 'one/files/a'), join(folder, 'one/files/absolute'));
    const root = new ConfinedRoot(join(folder, 'root'), []);
    expect(await readVia(root, 'files/a')).toBe('1');
    expect(await readVia(root, 'files/absolute')).toBe('1');
    symlinkSync('two', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'root'));
    expect(await readVia(root, 'files/a')).toBe('2');
  });

  it('is not there: no such file, a file on the way, a link to nothing, links in a circle, a name too long', async () => {
    const folder = makeFolder({
      'files/a': 'A',
      'files/nothing': { link: 'gone' },
      'files/x': { link: 'y' },
      'files/y': { link: 'x' },
    });
    const root = new ConfinedRoot(folder, []);
    for (const path of [
      'files/b',
      'files/a/b',
      'files/nothing',
      'files/x',
      `files/${'n'.repeat(300)}`,
      `f/${'n/'.repeat(3000)}n`,
    ]) {
      expect(await readVia(root, path)).toBeNull();
      expect(await root.stat(path)).toBeNull();
    }
  });

  it('is nothing to read if it is a folder, a pipe, a socket or a device, and nobody waits', async () => {
    const folder = makeFolder({ files: null });
    spawnSync('mkfifo', [join(folder, 'files/pipe')]);
    const socket = createServer().listen(join(folder, 'files/socket'));
    onTestFinished(() => void socket.close());
    await new Promise((resolve) => socket.once('listening', resolve));
    const root = new ConfinedRoot(folder, ['/dev']);
    symlinkSync('/dev/zero', join(folder, 'files/zero'));
    for (const name of ['', '/pipe', '/socket', '/zero'])
      expect(await readVia(root, `files${name}`)).toBeNull();
  });

  it.each([
    '../a',
    'files/../a',
    'files/..',
    '/etc/passwd',
    'files//a',
    'files/',
    '',
    '.',
    './a',
    'files/a\0b',
    `..${'/..'.repeat(500)}`,
  ])('is refused: %j', async (path) => {
    const root = new ConfinedRoot(makeFolder({ a: 'A', 'files/a': 'A' }), []);
    for (const look of [() => root.open(path), () => root.resolve(path), () => root.stat(path)]) {
      await expect(look()).rejects.toEqual(refused(/is refused: wanted names/));
    }
  });

  it('is refused if a link leads out, with the link, its target and the key that would allow it', async () => {
    const outside = makeFolder({ 'images/eos.swi': 'EOS', 'data-root-secret': 'S' });
    const folder = makeFolder({
      'files/images': { link: join(outside, 'images') },
      'files/secret': { link: join(outside, 'data-root-secret') },
      'files/up': { link: '../../../../../../../../etc' },
      'files/a': 'A',
    });
    const root = new ConfinedRoot(folder, []);
    await expect(root.open('files/images/eos.swi')).rejects.toEqual(
      refused(
        new RegExp(
          `files/images is a link to ${outside}/images, .* add ${outside}/images to \\[default\\] trusted_folders`,
        ),
      ),
    );
    await expect(root.open('files/secret')).rejects.toEqual(refused(new RegExp(`add ${outside} to`)));
    await expect(root.open('files/up/passwd')).rejects.toEqual(
      refused(/files\/up is a link to .*etc.* add \/etc to/),
    );
    const sibling = `${folder}-sibling`;
    mkdirSync(sibling);
    onTestFinished(() => rmSync(sibling, { recursive: true }));
    writeFileSync(join(sibling, 'x'), 'X');
    symlinkSync(join(sibling, 'x'), join(folder, 'files/x'));
    await expect(root.open('files/x')).rejects.toEqual(refused(/files\/x is a link/));
  });

  it('may lead into trusted folders, which may be links themselves, and no further', async () => {
    const outside = makeFolder({
      'images/eos.swi': 'EOS',
      trusted: { link: 'images' },
      'images/out': { link: '../other' },
      other: 'O',
    });
    const folder = makeFolder({ 'files/images': { link: join(outside, 'images') } });
    const root = new ConfinedRoot(folder, [join(outside, 'gone'), join(outside, 'trusted')]);
    expect(await readVia(root, 'files/images/eos.swi')).toBe('EOS');
    await expect(root.open('files/images/out')).rejects.toEqual(
      refused(/files\/images\/out is a link to \.\.\/other/),
    );
  });

  it('could not be looked at: that is no answer to whether it is there', async () => {
    const folder = makeFolder({ 'files/a': 'A' });
    const gone = new ConfinedRoot(join(folder, 'gone'), []);
    await expect(gone.open('files/a')).rejects.toMatchObject({ code: 'read-failed' });
  });

  it('could not be looked at for want of permission', async (context) => {
    if (process.getuid?.() === 0) context.skip('chmod stops nobody who is root: run it as an ordinary user');
    const folder = makeFolder({ 'files/a': 'A' });
    chmodSync(join(folder, 'files'), 0);
    await expect(new ConfinedRoot(folder, []).open('files/a')).rejects.toMatchObject({
      code: 'read-failed',
    });
    chmodSync(join(folder, 'files'), 0o700);
  });

  it('never leads out while links are turned round all the time', async () => {
    const outside = makeFolder({ 'd/a': 'OUT' });
    const folder = makeFolder({ 'files/in/a': 'IN', 'files/d': { link: 'in' } });
    const root = new ConfinedRoot(folder, []);
    let turning = true;
    const turn = (async () => {
      for (let i = 0; turning; i += 1) {
        symlinkSync(i % 2 ? 'in' : join(outside, 'd'), join(folder, 'files/next'));
        renameSync(join(folder, 'files/next'), join(folder, 'files/d'));
        await new Promise(setImmediate);
      }
    })();
    const seen = new Set<string | null>();
    for (let i = 0; i < 500; i += 1) {
      seen.add(await readVia(root, 'files/d/a').catch((error: { code: string }) => error.code));
    }
    turning = false;
    await turn;
    expect(seen.has('OUT')).toBe(false);
    expect(seen.has('IN')).toBe(true);
  });

  it('of a folder: every plain file below, links followed, hidden ones left out, a refused one named', async () => {
    const folder = makeFolder({
      'files/b': '',
      'files/a/c': '',
      'files/.hidden': '',
      'files/l': { link: 'a' },
      'files/loop': { link: '.' },
      'files/out': { link: '/etc/passwd' },
      'files/gone': { link: 'nothing' },
      'files/empty': null,
    });
    const root = new ConfinedRoot(folder, []);
    expect(await root.list('files')).toEqual(['a/c', 'b', 'l/c', 'out']);
    expect(await root.list('resources')).toEqual([]);
    expect(await root.resolve('files/l')).toBe(join(realpathSync(folder), 'files/a'));
  });
});

it('a node id is 1 to 128 of letters, digits, . _ -, not starting with a dot', () => {
  for (const id of ['JPE14140001', '001c73aabbcc', 'a.b', '-', '_', 'A'.repeat(128)])
    expect(isNodeId(id)).toBe(true);
  for (const id of ['', '.', '..', '.a', 'a/b', 'a\0', 'a\n', 'é', '$(x)', 'a b', 'A'.repeat(129)])
    expect(isNodeId(id)).toBe(false);
});
