// The demo site, as `npm start` lays it, with the commands that its README tells people to type.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { type Finished, runZtps } from '../cli/run-ztps.js';
import { startServer } from './server-process.js';
import { requireSimulation } from './switches.js';

const checkout = resolve(import.meta.dirname, '../..');
const demo = join(checkout, 'demo');

/** A copy of demo/ with what `ztps init` adds, gone after the test. */
async function layDemo(context: TestContext): Promise<string> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ztps-demo-')));
  context.onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(demo, root, { recursive: true });
  expect(await runZtps(['init', root])).toMatchObject({ status: 0, err: '' });
  return root;
}

/** The commands of the README, by the serial number that they give (none: the default switch). */
function readCommands(): Map<string, readonly string[]> {
  const text = readFileSync(join(demo, 'README.md'), 'utf8');
  return new Map(
    [...text.matchAll(/^bin\/ztps (simulate-switch .*)$/gm)].map(([, words = '']) => [
      /--serial (\S+)/.exec(words)?.[1] ?? '',
      words.replace(/(demo\/\S+)/, `${checkout}/$1`).split(/\s+/),
    ]),
  );
}

/** Templates of the demo one after the other, with their variables. */
function render(names: readonly string[], variables: Readonly<Record<string, string>>): string {
  const text = names.map((name) => readFileSync(join(demo, `files/templates/${name}.template`), 'utf8'));
  return text.join('').replace(/\$\{?(\w+)\}?/g, (_, name: string) => variables[name] ?? `no ${name}`);
}

test('the demo is valid: no error, no warning', async (context) => {
  const root = await layDemo(context);
  const check = await runZtps(['--validate-config', '--conf', join(root, 'ztpserver.conf')]);
  expect(check.out + check.err).not.toMatch(/^(ERROR|WARNING):/m);
  expect(check.status).toBe(0);
});

test('each command of the README does what it says there', { timeout: 120_000 }, async (context) => {
  await requireSimulation(context);
  const server = await startServer(context, { root: await layDemo(context) });
  const commands = readCommands();
  const run = (serial: string): Promise<Finished> => {
    const words = (commands.get(serial) ?? []).map((word) =>
      word === 'http://localhost:8080' ? server.url : word,
    );
    return runZtps(words);
  };
  const [leaf, spine, border, oob, miscabled] = await Promise.all([
    run(''),
    run('SIM00000101'),
    run('SIM00000201'),
    run('SIM00000301'),
    run('SIM00000003'),
  ]);
  const leaf2 = await run('SIM00000002');

  const definition = server.read('definitions/leaf');
  const common = {
    mgmt_gateway: '192.0.2.1',
    ntp_server: '192.0.2.2',
    syslog_server: '192.0.2.3',
    admin_secret: /admin_secret: \$(\$\S+)/.exec(definition)?.[1] ?? '',
    spine_asn: '65000',
    ztp_server: 'http://localhost:8080',
  };
  const expectConfig = (finished: Finished, config: string): void => {
    expect(finished.out).toContain(
      `\nThe switch is provisioned. Its startup-config:\n\n${config.trimEnd()}\n`,
    );
    expect(finished.status).toBe(0);
  };
  for (const [finished, number] of [
    [leaf, 1],
    [leaf2, 2],
  ] as const) {
    const variables = {
      ...common,
      hostname: `dc1-leaf${number}`,
      mgmt_address: `192.0.2.1${number}/24`,
      loopback: `10.255.0.1${number}`,
      asn: `6510${number}`,
    };
    expectConfig(finished, render(['base', 'leaf', 'backup'], variables));
    expect(finished.out).toContain(': This leaf is ready\n');
  }
  const spineValues = { hostname: 'dc1-spine1', mgmt_address: '192.0.2.31/24', loopback: '10.255.0.1' };
  expectConfig(spine, render(['base', 'spine'], { ...common, ...spineValues, asn: '65000' }));
  const borderValues = { hostname: 'dc1-border1', mgmt_address: '192.0.2.21/24', loopback: '10.255.0.21' };
  expectConfig(border, render(['base', 'border'], { ...common, ...borderValues, asn: '65200' }));
  expectConfig(oob, readFileSync(join(demo, 'nodes/SIM00000301/startup-config'), 'utf8'));
  expect(miscabled.out).toContain('; swap the cables of Ethernet49 and Ethernet50 and it matches\n');
  expect(miscabled.out).toContain('\nThe switch was not provisioned.\n');
  expect(miscabled.status).toBe(1);
  expect(commands.size).toBe(6);
});
