// bin/ztps as people and unit files run it: options, output and exit status.

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runZtps, startZtps } from './run-ztps.js';

let folder: string;
let conf: string;
let site: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ztps-cli-'));
  conf = path.join(folder, 'ztpserver.conf');
  site = path.join(folder, 'site');
  await configure();
});

afterEach(() => rm(folder, { recursive: true }));

const configure = (more = '') => writeFile(conf, `[default]\ndata_root = site\n${more}`);
const put = async (file: string, text: string) => {
  await mkdir(path.dirname(path.join(site, file)), { recursive: true });
  await writeFile(path.join(site, file), text);
};
const read = (file: string) => readFile(path.join(site, file), 'utf8');
const init = () => runZtps(['init', '--conf', conf]);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

describe('ztps', () => {
  it.each(['-v', '--version', '--vers'])('prints its version for %s', async (option) => {
    const { version } = JSON.parse(await readFile(path.resolve('package.json'), 'utf8'));
    const run = await runZtps([option]);
    expect(run).toEqual({ status: 0, out: `ZTPServer version ${version}\n`, err: '' });
  });

  it('prints help with examples', async () => {
    const run = await runZtps(['--help']);
    expect(run.status).toBe(0);
    expect(run.out).toContain('--validate-config');
    expect(run.out).toContain('ztps --conf site.conf --debug');
    // Also where one of the commands is named: help stands before it.
    expect(await runZtps(['--help', 'init'])).toEqual(run);
    const commands = [...run.out.matchAll(/^ {2}([a-z-]+) .* {2,}/gm)].map(([, name]) => name);
    expect(commands).toEqual(expect.arrayContaining(['init', 'nodes', 'replace', 'simulate-switch']));
  });

  it.each([
    [['help'], ['--help'], 'Usage: ztps '],
    [['help', 'init'], ['init', '--help'], 'Usage: ztps init'],
    [['help', 'simulate-switch'], ['simulate-switch', '--help'], 'Usage: ztps simulate-switch'],
  ])('%j is the same as %j', async (words, others, usage) => {
    const run = await runZtps(words);
    expect(run).toEqual(await runZtps(others));
    expect(run).toMatchObject({ status: 0, err: '' });
    expect(run.out).toContain(usage);
    expect(run.out).toContain('Examples:');
  });

  it('explains in the help of init what it prints', async () => {
    const { out } = await runZtps(['init', '--help']);
    for (const word of ['--conf', '--json', 'made', 'replaced', 'unchanged', 'kept', 'refused'])
      expect(out).toContain(word);
  });

  it.each([
    [['--vallidate'], 'did you mean --validate-config?'],
    [['--v'], '--validate-config or --version'],
    [['innit'], 'did you mean init?'],
    [['help', 'innit'], 'did you mean init?'],
    [['-x'], "unknown option '-x'"],
    [['--conf'], 'argument missing'],
    [['-Vr'], 'two runs'],
    [['init', 'a', 'b'], 'too many arguments'],
    [['-V', 'init'], 'does not go together'],
  ])('exits with 2 for %j', async (words, message) => {
    const run = await runZtps(words);
    expect(run.status).toBe(2);
    expect(run.out).toBe('');
    expect(run.err).toContain(message);
  });

  it('exits with 1 for a bad configuration, and says where it is bad', async () => {
    await configure('[server]\nport = 99999\n');
    const run = await runZtps(['-Vc', conf]);
    expect(run).toMatchObject({ status: 1, out: '' });
    expect(run.err).toContain(`ztps: ${conf}:4: [server] port is "99999"; wanted: a TCP port, 1 to 65534`);
  });

  it.each(['-V', '-r', '--debug'])('exits with 1 for %s without a data root', async (option) => {
    const run = await runZtps([option, '--conf', conf]);
    expect(run).toMatchObject({ status: 1, out: '' });
    expect(run.err).toContain('is not there; "ztps init');
  });
});

describe('ztps init', () => {
  it('makes a data root that validates, and changes nothing the second time', async () => {
    const first = await init();
    expect(first.status).toBe(0);
    expect(first.out).toContain('made       actions/add_config');
    expect(await read('neighbordb')).toContain('patterns: []');
    const second = JSON.parse((await runZtps(['init', '--conf', conf, '--json'])).out);
    expect(second).toMatchObject({ dataRoot: site, ok: true });
    for (const { outcome } of second.files) expect(outcome).toBe('unchanged');
    const check = await runZtps(['--validate-config', '--conf', conf]);
    expect(check.status).toBe(0);
    expect(check.out).not.toMatch(/^(ERROR|WARNING):/m);
  });

  it('takes a folder, and the file names of the configuration', async () => {
    await configure('[bootstrap]\nfilename = boot.py\n[neighbordb]\nfilename = ndb\n');
    const run = await runZtps(['init', path.join(folder, 'other'), '-c', conf]);
    expect(run.out).toContain('made       bootstrap/boot.py');
    expect(run.out).toContain('made       ndb');
    await expect(read('neighbordb')).rejects.toThrow('ENOENT');
  });

  it('keeps an edited action and lays ours beside it', async () => {
    await put('actions/add_config', '# mine\n');
    const run = await init();
    expect(run.out).toContain('kept       actions/add_config  (edited; ours is actions/add_config.new)');
    expect(await read('actions/add_config')).toBe('# mine\n');
    expect(await read('actions/add_config.new')).toContain('def main');
  });

  it('exits with 1 where no folder can be', async () => {
    await writeFile(site, '');
    const run = await init();
    expect(run.status).toBe(1);
    expect(run.err).toContain(`${site}: can not be made a data root`);
  });
});

describe('ztps --validate-config', () => {
  it('says per file what is right and what is wrong, and exits with 1 on an error', async () => {
    await init();
    await put('neighbordb', 'patterns:\n  - name: a\n    definition: gone\n    nodes: x\n');
    await put('resources/good', 'a: null\n');
    const run = await runZtps(['--valid', '-c', conf]);
    expect(run.status).toBe(1);
    const lines = run.out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^Validating .*neighbordb\.\.\.$/);
    expect(lines[1]).toMatch(/^ERROR: .*neighbordb:\d+: /);
    expect(run.out).toMatch(/^Validating .*resources\/good\.\.\.\nOk!$/m);
    for (const line of lines) expect(line).toMatch(/^(Validating .+\.\.\.|Ok!|ERROR: .+|WARNING: .+)$/);
  });

  it('has the same as JSON', async () => {
    await init();
    await put('neighbordb', 'patterns: 1\n');
    const run = await runZtps(['-V', '--json', '-c', conf]);
    expect(run.status).toBe(1);
    const report = JSON.parse(run.out);
    expect(report.ok).toBe(false);
    expect(report.files[0].problems[0]).toMatchObject({ severity: 'error', reason: expect.any(String) });
  });

  it('finds nothing wrong with the demo', async () => {
    await cp(path.resolve('demo'), site, { recursive: true });
    await init();
    const run = await runZtps(['-V', '-c', path.join(site, 'ztpserver.conf')]);
    expect(run.out).not.toMatch(/^(ERROR|WARNING):/m);
    expect(run.status).toBe(0);
  });
});

describe('ztps --clear-resources', () => {
  it('frees every value of every pool', async () => {
    await put('resources/a', '# mine\n1: N1\n2:\n');
    await put('resources/sub/b', 'x: N1\ny: N2#k\n');
    const run = await runZtps(['-rc', conf]);
    expect(run).toMatchObject({ status: 0, out: 'a: 1 freed\nsub/b: 2 freed\n' });
    expect(await read('resources/a')).not.toContain('N1');
    expect(await read('resources/a')).toContain('# mine');
    expect(JSON.parse((await runZtps(['--clear', '--json', '-c', conf])).out)).toEqual({
      pools: { a: 0, 'sub/b': 0 },
    });
  });

  it('touches nothing if one pool is not valid', async () => {
    await put('resources/a', '1: N1\n');
    await put('resources/b', '- no mapping\n');
    const run = await runZtps(['-rc', conf]);
    expect(run).toMatchObject({ status: 1, out: '' });
    expect(run.err).toContain('resources/b');
    expect(await read('resources/a')).toBe('1: N1\n');
  });
});

describe('ztps serving', () => {
  it('says what it serves, serves it, and ends with 0 on SIGTERM', async () => {
    const port = await freePort();
    await configure(
      `server_url = http://127.0.0.1:${port}\nextra = 1\n[server]\ninterface = 127.0.0.1\nport = ${port}\n`,
    );
    await init();
    await put('bootstrap/bootstrap', '#!/usr/bin/env python\nimport sleekxmpp\nSERVER = "$SERVER"\n');
    const { child, finished, speaks } = startZtps(['-c', conf, '--json']);
    try {
      const line = await speaks;
      expect(JSON.parse(line)).toMatchObject({
        address: `http://127.0.0.1:${port}`,
        dataRoot: site,
        configuration: conf,
        pid: child.pid,
      });
      const answer = await fetch(`http://127.0.0.1:${port}/bootstrap`);
      expect(await answer.text()).toContain(`SERVER = "http://127.0.0.1:${port}"`);
      const second = await runZtps(['-c', conf]);
      expect(second).toMatchObject({ status: 1, out: '' });
      expect(second.err).toContain(
        `port ${port} ([server] interface and port): another program listens there`,
      );
      expect((await readFile(`/proc/${child.pid}/comm`, 'utf8')).trim()).toBe('ztps');
    } finally {
      child.kill('SIGTERM');
    }
    const { status, err } = await finished;
    expect(status).toBe(0);
    expect(err).toContain('[default] extra is not known [invalid-config]');
    expect(err).toContain('imports sleekxmpp');
    expect(err).toMatch(/INFO:\[serve:\d+\] SIGTERM: stopping\n/);
    expect(err).toMatch(/stopped\n$/);
  });

  it('wants an address where the name of an interface is given', async () => {
    await configure('[server]\ninterface = lo\n');
    await init();
    const run = await runZtps(['-c', conf]);
    expect(run.status).toBe(1);
    expect(run.err).toContain('an address or a host name is wanted, not the name of an interface');
  });

  it.each([
    ['', 1],
    ['server_url = http://ztpserver:8080, http://other:9\n', 0],
    ['server_url = http://elsewhere:9\n', 0],
  ])('warns of a port that switches are not sent to, with %j', async (setting, count) => {
    const port = await freePort();
    await configure(`${setting}[server]\ninterface = 127.0.0.1\nport = ${port}\n`);
    await init();
    const { child, finished, speaks } = startZtps(['-c', conf]);
    await speaks.finally(() => child.kill('SIGTERM'));
    const { err } = await finished;
    expect(
      err.split(`[server] port is ${port}, but [default] server_url is http://ztpserver:8080`).length - 1,
    ).toBe(count);
  });

  it('goes on when nobody reads what it says', async () => {
    const port = await freePort();
    await configure(`[server]\ninterface = 127.0.0.1\nport = ${port}\n`);
    await init();
    const { child, finished, speaks } = startZtps(['-c', conf]);
    try {
      await speaks;
      child.stdout.destroy();
      child.stderr.destroy();
      for (let i = 0; i < 20; i += 1) {
        expect((await fetch(`http://127.0.0.1:${port}/nodes/x${i}`)).status).toBe(400);
      }
    } finally {
      child.kill('SIGINT');
    }
    expect((await finished).status).toBe(0);
  });
});
