// PUT /nodes/{id}/startup-config and the history: what is a version, in which order, and what the config-handler is told of it.

import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDataRoot, type ServedSite, serveSite } from '../../fixtures/data-root.js';
import { postNode, request } from '../../fixtures/request.js';

const serve = (files: Readonly<Record<string, string | Buffer | null>> = {}, settings = '') =>
  serveSite(makeDataRoot({ 'nodes/N/definition': 'actions: []\n', ...files }), settings);

async function put({ url }: ServedSite, body: string | Buffer, id = 'N'): Promise<number> {
  return (await request(url, 'PUT', `/nodes/${id}/startup-config`, { body })).status;
}

/** Source and text of each version. */
async function versionsOf({ history }: ServedSite, id = 'N'): Promise<string[]> {
  const versions = await history.versions(id);
  const line = async (number: number, source: string) => `${source} ${await history.read(id, number)}`;
  return Promise.all(versions.map(({ number, source }) => line(number, source)));
}

async function savedBy({ journal }: ServedSite): Promise<unknown[]> {
  const records = await journal.records({ types: ['config-saved'], limit: 99 });
  return records.map(({ data }) => data.version);
}

describe('a config that is put', () => {
  it('is a version if it changes the one before, and the record names its number', async () => {
    const site = await serve();
    for (const text of ['a', 'a', 'b', 'a']) expect(await put(site, text)).toBeLessThan(202);
    expect(await versionsOf(site)).toEqual(['put a', 'put b', 'put a']);
    expect(await site.history.newest('N')).toMatchObject({ address: '127.0.0.1', bytes: 1 });
    await site.close();
    expect(await savedBy(site)).toEqual([1, 1, 2, 3]);
  });

  it('is one version, however many times the same comes at once', async () => {
    const site = await serve();
    await Promise.all(Array.from({ length: 20 }, () => put(site, 'x')));
    expect(await versionsOf(site)).toEqual(['put x']);
  });

  it('is the newest version where it is what stands in the folder, whatever else comes at once', async () => {
    const site = await serve();
    const texts = Array.from({ length: 20 }, (_, at) => `config ${at}`);
    await Promise.all(texts.map((text) => put(site, text)));
    const versions = await versionsOf(site);
    expect([...versions].sort()).toEqual(texts.map((text) => `put ${text}`).sort());
    const present = readFileSync(path.join(site.root, 'nodes/N/startup-config'), 'utf8');
    expect(versions.at(-1)).toBe(`put ${present}`);
  });

  it('finds one that was changed by hand, which becomes a version before it', async () => {
    const site = await serve({ 'nodes/N/startup-config': Buffer.from([0xe9, 0x0d, 0x0a]) });
    await put(site, 'a');
    writeFileSync(path.join(site.root, 'nodes/N/startup-config'), 'by hand');
    await put(site, 'b');
    writeFileSync(path.join(site.root, 'nodes/N/startup-config'), 'c');
    await put(site, 'c');
    expect(await versionsOf(site)).toEqual(['hand \ufffd\r\n', 'put a', 'hand by hand', 'put b', 'hand c']);
    expect(await site.history.read('N', 1)).toEqual(Buffer.from([0xe9, 0x0d, 0x0a]));
  });

  it('is stored, answered and handled while the history can not be written, and comes into it later', async () => {
    const site = await serve();
    await put(site, 'a');
    site.history.isBroken = true;
    expect(await put(site, 'b')).toBe(200);
    expect(readFileSync(path.join(site.root, 'nodes/N/startup-config'), 'utf8')).toBe('b');
    expect(site.logged.filter(({ level }) => level === 'error')).toMatchObject([
      { reason: 'write-failed', message: expect.stringContaining('stored all the same') },
    ]);
    site.history.isBroken = false;
    await expect.poll(() => versionsOf(site), { timeout: 30_000 }).toEqual(['put a', 'put b']);
    await site.close();
    expect(await savedBy(site)).toEqual([1, null]);
  });

  it('of a node that is not known is no version', async () => {
    const site = await serve();
    expect(await put(site, 'a', 'NOBODY')).toBe(400);
    expect(await put(site, '')).toBe(400);
    expect(await site.history.versionsAfter(0, 9)).toEqual([]);
  });

  it('leaves as many versions as [history] keep says', async () => {
    const site = await serve({}, '[default]\n[history]\nkeep = 2\n');
    for (const text of ['a', 'b', 'c']) await put(site, text);
    expect((await site.history.versions('N')).map(({ number }) => number)).toEqual([2, 3]);
  });
});

it('a config that a new node brings is its first version', async () => {
  const site = await serve();
  const report = { serialnumber: 'NEW', model: 'x', systemmac: '001c73aabbcc', config: 'hostname é\n' };
  expect((await postNode(site.url, report)).status).toBe(201);
  await put(site, 'hostname é\n', 'NEW');
  expect(await versionsOf(site, 'NEW')).toEqual(['registered hostname é\n']);
});

it('a config-handler finds version, address and path in its environment', async () => {
  const handler =
    '#!/bin/sh\necho "$ZTPS_NODE_ID $ZTPS_CONFIG_VERSION $ZTPS_CONFIG_ADDRESS $(cat "$ZTPS_CONFIG_PATH")"\n';
  const site = await serve({ 'nodes/N/config-handler': handler });
  await put(site, 'a');
  await expect
    .poll(() => site.logged.some(({ message }) => message.startsWith('config-handler succeeded')))
    .toBe(true);
  site.history.isBroken = true;
  await put(site, 'b');
  await site.close();
  const records = await site.journal.records({ types: ['config-saved'], limit: 9 });
  expect(records.map(({ data }) => (data.handler as { output: string }).output)).toEqual([
    'N 1 127.0.0.1 a',
    'N  127.0.0.1 b',
  ]);
});

it('a config that can not be read is not replaced, and the switch is told to try again', async () => {
  const site = await serve();
  const file = path.join(site.root, 'nodes/N/startup-config');
  writeFileSync(file, 'by hand');
  // More than anybody reads.
  truncateSync(file, 65 * 1024 * 1024);
  expect(await put(site, 'a')).toBe(500);
  expect(statSync(file).size).toBe(65 * 1024 * 1024);
});

it('a box that another one has replaced can neither save a config nor have one', async () => {
  const site = await serve({ 'nodes/N/startup-config': 'mine', 'nodes/N/.replaced-by': 'N M\n' });
  expect(await put(site, 'a')).toBe(400);
  const answer = await request(site.url, 'GET', '/nodes/N/startup-config');
  expect([answer.status, answer.headers['x-ztps-reason']]).toEqual([400, 'replaced']);
  expect(readFileSync(path.join(site.root, 'nodes/N/startup-config'), 'utf8')).toBe('mine');
});
