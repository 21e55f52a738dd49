// POST /nodes/{id}/events over real sockets, and what every request leaves in the journal.

import { describe, expect, it } from 'vitest';
import { makeDataRoot, type ServedSite, serveSite } from '../../fixtures/data-root.js';
import { MemoryJournal } from '../../fixtures/memory-journal.js';

const neighbordb = `
patterns:
- name: leaf
  definition: leaf
  interfaces:
  - Ethernet1: spine1:any
`;
const files = {
  neighbordb,
  'definitions/leaf':
    "name: leaf\nactions:\n- action: add_config\n  attributes: {ip: allocate('mgmt')}\n- action: copy_file\n",
  'resources/mgmt': '10.0.0.1: null\n10.0.0.2: null\n',
  'actions/add_config': 'def main(attributes): pass\n',
  'actions/copy_file': 'def main(attributes): pass\n',
  'files/a': 'content\n',
  'bootstrap/bootstrap': 'print("$SERVER")\n',
};

const leaf = { serialnumber: 'SN1', neighbors: { Ethernet1: [{ device: 'spine1', port: 'Ethernet1' }] } };

function post(site: ServedSite, path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${site.url}${path}`, { method: 'POST', body: text, headers });
}

/** Serves the site, registers SN1 and has its definition sent. */
async function provision() {
  const site = await serveSite(makeDataRoot(files));
  const answer = await post(site, '/nodes', leaf);
  const run = answer.headers.get('x-ztps-run') ?? '';
  await fetch(`${site.url}/nodes/SN1`);
  const report = (events: unknown, parts: Record<string, unknown> = {}) =>
    post(site, '/nodes/SN1/events', { run, events, ...parts });
  return { site, run, report, records: (node = 'SN1') => site.journal.records({ node, limit: 1000 }) };
}

describe('the answer to POST /nodes', () => {
  it('names the run, also when it refuses, and a known node gets another one each time it starts over', async () => {
    const { site, run } = await provision();
    expect(run).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    const refused = await post(site, '/nodes', { serialnumber: 'SN2' });
    expect([refused.status, refused.headers.get('x-ztps-run')]).toEqual([400, expect.stringMatching(/./)]);
    const known = await post(site, '/nodes', leaf);
    expect(known.status).toBe(409);
    expect(known.headers.get('x-ztps-run')).not.toBe(run);
  });
});

describe('POST /nodes/{id}/events', () => {
  it('keeps what a switch reports, with the time of the server and that of the switch', async () => {
    const { run, report, records } = await provision();
    const before = new Date().toISOString();
    const answer = await report([
      {
        seq: 1,
        at: '1970-01-01T00:01:00Z',
        type: 'action-started',
        level: 'info',
        message: 'go',
        data: { index: 1, of: 2, action: 'add_config' },
      },
      { seq: 2, at: null, type: 'log', level: 'warning', message: 'hm', data: {} },
    ]);
    expect([answer.status, await answer.json(), answer.headers.get('content-type')]).toEqual([
      202,
      { accepted: 2 },
      'application/json',
    ]);
    const [started, log] = (await records()).slice(-2);
    expect(started).toMatchObject({
      type: 'action-started',
      node: 'SN1',
      run,
      source: 'switch',
      address: '127.0.0.1',
      message: 'go',
      data: { index: 1, of: 2, action: 'add_config', at: '1970-01-01T00:01:00Z' },
    });
    expect((started?.at ?? '') >= before).toBe(true);
    expect(log).toMatchObject({ type: 'log', level: 'warning', message: 'hm' });
  });

  it('takes a repeated report once', async () => {
    const { report, records } = await provision();
    const event = { seq: 7, type: 'log', message: 'once' };
    for (let time = 0; time < 3; time += 1) expect((await report([event])).status).toBe(202);
    expect((await records()).filter(({ message }) => message === 'once')).toHaveLength(1);
  });

  it('ends the run as the switch says', async () => {
    const { site, report } = await provision();
    await report([
      { seq: 1, type: 'action-started', data: { index: 2, of: 2, action: 'copy_file' } },
      { seq: 2, type: 'failed', message: 'no room on flash', data: { duration: 3, reason: 'no room' } },
    ]);
    expect(await site.journal.runs({ node: 'SN1', limit: 9 })).toMatchObject([
      { state: 'failed', reason: 'no room', reports: true, step: { index: 2, of: 2, action: 'copy_file' } },
    ]);
  });

  it('refuses what is no report, with the reason', async () => {
    const { site, run, report } = await provision();
    const refusals = await Promise.all([
      post(site, '/nodes/SN1/events', ''),
      post(site, '/nodes/SN1/events', '[]'),
      post(site, '/nodes/SN1/events', `${'['.repeat(100_000)}`),
      report([{ seq: 0, type: 'log' }]),
      report([{ seq: 1, type: 'config-saved' }]),
      report([{ seq: 1, type: 'log', level: 'fatal' }]),
      report('x'),
      report([], { run: '../x' }),
    ]);
    for (const it of refusals) {
      expect([it.status, it.headers.get('x-ztps-reason')]).toEqual([400, 'invalid-body']);
    }
    expect(await refusals[4]?.text()).toMatch(/^events\.0\.type: /);
    expect(await (await post(site, '/nodes/SN2/events', { run, events: [] })).text()).toBe(
      `run ${run} is not one of node SN2\n`,
    );
  });

  it('answers 404 to a node without a folder and a run, and 413 beyond 256 KiB', async () => {
    const { site, report } = await provision();
    const unknown = await post(site, '/nodes/SN9/events', { run: 'x', events: [] });
    expect([unknown.status, unknown.headers.get('x-ztps-reason')]).toEqual([404, 'no-such-run']);
    expect((await report([{ seq: 1, type: 'log', message: 'x'.repeat(256 * 1024) }])).status).toBe(413);
  });

  it('takes no report of a run that ended with a refusal and left no folder', async () => {
    const { site } = await provision();
    const refused = await post(site, '/nodes', { serialnumber: 'SN2' });
    const run = refused.headers.get('x-ztps-run') ?? '';
    const answer = await post(site, '/nodes/SN2/events', {
      run,
      events: [{ seq: 1, type: 'log', message: 'alas' }],
    });
    expect(answer.status).toBe(404);
    expect((await site.journal.records({ node: 'SN2', limit: 9 })).map(({ type }) => type)).toEqual([
      'refused',
      'failed',
    ]);
  });

  it('knows a run that ended long ago, and takes nothing of it twice', async () => {
    const ended = {
      run: 'old',
      node: 'SN1',
      state: 'completed',
      startedAt: '2026-01-01T10:00:00.000Z',
      lastSignAt: '2026-01-01T10:05:00.000Z',
      endedAt: '2026-01-01T10:05:00.000Z',
      definition: 'leaf',
      reports: true,
      memory: {
        actions: [],
        at: -1,
        fetched: [],
        lastReport: 1,
        hasStalled: false,
        refusal: null,
        contact: null,
      },
    } as const;
    const journal = new MemoryJournal([], [ended]);
    const root = makeDataRoot({ ...files, 'nodes/SN1/definition': 'name: leaf\n' });
    const site = await serveSite(root, '', journal);
    const events = [{ seq: 1, type: 'completed', message: 'provisioned', data: { duration: 1 } }];
    expect((await post(site, '/nodes/SN1/events', { run: 'old', events })).status).toBe(202);
    expect(await journal.records({ limit: 9 })).toEqual([]);
    const { startedAt, endedAt } = ended;
    expect(await journal.runs({ limit: 9 })).toMatchObject([
      { state: 'completed', node: 'SN1', definition: 'leaf', startedAt, endedAt },
    ]);
    const stolen = await post(site, '/nodes/SN3/events', { run: 'old', events });
    expect([stolen.status, await stolen.text()]).toEqual([400, 'run old is not one of node SN3\n']);
  });

  it('takes the end of a run whatever its reason is made of, and however much was said before', async () => {
    const { site, report } = await provision();
    const odd = { reason: { toString: 1, valueOf: 1 } };
    expect((await report([{ seq: 1, type: 'failed', message: 'odd', data: odd }])).status).toBe(202);
    expect(await site.journal.runs({ node: 'SN1', limit: 9 })).toMatchObject([
      { state: 'failed', reason: 'odd' },
    ]);
  });

  it('ends a run that said too much', async () => {
    const { site, report } = await provision();
    for (let batch = 0; batch < 5; batch += 1) {
      const many = Array.from({ length: 4_001 }, (_, index) => ({
        seq: batch * 5_000 + index + 1,
        type: 'log',
      }));
      expect((await report(many)).status).toBe(202);
    }
    expect((await report([{ seq: 900_000, type: 'completed', message: 'done' }])).status).toBe(202);
    expect(await site.journal.runs({ node: 'SN1', limit: 9 })).toMatchObject([{ state: 'completed' }]);
    expect((await site.journal.records({ node: 'SN1', limit: 99_999 })).length).toBeLessThan(20_010);
  });

  it('is for POST only', async () => {
    const { site } = await provision();
    const answer = await fetch(`${site.url}/nodes/SN1/events`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('the journal', () => {
  it('says what every step of a switch was', async () => {
    const site = await serveSite(makeDataRoot(files));
    await fetch(`${site.url}/bootstrap`, {
      headers: { 'x-arista-serial': 'SN1', 'x-arista-modelname': 'vEOS' },
    });
    await post(site, '/nodes', leaf);
    await fetch(`${site.url}/nodes/SN1`);
    await fetch(`${site.url}/actions/add_config`);
    await (await fetch(`${site.url}/files/a`)).text();
    await fetch(`${site.url}/actions/copy_file`);
    await fetch(`${site.url}/nodes/SN1/startup-config`, { method: 'PUT', body: 'hostname leaf1\n' });
    await site.close();
    const records = await site.journal.records({ node: 'SN1', limit: 99 });
    expect(records.map(({ type }) => type)).toEqual([
      'contacted',
      'registered',
      'resource-allocated',
      'definition-sent',
      'action-started',
      'download',
      'action-succeeded',
      'action-started',
      'action-succeeded',
      'completed',
      'config-saved',
    ]);
    expect(new Set(records.map(({ run }) => run)).size).toBe(1);
    expect(records[1]?.data).toEqual({ known: false, pattern: 'leaf', definition: 'definitions/leaf' });
    expect(records[2]?.data).toEqual({ pool: 'mgmt', value: '10.0.0.1', key: null });
    expect(records[3]?.data).toMatchObject({
      definition: 'leaf',
      actions: ['add_config', 'copy_file'],
      resources: { "allocate('mgmt')": '10.0.0.1' },
    });
    expect(records[5]?.data).toMatchObject({ path: 'files/a', bytes: 8, whole: true });
    expect(records[10]?.data).toMatchObject({ bytes: 15, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('has the whole explanation of a refusal, and nothing of a malformed request or of HEAD', async () => {
    const site = await serveSite(makeDataRoot(files));
    await post(site, '/nodes', { ...leaf, neighbors: {} });
    const [refused] = await site.journal.records({ types: ['refused'], limit: 9 });
    expect(refused).toMatchObject({ node: 'SN1', level: 'warning', data: { code: 'no-pattern-matched' } });
    expect(refused?.data.explanation).toContainEqual(
      expect.stringMatching(/"Ethernet1: spine1:any" \(line 6\): left open/),
    );
    const before = (await site.journal.records({ limit: 99 })).length;
    await post(site, '/nodes', '{');
    await post(site, '/nodes', { serialnumber: '../etc' });
    await fetch(`${site.url}/nodes/SN1`, { method: 'HEAD' });
    await fetch(`${site.url}/bootstrap`, { method: 'HEAD', headers: { 'x-arista-serial': 'SN1' } });
    await fetch(`${site.url}/files/../../etc/passwd`);
    expect(await site.journal.records({ limit: 99 })).toHaveLength(before);
  });

  it('does not say again that a value was given which the node holds already', async () => {
    const { site, records } = await provision();
    await fetch(`${site.url}/nodes/SN1`);
    expect((await records()).filter(({ type }) => type === 'resource-allocated')).toHaveLength(1);
  });

  it('says what came of the config-handler', async () => {
    const { site, records } = await provision();
    const { writeFiles } = await import('../../fixtures/data-root.js');
    writeFiles(site.root, { 'nodes/SN1/config-handler': '#!/bin/sh\necho alas; exit 3\n' });
    await fetch(`${site.url}/nodes/SN1/startup-config`, { method: 'PUT', body: 'hostname leaf1\n' });
    await site.close();
    expect((await records()).at(-1)).toMatchObject({
      type: 'config-saved',
      level: 'error',
      message: expect.stringMatching(/its config-handler failed with exit status 3$/),
      data: {
        handler: { status: 3, outcome: 'exited', reason: 'failed with exit status 3', output: 'alas' },
      },
    });
  });
});
