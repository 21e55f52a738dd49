// The server dies in the middle of a run and comes back: the switch waits for it and finishes.
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startServer } from './server-process.js';
import { addConfig, leafCabling, leafConfig, leafSite, serial, siteOf } from './sites.js';
import { provision, readConsole, unpackSwitch } from './switches.js';
import { startProxy } from './tampering-proxy.js';

describe.concurrent('the server is killed and restarted', () => {
  test.for([
    ['before the switch reports itself', 'POST', '/nodes'],
    ['before the switch asks for its definition', 'GET', `/nodes/${serial}`],
    ['between two actions', 'GET', '/meta/files/templates/ma1.template'],
  ] as const)('%s: the switch finishes', async ([, method, path], context) => {
    const proxy = await startProxy(context);
    const server = await startServer(context, { files: leafSite, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    const leaf = await unpackSwitch(context, { neighbors: leafCabling });
    const held = proxy.hold(path, method);
    const provisioned = provision(leaf, proxy.url);
    await Promise.race([held.arrived, provisioned]);
    await server.kill('SIGKILL');
    held.release();
    await proxy.waitForBroken();
    await server.restart();
    const outcome = await provisioned;
    expect(outcome.startupConfig).toBe(leafConfig('192.0.2.11/24'));
    expect(proxy.seen(path).filter((line) => line === method).length).toBeGreaterThan(0);
    expect(readConsole(outcome, proxy.url)).toContainEqual(
      expect.stringMatching(new RegExp(`: ${method} SERVER${path}: .*; next try in N seconds$`)),
    );
    expect(server.read('resources/management')).toContain(`192.0.2.11/24: ${serial}\n192.0.2.12/24: null\n`);
  });

  test('after the definition was built but before it arrived: its resources are the same again', async (context) => {
    const proxy = await startProxy(context);
    const server = await startServer(context, { files: leafSite, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    const leaf = await unpackSwitch(context, { neighbors: leafCabling });
    const stalled = proxy.stall(`/nodes/${serial}`, 10);
    const provisioned = provision(leaf, proxy.url);
    await Promise.race([stalled.arrived, provisioned]);
    await server.kill('SIGKILL');
    stalled.release();
    await proxy.waitForBroken();
    await server.restart();
    expect((await provisioned).startupConfig).toBe(leafConfig('192.0.2.11/24'));
    expect(server.read('resources/management')).toContain(`192.0.2.11/24: ${serial}\n192.0.2.12/24: null\n`);
  });

  test('in the middle of a download: the switch resumes it and finishes', async (context) => {
    const image = randomBytes(8 * 1024 * 1024);
    const actions = [
      { action: 'copy_file', attributes: { src_url: 'files/image', dst_url: '/mnt/flash' } },
      addConfig('end.cfg'),
    ];
    const files = siteOf(actions, { 'files/image': image, 'files/end.cfg': 'hostname x\n' });
    const proxy = await startProxy(context);
    const server = await startServer(context, { files, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    const leaf = await unpackSwitch(context);
    const stalled = proxy.stall('/files/image', 1_000_000);
    const provisioned = provision(leaf, proxy.url);
    await Promise.race([stalled.arrived, provisioned]);
    await server.kill('SIGKILL');
    stalled.release();
    await proxy.waitForBroken();
    await server.restart();
    const outcome = await provisioned;
    expect(outcome.startupConfig).toBe('hostname x\n');
    expect((await leaf.shell('sha256sum < /mnt/flash/image')).output).toContain(
      createHash('sha256').update(image).digest('hex'),
    );
    expect(proxy.seen('/files/image').at(-1)).toMatch(/^GET bytes=\d+- 206$/);
    expect(outcome.console).toContainEqual(expect.stringMatching(/\/files\/image: resumed at /));
  });

  test('while an action runs, without a proxy between: the switch finishes', async (context) => {
    const script = 'touch /mnt/flash/started; while [ ! -e /mnt/flash/go-on ]; do sleep 0.05; done';
    const actions = [
      { action: 'run_bash_script', attributes: { url: 'files/wait.sh' } },
      addConfig('end.cfg'),
    ];
    const files = siteOf(actions, { 'files/wait.sh': script, 'files/end.cfg': 'hostname x\n' });
    const server = await startServer(context, { files });
    let complain = (): void => {};
    const complained = new Promise<void>((resolve) => {
      complain = resolve;
    });
    const leaf = await unpackSwitch(context, {
      onConsole: ({ text }) => text.includes('; next try in') && complain(),
    });
    const provisioned = provision(leaf, server.url);
    await Promise.race([server.waitForLine(/^files\/wait.sh to /), provisioned]);
    await server.kill('SIGKILL');
    leaf.writeFlash('go-on', '');
    await Promise.race([complained, provisioned]);
    await server.restart();
    expect((await provisioned).startupConfig).toBe('hostname x\n');
  });
});

test('503 with Retry-After is a pause, not a failure', async (context) => {
  const proxy = await startProxy(context);
  const server = await startServer(context, { files: leafSite, serverUrl: proxy.url });
  proxy.forwardTo(server.url);
  proxy.answer(`/nodes/${serial}`, 503, { 'retry-after': '2' });
  const leaf = await unpackSwitch(context, { neighbors: leafCabling });
  const outcome = await provision(leaf, proxy.url);
  expect(outcome.startupConfig).toBe(leafConfig('192.0.2.11/24'));
  expect(proxy.seen(`/nodes/${serial}`)).toEqual(['GET 503', 'GET 200']);
  expect(outcome.console).toContainEqual(
    expect.stringMatching(/503 Service Unavailable, the proxy says so; next try in 2\.0 seconds$/),
  );
});
