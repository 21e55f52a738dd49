import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { makeDataRoot, serveSite, writeFiles } from '../../fixtures/data-root.js';
import { postNode, request } from '../../fixtures/request.js';

const neighbordb = `
variables:
  spine: regex('spine\\d+')
  unused: exact('x')
patterns:
- name: leaf
  definition: leaf
  config-handler: save
  interfaces:
  - Ethernet49: $spine:any
- name: by serial
  definition: leaf
  node: STATIC1
`;
const leaf = `name: leaf
actions:
- name: hello
  action: add_config
  attributes: {url: files/x, variables: {ip: allocate('mgmt')}}
`;
const files = {
  neighbordb,
  'definitions/leaf': leaf,
  'config-handlers/save': '#!/bin/sh\n',
  'resources/mgmt': '10.0.0.1/24: null\n10.0.0.2/24: null\n',
};
const report = {
  serialnumber: 'JPE1',
  model: 'DCS-7050',
  systemmac: '00:1c:73:aa:bb:cc',
  version: '4.30.1F',
  neighbors: { Ethernet49: [{ device: 'spine1', port: 'Ethernet1/1' }] },
};

const serve = (
  extra: Record<string, string | Buffer | null> = {},
  settings = 'server_url = http://ztp:8080',
) => serveSite(makeDataRoot({ ...files, ...extra }), settings);

const list = (root: string, folder: string) => readdirSync(path.join(root, folder)).sort();
const read = (root: string, file: string) => readFileSync(path.join(root, file), 'utf8');

describe('POST /nodes', () => {
  it('creates a node whose cabling matches a pattern, and answers 201 with its absolute URL', async () => {
    const { url, root } = await serve();
    const answer = await postNode(url, { ...report, rack: 'r1' });
    expect(answer).toMatchObject({
      status: 201,
      body: '',
      headers: { 'content-type': 'text/html', location: 'http://ztp:8080/nodes/JPE1' },
    });
    expect(list(root, 'nodes/JPE1')).toEqual(['.node', 'config-handler', 'definition', 'pattern']);
    expect(read(root, 'nodes/JPE1/definition')).toBe(leaf);
    expect(JSON.parse(read(root, 'nodes/JPE1/.node'))).toEqual({
      ...report,
      systemmac: '001c73aabbcc',
      rack: 'r1',
    });
    expect(statSync(path.join(root, 'nodes/JPE1/config-handler')).mode & 0o111).not.toBe(0);
    const pattern = read(root, 'nodes/JPE1/pattern');
    expect(pattern).toContain('spine');
    expect(pattern).not.toContain('unused');
    expect(pattern).not.toContain('definition');
  });

  it('what it wrote passes the check of GET', async () => {
    const { url } = await serve();
    await postNode(url, report);
    const answer = await request(url, 'GET', '/nodes/JPE1');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual({
      name: 'leaf',
      actions: [
        {
          name: 'hello',
          action: 'add_config',
          attributes: { url: 'files/x', variables: { ip: '10.0.0.1/24' } },
        },
      ],
    });
  });

  it('answers 409 for a known node and rewrites its facts, nothing else', async () => {
    const { url, root } = await serve();
    await postNode(url, report);
    writeFiles(root, { 'nodes/JPE1/definition': 'name: edited\n' });
    const answer = await postNode(url, { ...report, version: '4.31.0F', neighbors: {} });
    expect(answer).toMatchObject({
      status: 409,
      body: '',
      headers: { location: 'http://ztp:8080/nodes/JPE1' },
    });
    expect(JSON.parse(read(root, 'nodes/JPE1/.node'))).toMatchObject({ version: '4.31.0F', neighbors: {} });
    expect(read(root, 'nodes/JPE1/definition')).toBe('name: edited\n');
  });

  it('knows a node by its startup-config alone', async () => {
    const { url } = await serve({ 'nodes/JPE1/startup-config': 'hostname x\n' });
    expect((await postNode(url, report)).status).toBe(409);
  });

  it.each<Record<string, string | null>>([{ 'nodes/JPE1': null }, { 'nodes/JPE1/pattern': 'name: x\n' }])(
    'refuses a half-made static node and leaves it as it is (%j)',
    async (extra) => {
      const { url, root } = await serve(extra);
      const before = list(root, 'nodes/JPE1');
      const answer = await postNode(url, report);
      expect(answer).toMatchObject({ status: 400, headers: { 'x-ztps-reason': 'incomplete-node' } });
      expect(list(root, 'nodes/JPE1')).toEqual(before);
    },
  );

  it('creates a node from the config that it brings, byte for byte', async () => {
    const { url, root } = await serve();
    const config = 'hostname ünï\r\n! end';
    expect((await postNode(url, { serialnumber: 'C1', config })).status).toBe(201);
    expect(list(root, 'nodes/C1')).toEqual(['.node', 'pattern', 'startup-config']);
    expect(read(root, 'nodes/C1/startup-config')).toBe(config);
    expect(JSON.parse(read(root, 'nodes/C1/.node'))).not.toHaveProperty('config');
    const answer = await request(url, 'GET', '/nodes/C1');
    expect(JSON.parse(answer.body)).toMatchObject({
      name: 'C1',
      actions: [
        {
          action: 'replace_config',
          always_execute: true,
          attributes: { url: 'http://ztp:8080/nodes/C1/startup-config' },
        },
      ],
    });
  });

  it('refuses what no pattern matches, names the nearest miss and leaves nothing behind', async () => {
    const { url, root, logged } = await serve();
    const answer = await postNode(url, {
      ...report,
      neighbors: { Ethernet49: [{ device: 'oob1', port: 'Ethernet1' }] },
    });
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': 'text/html', 'x-ztps-reason': 'no-pattern-matched' },
    });
    expect(answer.body).toMatch(/leaf.*Ethernet49.*oob1/);
    expect(answer.body.trim().split('\n')).toHaveLength(1);
    expect(list(root, 'nodes')).toEqual([]);
    const line = logged.find((it) => it.reason === 'no-pattern-matched');
    expect(line?.node).toBe('JPE1');
    expect(line?.message).toContain(answer.body.trim());
  });

  it('tells the whole story of a match with --debug', async () => {
    const { url, logged } = await serve();
    await postNode(url, report);
    await postNode(url, { ...report, serialnumber: 'JPE2', neighbors: {} });
    const story = (node: string) =>
      logged
        .flatMap((line) => (line.level === 'debug' && line.node === node ? [line.message] : []))
        .join('\n');
    expect(story('JPE1')).toMatch(
      /Ethernet49 spine1:Ethernet1\/1[\s\S]*leaf.* matches[\s\S]*Ethernet49[\s\S]*POST \/nodes from 127.0.0.1: 201/,
    );
    expect(story('JPE2')).toMatch(/no pattern matched[\s\S]*leaf[\s\S]*Ethernet49/);
  });

  it('tries a node that a pattern names against that pattern only', async () => {
    const { url } = await serve();
    expect((await postNode(url, { ...report, serialnumber: 'STATIC1', neighbors: {} })).status).toBe(201);
  });

  it.each([
    [
      'an invalid neighbordb',
      { neighbordb: 'patterns:\n- name: x\n' },
      'invalid-neighbordb',
      'neighbordb line 2',
    ],
    ['a neighbordb that is no YAML', { neighbordb: 'patterns: [' }, 'invalid-yaml', 'neighbordb'],
    [
      'a missing definition',
      { neighbordb: neighbordb.replaceAll('definition: leaf', 'definition: gone') },
      'missing-definition',
      'definitions/gone',
    ],
    [
      'a missing config-handler',
      { neighbordb: neighbordb.replace('handler: save', 'handler: gone') },
      'missing-config-handler',
      'config-handlers/gone',
    ],
    ['an empty neighbordb', { neighbordb: '' }, 'no-pattern-matched', ''],
  ])('refuses for %s and leaves nothing behind', async (_, extra, code, words) => {
    const { url, root } = await serve(extra);
    const answer = await postNode(url, report);
    expect(answer).toMatchObject({ status: 400, headers: { 'x-ztps-reason': code } });
    expect(answer.body).toContain(words);
    expect(list(root, 'nodes')).toEqual([]);
  });

  it('sees an edit of the neighbordb at the next request', async () => {
    const { url, root } = await serve({ neighbordb: '' });
    expect((await postNode(url, report)).status).toBe(400);
    writeFileSync(path.join(root, 'neighbordb'), neighbordb);
    expect((await postNode(url, report)).status).toBe(201);
  });

  it('makes one node of a hundred simultaneous reports', async () => {
    const { url, root } = await serve();
    const answers = await Promise.all(Array.from({ length: 100 }, () => postNode(url, report)));
    expect(answers.filter((it) => it.status === 201)).toHaveLength(1);
    expect(answers.filter((it) => it.status === 409)).toHaveLength(99);
    expect(list(root, 'nodes')).toEqual(['JPE1']);
  });

  it('with identifier = systemmac names nodes by the MAC without separators, in bodies and paths', async () => {
    const { url, root } = await serve({}, '[default]\nidentifier = systemmac\nserver_url = http://ztp:8080');
    const answer = await postNode(url, { ...report, systemmac: '00-1c.73:aa:bb:cc' });
    expect(answer.headers.location).toBe('http://ztp:8080/nodes/001c73aabbcc');
    expect(list(root, 'nodes')).toEqual(['001c73aabbcc']);
    for (const id of ['001c73aabbcc', '00:1c:73:aa:bb:cc', '001c.73aa.bbcc', '00%3A1c-73aabbcc']) {
      expect((await request(url, 'GET', `/nodes/${id}`)).status).toBe(200);
    }
  });
});

describe('GET /nodes/{id}', () => {
  it.each([
    ['no pattern', { 'nodes/N/definition': leaf, 'nodes/N/.node': '{}' }, 'missing-pattern'],
    [
      'no facts',
      { 'nodes/N/definition': leaf, 'nodes/N/pattern': 'name: x\ninterfaces: [any: any]\n' },
      'topology-check-failed',
    ],
    [
      'other cabling',
      {
        'nodes/N/definition': leaf,
        'nodes/N/.node': '{"neighbors":{}}',
        'nodes/N/pattern': 'interfaces: [any: any]\n',
      },
      'topology-check-failed',
    ],
    [
      'an invalid pattern',
      { 'nodes/N/definition': leaf, 'nodes/N/.node': '{}', 'nodes/N/pattern': 'nonsense: 1\n' },
      'invalid-pattern',
    ],
    [
      'an empty pattern',
      { 'nodes/N/definition': leaf, 'nodes/N/.node': '{}', 'nodes/N/pattern': '' },
      'invalid-pattern',
    ],
    [
      'an invalid definition',
      { 'nodes/N/definition': '- a\n', 'nodes/N/.node': '{}', 'nodes/N/pattern': 'name: x\n' },
      'invalid-definition',
    ],
    [
      'a definition that is no YAML',
      { 'nodes/N/definition': 'a: [', 'nodes/N/.node': '{}', 'nodes/N/pattern': 'name: x\n' },
      'invalid-yaml',
    ],
    [
      'invalid attributes',
      {
        'nodes/N/definition': leaf,
        'nodes/N/attributes': '- a\n',
        'nodes/N/.node': '{}',
        'nodes/N/pattern': 'name: x\n',
      },
      'invalid-node-file',
    ],
    [
      'broken facts',
      { 'nodes/N/definition': leaf, 'nodes/N/.node': '{', 'nodes/N/pattern': 'name: x\n' },
      'invalid-node-file',
    ],
    [
      'an exhausted pool',
      {
        'nodes/N/definition': leaf,
        'nodes/N/.node': '{}',
        'nodes/N/pattern': 'name: x\n',
        'resources/mgmt': '10.0.0.1: other\n',
      },
      'pool-exhausted',
    ],
    [
      'a missing pool',
      {
        'nodes/N/definition': "actions: [{action: a, attributes: {x: allocate('gone')}}]",
        'nodes/N/.node': '{}',
        'nodes/N/pattern': 'name: x\n',
      },
      'missing-pool',
    ],
    [
      'an unknown plugin',
      {
        'nodes/N/definition': "attributes: {x: nope('y')}",
        'nodes/N/.node': '{}',
        'nodes/N/pattern': 'name: x\n',
      },
      'unknown-plugin',
    ],
    [
      'a folder without definition',
      { 'nodes/N/.node': '{}', 'nodes/N/pattern': 'name: x\n' },
      'missing-definition',
    ],
  ])('is 400 for %s', async (_, extra, code) => {
    const { url, logged } = await serve(extra);
    const answer = await request(url, 'GET', '/nodes/N');
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': 'text/html', 'x-ztps-reason': code },
    });
    expect(logged.find((line) => line.reason === code)).toMatchObject({ node: 'N', level: 'warning' });
  });

  it('is 400 for a node that is not there', async () => {
    const { url } = await serve();
    expect(await request(url, 'GET', '/nodes/NOBODY')).toMatchObject({
      status: 400,
      headers: { 'x-ztps-reason': 'unknown-node' },
    });
  });

  it('skips the topology check with disable_topology_validation', async () => {
    const { url } = await serve({ 'nodes/N/definition': 'name: x\n' }, 'disable_topology_validation = yes');
    expect(await request(url, 'GET', '/nodes/N')).toMatchObject({ status: 200 });
  });

  it('answers the same twice: a node keeps what it was given', async () => {
    const { url, root } = await serve();
    await postNode(url, report);
    const first = await request(url, 'GET', '/nodes/JPE1');
    expect((await request(url, 'GET', '/nodes/JPE1')).body).toBe(first.body);
    expect(read(root, 'resources/mgmt')).toBe('10.0.0.1/24: JPE1\n10.0.0.2/24: null\n');
  });

  it('HEAD gives nothing out', async () => {
    const { url, root } = await serve();
    await postNode(url, report);
    const before = read(root, 'resources/mgmt');
    expect(await request(url, 'HEAD', '/nodes/JPE1')).toMatchObject({ status: 200, body: '' });
    expect(read(root, 'resources/mgmt')).toBe(before);
  });

  it('with a startup-config sends it first, then only what is always executed', async () => {
    const definition =
      'name: d\nactions:\n- {name: a, action: a}\n- {name: b, action: b, always_execute: true}\n';
    const { url } = await serve(
      {
        'nodes/N/definition': definition,
        'nodes/N/startup-config': 'x',
        'nodes/N/.node': '{}',
        'nodes/N/pattern': 'name: x\n',
      },
      'server_url = http://ztp:8080/',
    );
    const { name, actions } = JSON.parse((await request(url, 'GET', '/nodes/N')).body);
    expect(name).toBe('d');
    expect(actions.map((it: { action: string }) => it.action)).toEqual(['replace_config', 'b']);
    expect(actions[0].attributes.url).toBe('http://ztp:8080/nodes/N/startup-config');
  });

  it('ignores a body and its content type', async () => {
    const { url } = await serve();
    await postNode(url, report);
    const answer = await request(url, 'GET', '/nodes/JPE1', {
      headers: { 'content-type': 'text/html' },
      body: 'null',
    });
    expect(answer.status).toBe(200);
  });
});

describe('PUT /nodes/{id}/startup-config', () => {
  const put = (url: string, id: string, body: string | Buffer, headers = {}) =>
    request(url, 'PUT', `/nodes/${id}/startup-config`, { body, headers });

  it('keeps the body byte for byte, 201 the first time and 200 after, whatever its type', async () => {
    const { url, root } = await serve();
    await postNode(url, report);
    const config = Buffer.from([0x21, 0xff, 0x00, 0x0d, 0x0a]);
    expect((await put(url, 'JPE1', config)).status).toBe(201);
    expect(
      (await put(url, 'JPE1', config, { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(200);
    expect((await put(url, 'JPE1', config, { 'content-type': 'no type at all' })).status).toBe(200);
    expect(readFileSync(path.join(root, 'nodes/JPE1/startup-config')).equals(config)).toBe(true);
    const answer = await request(url, 'GET', '/nodes/JPE1/startup-config');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain' } });
    expect(answer.bytes.equals(config)).toBe(true);
  });

  it('creates the config once, however many come at the same time', async () => {
    const { url } = await serve();
    await postNode(url, report);
    const answers = await Promise.all(Array.from({ length: 20 }, () => put(url, 'JPE1', 'x')));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(19);
  });

  it('logs a config-handler that is a link to nowhere', async () => {
    const site = await serve({ 'nodes/N/definition': 'name: x\n' });
    symlinkSync('nowhere', path.join(site.root, 'nodes/N/config-handler'));
    expect((await put(site.url, 'N', 'x')).status).toBe(201);
    await site.close();
    expect(site.logged.find((line) => line.level === 'error')?.message).toMatch(/could not be run/);
  });

  it('refuses an unknown node and creates nothing', async () => {
    const { url, root } = await serve();
    expect(await put(url, 'NOBODY', 'x')).toMatchObject({
      status: 400,
      headers: { 'x-ztps-reason': 'unknown-node' },
    });
    expect(list(root, 'nodes')).toEqual([]);
  });

  it('refuses an empty body', async () => {
    const { url, root } = await serve();
    await postNode(url, report);
    expect((await put(url, 'JPE1', '')).status).toBe(400);
    expect(existsSync(path.join(root, 'nodes/JPE1/startup-config'))).toBe(false);
  });

  it('takes 32 MiB and refuses a byte more with 413', async () => {
    const { url, root, logged } = await serve();
    await postNode(url, report);
    const most = Buffer.alloc(32 * 1024 * 1024, 'x');
    expect((await put(url, 'JPE1', most, { expect: '100-continue' })).status).toBe(201);
    // A client that sends all of it before it reads sees the answer, not a reset.
    const more = await put(url, 'JPE1', Buffer.concat([most, Buffer.from('x')]));
    expect(more).toMatchObject({ status: 413, headers: { 'x-ztps-reason': 'body-too-large' } });
    expect(logged.find((line) => line.reason === 'body-too-large')?.node).toBe('JPE1');
    expect(statSync(path.join(root, 'nodes/JPE1/startup-config')).size).toBe(most.length);
  });

  it('then runs the config-handler by its own path, with the node id, one at a time', async () => {
    const site = await serve();
    await postNode(site.url, report);
    const handler = path.join(site.root, 'nodes/JPE1/config-handler');
    writeFileSync(
      handler,
      'd=$(dirname "$0")\nmkdir "$d/running" || echo overlap >> "$d/out"\n' +
        'echo "$0 $# $ZTPS_NODE_ID $(cat "$d/startup-config")" >> "$d/out"\nsleep 0.1\nrmdir "$d/running"\n',
    );
    for (const text of ['1', '2', '3']) expect((await put(site.url, 'JPE1', text)).status).toBeLessThan(300);
    const succeeded = () =>
      site.logged.filter((line) => line.message.startsWith('config-handler succeeded')).length;
    await vi.waitFor(() => expect(succeeded()).toBe(3), 20_000);
    const lines = read(site.root, 'nodes/JPE1/out').trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toBe(`${handler} 0 JPE1 3`);
    expect(lines.join()).not.toContain('overlap');
  });

  it('logs a config-handler that fails or can not be run, and answers all the same', async () => {
    const site = await serve({ 'nodes/N/definition': 'name: x\n' });
    mkdirSync(path.join(site.root, 'nodes/M'));
    writeFiles(site.root, {
      'nodes/N/config-handler': '#!/bin/sh\necho broken; exit 4\n',
      'nodes/K/config-handler': '#!/no/such/python\n',
      'nodes/S/config-handler': '#!/bin/sh\nkill -TERM $$\n',
      'nodes/M/definition': 'name: x\n',
    });
    writeFileSync(path.join(site.root, 'nodes/M/config-handler'), '#!/bin/sh\n', { mode: 0o644 });
    expect((await put(site.url, 'N', 'x')).status).toBe(201);
    for (const id of ['M', 'K', 'S']) expect((await put(site.url, id, 'x')).status).toBe(201);
    await site.close();
    const errors = site.logged.filter((line) => line.level === 'error');
    const says = {
      N: /config-handler failed with exit status 4$/,
      M: /config-handler could not be run: .*EACCES/,
      K: /config-handler could not be run: .*the interpreter that its first line names is not there: #!\/no\/such\/python$/,
      S: /config-handler was ended by SIGTERM$/,
    };
    for (const [id, words] of Object.entries(says)) {
      const [record] = await site.journal.records({ types: ['config-saved'], node: id, limit: 1 });
      expect(record?.message).toMatch(words);
    }
    expect(errors.find((line) => line.node === 'N')?.message).toMatch(/exit status 4: broken/);
    expect(errors.find((line) => line.node === 'M')?.message).toMatch(/could not be run/);
  });
});

describe('a link that leads out of the data root', () => {
  it.each([
    ['the neighbordb', 'neighbordb', 'POST'],
    ['a definition', 'definitions/leaf', 'POST'],
    ["a node's definition", 'nodes/N/definition', 'GET'],
    ["a node's startup-config", 'nodes/N/startup-config', 'GET'],
    ["a node's folder", 'nodes/N', 'GET'],
  ])('in place of %s is refused with 400', async (_, link, method) => {
    const outside = makeDataRoot({ file: leaf });
    const node: Record<string, string> =
      link === 'nodes/N' ? {} : { 'nodes/N/pattern': 'name: x\n', 'nodes/N/.node': '{}' };
    const { url, root } = await serve(node);
    rmSync(path.join(root, link), { force: true });
    symlinkSync(link === 'nodes/N' ? outside : path.join(outside, 'file'), path.join(root, link));
    const answer = method === 'POST' ? await postNode(url, report) : await request(url, 'GET', '/nodes/N');
    expect(answer).toMatchObject({ status: 400, headers: { 'x-ztps-reason': 'path-refused' } });
    expect(answer.body).toContain('trusted_folders');
    expect(list(root, 'nodes')).not.toContain('JPE1');
  });
});

describe('GET /nodes/{id}/startup-config', () => {
  it('is 400 when there is none', async () => {
    const { url } = await serve();
    expect(await request(url, 'GET', '/nodes/NOBODY/startup-config')).toMatchObject({
      status: 400,
      headers: { 'x-ztps-reason': 'missing-startup-config' },
    });
  });
});
