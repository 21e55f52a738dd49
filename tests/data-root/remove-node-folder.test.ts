import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import { removeNodeFolder } from '../../src/data-root/remove-node-folder.js';
import { silentLog } from '../fixtures/log.js';
import { someFacts } from '../ports/node-store-suite.js';
import { makeFolder } from './temporary-folder.js';

function openNodes(content: Parameters<typeof makeFolder>[0]) {
  const folder = makeFolder(content);
  return { folder, nodes: openDataRoot(folder, [], silentLog).nodes };
}

describe('a node that is removed', () => {
  it('is gone with all that its folder held, and nothing is left aside', async () => {
    const { folder, nodes } = openNodes({
      'nodes/A/definition': 'x',
      'nodes/A/deep/er/file': '',
      'nodes/B': null,
    });
    expect(await nodes.remove('A')).toBe('folder');
    expect(readdirSync(join(folder, 'nodes'))).toEqual(['B']);
  });

  it('goes without what its own links lead to', async () => {
    const { folder, nodes } = openNodes({
      'nodes/A/definition': { link: '../../definitions/leaf' },
      'nodes/A/shared': { link: '../../definitions' },
      'definitions/leaf': 'x',
    });
    expect(await nodes.remove('A')).toBe('folder');
    expect(readFileSync(join(folder, 'definitions/leaf'), 'utf8')).toBe('x');
  });

  it.each(['OLD', '../shared', 'nowhere', '/etc'])(
    'and is a link to %s: only the link goes',
    async (link) => {
      const { folder, nodes } = openNodes({
        'nodes/OLD/definition': 'x',
        'shared/definition': 'x',
        'nodes/NEW': { link },
      });
      expect(await nodes.remove('NEW')).toBe('link');
      expect(readdirSync(join(folder, 'nodes'))).toEqual(['OLD']);
      expect(readdirSync(join(folder, 'nodes/OLD'))).toEqual(['definition']);
      expect(readdirSync(join(folder, 'shared'))).toEqual(['definition']);
    },
  );

  it('may lie below a folder of nodes that is itself a link', async () => {
    const { folder, nodes } = openNodes({ nodes: { link: 'real' }, 'real/A/definition': 'x' });
    expect(await nodes.remove('A')).toBe('folder');
    expect(readdirSync(join(folder, 'real'))).toEqual([]);
  });

  it('has to be a folder or a link', async () => {
    const { folder, nodes } = openNodes({ 'nodes/file': 'x' });
    expect(await nodes.remove('file')).toBeNull();
    expect(existsSync(join(folder, 'nodes/file'))).toBe(true);
    expect(await openNodes({}).nodes.remove('A')).toBeNull();
  });

  it('is made anew while the old one is being removed: each is whole or gone', async () => {
    const { folder, nodes } = openNodes({ nodes: null });
    for (let round = 0; round < 20; round += 1) {
      await nodes.create('A', { facts: someFacts, startupConfig: Buffer.from('x') });
      const [removed, created] = await Promise.all([
        nodes.remove('A'),
        nodes.create('A', { facts: someFacts, startupConfig: Buffer.from('y') }),
      ]);
      expect(removed).toBe('folder');
      expect(readdirSync(join(folder, 'nodes'))).toEqual(created ? ['A'] : []);
      if (created) expect(readdirSync(join(folder, 'nodes/A')).sort()).toEqual(['.node', 'startup-config']);
      await nodes.remove('A');
    }
  });
});

describe('a node that others use is not removed', () => {
  const old = { 'nodes/OLD/definition': 'x', 'nodes/OLD/sub/file': '' };

  it.each<[string, Parameters<typeof makeFolder>[0], string]>([
    ['a node is a link to it', { 'nodes/NEW': { link: 'OLD' } }, 'nodes/NEW is a link to it'],
    [
      'nodes are links, one through the other',
      { 'nodes/NEW': { link: 'OLD' }, 'nodes/NEWER': { link: './NEW' } },
      'nodes/NEW, nodes/NEWER are links to it',
    ],
    ['a node is a link below it', { 'nodes/NEW': { link: 'OLD/sub' } }, 'nodes/NEW is a link to it'],
    ['a roundabout link', { 'nodes/NEW': { link: '../nodes/../nodes/OLD/' } }, 'nodes/NEW is'],
    [
      'a file of a node is a link into it',
      { 'nodes/NEW/definition': { link: '../OLD/definition' } },
      'nodes/NEW/definition is a link to it',
    ],
  ])('%s', async (_, links, words) => {
    const { folder, nodes } = openNodes({ ...old, ...links });
    await expect(nodes.remove('OLD')).rejects.toMatchObject({
      code: 'node-in-use',
      message: expect.stringContaining(`nodes/OLD is in use: ${words}`),
    });
    expect(readdirSync(join(folder, 'nodes/OLD')).sort()).toEqual(['definition', 'sub']);
  });

  it('by an absolute link through another name of the data root', async () => {
    const { folder, nodes } = openNodes(old);
    const other = makeFolder({ root: { link: folder } });
    symlinkSync(join(other, 'root/nodes/OLD'), join(folder, 'nodes/NEW'));
    await expect(nodes.remove('OLD')).rejects.toMatchObject({ code: 'node-in-use' });
  });

  it('nor is a link that another one leads through', async () => {
    const { folder, nodes } = openNodes({
      ...old,
      'nodes/MID': { link: 'OLD' },
      'nodes/NEW': { link: 'MID' },
    });
    await expect(nodes.remove('MID')).rejects.toMatchObject({
      message: expect.stringContaining('nodes/NEW is a link to it'),
    });
    expect(readlinkSync(join(folder, 'nodes/MID'))).toBe('OLD');
  });

  it('links that lead round in a circle, or elsewhere, do not count', async () => {
    const { folder, nodes } = openNodes({
      ...old,
      'nodes/A': { link: 'B' },
      'nodes/B': { link: 'A' },
      'nodes/OLDER': null,
      'nodes/C': { link: 'OLDER' },
    });
    expect(await nodes.remove('OLD')).toBe('folder');
    expect(readdirSync(join(folder, 'nodes')).sort()).toEqual(['A', 'B', 'C', 'OLDER']);
  });
});

it('a mount point is not removed, and stays what it is', async (context) => {
  if (process.getuid?.() !== 0) context.skip('only root can mount: sudo npm test');
  const folder = makeFolder({});
  mkdirSync(join(folder, 'A'));
  execFileSync('mount', ['-t', 'tmpfs', 'ztps-test', join(folder, 'A')]);
  try {
    await expect(removeNodeFolder(folder, 'A')).rejects.toMatchObject({ code: 'EBUSY' });
    expect(readdirSync(folder)).toEqual(['A']);
  } finally {
    execFileSync('umount', ['-l', join(folder, 'A')]);
  }
});
