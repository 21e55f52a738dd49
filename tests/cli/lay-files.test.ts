// What becomes of files that are there already, and of links.

import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layFolder, layOnce, layShipped } from '../../src/cli/lay-files.js';

let outer: string;
let root: string;

beforeEach(async () => {
  outer = await realpath(await mkdtemp(join(tmpdir(), 'ztps-lay-')));
  root = join(outer, 'root');
  await mkdir(join(root, 'actions'), { recursive: true });
  await mkdir(join(outer, 'outside'));
});

afterEach(() => rm(outer, { recursive: true }));

const content = Buffer.from('new');
const nameRelease = (found: Buffer) => (found.toString() === 'old' ? '2.9.0' : null);
const lay = (path = 'actions/a') => layShipped(root, { path, content }, nameRelease);
const text = (path: string) => readFile(join(outer, path), 'utf8');
const put = (path: string, what: string) => writeFile(join(outer, path), what);

describe('layShipped', () => {
  it('makes what is not there, 0664 less the umask', async () => {
    expect(await lay()).toEqual({ path: 'actions/a', outcome: 'made', note: null });
    expect(await text('root/actions/a')).toBe('new');
    expect((await stat(join(root, 'actions/a'))).mode & 0o777).toBe(0o664 & ~process.umask());
    expect(await readdir(join(root, 'actions'))).toEqual(['a']);
  });

  it('leaves its own bytes alone', async () => {
    await put('root/actions/a', 'new');
    const before = await stat(join(root, 'actions/a'));
    expect((await lay()).outcome).toBe('unchanged');
    expect((await stat(join(root, 'actions/a'))).ino).toBe(before.ino);
  });

  it("replaces a release's, keeping its mode", async () => {
    await put('root/actions/a', 'old');
    await chmod(join(root, 'actions/a'), 0o640);
    expect(await lay()).toEqual({ path: 'actions/a', outcome: 'replaced', note: "was release 2.9.0's" });
    expect(await text('root/actions/a')).toBe('new');
    expect((await stat(join(root, 'actions/a'))).mode & 0o777).toBe(0o640);
  });

  it('keeps an edited one and lays ours beside it, again and again', async () => {
    await put('root/actions/a', 'edited');
    const kept = { path: 'actions/a', outcome: 'kept', note: 'edited; ours is actions/a.new' };
    expect(await lay()).toEqual(kept);
    expect(await lay()).toEqual(kept);
    expect([await text('root/actions/a'), await text('root/actions/a.new')]).toEqual(['edited', 'new']);
    await put('root/actions/a.new', 'old');
    expect(await lay()).toEqual(kept);
    expect(await text('root/actions/a.new')).toBe('new');
  });

  it('does not write over a NAME.new that is not ours', async () => {
    await put('root/actions/a', 'edited');
    await put('root/actions/a.new', 'edited too');
    expect((await lay()).note).toBe('edited, and so is actions/a.new');
    expect(await text('root/actions/a.new')).toBe('edited too');
  });

  it('replaces the target of a link that stays inside, and keeps the link', async () => {
    await put('root/shared', 'old');
    await symlink('../shared', join(root, 'actions/a'));
    expect((await lay()).outcome).toBe('replaced');
    expect(await readlink(join(root, 'actions/a'))).toBe('../shared');
    expect(await text('root/shared')).toBe('new');
  });

  it('never writes through a link that leads out', async () => {
    await put('outside/a', 'old');
    await symlink(join(outer, 'outside/a'), join(root, 'actions/a'));
    expect(await lay()).toEqual({
      path: 'actions/a',
      outcome: 'kept',
      note: 'a link that leads out of the data root; ours is actions/a.new',
    });
    expect(await text('outside/a')).toBe('old');
    expect(await text('root/actions/a.new')).toBe('new');
  });

  it('never writes into a folder that leads out', async () => {
    await rm(join(root, 'actions'), { recursive: true });
    await symlink(join(outer, 'outside'), join(root, 'actions'));
    expect((await lay()).outcome).toBe('refused');
    await put('outside/a', 'old');
    expect((await lay()).outcome).toBe('refused');
    await put('outside/a', 'new');
    expect((await lay()).outcome).toBe('unchanged');
    await put('outside/a', 'edited');
    expect((await lay()).outcome).toBe('refused');
    expect(await readdir(join(outer, 'outside'))).toEqual(['a']);
  });

  it('refuses dangling links and folders', async () => {
    await symlink(join(outer, 'outside/none'), join(root, 'actions/a'));
    expect(await lay()).toMatchObject({ outcome: 'refused', note: 'a link that leads nowhere' });
    expect(await readdir(join(outer, 'outside'))).toEqual([]);
    await mkdir(join(root, 'actions/b'));
    expect(await lay('actions/b')).toMatchObject({ outcome: 'refused', note: 'no plain file' });
  });
});

describe('layOnce', () => {
  it('makes what is not there and touches nothing that is, not even a dangling link', async () => {
    const once = () => layOnce(root, { path: 'neighbordb', content });
    expect((await once()).outcome).toBe('made');
    await put('root/neighbordb', 'mine');
    expect((await once()).outcome).toBe('unchanged');
    expect(await text('root/neighbordb')).toBe('mine');
    await rm(join(root, 'neighbordb'));
    await symlink('none', join(root, 'neighbordb'));
    expect((await once()).outcome).toBe('unchanged');
    expect((await lstat(join(root, 'neighbordb'))).isSymbolicLink()).toBe(true);
  });
});

describe('layFolder', () => {
  it('makes a folder, follows a link to one, refuses a file', async () => {
    expect(await layFolder(root, 'files')).toEqual({ path: 'files/', outcome: 'made', note: null });
    expect(await layFolder(root, 'files')).toBeNull();
    await symlink(join(outer, 'outside'), join(root, 'nodes'));
    expect(await layFolder(root, 'nodes')).toBeNull();
    await put('root/plugins', '');
    expect(await layFolder(root, 'plugins')).toMatchObject({ outcome: 'refused' });
  });
});
