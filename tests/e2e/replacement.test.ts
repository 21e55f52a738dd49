// A dead leaf is replaced: by hand, by its position, and by accepting what was proposed. When it comes back, it is refused by name.
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { runZtps } from '../cli/run-ztps.js';
import { eventually } from '../notify/eventually.js';
import { type ServerProcess, startServer } from './server-process.js';
import { leafCabling, leafConfig, leafSite, serial } from './sites.js';
import { failToProvision, provision, readConsole, unpackSwitch } from './switches.js';

const other = 'SIM00000002';

/** Only the first leaf is known beforehand, so that another one has nothing but its place. */
const oneLeaf = `patterns: [{name: leaf, node: ${serial}, definition: leaf}]\n`;

/** More sections for ztpserver.conf, behind `[default]`. */
const replacement = (keys: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(keys).map(([key, value], at) => [at === 0 ? `[replacement]\n${key}` : key, value]),
  );

/** Runs `ztps` on the server's site, and expects it to succeed. */
async function run(server: ServerProcess, ...words: string[]): Promise<string> {
  const { status, out, err } = await runZtps(['--conf', join(server.root, '../ztpserver.conf'), ...words]);
  expect(status, err).toBe(0);
  return out;
}

/** A leaf that was provisioned, and has handed in its config. */
async function makeLeaf(context: TestContext, server: ServerProcess) {
  const leaf = await unpackSwitch(context, { serial, neighbors: leafCabling });
  await provision(leaf, server.url);
  const config = `${leafConfig('192.0.2.11/24')}! as it was last\n`;
  const answer = await fetch(`${server.url}/nodes/${serial}/startup-config`, { method: 'PUT', body: config });
  expect(answer.status).toBe(201);
  return { leaf, config };
}

const newLeaf = (context: TestContext) =>
  unpackSwitch(context, { serial: other, systemMac: '00:1c:73:00:00:02', neighbors: leafCabling });

/** Whatever answers on this machine's own SSH or HTTPS port, the server takes for a switch that is alive. */
async function requireSilence(context: TestContext): Promise<void> {
  for (const port of [22, 443]) {
    const answers = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (answers) context.skip(`something listens on 127.0.0.1:${port}`);
  }
}

/** The old box comes back, wiped. */
async function expectRefused(
  leaf: Awaited<ReturnType<typeof newLeaf>>,
  server: ServerProcess,
): Promise<void> {
  rmSync(`${leaf.flash}/startup-config`);
  const outcome = await failToProvision(leaf, server.url);
  expect(readConsole(outcome, server.url).join('\n')).toContain(`nodes/${serial} is replaced-by ${other}`);
}

describe.concurrent('a dead leaf', () => {
  test('is replaced by hand: the new box gets its config and its values, and the old one is refused', async (context) => {
    const server = await startServer(context, { files: leafSite });
    const { leaf, config } = await makeLeaf(context, server);
    expect(await run(server, 'replace', serial, other)).toContain('management: 192.0.2.11/24 passed on');
    const replacing = await newLeaf(context);
    expect((await provision(replacing, server.url)).startupConfig).toBe(config);
    expect(server.read('resources/management')).toContain(`192.0.2.11/24: ${other}\n192.0.2.12/24: null\n`);
    await expectRefused(leaf, server);
    expect((await fetch(`${server.url}/nodes/${serial}`)).headers.get('x-ztps-reason')).toBe('replaced');
    expect(await run(server, 'config', 'history', other)).toContain(serial);
  });

  test('is replaced by position once it was silent for long enough', async (context) => {
    await requireSilence(context);
    const settings = replacement({ by_position: 'auto', silent_for: '1' });
    const server = await startServer(context, { files: { ...leafSite, neighbordb: oneLeaf }, settings });
    const { leaf, config } = await makeLeaf(context, server);
    const replacing = await newLeaf(context);
    const outcome = await eventually(async () => {
      const attempt = await replacing.boot(server.url);
      return attempt.exitCode === 0 ? attempt : null;
    });
    expect(outcome.startupConfig).toBe(config);
    expect(server.read('resources/management')).toContain(`192.0.2.11/24: ${other}\n192.0.2.12/24: null\n`);
    expect(server.said(other)).toContainEqual(expect.stringContaining(`took the place of ${serial}`));
    await expectRefused(leaf, server);
  });

  test('that is not dead keeps its place, and the new box is let in by who accepts it', async (context) => {
    const settings = replacement({ by_position: 'auto' });
    const server = await startServer(context, { files: { ...leafSite, neighbordb: oneLeaf }, settings });
    const { config } = await makeLeaf(context, server);
    const replacing = await newLeaf(context);
    await failToProvision(replacing, server.url);
    expect(server.said(other)).toContainEqual(
      expect.stringMatching(`proposed as the replacement of ${serial}.*gave a sign of life`),
    );
    expect(server.has(`nodes/${other}`)).toBe(false);
    expect(await run(server, 'replace', '--pending')).toContain(`${other} for ${serial}`);
    await run(server, 'replace', '--accept', other);
    expect((await provision(replacing, server.url)).startupConfig).toBe(config);
  });

  test('has no part in what a switch of its place is answered, where that is only proposed', async (context) => {
    const server = await startServer(context, { files: leafSite });
    await makeLeaf(context, server);
    const another = await newLeaf(context);
    expect((await provision(another, server.url)).startupConfig).toBe(leafConfig('192.0.2.12/24'));
    const pending = JSON.parse(await run(server, 'replace', '--pending', '--json'));
    expect(pending).toMatchObject({ pending: [{ node: other, old: serial, folder: true }] });
    await run(server, 'replace', '--reject', other);
    expect(JSON.parse(await run(server, 'replace', '--pending', '--json'))).toEqual({ pending: [] });
  });
});

test('a dead leaf keeps its place as long as one guard refuses', async (context) => {
  await requireSilence(context);
  const listener = await listenAsSwitch(context);
  const settings = replacement({ by_position: 'auto', silent_for: '1' });
  const server = await startServer(context, { files: { ...leafSite, neighbordb: oneLeaf }, settings });
  const { config } = await makeLeaf(context, server);
  const saved = Date.now();
  const unpack = (id: string, options: object = {}) =>
    unpackSwitch(context, { serial: id, neighbors: leafCabling, ...options });
  /** A box that asks is refused, with these words about its place, or with none. */
  const expectKept = async (id: string, words: string | null, options: object = {}) => {
    await failToProvision(await unpack(id, options), server.url);
    const lines = server.said(id).filter((line) => /proposed|does not take the place/.test(line));
    if (words === null) expect(lines).toEqual([]);
    else expect(lines.join('\n')).toContain(words);
    expect(server.has(`nodes/${id}`)).toBe(false);
    expect(server.has(`nodes/${serial}/.replaced-by`)).toBe(false);
  };
  await eventually(() => Date.now() - saved > 1_100);

  await expectKept('ANSWERED', 'something answers on TCP 443 of 127.0.0.1');
  await run(server, 'replace', '--reject', 'ANSWERED');
  listener.close();
  await expectKept('MODEL', 'its model is DCS-7050SX3-48YC12', { model: 'DCS-7050SX3-48YC12' });
  const [there] = leafCabling.Ethernet50 ?? [];
  const moved = { ...leafCabling, Ethernet50: [{ device: there?.device ?? '', port: 'Ethernet1/2' }] };
  await expectKept('PORT', null, { neighbors: moved });
  const twin = {
    'nodes/TWIN/definition': 'actions: []\n',
    'nodes/TWIN/.node': server.read(`nodes/${serial}/.node`),
  };
  server.write(twin);
  await expectKept('SEVERAL', `several nodes are cabled like this: ${serial}, TWIN`);
  server.write({ 'nodes/TWIN/.node': '{' });
  await expectKept('UNREADABLE', 'nodes/TWIN/.node can not be read');
  rmSync(join(server.root, 'nodes/TWIN'), { recursive: true });
  await expectKept('ANSWERED', `somebody rejected it as the replacement of ${serial}`);

  expect((await provision(await unpack('LAST'), server.url)).startupConfig).toBe(config);
  expect(server.read(`nodes/${serial}/.replaced-by`)).toBe(`${serial} LAST\n`);
});

/** Accepts connections on this machine's HTTPS port, as a switch with eAPI does. */
async function listenAsSwitch(context: TestContext) {
  const listener = createServer((socket) => socket.destroy());
  const problem = await new Promise<string | null>((resolve) => {
    listener.once('error', (error) => resolve(error.message));
    listener.listen(443, '127.0.0.1', () => resolve(null));
  });
  if (problem !== null) context.skip(`${problem}: run this as root`);
  context.onTestFinished(() => void listener.close());
  return listener;
}
