// The demo site: every switch of demo/README.md comes to the definition that is meant for it.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_IDENTITY } from '../../src/simulator/switch-identity.js';
import { runZtps, startZtps } from './run-ztps.js';

let site: string;
let server: ReturnType<typeof startZtps>;
let url: string;

beforeAll(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'ztps-demo-'));
  await cp(path.resolve('demo'), site, { recursive: true });
  const conf = path.join(site, 'ztpserver.conf');
  url = `http://localhost:${await freePort()}`;
  const port = new URL(url).port;
  await writeFile(conf, (await readFile(conf, 'utf8')).replaceAll('8080', port));
  await runZtps(['init', site]);
  server = startZtps(['--conf', conf]);
  await server.speaks;
});

afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.finished;
  await rm(site, { recursive: true });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function report(serialnumber: string, model: string, cabling: string | null) {
  const neighbors =
    cabling === null
      ? DEFAULT_IDENTITY.neighbors
      : JSON.parse(await readFile(path.join(site, 'switches', cabling), 'utf8'));
  const body = JSON.stringify({ serialnumber, model, version: '4.32.2F', neighbors });
  const answer = await fetch(`${url}/nodes`, { method: 'POST', body });
  return { status: answer.status, reason: await answer.text() };
}

async function definitionOf(id: string) {
  const answer = await fetch(`${url}/nodes/${id}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { name: string; actions: { attributes: Record<string, unknown> }[] };
}

describe('the demo', () => {
  it.each([
    ['SIM00000001', 'DCS-7050SX3-48YC8', null, 201, 'leaf', 'dc1-leaf1'],
    ['SIM00000002', 'DCS-7050SX3-48YC8', 'leaf2.json', 201, 'leaf', 'dc1-leaf2'],
    ['SIM00000201', 'DCS-7280SR3-48YC8', 'border1.json', 201, 'border', 'dc1-border1'],
    ['SIM00000101', 'DCS-7050CX3-32S', 'spine1.json', 201, 'spine', 'dc1-spine1'],
  ])(
    'makes %s, a %s with the cabling of %s, what it should be',
    async (id, model, cabling, status, name, host) => {
      expect((await report(id, model, cabling)).status).toBe(status);
      const definition = await definitionOf(id);
      expect(definition.name).toBe(name);
      expect(definition.actions[0]?.attributes.variables).toMatchObject({ hostname: host });
    },
  );

  it('gives the out-of-band switch its stored configuration', async () => {
    expect((await report('SIM00000301', 'DCS-7010TX-48', 'oob1.json')).status).toBe(409);
    const definition = await definitionOf('SIM00000301');
    expect(definition.actions.map(({ attributes }) => attributes.url ?? attributes.src_url)).toEqual([
      `${url}/nodes/SIM00000301/startup-config`,
      'files/scripts/backup-config',
    ]);
  });

  it('refuses the leaf with swapped uplinks and says so', async () => {
    const { status, reason } = await report('SIM00000003', 'DCS-7050SX3-48YC8', 'miscabled-leaf.json');
    expect(status).toBe(400);
    expect(reason).toContain('Ethernet49 is connected to dc1-spine2:Ethernet3/1');
    expect(await readdir(path.join(site, 'nodes'))).not.toContain('SIM00000003');
  });
});
