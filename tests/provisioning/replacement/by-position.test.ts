// Replacement by position: what is proposed, what is taken, and a near miss of each guard. The journal is in memory, so that a leaf
// may be dead for as long as a test wants.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileProposals } from '../../../src/state/file-proposals.js';
import { makeDataRoot, type ServedSite, serveSite, writeFiles } from '../../fixtures/data-root.js';
import { postNode, request } from '../../fixtures/request.js';
import { eventually } from '../../notify/eventually.js';

/** Of the documentation's network: nobody answers there. */
const nowhere = '192.0.2.77';

const model = 'DCS-7050QX-32S';

const cables = {
  Ethernet49: [{ device: 'spine1', port: 'Ethernet1/1' }],
  Ethernet50: [{ device: 'spine2', port: 'Ethernet1/1' }],
  Management1: [{ device: 'oob', port: 'Ethernet7' }],
};

/** What the new box says: cabled as the old one, but for the management port. */
const newcomer = {
  serialnumber: 'NEW',
  model,
  neighbors: { ...cables, Management1: [{ device: 'oob', port: 'Ethernet9' }] },
};

/** A known leaf that holds a value, and is cabled as it says. */
function leaf(id: string, facts: object = {}): Record<string, string> {
  return {
    [`nodes/${id}/definition`]: "name: leaf\nattributes: {ip: allocate('mgmt')}\n",
    [`nodes/${id}/pattern`]: 'name: leaf\n',
    [`nodes/${id}/startup-config`]: `hostname ${id}\n`,
    [`nodes/${id}/.node`]: JSON.stringify({ serialnumber: id, model, neighbors: cables, ...facts }),
  };
}

const pool = '10.0.0.1: OLD\n10.0.0.2: null\n';

interface SiteOptions {
  readonly mode: 'off' | 'propose' | 'auto';
  readonly files?: Readonly<Record<string, string>>;
  /** Where the old leaf was last heard of, two hours ago. */
  readonly address?: string | null;
  readonly neighbordb?: string;
}

async function makeSite({
  mode,
  files = {},
  address = nowhere,
  neighbordb = '',
}: SiteOptions): Promise<ServedSite> {
  const root = makeDataRoot({
    'resources/mgmt': pool,
    'definitions/leaf': "name: leaf\nattributes: {ip: allocate('mgmt')}\n",
    neighbordb,
    ...leaf('OLD'),
    ...files,
  });
  const site = await serveSite(root, `[default]\n[replacement]\nby_position = ${mode}\n`);
  const at = new Date(Date.now() - 7_200_000).toISOString();
  if (address !== null) site.journal.add({ node: 'OLD', type: 'definition-sent', at, address });
  return site;
}

/** What was recorded of the new box about replacement. */
async function said(site: ServedSite, node = 'NEW') {
  const records = await site.journal.records({ node, types: ['operator'], limit: 100 });
  return records.map(({ data, message, source }) => ({ did: data.did, guard: data.guard, message, source }));
}

const proposalsOf = (site: ServedSite) => new FileProposals(join(site.root, 'state'));

const owners = (site: ServedSite): string => readFileSync(join(site.root, 'resources/mgmt'), 'utf8');

/** The new box asks, and is not let in. */
async function expectRefused(
  site: ServedSite,
  guard: string | undefined,
  report: object = newcomer,
): Promise<void> {
  expect((await postNode(site.url, report)).status).toBe(400);
  expect(existsSync(join(site.root, 'nodes/NEW'))).toBe(false);
  expect(existsSync(join(site.root, 'nodes/OLD/.replaced-by'))).toBe(false);
  expect(owners(site)).toBe(pool);
  expect((await said(site)).map((it) => it.guard)).toEqual(guard === undefined ? [] : [guard]);
}

describe('auto', () => {
  it('puts a switch in the place of a dead one, which is refused from then on', async () => {
    const site = await makeSite({ mode: 'auto' });
    const answer = await postNode(site.url, newcomer);
    expect([answer.status, answer.headers.location]).toEqual([201, expect.stringMatching(/\/nodes\/NEW$/)]);
    expect(owners(site)).toBe('10.0.0.1: NEW\n10.0.0.2: null\n');
    const definition = await request(site.url, 'GET', '/nodes/NEW');
    expect(JSON.parse(definition.body).actions[0].action).toBe('replace_config');
    expect((await request(site.url, 'GET', '/nodes/NEW/startup-config')).body).toBe('hostname OLD\n');
    expect(await said(site)).toEqual([
      {
        did: 'replaced',
        guard: undefined,
        source: 'server',
        message: `takes the place of OLD: same model (${model}) and the same neighbors`,
      },
    ]);
    expect((await said(site, 'OLD'))[0]).toMatchObject({ did: 'replaced', source: 'server' });
    const back = await postNode(site.url, { serialnumber: 'OLD', model, neighbors: cables });
    expect([back.status, back.headers['x-ztps-reason']]).toEqual([400, 'replaced']);
    expect(back.body).toContain('replaced-by NEW');
    expect((await postNode(site.url, newcomer)).status).toBe(409);
    expect((await site.history.notes('NEW')).map(({ kind, other }) => [kind, other])).toEqual([
      ['replaced', 'OLD'],
    ]);
  });

  it('asks the neighbordb only for those who take no place', async () => {
    const pattern = (node: string) => `  - {name: known, node: ${node}, definition: leaf}\n`;
    const neighbordb = `patterns:\n${['STRANGER', 'NEW'].map(pattern).join('')}`;
    const site = await makeSite({ mode: 'auto', neighbordb });
    const stranger = { serialnumber: 'STRANGER', model, neighbors: {} };
    expect((await postNode(site.url, stranger)).status).toBe(201);
    expect((await postNode(site.url, newcomer)).status).toBe(201);
    expect(readFileSync(join(site.root, 'nodes/NEW/.replaces'), 'utf8')).toBe('OLD\n');
    expect(existsSync(join(site.root, 'nodes/STRANGER/.replaces'))).toBe(false);
  });

  it('gives a place once: the second who asks is no longer in anybody’s place', async () => {
    const site = await makeSite({ mode: 'auto' });
    const reports = ['NEW', 'NEW2', 'NEW3'].map((serialnumber) => ({ ...newcomer, serialnumber }));
    const answers = await Promise.all(reports.map((report) => postNode(site.url, report)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400]);
    expect(owners(site).match(/NEW/g)).toHaveLength(1);
  });

  it.each([
    ['a name was kept, and nothing else was done', { 'nodes/NEW/.reserved': 'replace OLD NEW\n' }],
    [
      'the old node was marked',
      { 'nodes/NEW/.reserved': 'replace OLD NEW\n', 'nodes/OLD/.replaced-by': 'OLD NEW\n' },
    ],
    [
      'the new one saved its config at that moment',
      {
        'nodes/NEW/.reserved': 'replace OLD NEW\n',
        'nodes/NEW/startup-config': 'hostname NEW\n',
        'nodes/OLD/.replaced-by': 'OLD NEW\n',
      },
    ],
    [
      'the values were passed on',
      {
        'nodes/NEW/.reserved': 'replace OLD NEW\n',
        'nodes/NEW/.node': '{}',
        'nodes/OLD/.replaced-by': 'OLD NEW\n',
        'resources/mgmt': '10.0.0.1: NEW\n10.0.0.2: null\n',
      },
    ],
  ])('completes what was begun and not finished: %s', async (_, files) => {
    const site = await makeSite({ mode: 'auto', files });
    expect((await postNode(site.url, newcomer)).status).toBe(201);
    expect(owners(site)).toBe('10.0.0.1: NEW\n10.0.0.2: null\n');
    expect(existsSync(join(site.root, 'nodes/NEW/definition'))).toBe(true);
    expect(readFileSync(join(site.root, 'nodes/NEW/startup-config'), 'utf8')).toBe('hostname OLD\n');
    expect(existsSync(join(site.root, 'nodes/NEW/.reserved'))).toBe(false);
    expect(readFileSync(join(site.root, 'nodes/NEW/.replaces'), 'utf8')).toBe('OLD\n');
    expect(readFileSync(join(site.root, 'nodes/OLD/.replaced-by'), 'utf8')).toBe('OLD NEW\n');
  });

  it('gives up a name that was kept, and nothing else done, if a guard refuses now', async () => {
    const site = await makeSite({ mode: 'auto', files: { 'nodes/NEW/.reserved': 'replace OLD NEW\n' } });
    await request(site.url, 'GET', '/nodes/OLD');
    await expectRefused(site, 'alive');
  });

  it('leaves a renaming to who began it', async () => {
    const files = { 'nodes/NEW/.reserved': 'rename OLD NEW\n', 'nodes/OLD/.replaced-by': 'OLD NEW\n' };
    const site = await makeSite({ mode: 'auto', files });
    const answer = await postNode(site.url, newcomer);
    expect([answer.status, answer.headers['x-ztps-reason']]).toEqual([400, 'incomplete-node']);
    expect(answer.body).toContain('ztps node rename OLD NEW completes it');
    expect(owners(site)).toBe(pool);
  });

  it('says in the journal what hindered it', async () => {
    const files = { 'resources/mgmt': '10.0.0.1: OLD\n10.0.0.2: NEW\n' };
    const site = await makeSite({ mode: 'auto', files });
    for (let i = 0; i < 2; i += 1) expect((await postNode(site.url, newcomer)).status).toBe(400);
    expect(await said(site)).toEqual([
      {
        did: 'not-proposed',
        guard: 'failed',
        source: 'server',
        message: expect.stringContaining('10.0.0.2 of pool mgmt'),
      },
    ]);
  });

  it('leaves an empty folder alone: somebody made it', async () => {
    const site = await makeSite({ mode: 'auto' });
    mkdirSync(join(site.root, 'nodes/NEW'));
    const answer = await postNode(site.url, newcomer);
    expect([answer.status, answer.headers['x-ztps-reason']]).toEqual([400, 'incomplete-node']);
    expect(owners(site)).toBe(pool);
  });

  it('does nothing while the history can not be written, and the next request does it', async () => {
    const site = await makeSite({ mode: 'auto' });
    site.history.isBroken = true;
    await expectRefused(site, 'failed');
    site.history.isBroken = false;
    expect((await postNode(site.url, newcomer)).status).toBe(201);
  });

  it('puts a whole rack in the place of another at once', async () => {
    const cablesOf = (i: number) => ({
      ...cables,
      Ethernet49: [{ device: 'spine1', port: `Ethernet1${i}/1` }],
    });
    const ids = Array.from({ length: 24 }, (_, i) => `OLD${i}`);
    const files = Object.assign({}, ...ids.map((id, i) => leaf(id, { neighbors: cablesOf(i) })));
    const site = await makeSite({ mode: 'auto', files });
    const at = new Date(Date.now() - 7_200_000).toISOString();
    for (const node of ids) site.journal.add({ node, type: 'definition-sent', at, address: nowhere });
    const answers = await Promise.all(
      ids.map((id, i) =>
        postNode(site.url, { ...newcomer, serialnumber: `NEW-${id}`, neighbors: cablesOf(i) }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    for (const id of ids) {
      expect(readFileSync(join(site.root, `nodes/${id}/.replaced-by`), 'utf8')).toBe(`${id} NEW-${id}\n`);
    }
  });

  it('does not with two candidates', async () => {
    const site = await makeSite({ mode: 'auto', files: leaf('OLD2') });
    await expectRefused(site, 'several');
    expect((await proposalsOf(site).list()).map(({ old }) => old).sort()).toEqual(['OLD', 'OLD2']);
  });

  it('does not with two candidates of which one is of another model', async () => {
    await expectRefused(
      await makeSite({ mode: 'auto', files: leaf('OLD2', { model: 'DCS-7010T' }) }),
      'several',
    );
  });

  it('sees a second candidate that was made by somebody else this moment', async () => {
    const site = await makeSite({ mode: 'auto' });
    // The places of all nodes are known from now on.
    await postNode(site.url, { ...newcomer, serialnumber: 'OTHER', model: 'DCS-7010T' });
    writeFiles(site.root, leaf('OLD2'));
    await expectRefused(site, 'several');
  });

  it('does not while a second candidate may be one whose facts can not be read', async () => {
    const site = await makeSite({ mode: 'auto', files: { ...leaf('OLD2'), 'nodes/OLD2/.node': '{"serial' } });
    await expectRefused(site, 'unreadable');
    expect((await said(site))[0]?.message).toContain('nodes/OLD2/.node');
  });

  it('does, if the one whose facts can not be read was replaced, or has nothing to hand on', async () => {
    const files = {
      ...leaf('OLD2'),
      'nodes/OLD2/.node': '{"serial',
      'nodes/OLD2/.replaced-by': 'OLD2 OLD\n',
      'nodes/HALF/.node': '[]',
      'nodes/HALF/attributes': 'a: 1\n',
    };
    const site = await makeSite({ mode: 'auto', files });
    expect((await postNode(site.url, newcomer)).status).toBe(201);
  });

  it('does, if the second candidate was replaced', async () => {
    const files = { ...leaf('OLD2'), 'nodes/OLD2/.replaced-by': 'OLD2 OLD\n' };
    const site = await makeSite({ mode: 'auto', files });
    expect((await postNode(site.url, newcomer)).status).toBe(201);
  });

  it('does not for another model', async () => {
    const site = await makeSite({ mode: 'auto' });
    await expectRefused(site, 'model', { ...newcomer, model: 'DCS-7050QX-32' });
    expect(await proposalsOf(site).list()).toEqual([]);
  });

  it.each([null, ''])('does not for models that are %j', async (unknown) => {
    const site = await makeSite({ mode: 'auto', files: leaf('OLD', { model: unknown }) });
    await expectRefused(site, 'model', { ...newcomer, model: unknown });
  });

  it.each([
    ['port', { ...cables, Ethernet50: [{ device: 'spine2', port: 'Ethernet1/2' }] }],
    ['device', { ...cables, Ethernet50: [{ device: 'spine3', port: 'Ethernet1/1' }] }],
    ['interface', { Ethernet49: cables.Ethernet49, Ethernet51: cables.Ethernet50 }],
    ['neighbor more', { ...cables, Ethernet51: [{ device: 'spine3', port: 'Ethernet1/1' }] }],
    ['neighbor less', { Ethernet49: cables.Ethernet49 }],
  ])('does not if one %s differs', async (_, neighbors) => {
    const site = await makeSite({ mode: 'auto' });
    await expectRefused(site, undefined, { ...newcomer, neighbors });
    expect(await proposalsOf(site).list()).toEqual([]);
  });

  it('does not for one neighbor, and one of the management port', async () => {
    const neighbors = { Ethernet49: cables.Ethernet49, Management1: cables.Management1 };
    const site = await makeSite({ mode: 'auto', files: leaf('OLD', { neighbors }) });
    await expectRefused(site, undefined, { ...newcomer, neighbors });
  });

  it('does not if it is not known where the node was last heard of', async () => {
    await expectRefused(await makeSite({ mode: 'auto', address: null }), 'no-address');
  });

  it.each([
    ['a request', 'GET', '/nodes/OLD', undefined],
    ['a request that gives nothing out', 'HEAD', '/nodes/OLD', undefined],
    ['the fetching of its startup-config', 'GET', '/nodes/OLD/startup-config', undefined],
    ['the fetching of a hash', 'GET', '/meta/nodes/OLD/startup-config', undefined],
    ['a request for nothing that is served', 'GET', '/nodes/OLD/nonsense', undefined],
    ['a report', 'POST', '/nodes/OLD/events', '{"run": "r", "events": []}'],
    ['a report that is not understood', 'POST', '/nodes/OLD/events', '{'],
    ['a PUT', 'PUT', '/nodes/OLD/startup-config', 'hostname alive\n'],
  ])('does not for a node that is alive by %s', async (_, method, path, body) => {
    const site = await makeSite({ mode: 'auto' });
    await request(site.url, method, path, body === undefined ? {} : { body });
    await expectRefused(site, 'alive');
    expect((await said(site))[0]?.message).toContain('OLD gave a sign of life');
    expect(await proposalsOf(site).list()).toMatchObject([{ node: 'NEW', old: 'OLD', state: 'pending' }]);
  });

  it('does not for a node that posted itself', async () => {
    const site = await makeSite({ mode: 'auto' });
    await postNode(site.url, { serialnumber: 'OLD', model, neighbors: cables });
    await expectRefused(site, 'alive');
  });

  it.each([
    ['a PUT', { type: 'config-saved' as const }],
    [
      'a refusal that was repeated',
      { type: 'refused' as const, at: '2020-01-01T00:00:00.000Z', repeatedAt: new Date().toISOString() },
    ],
  ])('does not for a node that is alive by %s that only the journal knows of', async (_, parts) => {
    const site = await makeSite({ mode: 'auto' });
    site.journal.add({
      node: 'OLD',
      address: nowhere,
      at: new Date(Date.now() - 60_000).toISOString(),
      ...parts,
    });
    await expectRefused(site, 'alive');
  });

  it('takes what people did, and what the server concluded from silence, for no sign of life', async () => {
    const site = await makeSite({ mode: 'auto' });
    for (const type of ['operator', 'stalled', 'resource-released'] as const) {
      site.journal.add({ node: 'OLD', type, at: new Date().toISOString(), address: nowhere });
    }
    expect((await postNode(site.url, newcomer)).status).toBe(201);
  });

  it.for([22, 443])('does not if something answers on TCP %d of its last address', async (port, { skip }) => {
    const address = `127.${[0, 0, 0].map(() => 1 + Math.floor(Math.random() * 250)).join('.')}`;
    const listener = createServer((socket) => socket.destroy());
    const problem = await new Promise<string | null>((resolve) => {
      listener.once('error', (error) => resolve(error.message));
      listener.listen(port, address, () => resolve(null));
    });
    if (problem !== null) skip(`${problem}: run this as root`);
    onTestFinished(() => void listener.close());
    const site = await makeSite({ mode: 'auto', address });
    await expectRefused(site, 'answers');
    expect((await said(site))[0]?.message).toContain(`TCP ${port} of ${address}`);
  });

  it('does not if somebody rejected it', async () => {
    const site = await makeSite({ mode: 'auto' });
    const since = new Date().toISOString();
    const pair = { node: 'NEW', old: 'OLD', since, address: null, why: '', state: 'rejected' } as const;
    await proposalsOf(site).put(pair);
    await expectRefused(site, 'rejected');
    expect(await proposalsOf(site).list()).toEqual([pair]);
  });

  it('does not for a switch that brings its own config, or that has a folder', async () => {
    const site = await makeSite({ mode: 'auto', files: { 'nodes/HALF/attributes': 'a: 1\n' } });
    expect((await postNode(site.url, { ...newcomer, config: 'hostname own\n' })).status).toBe(201);
    expect((await postNode(site.url, { ...newcomer, serialnumber: 'HALF' })).status).toBe(400);
    expect(owners(site)).toBe(pool);
  });

  it('says once why it did not, however often the switch asks', async () => {
    const site = await makeSite({ mode: 'auto', files: leaf('OLD2') });
    for (let i = 0; i < 3; i += 1) await postNode(site.url, newcomer);
    expect(await said(site)).toHaveLength(1);
  });

  it('leaves a switch to the neighbordb if a pool can not be read, and changes nothing', async () => {
    const site = await makeSite({ mode: 'auto', files: { 'resources/broken': '- no pool\n' } });
    expect((await postNode(site.url, newcomer)).status).toBe(400);
    expect(existsSync(join(site.root, 'nodes/NEW'))).toBe(false);
    expect(existsSync(join(site.root, 'nodes/OLD/.replaced-by'))).toBe(false);
    expect(site.logged.map(({ message }) => message).join('\n')).toContain('resources/broken');
  });
});

describe('propose', () => {
  it('changes no answer: a switch that no pattern matches is refused, and proposed', async () => {
    const site = await makeSite({ mode: 'propose' });
    expect((await postNode(site.url, newcomer)).status).toBe(400);
    await eventually(async () => (await said(site)).length > 0);
    expect(existsSync(join(site.root, 'nodes/NEW'))).toBe(false);
    expect(owners(site)).toBe(pool);
    expect(await said(site)).toMatchObject([{ did: 'proposed', source: 'server' }]);
    expect(await proposalsOf(site).list()).toMatchObject([
      { node: 'NEW', old: 'OLD', address: '127.0.0.1', state: 'pending' },
    ]);
  });

  it('changes no answer: a switch that a pattern matches is registered, and proposed', async () => {
    const neighbordb = 'patterns: [{name: known, node: NEW, definition: leaf}]\n';
    const site = await makeSite({ mode: 'propose', neighbordb });
    expect((await postNode(site.url, newcomer)).status).toBe(201);
    await eventually(async () => (await said(site)).length > 0);
    expect(existsSync(join(site.root, 'nodes/NEW/.replaces'))).toBe(false);
    expect(JSON.parse((await request(site.url, 'GET', '/nodes/NEW')).body).attributes).toEqual({
      ip: '10.0.0.2',
    });
  });

  it('also for a node that is alive: somebody decides', async () => {
    const site = await makeSite({ mode: 'propose' });
    await request(site.url, 'GET', '/nodes/OLD');
    await postNode(site.url, newcomer);
    await eventually(async () => (await proposalsOf(site).list()).length > 0);
  });

  it('says so once, also after a restart', async () => {
    const first = await makeSite({ mode: 'propose' });
    await postNode(first.url, newcomer);
    await eventually(async () => (await said(first)).length > 0);
    await postNode(first.url, newcomer);
    await first.close();
    expect(await said(first)).toHaveLength(1);
    const again = await serveSite(first.root);
    await postNode(again.url, newcomer);
    await again.close();
    expect(await said(again)).toEqual([]);
  });

  it('does not what was rejected', async () => {
    const site = await makeSite({ mode: 'propose' });
    const since = new Date().toISOString();
    await proposalsOf(site).put({
      node: 'NEW',
      old: 'OLD',
      since,
      address: null,
      why: '',
      state: 'rejected',
    });
    await postNode(site.url, newcomer);
    await site.close();
    expect(await said(site)).toEqual([]);
    expect(await proposalsOf(site).list()).toMatchObject([{ state: 'rejected' }]);
  });

  it('knows nodes that were registered, changed and removed meanwhile', async () => {
    const neighbordb = 'patterns: [{name: known, node: A, definition: leaf}]\n';
    const site = await makeSite({ mode: 'propose', neighbordb });
    rmSync(join(site.root, 'nodes/OLD'), { recursive: true });
    await postNode(site.url, { ...newcomer, serialnumber: 'A' });
    await postNode(site.url, newcomer);
    await eventually(async () => (await proposalsOf(site).list()).some(({ old }) => old === 'A'));
    const elsewhere = { Ethernet1: cables.Ethernet49, Ethernet2: cables.Ethernet50 };
    await postNode(site.url, { ...newcomer, serialnumber: 'A', neighbors: elsewhere });
    await postNode(site.url, { ...newcomer, serialnumber: 'NEW2' });
    await postNode(site.url, { ...newcomer, serialnumber: 'NEW3', neighbors: elsewhere });
    await eventually(async () => (await proposalsOf(site).list()).some(({ node }) => node === 'NEW3'));
    expect((await proposalsOf(site).list()).map(({ node, old }) => [node, old])).toEqual([
      ['NEW', 'A'],
      ['NEW3', 'A'],
    ]);
  });
});

describe('off', () => {
  it('proposes nothing', async () => {
    const site = await makeSite({ mode: 'off' });
    expect((await postNode(site.url, newcomer)).status).toBe(400);
    await site.close();
    expect(await said(site)).toEqual([]);
    expect(await proposalsOf(site).list()).toEqual([]);
  });
});
