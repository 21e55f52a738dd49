// A thousand switches at once, with everybody told of everything: what is in the journal has arrived everywhere, though one
// receiver dies in the middle and another is slow.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'vitest';
import { runZtps } from '../cli/run-ztps.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { eventually } from '../notify/eventually.js';
import { Rsyslog, whyNoRsyslog } from '../notify/rsyslog.js';
import { startServer } from './server-process.js';

const switches = 1000;
const files = {
  neighbordb: 'patterns:\n- name: leaf\n  definition: leaf\n  interfaces:\n  - Ethernet1: spine1:any\n',
  'definitions/leaf':
    "name: leaf\nactions:\n- action: add_config\n  attributes: {variables: {ip: allocate('mgmt')}}\n",
  'resources/mgmt': Array.from(
    { length: switches },
    (_, index) => `10.0.${index >> 8}.${index & 255}: null\n`,
  ).join(''),
};

test('of a thousand switches at once every event arrives', async (context) => {
  context.skip(whyNoRsyslog !== undefined, whyNoRsyslog);
  const { expect } = context;
  const rsyslog = await Rsyslog.start(makeFolder());
  const hook = await startHook(context);
  const sections = `
[notify syslog]
type = syslog
server = 127.0.0.1:${rsyslog.port}
transport = tcp
tls = off
level = debug
[notify hook]
type = webhook
url = http://127.0.0.1:${hook.port}/
tls = off
level = debug
`;
  const server = await startServer(context, { files, sections });
  const outcomes = await Promise.all(
    Array.from({ length: switches }, async (_, index) => {
      const statuses = await provision(server.url, `SN${index}`);
      if (index === switches / 2) await rsyslog.kill().then(() => rsyslog.restart());
      return statuses.join();
    }),
  );
  expect(new Set(outcomes)).toEqual(new Set(['201,200,202']));

  const log = await runZtps([
    'log',
    '--conf',
    server.configuration,
    '--json',
    '--level',
    'debug',
    '--since',
    '1h',
  ]);
  const records = log.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; type: string });
  expect(records.length).toBe(switches * 6);
  await eventually(() => hook.ids.size >= records.length);
  expect(new Set(hook.ids)).toEqual(new Set(records.map(({ id }) => id)));
  // What was in the dying receiver's hands may arrive twice, never not at all.
  const wanted = new Set(Array.from({ length: switches }, (_, index) => `SN${index}`));
  await eventually(() => {
    const ended = rsyslog.lines().filter(({ msgid }) => msgid === 'completed');
    return new Set(ended.map(({ msg }) => /SN\d+/.exec(msg)?.[0])).size === wanted.size;
  });
  const nodes = await runZtps(['nodes', '--conf', server.configuration, '--json']);
  const { nodes: states } = JSON.parse(nodes.out) as { nodes: { state: string }[] };
  expect(states.filter(({ state }) => state === 'completed')).toHaveLength(switches);
  expect(await server.stop()).toBe(0);
}, 180_000);

/** What one switch says and asks; statuses of the answers. */
async function provision(url: string, serialnumber: string): Promise<number[]> {
  const neighbors = { Ethernet1: [{ device: 'spine1', port: 'Ethernet1' }] };
  const registered = await fetch(`${url}/nodes`, {
    method: 'POST',
    body: JSON.stringify({ serialnumber, neighbors }),
  });
  const run = registered.headers.get('x-ztps-run');
  const definition = await fetch(`${url}/nodes/${serialnumber}`);
  await definition.text();
  const data = { index: 1, of: 1, action: 'add_config' };
  const events = [
    { seq: 1, type: 'action-started', message: 'go', data },
    { seq: 2, type: 'action-succeeded', message: 'done', data },
    { seq: 3, type: 'completed', message: 'provisioned', data: { duration: 1 } },
  ];
  const reported = await fetch(`${url}/nodes/${serialnumber}/events`, {
    method: 'POST',
    body: JSON.stringify({ run, events }),
  });
  return [registered.status, definition.status, reported.status];
}

/** Takes records; now and then it is busy, and says so. */
async function startHook(context: TestContext) {
  const ids = new Set<string>();
  let requests = 0;
  const hook = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests += 1;
    if (requests % 500 === 0) {
      response.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    ids.add((JSON.parse(body) as { id: string }).id);
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
  context.onTestFinished(() => void hook.close());
  return { ids, port: (hook.address() as AddressInfo).port };
}
