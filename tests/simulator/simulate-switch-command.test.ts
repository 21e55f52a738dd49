// `ztps simulate-switch` in a process of its own: as an ordinary user, when it is killed, and what it prints.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isOrdinaryUser } from '../../src/simulator/switch-namespace.js';
import { buildSimulator } from './build-simulator.js';
import { whyNotSimulated } from './can-simulate.js';
import { processesWith, until } from './processes.js';
import { type BootstrapServer, serveBootstrap } from './serve-bootstrap.js';

/** Somebody without rights, when the tests run as root. */
const NOBODY = isOrdinaryUser() ? {} : { uid: 65534, gid: 65534 };

const GOOD = "#!/bin/sh\necho running as $(id -u)\nprintf 'hostname leaf1\\n' > /mnt/flash/startup-config\n";

let missing: string | undefined;
let folder: string;
let program: string;
/** The switches' own temporary folder: empty when nothing is left behind. */
let temporary: string;
let servers: BootstrapServer[] = [];

beforeAll(async () => {
  missing = await whyNotSimulated();
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'simulate-switch-'));
  chmodSync(folder, 0o755);
  program = buildSimulator(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
  temporary = mkdtempSync(join(folder, 'tmp-'));
  chmodSync(temporary, 0o1777);
});

afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
  rmSync(temporary, { recursive: true });
});

async function serve(...scripts: readonly (string | number)[]): Promise<BootstrapServer> {
  const server = await serveBootstrap(...scripts);
  servers.push(server);
  return server;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly ended: Promise<Ended>;
}

function run(
  args: readonly string[],
  user: { uid?: number; gid?: number } = {},
  node = process.execPath,
): Run {
  const child = spawn(node, [program, 'simulate-switch', ...args], {
    cwd: '/',
    env: { PATH: user.uid === undefined ? process.env.PATH : '/usr/bin:/bin', TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  return { child, out: () => out, ended: once(child, 'close').then(([code]) => ({ code, out, err })) };
}

describe('ztps simulate-switch', () => {
  test('shows the console and the startup-config, without colours when nobody looks', async () => {
    const server = await serve(GOOD);
    const { code, out } = await run(['--server', server.url]).ended;
    expect(out.replace(/bootstrap\.\w+/, 'bootstrap.X')).toBe(
      `EOS: fetching ${server.url}/bootstrap\nEOS: running /tmp/ztp-bootstrap.X\nrunning as 0\n` +
        'EOS: the script ended with status 0\nEOS: rebooting\n\n' +
        'The switch is provisioned. Its startup-config:\n\nhostname leaf1\n',
    );
    expect(code).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('prints one JSON object with --json, the console on standard error', async () => {
    const server = await serve('#!/bin/sh\nFastCli -p 15 -c "show lldp neighbors"\nexit 4\n');
    const neighbors = join(temporary, 'neighbors.yml');
    writeFileSync(neighbors, 'Ethernet7:\n- {device: spine9, port: Ethernet3}\n');
    const { code, out, err } = await run(['--server', server.url, '--json', '--neighbors', neighbors]).ended;
    expect(JSON.parse(out)).toMatchObject({
      provisioned: false,
      exitCode: 4,
      attempts: 1,
      startupConfig: null,
      commands: [{ via: 'FastCli', command: 'show lldp neighbors', refused: null }],
    });
    expect(err).toMatch(/^Ethernet7 +spine9 +Ethernet3 +120$/m);
    expect(err).toContain('EOS: the script ended with status 4');
    expect(code).toBe(1);
  });

  test.each([
    [['--attempts', 'often'], 'Wanted a whole number from 1.'],
    [['--flash-size', '4 apples'], 'Wanted a size such as'],
    [['--server', 'ftp://x'], 'Wanted a URL'],
    [['--flash-size', '1K'], 'too small: what is on it at the start takes 8192 bytes. Give it at least 8K'],
    [['--flash-size', '0'], 'Give it at least 8K'],
    [['--neighbors', '/no/such/file'], '/no/such/file cannot be read'],
    [['--neighbors', 'BROKEN'], 'wanted interface names with lists of {device, port}'],
    [['--', '-n'], 'need --manual'],
  ])('refuses %j', async (args, reason) => {
    const broken = join(temporary, 'broken.yml');
    writeFileSync(broken, 'Ethernet1: spine1\n');
    const words = [
      '--server',
      'http://localhost:9',
      ...args.map((word) => (word === 'BROKEN' ? broken : word)),
    ];
    const { code, err } = await run(words).ended;
    expect(err).toContain(reason);
    expect(err).not.toContain('privileged');
    expect(code).toBe(2);
  });

  test('says what is missing when there is no Python', async () => {
    const { code, err } = await run(['--server', 'http://localhost:9', '--python', '/no/python']).ended;
    expect(err).toBe(
      'ztps: This machine cannot run a simulated switch: /no/python is no Python that runs. To supply it: give --python the path of an interpreter\n',
    );
    expect(code).toBe(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('an ordinary user has a switch too, also with Node.js below /tmp', async (context) => {
    if (!existsSync('/usr/bin/python3')) context.skip('no Python for everybody: apt-get install python3');
    const node = nodeBelow(temporary);
    const server = await serve(
      `${GOOD}FastCli -p 15 -c 'show hostname'; touch /etc/x /usr/bin/x /persist/local/x || exit 1\n`,
    );
    const state = join(temporary, 'state');
    mkdirSync(state);
    if (NOBODY.uid !== undefined) chownSync(state, NOBODY.uid, NOBODY.gid);
    const { code, out, err } = await run(['--server', server.url, '--state', state], NOBODY, node).ended;
    expect(err).toBe('');
    expect(out).toContain('running as 0\nHostname: localhost\n');
    expect(out).toContain('The switch is provisioned.');
    expect(code).toBe(0);
    expect(readFileSync(join(state, 'mnt/flash/startup-config'), 'utf8')).toBe('hostname leaf1\n');
    expect(readdirSync(join(state, 'persist/local'))).toEqual(['x']);
    expect(statSync(join(state, 'mnt/flash/startup-config')).uid).toBe(NOBODY.uid ?? process.getuid?.());
    expect(readdirSync(temporary).sort()).toEqual(['node', 'state']);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the switch first, and leaves nothing', async (signal, status) => {
    const server = await serve('#!/bin/sh\necho waiting\nsleep 1000\n');
    const { child, out, ended } = run(['--server', server.url]);
    await until(() => out().includes('waiting'));
    child.kill(signal);
    expect((await ended).code).toBe(status);
    expect(processesWith(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test.each([
    ['while the client runs', 'waiting', []],
    ['between two attempts', 'starting over', ['--attempts', '3']],
    ['at once', '', []],
  ])('a signal that is sent twice, as timeout does, leaves nothing %s', async (_, when, args) => {
    const script = when === 'waiting' ? '#!/bin/sh\necho waiting\nsleep 1000\n' : '#!/bin/sh\nexit 1\n';
    const { child, out, ended } = run(['--server', (await serve(script)).url, ...args]);
    await until(() => (when === '' ? readdirSync(temporary).length > 0 : out().includes(when)));
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect([130, 143]).toContain((await ended).code);
    expect(processesWith(temporary)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test.each([
    ['root', {}],
    ['an ordinary user', NOBODY],
  ])('kill -9 of the command of %s leaves nothing running', async (_, user) => {
    const marker = `sleep 1000${process.pid}`;
    const server = await serve(`#!/bin/sh\n(trap '' HUP TERM; ${marker}) &\necho waiting\n${marker}\n`);
    const { child, out } = run(['--server', server.url], user, nodeBelow(temporary));
    await until(() => out().includes('waiting'));
    expect(processesWith(marker)).not.toEqual([]);
    child.kill('SIGKILL');
    await until(() => processesWith(temporary).length === 0 && processesWith(marker).length === 0);
  });
});

/** A second name or a copy of this Node.js that everybody can run. */
function nodeBelow(parent: string): string {
  const node = join(parent, 'node/bin/node');
  mkdirSync(dirname(node), { recursive: true });
  try {
    linkSync(realpathSync(process.execPath), node);
  } catch {
    copyFileSync(process.execPath, node);
  }
  return node;
}
