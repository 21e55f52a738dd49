// A thousand switches report themselves at once: what do notifiers cost them?
//
// Method: that of bench/provisioning.mjs, POST /nodes only, ROUNDS times without notifiers and with four of them, by turns, each
// time a new server process on a new data root: syslog by TCP to a sink, a webhook to a sink that takes 200 ms for each answer,
// mail and XMPP to servers that are not there. The sinks run in this process, so their work is in the figures, too. The
// ratios are those of the medians.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo, makeAgent, measureAll, neighbordb, report } from './load/switches.mjs';

const ztps = path.resolve(import.meta.dirname, '../bin/ztps');
const port = 18098;
const { send, untilListening } = connectTo(port);
const switches = 1000;
const rounds = 5;

const arrived = { syslog: 0, webhook: 0 };
const syslogSink = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    arrived.syslog += bytes.toString('latin1').split('>1 ').length - 1;
  });
});
const webhookSink = http.createServer((request, response) => {
  request.resume();
  request.on('end', async () => {
    arrived.webhook += 1;
    await sleep(200);
    response.writeHead(204).end();
  });
});
for (const sink of [syslogSink, webhookSink]) await once(sink.listen(0, '127.0.0.1'), 'listening');
// Nothing listens at the discard port.
const notifiers = `
[notify syslog]
type = syslog
server = 127.0.0.1:${syslogSink.address().port}
transport = tcp
tls = off
[notify webhook]
type = webhook
url = http://127.0.0.1:${webhookSink.address().port}/
tls = off
[notify mail]
type = mail
server = 127.0.0.1:9
from = ztps@example.com
to = noc@example.com
[notify xmpp]
type = xmpp
domain = example.com
server = 127.0.0.1
port = 9
username = ztps
password = x
rooms = ztps
`;

const figures = { off: [], on: [] };
try {
  console.log('| notifiers | answers | all done, ms | p50, ms | p99, ms |\n|---|---|---|---|---|');
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of ['off', 'on']) figures[kind].push(await measure(kind));
  }
  for (const name of ['all', 'p50', 'p99']) {
    const median = (kind) => figures[kind].map((it) => it[name]).sort((a, b) => a - b)[rounds >> 1];
    console.log(`${name}: with notifiers ${(median('on') / median('off')).toFixed(2)} times as long`);
  }
  console.log(`arrived while measured: ${arrived.syslog} by syslog, ${arrived.webhook} by webhook`);
} finally {
  syslogSink.close();
  webhookSink.close();
  webhookSink.closeAllConnections();
}

async function measure(kind) {
  const root = makeRoot(kind === 'on' ? notifiers : '');
  const server = spawn(process.execPath, [ztps, '--conf', path.join(root, 'ztpserver.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.stderr.resume();
  const agent = makeAgent();
  try {
    await untilListening();
    const ids = Array.from({ length: switches }, (_, index) => `S${index}`);
    const { all, at, statuses } = await measureAll(ids, (id, index) =>
      send(agent, 'POST', '/nodes', report(id, index)),
    );
    const shown = [all, at(0.5), at(0.99)].map((ms) => ms.toFixed(0)).join(' | ');
    console.log(`| ${kind} | ${statuses} | ${shown} |`);
    return { all, p50: at(0.5), p99: at(0.99) };
  } finally {
    agent.destroy();
    server.kill('SIGKILL');
    await once(server, 'exit');
    rmSync(root, { recursive: true, force: true });
  }
}

function makeRoot(sections) {
  const root = mkdtempSync(path.join(tmpdir(), 'ztps-bench-'));
  for (const folder of ['definitions', 'nodes', 'resources']) mkdirSync(path.join(root, folder));
  const write = (name, text) => writeFileSync(path.join(root, name), text);
  write(
    'ztpserver.conf',
    `[default]\ndata_root = ${root}\n[server]\nport = ${port}\ninterface = 127.0.0.1\n${sections}`,
  );
  write('neighbordb', neighbordb);
  write('definitions/leaf', 'actions:\n- action: add_config\n  attributes:\n    variables: {a: b}\n');
  return root;
}
