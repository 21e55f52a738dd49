import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDataRoot, type ServedSite, serveSite } from '../fixtures/data-root.js';
import { postNode, request } from '../fixtures/request.js';

const serve = (files: Record<string, string | Buffer | null> = {}) => serveSite(makeDataRoot(files));

/** Everything in the data root: names and contents. */
function snapshot(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    found[path.relative(root, file)] = entry.isFile() ? readFileSync(file, 'utf8') : '';
  }
  return found;
}

/** Sends bytes as they are, closes its side if asked to, and gives all that came back. */
function sendRaw(site: ServedSite, bytes: string | Buffer, closes = true): Promise<string> {
  const { port } = new URL(site.url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), '127.0.0.1', () => {
      if (closes) socket.end(bytes);
      else socket.write(bytes);
    });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('a hostile body of POST /nodes', () => {
  it.each([
    ['no JSON', 'serialnumber=JPE1'],
    ['no object', '[1,2]'],
    ['empty', ''],
    ['deep', '{"serialnumber":"J","x":'.repeat(100_000)],
    ['cut off', '{"serialnumber": "JPE1", "neighbors": {"Ether'],
    ['with a number for a name', '{"serialnumber": 17}'],
    ['with a list for a model', '{"serialnumber": "J", "model": []}'],
    ['with text for neighbors', '{"serialnumber": "J", "neighbors": "none"}'],
    ['with a neighbor of null', '{"serialnumber": "J", "neighbors": {"Ethernet1": [null]}}'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('that is %s gets 400, a reason and a log line, and leaves nothing', async (_, body) => {
    const { url, root, logged } = await serve();
    const before = snapshot(root);
    const answer = await request(url, 'POST', '/nodes', { body });
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': 'text/html', 'x-ztps-reason': 'invalid-body' },
    });
    expect(answer.body.length).toBeGreaterThan(10);
    expect(logged.filter((line) => line.reason === 'invalid-body')).toHaveLength(1);
    expect(snapshot(root)).toEqual(before);
  });

  it('over 4 MiB gets 413', async () => {
    const { url } = await serve();
    const body = JSON.stringify({ serialnumber: 'x', model: 'x'.repeat(4 * 1024 * 1024) });
    expect(await request(url, 'POST', '/nodes', { body })).toMatchObject({
      status: 413,
      headers: { 'x-ztps-reason': 'body-too-large' },
    });
  });

  it('that ends before its Content-Length leaves nothing', async () => {
    const site = await serve();
    await sendRaw(
      site,
      'POST /nodes HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"serialnumber":"J"}',
    );
    expect(readdirSync(path.join(site.root, 'nodes'))).toEqual([]);
    expect((await request(site.url, 'GET', '/bootstrap/config')).status).toBe(200);
  });
});

describe('a hostile node id', () => {
  const ids = [
    '../x',
    'a/b',
    '..',
    '.',
    '.hidden',
    'a\0b',
    '$(reboot)',
    'x'.repeat(10_000),
    'a b',
    'é',
    '',
    'a\n',
  ];
  it.each(ids)('%j in a report gets 400 and creates nothing', async (serialnumber) => {
    const { url, root } = await serve({ neighbordb: 'patterns: [{name: a, definition: d, model: .*}]' });
    const answer = await postNode(url, { serialnumber, model: 'm' });
    expect(answer).toMatchObject({ status: 400, headers: { 'x-ztps-reason': 'invalid-node-id' } });
    expect(readdirSync(path.join(root, 'nodes'))).toEqual([]);
  });

  it.each(ids.filter((id) => id !== '' && !id.startsWith('.')))('%j in a path gets 400', async (id) => {
    const { url } = await serve();
    const answer = await request(url, 'GET', `/nodes/${encodeURIComponent(id)}`);
    expect(answer).toMatchObject({ status: 400, headers: { 'x-ztps-reason': 'invalid-node-id' } });
  });

  it('with dots inside is fine', async () => {
    const { url } = await serve({ 'nodes/a.b..c-_1/startup-config': 'x' });
    expect((await request(url, 'GET', '/nodes/a.b..c-_1/startup-config')).status).toBe(200);
  });
});

describe('a path that climbs', () => {
  const climbs = [
    '../secret',
    '%2e%2e/secret',
    '..%2fsecret',
    '%252e%252e%252fsecret',
    '..%5csecret',
    'a/../../secret',
    '%00',
    'x%00.txt',
    '/etc/passwd',
    '%2fetc%2fpasswd',
    './/../secret',
  ];
  const routes = ['/files/', '/actions/', '/meta/files/', '/meta/actions/', '/meta/nodes/', '/meta/nodes/N/'];
  it.each(routes.flatMap((route) => climbs.map((climb) => route + climb)))(
    '%s gives nothing',
    async (target) => {
      const { url } = await serve({
        secret: 'secret',
        'nodes/secret': 'secret',
        'nodes/N': null,
        'files/a': null,
      });
      const answer = await request(url, 'GET', target);
      expect(answer.status).toBe(404);
      expect(answer.body).not.toBe('secret');
      expect(answer.headers['x-ztps-reason']).toBeDefined();
    },
  );

  it.each(climbs)('/nodes/%s gives nothing', async (climb) => {
    const { url } = await serve({ secret: 'secret', definition: 'name: stolen' });
    const answer = await request(url, 'GET', `/nodes/${climb}`);
    expect([400, 404]).toContain(answer.status);
    expect(answer.body).not.toContain('stolen');
  });

  it('that is no valid encoding gets a plain answer', async () => {
    const { url } = await serve();
    expect(await request(url, 'GET', '/nodes/%zz')).toMatchObject({
      status: 400,
      headers: { 'content-type': 'text/html', 'x-ztps-reason': 'invalid-request' },
    });
    expect(await request(url, 'GET', '/files/%zz')).toMatchObject({ status: 404 });
  });
});

describe('other methods and paths', () => {
  it.each([
    ['POST', '/bootstrap', 'GET, HEAD'],
    ['DELETE', '/nodes', 'POST'],
    ['GET', '/nodes', 'POST'],
    ['DELETE', '/nodes/N', 'GET, HEAD'],
    ['POST', '/nodes/N', 'GET, HEAD'],
    ['DELETE', '/nodes/N/startup-config', 'GET, HEAD, PUT'],
    ['PUT', '/files/x', 'GET, HEAD'],
    ['OPTIONS', '/actions/x', 'GET, HEAD'],
    ['PATCH', '/meta/files/x', 'GET, HEAD'],
    ['PROPFIND', '/files/x', 'GET, HEAD'],
  ])('%s %s is 405 with Allow', async (method, target, allow) => {
    const { url } = await serve();
    const answer = await request(url, method, target, method === 'GET' ? {} : { body: '{"a":1}' });
    expect(answer).toMatchObject({ status: 405, headers: { allow, 'x-ztps-reason': 'method-not-allowed' } });
  });

  it('?_method= means nothing', async () => {
    const { url } = await serve({ 'nodes/N/startup-config': 'x' });
    expect((await request(url, 'GET', '/nodes/N/startup-config?_method=DELETE')).body).toBe('x');
  });

  it('nothing is served elsewhere', async () => {
    const { url } = await serve({ neighbordb: 'x' });
    for (const target of [
      '/',
      '/neighbordb',
      '/nodes/N/definition',
      '/definitions/x',
      '/resources/x',
      '//files/x',
    ]) {
      expect((await request(url, 'GET', target)).status).toBe(404);
    }
  });

  it('a request without Host is answered like any other', async () => {
    const site = await serve({ 'bootstrap/bootstrap': 'script' });
    const answer = await sendRaw(site, 'GET /bootstrap HTTP/1.1\r\nConnection: close\r\n\r\n', false);
    expect(answer).toMatch(/^HTTP\/1.1 200 [\s\S]*script$/);
  });

  it('a very long path gets an answer', async () => {
    const { url } = await serve();
    expect((await request(url, 'GET', `/files/${'x'.repeat(10_000)}`)).status).toBe(404);
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['garbage', 'hello\r\n\r\n', 400],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]), 400],
    ['endless headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    [
      'two lengths',
      'POST /nodes HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
      400,
    ],
  ])('%s gets a plain refusal and a log line', async (_, bytes, status) => {
    const site = await serve();
    expect(await sendRaw(site, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(site.logged.some((line) => line.reason === 'invalid-request')).toBe(true);
  });
});

describe('files that are not what they should be', () => {
  const report = { serialnumber: 'J', model: 'm' };

  it.each([
    ['binary', Buffer.from([0, 1, 2, 3, 0xff])],
    ['50 MB', Buffer.alloc(50_000_000, 'a: b\n')],
    ['an alias bomb', bomb()],
    ['deep', '['.repeat(100_000)],
    ['unclosed', 'patterns: ["'],
    ['a tag', 'patterns: !!python/object:os.system {}'],
  ])('a neighbordb that is %s is refused by name', async (_, neighbordb) => {
    const { url, root, logged } = await serve({ neighbordb });
    const answer = await postNode(url, report);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('neighbordb');
    expect(readdirSync(path.join(root, 'nodes'))).toEqual([]);
    expect(logged.filter((line) => line.node === 'J' && line.level !== 'debug')).toHaveLength(1);
  });

  it('a repeated key in a definition: the last one counts', async () => {
    const { url } = await serve({
      'nodes/N/definition': 'name: first\nname: last\n',
      'nodes/N/pattern': 'name: x\n',
      'nodes/N/.node': '{}',
    });
    expect(JSON.parse((await request(url, 'GET', '/nodes/N')).body).name).toBe('last');
  });

  it('pipes, sockets and devices are not opened', async () => {
    const { url, root } = await serve();
    execFileSync('mkfifo', [path.join(root, 'files/pipe'), path.join(root, 'bootstrap/bootstrap')]);
    expect((await request(url, 'GET', '/files/pipe')).status).toBe(404);
    expect((await request(url, 'GET', '/meta/files/pipe')).status).toBe(404);
    expect((await request(url, 'GET', '/bootstrap')).status).toBeGreaterThanOrEqual(400);
  });

  it('a file that grows and shrinks while it is read never breaks an answer', async () => {
    const { url, root } = await serve({ neighbordb: '' });
    const file = path.join(root, 'neighbordb');
    for (let round = 0; round < 50; round += 1) {
      const asked = postNode(url, report);
      writeFileSync(file, `# ${'x'.repeat((round * 7919) % 100_000)}\n`);
      expect(await asked).toMatchObject({ status: 400, headers: { 'x-ztps-reason': 'no-pattern-matched' } });
    }
  });
});

/** Nine levels of nine references: 387 million values when expanded. */
function bomb(): string {
  const levels = [...'abcdefghi'];
  return levels
    .map((name, index) => {
      const before = index === 0 ? 'lol' : `*${levels[index - 1]}`;
      return `${name}: &${name} [${Array.from({ length: 9 }, () => before).join(', ')}]\n`;
    })
    .join('');
}
