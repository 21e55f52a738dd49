import { chmodSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfinedRoot } from '../../src/data-root/confined-path.js';
import { createPluginFiles } from '../../src/data-root/plugin-files.js';
import { ZtpError } from '../../src/wire/ztp-error.js';
import { type Content, makeFolder } from './temporary-folder.js';

function open(content: Readonly<Record<string, Content>>, trusted: readonly string[] = []) {
  const root = makeFolder(content);
  const files = createPluginFiles(new ConfinedRoot(root, trusted));
  /** The version once the file has not been touched for a tick of the clock. */
  const settled = async (name: string): Promise<string> => {
    for (;;) {
      const version = (await files.find(name))?.version ?? '';
      if (version === (await files.find(name))?.version) return version;
    }
  };
  return { root, files, settled };
}

describe('the files of plugins/', () => {
  it('are listed by name: plain ones directly in it, and links to such', async () => {
    const { files } = open({
      'plugins/b': '',
      'plugins/a.js': '',
      'plugins/.hidden': '',
      'plugins/sub/c': '',
      'shared/d': '',
      'plugins/d': { link: '../shared/d' },
      'plugins/out': { link: '/etc/passwd' },
      'plugins/folder': { link: '../shared' },
      'plugins/nowhere': { link: 'gone' },
    });
    expect(await files.list()).toEqual(['a.js', 'b', 'd', 'out']);
  });

  it('are found though another of them may not be looked at', async () => {
    const root = makeFolder({ 'plugins/a': 'x', 'plugins/lib.py': { link: '/nobody/may/look' } });
    class Guarded extends ConfinedRoot {
      override async stat(path: string) {
        if (path === 'plugins/lib.py') throw new ZtpError('read-failed', 'permission denied');
        return super.stat(path);
      }
    }
    const files = createPluginFiles(new Guarded(root, []));
    expect(await files.list()).toEqual(['a', 'lib.py']);
    expect((await files.find('a'))?.head.toString()).toBe('x');
  });

  it('are none without the folder', async () => {
    const { files } = open({});
    expect(await files.list()).toEqual([]);
    expect(await files.find('a')).toBeNull();
  });

  it('are found with where they really are, how they begin, and whether they may be run', async () => {
    const { root, files } = open({
      'shared/a': `#!/bin/sh\n${'x'.repeat(5000)}`,
      'plugins/a': { link: '../shared/a' },
      'plugins/b': 'short',
    });
    chmodSync(join(root, 'shared/a'), 0o755);
    const a = await files.find('a');
    expect(a).toMatchObject({ name: 'a', realPath: join(root, 'shared/a'), executable: true });
    expect(a?.head.toString()).toBe(`#!/bin/sh\n${'x'.repeat(4086)}`);
    const b = await files.find('b');
    expect(b).toMatchObject({ name: 'b', realPath: join(root, 'plugins/b'), executable: false });
    expect(b?.head.toString()).toBe('short');
  });

  it.each(['gone', 'sub', 'sub/c', '../x', '..', '.', '', '.hidden', 'a\0'])(
    'include no %j',
    async (name) => {
      const { files } = open({ x: '', 'plugins/sub/c': '', 'plugins/.hidden': '', 'plugins/a': '' });
      expect(await files.find(name)).toBeNull();
    },
  );

  it('refuse a link that leads out, unless its target is trusted', async () => {
    const outside = makeFolder({ p: 'x' });
    const content = { 'plugins/p': { link: join(outside, 'p') } };
    await expect(open(content).files.find('p')).rejects.toMatchObject({ code: 'path-refused' });
    expect(await open(content, [outside]).files.find('p')).toMatchObject({ realPath: join(outside, 'p') });
  });

  it('keep their version while nothing changes', async () => {
    const { root, settled } = open({
      'plugins/a': '',
      'plugins/b': '',
      'plugins/c.txt': '',
      'plugins/lib.py': '',
    });
    const version = await settled('a');
    writeFileSync(join(root, 'plugins/b'), 'other plugin');
    writeFileSync(join(root, 'plugins/c.txt'), 'no program text');
    expect(await settled('a')).toBe(version);
    expect(await settled('b')).not.toBe(version);
  });

  it.each<[string, (root: string) => void]>([
    [
      'an edit in place of the same size and time',
      (root) => {
        writeFileSync(join(root, 'plugins/a'), 'two');
        utimesSync(join(root, 'plugins/a'), 1, 1);
      },
    ],
    [
      'another file renamed over it',
      (root) => {
        writeFileSync(join(root, 'plugins/.a'), 'one');
        renameSync(join(root, 'plugins/.a'), join(root, 'plugins/a'));
      },
    ],
    [
      'a link in its place',
      (root) => {
        rmSync(join(root, 'plugins/a'));
        symlinkSync('lib.py', join(root, 'plugins/a'));
      },
    ],
    ['an edit of a program text beside it', (root) => writeFileSync(join(root, 'plugins/lib.py'), 'two')],
    ['a new program text beside it', (root) => writeFileSync(join(root, 'plugins/new.json'), '')],
    ['one that is gone', (root) => rmSync(join(root, 'plugins/lib.py'))],
  ])('have another version after %s', async (_, change) => {
    const { root, settled } = open({ 'plugins/a': 'one', 'plugins/lib.py': 'one' });
    utimesSync(join(root, 'plugins/a'), 1, 1);
    const version = await settled('a');
    change(root);
    expect(await settled('a')).not.toBe(version);
  });

  it('never show one version twice while they may still change within a tick of the clock', async () => {
    const { root, files } = open({ 'plugins/a': 'one' });
    const versions: string[] = [];
    for (const text of ['two', 'six', 'ten']) {
      writeFileSync(join(root, 'plugins/a'), text);
      versions.push((await files.find('a'))?.version ?? '');
    }
    expect(new Set(versions).size).toBe(3);
  });
});
