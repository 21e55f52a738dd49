// nodes, log and runs as processes of their own, beside a real server that writes the journal; and notify to real sockets.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { startServer } from '../e2e/server-process.js';
import { makeDataRoot, writeConfig } from '../fixtures/data-root.js';
import { postNode, request } from '../fixtures/request.js';
import { runZtps, startZtps } from './run-ztps.js';

const files = {
  neighbordb: `patterns:
- name: leaf
  definition: leaf
  interfaces:
  - Ethernet49: spine1:any
`,
  'definitions/leaf': 'name: leaf\nactions:\n- {name: hello, action: add_config}\n',
};

const report = (serialnumber: string, device: string) => ({
  serialnumber,
  model: 'DCS-7050',
  systemmac: '00:1c:73:aa:bb:cc',
  version: '4.30.1F',
  neighbors: { Ethernet49: [{ device, port: 'Ethernet1/1' }] },
});

/** A server, and `ztps` on its data root. */
async function serve(context: TestContext) {
  const server = await startServer(context, { files });
  const conf = writeConfig(server.root);
  return {
    server,
    register: async (id: string) =>
      expect((await postNode(server.url, report(id, 'spine1'))).status).toBe(201),
    /** A switch that is cabled wrongly, and one that gets its definition. */
    async askForTwo() {
      expect((await postNode(server.url, report('JPE1', 'spine9'))).status).toBe(400);
      expect((await postNode(server.url, report('JPE2', 'spine1'))).status).toBe(201);
      expect((await request(server.url, 'GET', '/nodes/JPE2')).status).toBe(200);
    },
    start: (...words: string[]) => start(words, conf),
    run: (...words: string[]) => runZtps(['--conf', conf, ...words]),
    /** What it prints, once `done` says that the journal holds what is waited for. */
    async until(words: readonly string[], done: (out: string) => boolean): Promise<string> {
      for (;;) {
        const { status, out, err } = await runZtps(['--conf', conf, ...words]);
        expect([status, err.replace(/^ztps: the journal is empty.*\n/, '')]).toEqual([0, '']);
        if (done(out)) return out;
      }
    },
  };
}

/** Ends with the test. */
function start(words: readonly string[], conf: string) {
  const started = startZtps(['--conf', conf, ...words]);
  onTestFinished(async () => {
    started.child.kill('SIGKILL');
    await started.finished;
  });
  let out = '';
  started.child.stdout.on('data', (text: string) => {
    out += text;
  });
  return {
    ...started,
    /** Resolves once it has printed this. */
    async prints(text: string): Promise<void> {
      while (!out.includes(text)) await once(started.child.stdout, 'data');
    },
  };
}

describe('beside a server', () => {
  it('nodes, runs and log say where a refused switch stands, and why', async (context) => {
    const { server, askForTwo, run, until } = await serve(context);
    await askForTwo();
    await postNode(server.url, report('JPE1', 'spine9'));
    const again = await until(['log', 'JPE1'], (out) => out.includes('1 more time'));
    expect(again).toMatch(
      /^\S+ \S+ {2}warning {2}JPE1 {2}neighbordb: no pattern matched; .* \[no-pattern-matched\] \(1 more time, last \d+ s ago\)\n {4}no pattern matched; 1 was tried/m,
    );
    const table = await until(['nodes'], (out) => out.includes('provisioning'));
    expect(table).toMatch(
      /^JPE1 {2}failed .*127\.0\.0\.1 {2}neighbordb: no pattern matched; .* \(1 more time\)$/m,
    );
    expect(table).toMatch(/^JPE2 {2}provisioning .* leaf .*127\.0\.0\.1 {2}action 1 of 1, add_config$/m);
    expect(table).toContain('2 nodes: 1 failed, 1 provisioning');

    const { runs } = JSON.parse((await run('runs', 'JPE1', '--json')).out);
    expect(runs).toMatchObject([{ node: 'JPE1', state: 'failed', repeats: 1 }]);
    const ofRun = (await run('log', '--run', runs[0].run, '--json')).out.trimEnd().split('\n');
    expect(ofRun.map((line) => JSON.parse(line).type)).toContain('refused');
  });

  it('all of them still read what a server that was killed has left', async (context) => {
    const { server, askForTwo, run, until } = await serve(context);
    await askForTwo();
    await until(['nodes'], (out) => out.includes('provisioning'));
    await server.kill('SIGKILL');
    expect((await run('nodes')).out).toContain('2 nodes: 1 failed, 1 provisioning');
    expect((await run('log', 'JPE2')).out).toContain('definition leaf sent: 1 action');
    expect((await run('runs', 'JPE2')).out).toContain('provisioning');
  });

  it('log --follow waits for a journal, prints what comes, and ends with 0 on Ctrl-C', async (context) => {
    const { askForTwo, start } = await serve(context);
    const following = start('log', '--follow', '--json');
    await askForTwo();
    await following.prints('"definition-sent"');
    following.child.kill('SIGINT');
    const { status, out, err } = await following.finished;
    expect([status, err]).toEqual([0, '']);
    const records = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ type, node }) => `${type} ${node}`)).toEqual(
      expect.arrayContaining(['refused JPE1', 'registered JPE2', 'definition-sent JPE2']),
    );
    const positions = records.map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
  });

  it('log --follow goes on while the server is started anew', async (context) => {
    const { server, register, start } = await serve(context);
    const following = start('log', '-f');
    await register('JPE1');
    await following.prints('JPE1  registered');
    await server.stop();
    await server.restart();
    await register('JPE2');
    await following.prints('JPE2  registered');
  });

  it('log --follow ends with 0 when nobody reads any more', async (context) => {
    const { register, start } = await serve(context);
    const following = start('log', '--follow');
    await register('JPE1');
    await following.prints('JPE1  registered');
    following.child.stdout.destroy();
    await register('JPE2');
    expect(await following.finished).toMatchObject({ status: 0, err: '' });
  });
});

describe('ztps notify test', () => {
  it('sends to a real socket', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    onTestFinished(() => void socket.close());
    await once(socket, 'listening');
    const section = `[default]\n[notify noc]\ntype = syslog\nserver = 127.0.0.1:${socket.address().port}\n`;
    const conf = writeConfig(makeDataRoot(), section);
    const received = once(socket, 'message');
    const { status, out, err } = await runZtps(['--conf', conf, 'notify', 'test', 'noc']);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^noc: \S.*\n$/);
    expect(String((await received)[0])).toMatch(/^<\d+>/);
  });

  it('exits with 1 and says why if nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const section = `[default]\n[notify noc]\ntype = syslog\nserver = 127.0.0.1:${port}\ntransport = tcp\ntls = off\n`;
    const conf = writeConfig(makeDataRoot(), section);
    const { status, out, err } = await runZtps(['--conf', conf, 'notify', 'test', 'noc']);
    expect([status, out]).toEqual([1, '']);
    expect(err).toContain(`ztps: [notify noc], tcp://127.0.0.1:${port}: `);
    expect(err).toContain('ECONNREFUSED');
  });
});
