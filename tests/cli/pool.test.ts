// `ztps pool` as people and scripts run it: output, exit status, and what is in the pools afterwards.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { describe, expect, it, type TestContext } from 'vitest';
import { startServer } from '../e2e/server-process.js';
import { makeDataRoot, writeConfig, writeFiles } from '../fixtures/data-root.js';
import { postNode, request } from '../fixtures/request.js';
import { runZtps, ztps } from './run-ztps.js';

/** A data root, and `ztps` on it. */
function makeSite(files: Readonly<Record<string, string>> = {}) {
  const root = makeDataRoot(files);
  const conf = writeConfig(root);
  return {
    root,
    conf,
    run: (...words: string[]) => runZtps(['--conf', conf, ...words]),
    async json(...words: string[]) {
      const { out } = await runZtps([...words, '--json', '--conf', conf]);
      return JSON.parse(out) as unknown;
    },
    read: (file: string) => readFileSync(path.join(root, file), 'utf8'),
  };
}

function makeTable(root: string, rows: readonly (readonly [string, string | null])[]): void {
  writeFiles(root, { db: null });
  const database = new Database(path.join(root, 'db/resources.db'));
  database.exec('CREATE TABLE loopbacks (key TEXT PRIMARY KEY, node_id TEXT)');
  const insert = database.prepare('INSERT INTO loopbacks VALUES (?, ?)');
  for (const row of rows) insert.run(...row);
  database.close();
}

describe('ztps pool', () => {
  it.each([
    ['pool'],
    ['pool', 'list'],
    ['pool', 'show'],
    ['pool', 'generate'],
    ['pool', 'allocate'],
    ['pool', 'release'],
    ['node'],
    ['node', 'remove'],
  ])('has help with examples: %s %s', async (...words) => {
    const run = await runZtps([...words, '--help']);
    expect(run).toMatchObject({ status: 0, err: '' });
    expect(run.out).toContain(`Usage: ztps ${words.join(' ')}`);
    expect(run.out).toContain('Examples:');
  });

  it.each([
    [['pool'], 'Usage: ztps pool'],
    [['pool', 'lisst'], "unknown command 'pool lisst'; did you mean list?"],
    [['pool', 'show'], "missing required argument 'pool'"],
    [['pool', 'generate', 'mgmt'], "missing required argument 'what'"],
    [['pool', 'generate', 'mgmt', '10.0.0.5/24'], 'the subnet is 10.0.0.0/24'],
    [['pool', 'generate', 'mgmt', '10.0.0.0/24', '--excl', '10.1.1.1'], 'leaves out nothing of 10.0.0.0/24'],
    [['pool', 'generate', 'mgmt', '2001:db8::/64'], 'that is 18,446,744,073,709,551,615 values'],
    [['pool', 'generate', 'mgmt', '--f', 'x'], "option '--f' can mean --from or --format"],
    [['pool', 'allocate', 'mgmt', '../x'], '"../x" is no node id'],
    [['pool', 'release', 'mgmt'], 'wanted a pool, and a node or value'],
    [['pool', 'release', 'mgmt', 'A', '--node', '--value'], 'cannot be used with'],
    [['pool', 'release', '--all'], '--all takes a node and nothing else'],
    [['pool', 'release', '--all', 'mgmt', 'A'], '--all takes a node and nothing else'],
    [['pool', 'list', '--validate'], "unknown option '--validate'"],
    [['-V', 'pool', 'list'], '--validate-config does not go together with pool'],
  ])('exits with 2 for %j', async (words, message) => {
    const run = await runZtps(words);
    expect(run).toMatchObject({ status: 2, out: '' });
    expect(run.err).toContain(message);
  });
});

describe('ztps pool list', () => {
  it('prints each pool with its numbers and its file', async () => {
    const { root, run, json } = makeSite({
      'resources/mgmt': '10.0.0.1/24: JPE1\n10.0.0.2/24: JPE1#vlan10\n10.0.0.3/24:\n',
      'resources/site1/vlans': '10: null\n',
    });
    makeTable(root, [['192.0.2.1', 'JPE1']]);
    expect(await run('pool', 'list')).toEqual({
      status: 0,
      err: '',
      out: [
        'POOL              USED  FREE  FILE',
        'mgmt                 2     1  resources/mgmt',
        'site1/vlans          0     1  resources/site1/vlans',
        'sqlite:loopbacks     1     0  db/resources.db',
        '',
      ].join('\n'),
    });
    expect(await json('pool', 'list')).toEqual({
      pools: [
        { name: 'mgmt', file: 'resources/mgmt', used: 2, free: 1, total: 3 },
        { name: 'site1/vlans', file: 'resources/site1/vlans', used: 0, free: 1, total: 1 },
        { name: 'sqlite:loopbacks', file: 'db/resources.db', used: 1, free: 0, total: 1 },
      ],
    });
  });

  it('shows the others when one can not be read, and exits with 1', async () => {
    const { run, json } = makeSite({ 'resources/broken': '- x\n', 'resources/mgmt': 'a: null\n' });
    const { status, out } = await run('pool', 'list');
    expect(status).toBe(1);
    expect(out).toMatch(/^broken +ERROR: resources\/broken line 1: /m);
    expect(out).toMatch(/^mgmt +0 +1 +resources\/mgmt$/m);
    expect(await json('pool', 'list')).toMatchObject({
      pools: [
        { name: 'broken', reason: 'invalid-pool', error: expect.stringContaining('resources/broken line 1') },
        { name: 'mgmt', total: 1 },
      ],
    });
  });

  it('says so when there are none', async () => {
    const { root, run, json } = makeSite();
    expect(await run('pool', 'list')).toMatchObject({
      status: 0,
      out: `There are no pools in ${root}/resources; "ztps pool generate" makes one\n`,
    });
    expect(await json('pool', 'list')).toEqual({ pools: [] });
  });

  it('takes a file that is no database for a table that can not be read', async () => {
    const { run } = makeSite({
      'db/resources.db': 'no database, but long enough to be told from one'.repeat(20),
    });
    const { status, out } = await run('pool', 'list');
    expect(status).toBe(1);
    expect(out).toMatch(/^sqlite +ERROR: db\/resources\.db/m);
  });
});

describe('ztps --validate-config', () => {
  it('checks tables as it checks files, and the calls that name them', async () => {
    const { root, run } = makeSite({
      'definitions/leaf':
        "attributes:\n  a: sqlite('loopbacks')\n  b: sqlite('gone')\n  c: allocate('low')\nactions: []\n",
      'resources/low': Array.from({ length: 10 }, (_, i) => `v${i}: ${i < 9 ? `N${i}` : ''}\n`).join(''),
    });
    makeTable(root, [['x', 'JPE1']]);
    const { status, out } = await run('--validate-config');
    expect(status).toBe(1);
    expect(out).toContain("ERROR: definitions/leaf:3: sqlite('gone'): db/resources.db table gone: ");
    expect(out).toContain(
      'Validating db/resources.db table loopbacks...\nWARNING: db/resources.db table loopbacks: every value is taken (1): the next node that asks is refused\n',
    );
    expect(out).toContain(
      'WARNING: resources/low: 1 of 10 values is free: add values before a node is refused\n',
    );
    expect(out).not.toContain('leaf:2');
  });

  it('says of a file that is no database that it is none', async () => {
    const { run } = makeSite({
      'db/resources.db': 'no database, but long enough to be told from one'.repeat(20),
    });
    const { status, out } = await run('--validate-config');
    expect(status).toBe(1);
    expect(out).toMatch(
      /Validating db\/resources\.db\.\.\.\nERROR: db\/resources\.db: .*not an SQLite database/,
    );
  });
});

describe('ztps pool show', () => {
  it('prints values in order, with their owners', async () => {
    const { run, json } = makeSite({ 'resources/p': 'long-one: JPE1\nb:\n"tab\\t": x\nb: JPE2#k\n' });
    expect(await run('pool', 'show', 'p')).toMatchObject({
      status: 0,
      out: [
        'long-one  JPE1',
        '"tab\\t"   x',
        'b         JPE2#k',
        '3 values: 3 used, 0 free',
        'WARNING: resources/p:2: b is listed again further down: that line counts, this one does not',
        '',
      ].join('\n'),
    });
    expect(await json('pool', 'show', 'p')).toMatchObject({
      name: 'p',
      file: 'resources/p',
      used: 3,
      free: 0,
      total: 3,
      entries: [
        { value: 'long-one', owner: 'JPE1' },
        { value: 'tab\t', owner: 'x' },
        { value: 'b', owner: 'JPE2#k' },
      ],
      problems: [{ severity: 'warning', line: 2 }],
    });
  });

  it('exits with 1 for a pool that is not there', async () => {
    const { run } = makeSite();
    for (const name of ['gone', 'sqlite:gone', '../x']) {
      const { status, out, err } = await run('pool', 'show', name);
      expect([status, out]).toEqual([1, '']);
      expect(err).toMatch(/^ztps: .*(is not there|is refused)/);
    }
  });
});

describe('ztps pool generate', () => {
  it('makes a pool, adds to it, and leaves what is there alone', async () => {
    const { run, json, read } = makeSite();
    expect(await run('pool', 'generate', 'mgmt', '10.0.0.0/24')).toEqual({
      status: 0,
      out: 'mgmt: made with 254 values\n',
      err: '',
    });
    expect((await run('pool', 'allocate', 'mgmt', 'JPE1')).out).toBe('10.0.0.1/24\n');
    expect((await run('pool', 'generate', 'mgmt', '10.0.0.0/24', 'spine{01..12}')).out).toBe(
      'mgmt: 12 added, 254 there already\n',
    );
    const lines = read('resources/mgmt').trimEnd().split('\n');
    expect(lines).toHaveLength(266);
    expect(lines[0]).toBe('10.0.0.1/24: JPE1');
    expect(lines.at(-1)).toMatch(/^spine12:/);
    expect(await json('pool', 'generate', 'mgmt', 'spine{12..13}')).toEqual({
      pool: 'mgmt',
      made: false,
      added: 1,
      present: 1,
    });
  });

  it('gives values as they are typed, whatever YAML would make of them', async () => {
    const { run, json } = makeSite();
    await run('pool', 'generate', 'site1/odd', '{0008..0010}', 'yes', '1:{29..30}', 'a: b', '2001:db8::/127');
    const { entries } = (await json('pool', 'show', 'site1/odd')) as { entries: { value: string }[] };
    expect(entries.map(({ value }) => value)).toEqual([
      '0008',
      '0009',
      '0010',
      'yes',
      '1:29',
      '1:30',
      'a: b',
      '2001:db8::/127',
      '2001:db8::1/127',
    ]);
  });

  it('narrows and formats', async () => {
    const { run, root } = makeSite();
    const words = ['pool', 'generate', 'mgmt', '10.0.0.0/29', '--from', '10.0.0.2', '--exclude', '10.0.0.4'];
    const more = ['--format', '{number:02} {address} {netmask}', '--excl', '10.0.0.5', '--dry'];
    expect(await run(...words, ...more)).toEqual({
      status: 0,
      out: '01 10.0.0.2 255.255.255.248\n02 10.0.0.3 255.255.255.248\n03 10.0.0.6 255.255.255.248\n',
      err: '',
    });
    expect(existsSync(path.join(root, 'resources/mgmt'))).toBe(false);
  });

  it('adds to a table, and makes none', async () => {
    const { root, run } = makeSite();
    makeTable(root, [['1', 'JPE1']]);
    expect((await run('pool', 'generate', 'sqlite:loopbacks', '{1..3}')).out).toBe(
      'sqlite:loopbacks: 2 added, 1 there already\n',
    );
    expect((await run('pool', 'show', 'sqlite:loopbacks')).out).toBe(
      '1  JPE1\n2  free\n3  free\n3 values: 1 used, 2 free\n',
    );
    expect(await run('pool', 'generate', 'sqlite:gone', '{1..3}')).toMatchObject({ status: 1, out: '' });
  });
});

describe('ztps pool allocate', () => {
  it('prints the value and nothing else, the same one ever after', async () => {
    const { root, run, json, read } = makeSite({ 'resources/p': 'a: null # first\nb: null\n' });
    makeTable(root, [['x', null]]);
    const allocate = (...words: string[]) => run('pool', 'allocate', ...words);
    expect(await allocate('p', 'JPE1')).toEqual({ status: 0, out: 'a\n', err: '' });
    expect((await allocate('p', 'JPE1', '--key', 'vlan10')).out).toBe('b\n');
    expect((await allocate('p', 'JPE1')).out).toBe('a\n');
    expect((await allocate('sqlite:loopbacks', 'JPE1')).out).toBe('x\n');
    expect(await json('pool', 'allocate', 'p', 'JPE1', '--key=vlan10')).toEqual({
      pool: 'p',
      node: 'JPE1',
      key: 'vlan10',
      value: 'b',
    });
    expect(read('resources/p')).toBe('a: JPE1 # first\nb: JPE1#vlan10\n');
    const exhausted = await allocate('p', 'JPE2');
    expect(exhausted).toMatchObject({ status: 1, out: '' });
    expect(exhausted.err).toMatch(/^ztps: resources\/p has no free value for JPE2/m);
  });
});

describe('ztps pool release', () => {
  const pool = 'a: JPE1\nb: JPE1#k\nc: JPE12\nd: JPE2#k\nJPE2: x\n-5: y\n';

  it.each([
    [['JPE1'], ['a freed, JPE1 had it', 'b freed, JPE1#k had it']],
    [['JPE1#k'], ['b freed, JPE1#k had it']],
    [['c'], ['c freed, JPE12 had it']],
    [['JPE2', '--value'], ['JPE2 freed, x had it']],
    [['JPE2', '--node'], ['d freed, JPE2#k had it']],
    [['--', '-5'], ['-5 freed, y had it']],
  ])('of %j says what was freed, in the log too, and frees no more', async (words, lines) => {
    const { run, read } = makeSite({ 'resources/p': pool });
    const { status, out, err } = await run('pool', 'release', 'p', ...words);
    expect([status, out]).toEqual([0, lines.map((line) => `${line}\n`).join('')]);
    let left = pool;
    for (const line of lines) {
      const [, value = '', owner = ''] = /^(\S+) freed, (\S+) had it$/.exec(line) ?? [];
      expect(err).toContain(` ${owner.split('#', 1)[0]}: ${value} of pool p freed, ${owner} had it\n`);
      left = left.replace(`${value}: ${owner}\n`, `${value}: null\n`);
    }
    expect(read('resources/p')).toBe(left);
  });

  it.each([
    [['p', 'JPE2'], 2, '"JPE2" is a value of pool p, and holds values of it: say --value or --node'],
    [['p', 'free'], 1, 'free of pool p is free already'],
    [['p', 'JPE3'], 1, '"JPE3" is no value of pool p, and holds none of it'],
    [['p', 'a', '--node'], 1, '"a" holds no value of pool p'],
    [['p', 'JPE1', '--value'], 1, 'pool p has no value "JPE1"'],
    [['gone', 'JPE1'], 1, 'resources/gone is not there'],
    [['--all', 'JPE3'], 1, '"JPE3" holds no value of any pool'],
  ])('of %j frees nothing and exits with %i', async (words, status, message) => {
    const { run, read } = makeSite({ 'resources/p': `${pool}free: null\n` });
    const outcome = await run('pool', 'release', ...words);
    expect(outcome).toMatchObject({ status, out: '' });
    expect(outcome.err).toContain(`ztps: ${message}`);
    expect(read('resources/p')).toBe(`${pool}free: null\n`);
  });

  it('of all pools goes on where one can not be read', async () => {
    const { root, run, json, read } = makeSite({
      'resources/a': '- broken\n',
      'resources/b': '1: JPE1\n2: JPE2\n',
      'resources/site1/c': '3: JPE1#k\n',
    });
    makeTable(root, [
      ['x', 'JPE1'],
      ['y', 'JPE2'],
    ]);
    const { status, out, err } = await run('pool', 'release', '--all', 'JPE1');
    expect(status).toBe(1);
    expect(out).toBe(
      'b: 1 freed, JPE1 had it\nsite1/c: 3 freed, JPE1#k had it\nsqlite:loopbacks: x freed, JPE1 had it\n',
    );
    expect(err).toContain('ztps: resources/a line 1: ');
    expect(read('resources/b')).toBe('1: null\n2: JPE2\n');
    expect(await json('pool', 'release', '--all', 'JPE2')).toEqual({
      released: [
        { pool: 'b', value: '2', owner: 'JPE2' },
        { pool: 'sqlite:loopbacks', value: 'y', owner: 'JPE2' },
      ],
      failures: [{ name: 'a', reason: 'invalid-pool', error: expect.any(String) }],
    });
  });
});

describe('ztps node remove', () => {
  const files = {
    'nodes/JPE1/definition': 'name: x\n',
    'nodes/JPE2/definition': 'name: x\n',
    'resources/p': 'a: JPE1\nb: JPE1#k\nc: JPE2\n',
  };

  it('removes the folder, and says what the node still holds and how it is given back', async () => {
    const { root, run, read } = makeSite(files);
    const { status, out, err } = await run('node', 'remove', 'JPE1');
    expect([status, out]).toEqual([
      0,
      'nodes/JPE1 removed\nJPE1 still holds:\n  p: a\n  p: b\nTo give this back: ztps pool release --all JPE1\n',
    ]);
    expect(err).toMatch(/INFO:\S+ JPE1: nodes\/JPE1 removed\n.* JPE1: still holds a of pool p\n/);
    expect(existsSync(path.join(root, 'nodes/JPE1'))).toBe(false);
    expect(existsSync(path.join(root, 'nodes/JPE2'))).toBe(true);
    expect(read('resources/p')).toBe(files['resources/p']);
    expect(await run('node', 'remove', 'JPE1')).toMatchObject({
      status: 1,
      out: '',
      err: 'ztps: nodes/JPE1 is not there; `ztps pool release --all JPE1` gives back what values it may hold\n',
    });
  });

  it('gives back its values with --release, and only its own', async () => {
    const { run, json, read } = makeSite(files);
    expect(await run('node', 'remove', 'JPE1', '--rel')).toMatchObject({
      status: 0,
      out: 'nodes/JPE1 removed\np: a freed, JPE1 had it\np: b freed, JPE1#k had it\n',
    });
    expect(read('resources/p')).toBe('a: null\nb: null\nc: JPE2\n');
    expect(await json('node', 'remove', 'JPE2', '--release')).toEqual({
      node: 'JPE2',
      removed: 'folder',
      released: [{ pool: 'p', value: 'c', owner: 'JPE2' }],
      held: [],
      failures: [],
    });
  });

  it('removes a link, not what it leads to, and nothing that a link leads to', async () => {
    const { root, run, read } = makeSite(files);
    symlinkSync('JPE1', path.join(root, 'nodes/NEW'));
    const refused = await run('node', 'remove', 'JPE1', '--release');
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.err).toContain('ztps: nodes/JPE1 is in use: nodes/NEW is a link to it; remove it first');
    expect(read('resources/p')).toBe(files['resources/p']);
    expect(await run('node', 'remove', 'NEW', '--release')).toMatchObject({
      status: 0,
      out: 'nodes/NEW removed, a link\nNEW holds no value of any pool\n',
    });
    expect(read('nodes/JPE1/definition')).toBe('name: x\n');
  });

  it('takes node ids only', async () => {
    const { run } = makeSite(files);
    for (const id of ['..', 'JPE1/definition', '']) {
      expect(await run('node', 'remove', id)).toMatchObject({ status: 2, out: '' });
    }
  });

  it('changes nothing where it may not write', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can be somebody else: sudo npm test');
    const { root, conf, read } = makeSite(files);
    for (const folder of [root, path.dirname(conf)]) chmodSync(folder, 0o755);
    chmodSync(path.join(root, 'nodes'), 0o777);
    const run = spawnSync(process.execPath, [ztps, '-c', conf, 'node', 'remove', 'JPE1', '--release'], {
      uid: 65_534,
      gid: 65_534,
      env: {},
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toContain('ztps: nodes/JPE1 can not be written: permission denied (EACCES)');
    expect(read('nodes/JPE1/definition')).toBe('name: x\n');
    expect(read('resources/p')).toBe(files['resources/p']);
  });
});

describe('beside a server that gives out values', () => {
  const site = {
    neighbordb: 'patterns: [{name: any, definition: leaf, model: .*}]\n',
    'definitions/leaf': "actions: [{action: add_config, attributes: {url: files/x, ip: allocate('mgmt')}}]\n",
    'files/x': 'x\n',
  };

  /** A server, its `ztps`, and switches that register and ask for their definition. */
  async function serve(context: TestContext, files: Readonly<Record<string, string>>) {
    const server = await startServer(context, { files: { ...site, ...files } });
    const conf = path.join(path.dirname(server.root), 'ztpserver.conf');
    return {
      server,
      run: (...words: string[]) => runZtps(['-c', conf, ...words]),
      async ask(id: string): Promise<string> {
        await postNode(server.url, { serialnumber: id, model: 'x' });
        const { status, body } = await request(server.url, 'GET', `/nodes/${id}`);
        if (status !== 200) return `${status} ${body}`;
        const { actions } = JSON.parse(body) as { actions: { attributes: { ip: string } }[] };
        return actions[0]?.attributes.ip ?? '';
      },
    };
  }

  it('no value is given twice, whoever asks, and none is lost', async (context) => {
    const { server, run, ask } = await serve(context, {
      'resources/mgmt': '# ours\n10.0.0.1/24:\n10.0.0.2/24:\n',
    });
    expect((await run('pool', 'generate', 'mgmt', '10.0.0.0/24', '--to', '10.0.0.60')).out).toBe(
      'mgmt: 58 added, 2 there already\n',
    );
    const switches = Array.from({ length: 40 }, (_, i) => `SW${i}`);
    const byHand = Array.from({ length: 4 }, (_, i) => `CLI${i}`);
    const [given, allocated, ...generated] = await Promise.all([
      Promise.all(switches.map(ask)),
      Promise.all(byHand.map((id) => run('pool', 'allocate', 'mgmt', id))),
      run('pool', 'generate', 'mgmt', '10.0.1.0/27'),
      run('pool', 'generate', 'mgmt', '10.0.2.0/27'),
    ]);
    for (const { status } of [...allocated, ...generated]) expect(status).toBe(0);
    const values = [...given, ...allocated.map(({ out }) => out.trimEnd())];
    expect(new Set(values).size).toBe(44);
    const lines = [...server.read('resources/mgmt').matchAll(/^(\S+):(?: (.*))?$/gm)];
    const entries = new Map(lines.map(([, value, owner]) => [value, owner]));
    expect([lines.length, entries.size]).toEqual([120, 120]);
    [...switches, ...byHand].forEach((id, i) => {
      expect(entries.get(values[i])).toBe(id);
    });
    expect(server.read('resources/mgmt')).toMatch(/^# ours\n/);
  });

  it('a value that was released is given again, and not before', async (context) => {
    const { run, ask } = await serve(context, { 'resources/mgmt': 'a:\nb:\n' });
    expect(await ask('SW1')).toBe('a');
    expect(await ask('SW2')).toBe('b');
    expect(await ask('SW3')).toMatch(/^400 /);
    expect((await run('pool', 'release', 'mgmt', 'SW1')).out).toBe('a freed, SW1 had it\n');
    expect(await ask('SW3')).toBe('a');
    expect(await ask('SW1')).toMatch(/^400 /);
    expect((await run('node', 'remove', 'SW2', '--release')).out).toBe(
      'nodes/SW2 removed\nmgmt: b freed, SW2 had it\n',
    );
    expect(await ask('SW1')).toBe('b');
    expect(await ask('SW3')).toBe('a');
  });

  it('switches and releases at the same time leave each value with one owner', async (context) => {
    const names = Array.from({ length: 30 }, (_, i) => `v${i}`);
    const { server, run, ask } = await serve(context, {
      'resources/mgmt': names.map((name, i) => `${name}: ${i < 10 ? `OLD${i}` : 'null'}\n`).join(''),
    });
    const [given, ...released] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, (_, i) => ask(`SW${i}`))),
      ...Array.from({ length: 5 }, (_, i) => run('pool', 'release', 'mgmt', `OLD${i}`)),
    ]);
    released.forEach(({ out }, i) => {
      expect(out).toBe(`v${i} freed, OLD${i} had it\n`);
    });
    expect(new Set(given).size).toBe(20);
    const lines = server.read('resources/mgmt');
    given.forEach((value, i) => {
      expect(lines).toContain(`${value}: SW${i}\n`);
    });
    for (let i = 5; i < 10; i += 1) expect(lines).toContain(`v${i}: OLD${i}\n`);
  });
});
