// The main case: a leaf that nobody has named before is known by its cabling and comes out configured. It runs as any
// user; as root it is also done by an ordinary one.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ztps } from '../cli/run-ztps.js';
import { startServer, type User } from './server-process.js';
import { leafCabling, leafConfig, leafSite } from './sites.js';
import { failToProvision, namesOnFlash, provision, readConsole, snapshot, unpackSwitch } from './switches.js';

describe.concurrent('a leaf that boots with an empty flash', () => {
  test('is matched by its cabling and ends with the startup-config of its definition', async (context) => {
    const server = await startServer(context, { files: leafSite });
    const leaf = await unpackSwitch(context, { serial: 'SIM00000001', neighbors: leafCabling });
    const outcome = await provision(leaf, server.url);
    expect(outcome.startupConfig).toBe(leafConfig('192.0.2.11/24'));
    expect(leaf.runningConfig).toBe(
      'hostname leaf\n!\ndns domain dc1.example.com\n!\nusername admin privilege 15 secret 5 $1$salt$hash\n!\n' +
        'interface Management1\n   ip address 192.0.2.11/24\n!\nip route 0.0.0.0/0 192.0.2.1\n',
    );
    expect(namesOnFlash(leaf)).toEqual(['EOS-4.32.2F.swi', 'boot-config', 'startup-config']);
    expect(readConsole(outcome, server.url)).toEqual([
      'fetching SERVER/bootstrap',
      'running /tmp/ztp-bootstrap.XXXXXX',
      '-: ztps-client 3.0.0, Python X.Y.Z, zero-touch provisioning, server SERVER',
      '-: enabling eAPI',
      'SIM00000001: DCS-7050SX3-48YC8, EOS 4.32.2F, serial number SIM00000001, system MAC 00:1c:73:00:00:01, 3 neighbors',
      'SIM00000001: registered as SIM00000001; asking for the definition',
      'SIM00000001: definition leaf: add_config, add_config',
      'SIM00000001: action 1 of 2: add_config (system)',
      'SIM00000001: fetched actions/add_config',
      'SIM00000001: fetched files/templates/system.template (90 bytes, verified)',
      'SIM00000001: action 2 of 2: add_config (management address)',
      'SIM00000001: management address is next',
      'SIM00000001: fetched files/templates/ma1.template (77 bytes, verified)',
      'SIM00000001: management address is there',
      'SIM00000001: provisioned',
      'the script ended with status 0',
      'rebooting',
    ]);
    expect(server.said('SIM00000001')).toEqual([
      expect.stringMatching(/^INFO bootstrap sent to 127\.0\.0\.1 \(says: model /),
      'INFO registered: pattern leaf (neighbordb line 4) matched, definition definitions/leaf',
      'INFO definition sent: 2 actions, allocate(\'management\') = "192.0.2.11/24"',
      'INFO actions/add_config to 127.0.0.1',
      'INFO files/templates/system.template to 127.0.0.1, 90 bytes',
      'INFO files/templates/ma1.template to 127.0.0.1, 77 bytes',
    ]);
    expect(server.said('SIM00000001', 'switch')).toEqual([
      'INFO action 1 of 2, add_config',
      'INFO action 1 of 2, add_config, succeeded',
      'INFO management address is next',
      'INFO management address is there',
      'INFO provisioned',
    ]);
    expect(server.read('resources/management')).toBe(
      '# handed out in this order\n192.0.2.11/24: SIM00000001\n192.0.2.12/24: null\n192.0.2.13/24: null\n',
    );
    expect(await server.stop()).toBe(0);
  });

  test('gets an address that no other leaf has, and the same again when it is wiped', async (context) => {
    const server = await startServer(context, { files: leafSite });
    const first = await unpackSwitch(context, { serial: 'SIM00000001', neighbors: leafCabling });
    const second = await unpackSwitch(context, { serial: 'SIM00000002', neighbors: leafCabling });
    await provision(first, server.url);
    expect((await provision(second, server.url)).startupConfig).toBe(leafConfig('192.0.2.12/24'));
    rmSync(`${first.flash}/startup-config`);
    expect((await provision(first, server.url)).startupConfig).toBe(leafConfig('192.0.2.11/24'));
    expect(server.read('resources/management')).toBe(
      '# handed out in this order\n192.0.2.11/24: SIM00000001\n192.0.2.12/24: SIM00000002\n192.0.2.13/24: null\n',
    );
  });

  test('shares the pool with others that boot at the same moment; one too many is refused', async (context) => {
    const server = await startServer(context, { files: leafSite });
    const leaves = await Promise.all(
      [1, 2, 3].map((number) =>
        unpackSwitch(context, { serial: `SIM0000000${number}`, neighbors: leafCabling }),
      ),
    );
    const outcomes = await Promise.all(leaves.map((leaf) => provision(leaf, server.url)));
    const wanted = [11, 12, 13].map((number) => leafConfig(`192.0.2.${number}/24`));
    expect(outcomes.map(({ startupConfig }) => startupConfig).sort()).toEqual(wanted);
    const fourth = await unpackSwitch(context, { serial: 'SIM00000004', neighbors: leafCabling });
    const before = snapshot(fourth.flash);
    const refused = await failToProvision(fourth, server.url);
    expect(readConsole(refused, server.url)).toContainEqual(
      expect.stringContaining('FAILED: GET SERVER/nodes/SIM00000004: 400 Bad Request, pool-exhausted, '),
    );
    expect(snapshot(fourth.flash)).toEqual(before);
  });

  test('is provisioned by an ordinary user too', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('this is an ordinary user already: sudo npm test');
    const nobody: User = { uid: 65_534, gid: 65_534 };
    const probe = await runAs(nobody, ['--version']).catch((error: unknown) => ({ output: String(error) }));
    if (!probe.output.startsWith('ZTPServer version ')) {
      context.skip(
        `an ordinary user cannot run this checkout or ${process.execPath}: ${probe.output.trim()}`,
      );
    }
    const server = await startServer(context, { files: leafSite, user: nobody });
    const simulation = await runAs(nobody, ['simulate-switch', '--server', server.url]);
    const missing = /This machine cannot run a simulated switch: .*/.exec(simulation.output);
    if (missing) context.skip(missing[0]);
    expect(simulation.status, simulation.output).toBe(0);
    expect(simulation.output).toContain(`Its startup-config:\n\n${leafConfig('192.0.2.11/24')}`);
  });
});

/** Runs `ztps` as this user to its end. */
async function runAs(
  user: User,
  words: readonly string[],
): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [ztps, ...words], {
    ...user,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}
