// `ztps node …` as people and scripts run it: output, exit status, and what is in nodes/ afterwards.

import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFiles } from '../fixtures/data-root.js';
import { makeCliSite } from './cli-site.js';
import { runZtps, startZtps } from './run-ztps.js';

const makeSite = (files: Readonly<Record<string, string>> = {}) =>
  makeCliSite({ 'definitions/leaf': 'name: leaf\nactions: []\n', ...files });

const leaf = {
  'nodes/A/definition': 'name: leaf\nactions: []\n',
  'nodes/A/pattern': 'name: cabled\n',
  'nodes/A/.node': JSON.stringify({
    model: 'X\u001b[1m',
    serialnumber: 'A',
    neighbors: { Ethernet1: [{ device: 'spine', port: 'Ethernet2' }] },
  }),
  'resources/mgmt': '1: A\n2: A#k\n3: null\n',
};

describe('ztps node', () => {
  it.each(['add', 'list', 'show', 'rename', 'remove'])('has help with examples: %s', async (verb) => {
    const run = await runZtps(['node', verb, '--help']);
    expect(run).toMatchObject({ status: 0, err: '' });
    expect(run.out).toMatch(/Examples?:/);
  });

  it('adds a node with a definition, which any cabling passes', async () => {
    const site = makeSite();
    const run = await site.run('node', 'add', 'A', '--definition', 'leaf');
    expect(run).toMatchObject({
      status: 0,
      out: 'nodes/A made: copy of definitions/leaf; any cabling passes\n',
    });
    expect(site.names('nodes/A')).toEqual(['definition', 'pattern']);
    expect(site.read('nodes/A/definition')).toBe(site.read('definitions/leaf'));
    expect((await site.run('--validate-config')).out).toContain('Validating nodes/A...\nOk!');
    const again = await site.run('node', 'add', 'A', '--definition', 'leaf');
    expect([again.status, again.err]).toEqual([
      1,
      expect.stringContaining('there is a node nodes/A already'),
    ]);
  });

  it('adds a node with a config, byte for byte', async () => {
    const site = makeSite({ 'files/a.cfg': 'hostname \xe9\r\n' });
    const file = path.join(site.root, 'files/a.cfg');
    expect(await site.json('node', 'add', 'A', '--config', file)).toEqual({
      node: 'A',
      definition: null,
      config: file,
    });
    expect(site.names('nodes/A')).toEqual(['pattern', 'startup-config']);
    expect(site.read('nodes/A/startup-config')).toBe(site.read('files/a.cfg'));
  });

  it.each([
    [2, ['A'], 'give one of --definition and --config'],
    [2, ['A', '--definition', 'leaf', '--config', 'x'], 'give one of --definition and --config'],
    [1, ['A', '--definition', 'lief'], 'definitions/lief is not there'],
    [1, ['A', '--definition', '../../etc/passwd'], 'leads out of the data root'],
    [1, ['A', '--config', '/nowhere.cfg'], '/nowhere.cfg is not there'],
    [2, ['A', '--config', '/dev/null'], 'the config is empty'],
    [2, ['../A', '--definition', 'leaf'], 'is no node id'],
  ])('exits with %d: node add %j', async (status, words, complaint) => {
    const site = makeSite();
    const run = await site.run('node', 'add', ...words);
    expect([run.status, run.err]).toEqual([status, expect.stringContaining(complaint)]);
    expect(site.names('nodes')).toEqual([]);
  });

  it('lists the folders of all nodes, and names what can not be read', async () => {
    const site = makeSite({ ...leaf, 'nodes/B/definition': '{', 'nodes/B/.replaced-by': 'B A\n' });
    symlinkSync('A', path.join(site.root, 'nodes/L'));
    const { out, status } = await site.run('node', 'list');
    expect(status).toBe(0);
    const lines = out.split('\n');
    expect(lines[1]).toMatch(/^A {5}d-p-- {2}leaf {8}X\\u001b\[1m$/);
    expect(lines[2]).toMatch(/^B {5}d---- .*replaced-by A; nodes\/B\/definition/);
    expect(lines[3]).toMatch(/^L {5}d-p-- .*a link to A$/);
    expect(lines[4]).toBe('3 nodes');
    const { nodes } = (await site.json('node', 'list')) as { nodes: object[] };
    expect(nodes).toMatchObject([
      { node: 'A', link: null, definition: 'leaf', pattern: 'cabled', replacedBy: null, problems: [] },
      { node: 'B', replacedBy: 'A', problems: [expect.any(String)] },
      { node: 'L', link: 'A' },
    ]);
  });

  it('shows all that is known of one', async () => {
    const site = makeSite(leaf);
    const { out, status } = await site.run('node', 'show', 'A');
    expect(status).toBe(0);
    expect(out).toContain('holds          definition, pattern, .node\n');
    expect(out).toContain('model          X\\u001b[1m\n');
    expect(out).toContain('neighbors      Ethernet1 spine:Ethernet2\n');
    expect(out).toContain('values         mgmt: 1, mgmt: 2 (k)\n');
    expect(out).toContain('last run       none\n');
    expect(await site.json('node', 'show', 'A')).toMatchObject({
      node: 'A',
      facts: { serialnumber: 'A', neighbors: { Ethernet1: [{ device: 'spine', port: 'Ethernet2' }] } },
      resources: { values: [{ pool: 'mgmt', value: '1', owner: 'A' }, { value: '2' }], failures: [] },
      run: null,
      config: null,
    });
    const unknown = await site.run('node', 'show', 'NOBODY');
    expect([unknown.status, unknown.err]).toEqual([
      1,
      expect.stringContaining('there is no folder nodes/NOBODY'),
    ]);
  });

  it('renames a node with its values and its history', async () => {
    const site = makeSite({ ...leaf, 'nodes/A/startup-config': 'hostname a\n' });
    // Its config comes into the history.
    await site.run('replace', 'A', 'B');
    const run = await site.run('node', 'rename', 'B', 'C');
    expect(run).toMatchObject({
      status: 0,
      out: 'nodes/B is nodes/C now\nmgmt: 1 passed on\nmgmt: 2 passed on\n',
    });
    expect(site.names('nodes')).toEqual(['A', 'C']);
    expect(site.read('resources/mgmt')).toBe('1: C\n2: C#k\n3: null\n');
    expect(site.read('nodes/A/.replaced-by')).toBe('A C\n');
    expect(site.has('nodes/C/.replaced-by')).toBe(false);
    const { versions } = (await site.json('config', 'history', 'C')) as { versions: object[] };
    expect(versions).toHaveLength(1);
    expect((await site.run('log', 'C')).out).toContain('renamed from B');
    expect((await site.run('log', 'B')).out).toContain('renamed to C');
  });

  it('renames a link', async () => {
    const site = makeSite(leaf);
    symlinkSync('A', path.join(site.root, 'nodes/L'));
    expect((await site.run('node', 'rename', 'L', 'M')).status).toBe(0);
    expect(site.names('nodes')).toEqual(['A', 'M']);
    expect(site.names('nodes/M')).toEqual(['.node', 'definition', 'pattern']);
  });

  it.each([
    ['a name that is taken', ['A', 'B'], 'there is a node nodes/B'],
    ['a name that holds values', ['A', 'HOLDER'], 'HOLDER holds 3 of pool mgmt'],
    ['nobody', ['NOBODY', 'C'], 'there is no folder nodes/NOBODY'],
    ['what was replaced', ['R', 'C'], 'is replaced-by A'],
    ['what others are links to', ['B', 'C'], 'nodes/L is a link to it'],
    ['no name', ['A', '.C'], 'is no node id'],
  ])('does not rename %s', async (_, words, complaint) => {
    const site = makeSite({
      ...leaf,
      'resources/mgmt': '1: A\n3: HOLDER\n',
      'nodes/B/definition': 'name: b\n',
      'nodes/R/definition': 'name: r\n',
      'nodes/R/.replaced-by': 'R A\n',
    });
    symlinkSync('B', path.join(site.root, 'nodes/L'));
    const before = site.names('nodes');
    const run = await site.run('node', 'rename', ...words);
    expect(run.status).not.toBe(0);
    expect(run.err).toContain(complaint);
    expect(site.names('nodes')).toEqual(before);
    expect(site.read('resources/mgmt')).toBe('1: A\n3: HOLDER\n');
    expect(site.has('nodes/A/.replaced-by')).toBe(false);
  });

  it('renames to the end if it is run again, wherever it was killed', async () => {
    const rounds = Math.ceil(Number(process.env.ZTPS_TEST_ROUNDS ?? 12) / 4);
    const pools = Array.from({ length: 12 }, (_, i) => [`resources/p${i}`, 'a: A\nb: null\n'] as const);
    for (let round = 0; round < rounds; round += 1) {
      const site = makeSite({ ...leaf, ...Object.fromEntries(pools) });
      writeFiles(site.root, { 'nodes/A/startup-config': 'hostname a\n' });
      const attempt = startZtps(['--conf', site.conf, 'node', 'rename', 'A', 'B']);
      let left = round * 4;
      while (attempt.child.exitCode === null && attempt.child.signalCode === null) {
        if (site.has('nodes/B') && left-- <= 0) attempt.child.kill('SIGKILL');
        await new Promise((resolve) => setImmediate(resolve));
      }
      await attempt.finished;
      const run = await site.run('node', 'rename', 'A', 'B');
      // If it was done already, there is no A any more.
      if (run.status !== 0) expect(run.err).toContain('there is no folder nodes/A');
      expect(site.names('nodes')).toEqual(['B']);
      // What was being written when it was killed is of no name that anybody reads, and goes with time.
      const names = site.names('nodes/B').filter((name) => !name.startsWith('.ztps-new-'));
      expect(names).toEqual(['.node', 'definition', 'pattern', 'startup-config']);
      for (const [file] of pools) expect(site.read(file)).toBe('a: B\nb: null\n');
    }
  }, 300_000);
});
