// Pools under fire: a real server that is killed in the middle of handing out definitions, again and again.

import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PoolFile } from '../../src/data-root/pool-file.js';
import { startServer } from './server-process.js';

const values = 100_000;
const nodes = 1_000;
/** CI does fifty: they take minutes. */
const rounds = Number(process.env.ZTPS_TEST_ROUNDS ?? 6);

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Asks for a node's definition. @returns the value that it was given; null if the server died meanwhile */
function askDefinition(url: string, id: string, agent: http.Agent): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const request = http.get(`${url}/nodes/${id}`, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(null));
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200) reject(new Error(`${response.statusCode}: ${body}`));
        else resolve(String(JSON.parse(body).attributes.ip));
      });
    });
    request.on('error', () => resolve(null));
  });
}

/** Reads a file over and over until told to stop. @returns how often it was not whole */
function watchFile(
  path: string,
  isWhole: (bytes: Buffer) => boolean,
): () => Promise<{ reads: number; torn: number }> {
  let watching = true;
  let [reads, torn] = [0, 0];
  const done = (async () => {
    while (watching) {
      reads += 1;
      if (!isWhole(readFileSync(path))) torn += 1;
      await delay(100);
    }
  })();
  return async () => {
    watching = false;
    await done;
    return { reads, torn };
  };
}

it(`a thousand definitions at once, ${rounds} times, the server killed each time: no value twice, none forgotten, the file always whole`, async (context) => {
  const seed = Number(process.env.ZTPS_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`ZTPS_TEST_SEED=${seed}`);
  const random = randomFrom(seed);
  const lines = Array.from(
    { length: values },
    (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/8: null\n`,
  );
  const server = await startServer(context, {
    settings: { disable_topology_validation: 'True' },
    files: {
      'resources/mgmt': `# kept\n${lines.join('')}`,
      'definitions/leaf': '',
      'shared/definition': "attributes: {ip: allocate('mgmt')}\n",
    },
  });
  mkdirSync(join(server.root, 'nodes'), { recursive: true });
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < nodes; i += 1) symlinkSync('../shared', join(server.root, 'nodes', `R${round}N${i}`));
  }

  const path = join(server.root, 'resources/mgmt');
  const stopWatching = watchFile(path, (bytes) => {
    const text = bytes.toString('latin1');
    return text.startsWith('# kept\n') && text.endsWith('\n') && text.split('\n').length === values + 2;
  });
  const given = new Map<string, string>();
  for (let round = 0; round < rounds; round += 1) {
    const agent = new http.Agent({ keepAlive: true });
    // Somewhere among the answers, and somewhere between two of them.
    const lastHeard = Math.floor(random() * nodes * 0.9);
    const pause = random() * 30;
    let heard = 0;
    let killed: Promise<unknown> | null = null;
    await Promise.all(
      Array.from({ length: nodes }, async (_, i) => {
        const id = `R${round}N${i}`;
        const value = await askDefinition(server.url, id, agent);
        if (value === null) return;
        given.set(id, value);
        heard += 1;
        if (heard > lastHeard) killed ??= delay(pause).then(() => server.kill('SIGKILL'));
      }),
    );
    await killed;
    agent.destroy();
    await server.restart();
  }
  const { reads, torn } = await stopWatching();
  expect(torn).toBe(0);
  expect(reads).toBeGreaterThan(rounds);

  const owners = new Map<string, string>();
  for (const { value, owner } of PoolFile.parse(readFileSync(path, 'utf8')).entries()) {
    if (owner === null) continue;
    expect(owners.has(owner)).toBe(false);
    owners.set(owner, value);
  }
  expect(given.size).toBeGreaterThanOrEqual(rounds);
  expect(given.size).toBeLessThan(rounds * nodes);
  for (const [id, value] of given) expect(owners.get(id)).toBe(value);
  expect(new Set(given.values()).size).toBe(given.size);
  console.log(`${given.size} answered, ${owners.size} given, ${reads} looks at the file`);

  const agent = new http.Agent({ keepAlive: true });
  for (const id of ['R0N0', `R${rounds >> 1}N500`, `R${rounds - 1}N${nodes - 1}`]) {
    const value = await askDefinition(server.url, id, agent);
    if (given.has(id)) expect(value).toBe(given.get(id));
  }
  agent.destroy();
}, 400_000);
