import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import { silentLog } from '../fixtures/log.js';
import { someFacts } from '../ports/node-store-suite.js';
import { makeFolder } from './temporary-folder.js';

function openNodes(content: Parameters<typeof makeFolder>[0] = { nodes: null }) {
  const folder = makeFolder(content);
  return { folder, nodes: openDataRoot(folder, [], silentLog).nodes };
}

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8);
}

function setUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => void process.umask(before));
}

describe('a new node folder', () => {
  it('has the modes of the original, less the umask', async () => {
    setUmask(0o022);
    const { folder, nodes } = openNodes({});
    await nodes.create('A', {
      facts: someFacts,
      definition: Buffer.from('x: 1\n'),
      configHandler: Buffer.from(''),
    });
    expect(modeOf(join(folder, 'nodes'))).toBe('755');
    expect(modeOf(join(folder, 'nodes/A'))).toBe('755');
    expect(modeOf(join(folder, 'nodes/A/definition'))).toBe('644');
    expect(modeOf(join(folder, 'nodes/A/config-handler'))).toBe('755');
    setUmask(0);
    await nodes.create('B', { facts: someFacts, configHandler: Buffer.from('') });
    expect(modeOf(join(folder, 'nodes/B'))).toBe('775');
    expect(modeOf(join(folder, 'nodes/B/.node'))).toBe('664');
    expect(modeOf(join(folder, 'nodes/B/config-handler'))).toBe('775');
  });

  it('never takes the place of a folder, an empty one, a file, or a link, and leaves nothing behind', async () => {
    const { folder, nodes } = openNodes({
      'nodes/full/x': '',
      'nodes/empty': null,
      'nodes/file': '',
      'nodes/link': { link: 'full' },
      'nodes/dangling': { link: 'gone' },
    });
    const before = readdirSync(join(folder, 'nodes'));
    for (const id of before) {
      expect(await nodes.create(id, { facts: someFacts })).toBe(false);
      expect(Object.values((await nodes.find(id)) ?? { none: true })).not.toContain(true);
    }
    expect(readdirSync(join(folder, 'nodes'))).toEqual(before);
    expect(readdirSync(join(folder, 'nodes/empty'))).toEqual([]);
  });

  it('is no node while it is being made, and what a killed server left goes away', async () => {
    const { folder, nodes } = openNodes();
    const old = join(folder, 'nodes/.ztps-new-00');
    mkdirSync(old);
    writeFileSync(join(old, 'definition'), '');
    utimesSync(old, 1, 1);
    const present = join(folder, 'nodes/.ztps-new-11');
    mkdirSync(present);
    expect(await nodes.list()).toEqual([]);
    await nodes.create('A', { facts: someFacts });
    expect(readdirSync(join(folder, 'nodes'))).toEqual(['.ztps-new-11', 'A']);
    const { bytes } = openDataRoot(folder, [], silentLog);
    await expect(bytes.open('nodes/.ztps-new-11/definition')).rejects.toMatchObject({ code: 'path-refused' });
  });

  it('appears whole: who looks meanwhile sees all of it or nothing', async () => {
    const { nodes } = openNodes();
    for (let i = 0; i < 30; i += 1) {
      let making = true;
      const made = nodes
        .create(`n${i}`, { facts: someFacts, definition: Buffer.from('a: 1\n'), pattern: { name: 'x' } })
        .finally(() => {
          making = false;
        });
      while (making) {
        const parts = await nodes.find(`n${i}`);
        if (parts) expect(parts).toMatchObject({ definition: true, pattern: true, facts: true });
      }
      expect(await made).toBe(true);
    }
  });
});

describe('an existing node folder', () => {
  it('may be a link to another node, whose files are replaced there', async () => {
    const { folder, nodes } = openNodes({
      'nodes/old/definition': 'name: x\n',
      'nodes/new': { link: 'old' },
    });
    await nodes.writeFacts('new', someFacts);
    expect(await nodes.writeStartupConfig('new', Buffer.from('c'))).toBe('created');
    expect(lstatSync(join(folder, 'nodes/new')).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(folder, 'nodes/old'))).toEqual(['.node', 'definition', 'startup-config']);
    expect(await nodes.list()).toEqual(['new', 'old']);
    expect((await nodes.readDefinition('new'))?.path).toBe('nodes/new/definition');
  });

  it('whose startup-config or .node is a link gets files of its own', async () => {
    const { folder, nodes } = openNodes({
      'shared/config': 'shared',
      'shared/facts': '{}',
      'nodes/A/startup-config': { link: '../../shared/config' },
      'nodes/A/.node': { link: '../../shared/facts' },
    });
    expect(await nodes.writeStartupConfig('A', Buffer.from('own'))).toBe('replaced');
    await nodes.writeFacts('A', someFacts);
    expect(lstatSync(join(folder, 'nodes/A/startup-config')).isFile()).toBe(true);
    expect(lstatSync(join(folder, 'nodes/A/.node')).isFile()).toBe(true);
    expect(readFileSync(join(folder, 'shared/config'), 'utf8')).toBe('shared');
    expect(readFileSync(join(folder, 'shared/facts'), 'utf8')).toBe('{}');
  });

  it('that leads out is refused for reading and writing', async () => {
    const outside = makeFolder({ definition: 'a: 1\n' });
    const { nodes } = openNodes({
      'nodes/A': { link: outside },
      'nodes/B/definition': { link: join(outside, 'definition') },
    });
    const refused = { code: 'path-refused' };
    await expect(nodes.find('A')).rejects.toMatchObject(refused);
    await expect(nodes.writeStartupConfig('A', Buffer.from('x'))).rejects.toMatchObject(refused);
    await expect(nodes.readDefinition('B')).rejects.toMatchObject(refused);
    expect(readdirSync(outside)).toEqual(['definition']);
  });

  it('keeps the mode of a file that is replaced', async () => {
    const { folder, nodes } = openNodes({ 'nodes/A/startup-config': 'a' });
    const path = join(folder, 'nodes/A/startup-config');
    chmodSync(path, 0o640);
    await nodes.writeStartupConfig('A', Buffer.from('b'));
    expect(modeOf(path)).toBe('640');
    expect(readdirSync(join(folder, 'nodes/A'))).toEqual(['startup-config']);
  });

  it('keeps owner and group of a file that is replaced', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can give files away: sudo npm test');
    const { folder, nodes } = openNodes({ 'nodes/A/startup-config': 'a' });
    const path = join(folder, 'nodes/A/startup-config');
    chownSync(path, 1234, 4321);
    chmodSync(path, 0o2664);
    await nodes.writeStartupConfig('A', Buffer.from('b'));
    expect(statSync(path)).toMatchObject({ uid: 1234, gid: 4321 });
    expect(modeOf(path)).toBe('2664');
  });

  it('where a folder stands in the place of a file: the write fails with the reason, nothing is left', async () => {
    const { folder, nodes } = openNodes({ 'nodes/A/startup-config/x': '' });
    await expect(nodes.writeStartupConfig('A', Buffer.from('b'))).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringMatching(/^nodes\/A\/startup-config can not be written: /),
    });
    expect(readdirSync(join(folder, 'nodes/A'))).toEqual(['startup-config']);
  });

  it('has a config-handler by its own path, link or not', async () => {
    const { folder, nodes } = openNodes({
      'config-handlers/h': '',
      'nodes/A/config-handler': { link: '../../config-handlers/h' },
      'nodes/B/config-handler': null,
    });
    expect(await nodes.findConfigHandler('A')).toBe(join(folder, 'nodes/A/config-handler'));
    // A folder can not be run; whoever runs handlers says so.
    expect(await nodes.findConfigHandler('B')).toBe(join(folder, 'nodes/B/config-handler'));
    expect(await nodes.findConfigHandler('C')).toBeNull();
  });

  it('is listed if it is a folder or a link, even to nowhere, with the name of a node', async () => {
    const { folder, nodes } = openNodes({
      'nodes/A': null,
      'nodes/b c': null,
      'nodes/.x': null,
      'nodes/README': '',
    });
    symlinkSync('nowhere', join(folder, 'nodes/gone'));
    expect(await nodes.list()).toEqual(['A', 'gone']);
  });
});

describe('.node', () => {
  it('is one JSON object that other tools read', async () => {
    const { folder, nodes } = openNodes();
    await nodes.create('A', { facts: { ...someFacts, others: { ...someFacts.others, __proto__: 1 } } });
    expect(JSON.parse(readFileSync(join(folder, 'nodes/A/.node'), 'utf8'))).toEqual({
      model: 'DCS-7050QX-32S',
      serialnumber: 'JPE14140001',
      systemmac: '001c73aabbcc',
      version: '4.30.1F',
      neighbors: Object.fromEntries(someFacts.neighbors),
      arch: 'i386',
      deep: { list: [1, null, 'x'] },
    });
  });

  it.each([
    ['{}', { model: null, serialnumber: null, systemmac: null, version: null }],
    [
      '{"systemmac": "00:1c:73:aa:bb:cc", "neighbors": null, "details": [1]}',
      { systemmac: '001c73aabbcc', others: { details: [1] } },
    ],
    [
      '{"neighbors": {"Et1": [{"device": "a", "remote_interface": "b", "ttl": 1}]}}',
      { neighbors: new Map([['Et1', [{ device: 'a', port: 'b' }]]]) },
    ],
  ])('is read as older versions wrote it: %s', async (text, facts) => {
    const { nodes } = openNodes({ 'nodes/A/.node': text });
    expect(await nodes.readFacts('A')).toMatchObject(facts);
  });

  it.each([
    '',
    '[]',
    'null',
    '{',
    '{"model": 7050}',
    '{"neighbors": []}',
    '{"neighbors": {"Et1": {}}}',
    '{"neighbors": {"Et1": [{"device": "a"}]}}',
    '['.repeat(100_000),
  ])('that is none is refused: %.40s', async (text) => {
    const { nodes } = openNodes({ 'nodes/A/.node': text });
    await expect(nodes.readFacts('A')).rejects.toMatchObject({
      code: 'invalid-node-file',
      message: expect.stringMatching(/^nodes\/A\/.node: /),
    });
  });

  it('of any size a switch may post is taken, a huge one refused', async () => {
    const { folder, nodes } = openNodes();
    const facts = { ...someFacts, others: { big: 'x'.repeat(4 * 1024 * 1024) } };
    await nodes.create('A', { facts });
    expect(await nodes.readFacts('A')).toEqual(facts);
    writeFileSync(join(folder, 'nodes/A/.node'), Buffer.alloc(17 * 1024 * 1024, ' '));
    await expect(nodes.readFacts('A')).rejects.toMatchObject({ code: 'invalid-node-file' });
  });
});
