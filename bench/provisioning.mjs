// A rack, or a thousand switches, powered on at once: how long does each wait for its answers?
//
// Method: the real server process on a data root in a temporary folder; every switch is one client on a kept connection.
// All of them report themselves (POST /nodes, matched by topology against 1,000 patterns), then all fetch their
// definition (two values from pools of 10,000, each durable before it is answered), then fetch it again (nothing is taken).
// Wall time per request, as the client sees it; the machine's other work is in the figures, so run it three times.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectTo, makeAgent, measureAll, neighbordb, report } from './load/switches.mjs';

const ztps = path.resolve(import.meta.dirname, '../bin/ztps');
const port = 18099;
const { send, untilListening } = connectTo(port);

const root = mkdtempSync(path.join(tmpdir(), 'ztps-bench-'));
for (const folder of ['definitions', 'nodes', 'resources']) mkdirSync(path.join(root, folder));
const write = (name, text) => writeFileSync(path.join(root, name), text);
write('ztpserver.conf', `[default]\ndata_root = ${root}\n[server]\nport = ${port}\ninterface = 127.0.0.1\n`);
write('neighbordb', neighbordb);
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
    const agent = makeAgent();
    await measure(count, 'POST /nodes', ids, (id, index) => send(agent, 'POST', '/nodes', report(id, index)));
    await measure(count, 'GET definition', ids, (id) => send(agent, 'GET', `/nodes/${id}`));
    await measure(count, 'GET again', ids, (id) => send(agent, 'GET', `/nodes/${id}`));
    agent.destroy();
  }
} finally {
  server.kill();
  rmSync(root, { recursive: true, force: true });
}

async function measure(count, name, ids, ask) {
  const { all, at, statuses } = await measureAll(ids, ask);
  const shown = [all.toFixed(0), at(0.5).toFixed(1), at(0.99).toFixed(1)].join(' | ');
  console.log(`| ${count} | ${name} | ${statuses} | ${shown} |`);
}
