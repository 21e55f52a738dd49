// A rack, or a thousand switches, powered on at once: how long does each wait for its answers?
//
// Method: the real server process on a data root in a temporary folder; every switch is one client on a kept connection.
// All of them report themselves (POST /nodes, matched by topology against PATTERNS patterns), then all fetch their
// definition (two values from pools of 10,000, each durable before it is answered), then fetch it again (nothing is taken).
// Wall time per request, as the client sees it; the machine's other work is in the figures, so run it three times.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ztps = path.resolve(import.meta.dirname, '../bin/ztps');
const port = 18099;
const patterns = 1000;

const root = mkdtempSync(path.join(tmpdir(), 'ztps-bench-'));
for (const folder of ['definitions', 'nodes', 'resources']) mkdirSync(path.join(root, folder));
const write = (name, text) => writeFileSync(path.join(root, name), text);
write('ztpserver.conf', `[default]\ndata_root = ${root}\n[server]\nport = ${port}\ninterface = 127.0.0.1\n`);
write(
  'neighbordb',
  `patterns:\n${Array.from(
    { length: patterns },
    (_, pod) =>
      `- name: pod${pod}\n  definition: leaf\n  interfaces:\n` +
      `  - Ethernet49: regex('pod${pod}-spine\\d+$'):any\n  - Ethernet50: regex('pod${pod}-spine\\d+$'):any\n`,
  ).join('')}`,
);
write(
  'definitions/leaf',
  "actions:\n- action: add_config\n  attributes:\n    variables: {ip: allocate('mgmt'), name: allocate('names')}\n",
);
for (const pool of ['mgmt', 'names']) {
  write(
    `resources/${pool}`,
    Array.from({ length: 10_000 }, (_, index) => `${pool}${index}: null\n`).join(''),
  );
}

const server = spawn(process.execPath, [ztps, '--conf', path.join(root, 'ztpserver.conf')], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
server.stderr.resume();
try {
  await untilListening();
  console.log(
    '| switches | request | answers | all done, ms | p50, ms | p99, ms |\n|---|---|---|---|---|---|',
  );
  for (const count of [1, 48, 1000]) {
    const ids = Array.from({ length: count }, (_, index) => `S${count}-${index}`);
    const agent = new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
    await measure(count, 'POST /nodes', ids, (id, index) => send(agent, 'POST', '/nodes', report(id, index)));
    await measure(count, 'GET definition', ids, (id) => send(agent, 'GET', `/nodes/${id}`));
    await measure(count, 'GET again', ids, (id) => send(agent, 'GET', `/nodes/${id}`));
    agent.destroy();
  }
} finally {
  server.kill();
  rmSync(root, { recursive: true, force: true });
}

function report(serialnumber, index) {
  const pod = index % patterns;
  const neighbors = Object.fromEntries(
    [49, 50].map((number) => [
      `Ethernet${number}`,
      [{ device: `pod${pod}-spine${number - 48}`, port: 'Ethernet1' }],
    ]),
  );
  return JSON.stringify({ serialnumber, model: 'DCS-7050SX3', version: '4.32.2F', neighbors });
}

async function measure(count, name, ids, ask) {
  const begin = performance.now();
  const waits = await Promise.all(
    ids.map(async (id, index) => {
      const asked = performance.now();
      const status = await ask(id, index);
      return { status, ms: performance.now() - asked };
    }),
  );
  const all = performance.now() - begin;
  const sorted = waits.map((wait) => wait.ms).sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  const statuses = [...new Set(waits.map((wait) => wait.status))].join(', ');
  console.log(`| ${count} | ${name} | ${statuses} | ${all.toFixed(0)} | ${at(0.5)} | ${at(0.99)} |`);
}

function send(agent, method, target, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path: target, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function untilListening() {
  const agent = new http.Agent();
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      await send(agent, 'HEAD', '/bootstrap');
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('the server did not start');
}
