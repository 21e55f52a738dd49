import { createHash } from 'node:crypto';
import {
  closeSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { makeDataRoot, serveSite } from '../../fixtures/data-root.js';
import { request } from '../../fixtures/request.js';

const hash = (algorithm: string, data: string | Buffer) => createHash(algorithm).update(data).digest('hex');
const serve = (files: Record<string, string | Buffer | null>, settings = '') =>
  serveSite(makeDataRoot(files), settings);

const big = Buffer.alloc(24 * 1024 * 1024, 'a');

/** Asks for a file and stops reading at the first bytes; `received` is all of it, once somebody resumes. */
async function begin(url: string): Promise<{ response: http.IncomingMessage; received: Promise<Buffer> }> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(url, { agent: false }, resolve).on('error', reject);
  });
  response.pause();
  const received = new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve(Buffer.concat(chunks)));
    response.on('error', reject);
  });
  response.pause();
  return { response, received };
}

describe('GET /actions and /files', () => {
  it('serve bytes under their content types, with their length, uncompressed', async () => {
    const { url } = await serve({
      'actions/add_config': 'def main(a): pass\n',
      'files/a/b/c d': 'x'.repeat(10_000),
    });
    const action = await request(url, 'GET', '/actions/add_config');
    expect(action).toMatchObject({
      status: 200,
      body: 'def main(a): pass\n',
      headers: { 'content-type': 'text/x-python', 'content-length': '18' },
    });
    const file = await request(url, 'GET', '/files/a/b/c%20d', { headers: { 'accept-encoding': 'gzip' } });
    expect(file).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain', 'content-length': '10000' },
    });
    expect(file.headers['content-encoding']).toBeUndefined();
  });

  it('serve an empty file', async () => {
    const { url } = await serve({ 'files/empty': '' });
    expect(await request(url, 'GET', '/files/empty')).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': '0' },
    });
  });

  it.each([
    '/files/gone',
    '/files/',
    '/files',
    '/files/folder',
    '/files/folder/',
    '/actions/gone',
    '/files/x/y',
  ])('are 404 for %s', async (target) => {
    const { url } = await serve({ 'files/folder': null, 'files/x': 'x' });
    const answer = await request(url, 'GET', target);
    expect(answer).toMatchObject({ status: 404, headers: { 'content-type': 'text/html' } });
    expect(answer.headers['x-ztps-reason']).toBeDefined();
  });

  it('answer HEAD as GET, without a body', async () => {
    const { url } = await serve({ 'files/f': 'hello' });
    const answer = await request(url, 'HEAD', '/files/f');
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-length': '5' } });
    expect(answer.headers.etag).toBeDefined();
  });
});

describe('parts of a file', () => {
  const get = async (range: string, headers = {}) => {
    const { url } = await serve({ 'files/f': '0123456789' });
    return request(url, 'GET', '/files/f', { headers: { range, ...headers } });
  };

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=5-', '56789', 'bytes 5-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=-50', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('%s', async (range, body, contentRange) => {
    expect(await get(range)).toMatchObject({
      status: 206,
      body,
      headers: { 'content-range': contentRange, 'content-length': String(body.length) },
    });
  });

  it.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('%s is 416 and says the size', async (range) => {
    expect(await get(range)).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
  });

  it.each(['bytes=3-1', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=-'])(
    '%s is answered with the whole file',
    async (range) => {
      expect(await get(range)).toMatchObject({ status: 200, body: '0123456789' });
    },
  );

  it('with If-Range are given only of the same version', async () => {
    const { url, root } = await serve({ 'files/f': '0123456789' });
    const { etag = '' } = (await request(url, 'GET', '/files/f')).headers;
    const part = { range: 'bytes=5-', 'if-range': etag };
    expect(await request(url, 'GET', '/files/f', { headers: part })).toMatchObject({
      status: 206,
      body: '56789',
    });
    writeFileSync(path.join(root, 'files/f'), 'abcdefghij');
    expect(await request(url, 'GET', '/files/f', { headers: part })).toMatchObject({
      status: 200,
      body: 'abcdefghij',
    });
  });

  it('If-None-Match gives 304 until the file changes', async () => {
    const { url, root } = await serve({ 'files/f': 'one' });
    const { etag = '' } = (await request(url, 'GET', '/files/f')).headers;
    const headers = { 'if-none-match': `"x", W/${etag}` };
    expect(await request(url, 'GET', '/files/f', { headers })).toMatchObject({ status: 304, body: '' });
    writeFileSync(path.join(root, 'files/f'), 'two');
    expect(await request(url, 'GET', '/files/f', { headers })).toMatchObject({ status: 200, body: 'two' });
  });

  it('a download in progress keeps getting the old bytes when the file is replaced by rename', async () => {
    const old = Buffer.alloc(24 * 1024 * 1024, 'a');
    const { url, root } = await serve({ 'files/image.swi': old });
    const received = await new Promise<Buffer>((resolve, reject) => {
      http
        .get(`${url}/files/image.swi`, { agent: false }, (response) => {
          const chunks: Buffer[] = [];
          response.once('data', (chunk: Buffer) => {
            chunks.push(chunk);
            response.pause();
            writeFileSync(path.join(root, 'files/new'), Buffer.alloc(old.length, 'b'));
            renameSync(path.join(root, 'files/new'), path.join(root, 'files/image.swi'));
            response.on('data', (more: Buffer) => chunks.push(more));
            response.resume();
          });
          response.on('end', () => resolve(Buffer.concat(chunks)));
          response.on('error', reject);
        })
        .on('error', reject);
    });
    expect(received.equals(old)).toBe(true);
  });
});

describe('a file that is cut short while it is sent', () => {
  it('ends the connection at once, so that the client notices and resumes', async () => {
    const { url, root, logged } = await serve({ 'files/image.swi': Buffer.alloc(24 * 1024 * 1024, 'a') });
    const failure = await new Promise((resolve) => {
      http.get(`${url}/files/image.swi`, { agent: false }, (response) => {
        response.once('data', () => {
          truncateSync(path.join(root, 'files/image.swi'), 100);
          response.resume();
        });
        response.on('end', () => resolve('ended'));
        response.on('error', resolve);
      });
    });
    expect(failure).toMatchObject({ code: 'ECONNRESET' });
    expect(
      logged.some((line) => line.message.includes('files/image.swi') && line.message.includes('cut off')),
    ).toBe(true);
  });
});

describe('a file that is overwritten in place while it is sent', () => {
  it('is cut off, so that nobody gets a mixture that looks whole', async () => {
    const { url, root, logged, journal } = await serve({ 'files/image.swi': big });
    const { response, received } = await begin(`${url}/files/image.swi`);
    const file = openSync(path.join(root, 'files/image.swi'), 'r+');
    writeSync(file, 'b', big.length - 1);
    closeSync(file);
    response.resume();
    await expect(received).rejects.toMatchObject({ code: 'ECONNRESET' });
    const words = /^files\/image\.swi .* cut off after \d+ bytes.*the file was written to meanwhile/;
    await vi.waitFor(async () => {
      expect(logged.map(({ message }) => message)).toContainEqual(expect.stringMatching(words));
      expect(await journal.records({ limit: 100 })).toContainEqual(
        expect.objectContaining({
          type: 'download',
          level: 'warning',
          data: expect.objectContaining({ whole: false, reason: 'the file was written to' }),
        }),
      );
    });
  });
});

describe('more big downloads than [server] max_downloads', () => {
  const one = '[default]\n[server]\nmax_downloads = 1\n';
  const files = { 'files/a.swi': big, 'files/b.swi': big, 'files/small': 'small', 'actions/x': 'action' };
  const waits = (logged: readonly { message: string }[]) =>
    logged.filter(({ message }) => message.includes('waits for its turn')).length;

  it('wait with the connection open; small requests do not wait behind them', async () => {
    const { url, logged, journal } = await serve(files, one);
    const first = await begin(`${url}/files/a.swi`);
    const second = begin(`${url}/files/b.swi`);
    await vi.waitFor(() => expect(waits(logged)).toBe(1));
    expect((await request(url, 'GET', '/files/small')).body).toBe('small');
    expect((await request(url, 'GET', '/actions/x')).body).toBe('action');
    expect((await request(url, 'HEAD', '/files/b.swi')).status).toBe(200);
    expect((await request(url, 'GET', '/meta/files/b.swi')).status).toBe(200);
    const headers = { range: 'bytes=0-16777215' };
    expect((await request(url, 'GET', '/files/b.swi', { headers })).bytes.length).toBe(16_777_216);
    first.response.resume();
    expect((await first.received).equals(big)).toBe(true);
    const { response, received } = await second;
    response.resume();
    expect((await received).equals(big)).toBe(true);
    expect(await journal.records({ limit: 100 })).toContainEqual(
      expect.objectContaining({
        type: 'download',
        level: 'info',
        data: { path: 'files/b.swi', waited: expect.any(Number), begun: true },
      }),
    );
  });

  it('give up their place when they hang up, waiting or sending', async () => {
    const { url, logged } = await serve(files, one);
    const first = await begin(`${url}/files/a.swi`);
    const impatient = http.get(`${url}/files/b.swi`, { agent: false });
    impatient.on('error', () => {});
    await vi.waitFor(() => expect(waits(logged)).toBe(1));
    const third = begin(`${url}/files/b.swi`);
    await vi.waitFor(() => expect(waits(logged)).toBe(2));
    impatient.destroy();
    first.received.catch(() => {});
    first.response.destroy();
    const { response, received } = await third;
    response.resume();
    expect((await received).equals(big)).toBe(true);
  });

  it('leave no place taken when they hang up at once', async () => {
    const { url } = await serve(files, one);
    const hangUps = Array.from({ length: 40 }, (_, index) => {
      const impatient = http.get(`${url}/files/a.swi`, { agent: false });
      impatient.on('socket', (socket) =>
        socket.on('connect', () => setTimeout(() => socket.destroy(), index % 8)),
      );
      return new Promise((resolve) => impatient.on('error', resolve).on('close', resolve));
    });
    await Promise.all(hangUps);
    const { response, received } = await begin(`${url}/files/b.swi`);
    response.resume();
    expect((await received).equals(big)).toBe(true);
  });

  it('that get no place are answered 503, with when to come again', async () => {
    const site = await serve(files, one);
    const first = await begin(`${site.url}/files/a.swi`);
    const second = request(site.url, 'GET', '/files/b.swi');
    await vi.waitFor(() => expect(waits(site.logged)).toBe(1));
    // Who waits when the server ends gets none, as who has waited too long.
    const closed = site.close();
    expect(await second).toMatchObject({
      status: 503,
      headers: { 'retry-after': '10', 'x-ztps-reason': 'downloads-busy', 'content-type': 'text/html' },
      body: expect.stringMatching(
        /^files\/b\.swi waited [\d.]+ s: 1 transfer of over 16 MB is on its way, as many as/,
      ),
    });
    expect(site.logged).toContainEqual(
      expect.objectContaining({ level: 'warning', reason: 'downloads-busy' }),
    );
    expect(site.logged.filter(({ level }) => level === 'error')).toEqual([]);
    first.response.resume();
    expect((await first.received).equals(big)).toBe(true);
    await closed;
  });
});

describe('GET /meta', () => {
  it('gives size and hashes of actions, files and node files', async () => {
    const { url } = await serve({
      'actions/a': 'action',
      'files/deep/f': 'file',
      'nodes/N/startup-config': 'config',
      'nodes/N/.node': '{}',
    });
    for (const [target, text] of [
      ['actions/a', 'action'],
      ['files/deep/f', 'file'],
      ['nodes/N/startup-config', 'config'],
      ['nodes/N/.node', '{}'],
    ] as const) {
      const answer = await request(url, 'GET', `/meta/${target}`);
      expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
      expect(JSON.parse(answer.body)).toEqual({
        size: text.length,
        sha1: hash('sha1', text),
        sha256: hash('sha256', text),
      });
    }
  });

  it('takes a MAC with separators for the node, where nodes are named by MAC', async () => {
    const { url } = await serve({ 'nodes/001c73aabbcc/pattern': 'x' }, 'identifier = systemmac');
    for (const id of ['001c73aabbcc', '00:1c:73:aa:bb:cc', '001c.73aa.bbcc']) {
      expect((await request(url, 'GET', `/meta/nodes/${id}/pattern`)).status).toBe(200);
    }
  });

  it('sees a change at once', async () => {
    const { url, root } = await serve({ 'files/f': 'one' });
    await request(url, 'GET', '/meta/files/f');
    writeFileSync(path.join(root, 'files/f'), 'two');
    expect(JSON.parse((await request(url, 'GET', '/meta/files/f')).body).sha1).toBe(hash('sha1', 'two'));
  });

  it.each([
    'files/gone',
    'files',
    'files/',
    'files/folder',
    'nodes/N',
    'nodes/N/gone',
    'nodes',
    'definitions/d',
  ])('is 404 for %s', async (target) => {
    const { url } = await serve({ 'files/folder': null, 'nodes/N': null, 'definitions/d': 'x' });
    expect(await request(url, 'GET', `/meta/${target}`)).toMatchObject({
      status: 404,
      headers: { 'content-type': 'text/html' },
    });
  });
});

describe('links', () => {
  it('within the data root are followed; out of it only into trusted folders', async () => {
    const outside = makeDataRoot({ 'files/secret': 'secret', 'actions/image': 'image' });
    const root = makeDataRoot({ 'files/real': 'real' });
    symlinkSync('real', path.join(root, 'files/near'));
    symlinkSync(path.join(root, 'files'), path.join(root, 'files/self'));
    symlinkSync(path.join(outside, 'files/secret'), path.join(root, 'files/stolen'));
    symlinkSync(path.join(outside, 'files'), path.join(root, 'files/folder'));
    symlinkSync(path.join(outside, 'actions'), path.join(root, 'files/images'));
    const { url } = await serveSite(root, `trusted_folders = ${outside}/actions`);
    expect((await request(url, 'GET', '/files/near')).body).toBe('real');
    expect((await request(url, 'GET', '/files/self/near')).body).toBe('real');
    expect((await request(url, 'GET', '/files/images/image')).body).toBe('image');
    for (const target of ['/files/stolen', '/files/folder/secret', '/meta/files/stolen']) {
      const answer = await request(url, 'GET', target);
      expect(answer).toMatchObject({ status: 404, headers: { 'x-ztps-reason': 'path-refused' } });
      expect(answer.body).toContain('trusted_folders');
    }
  });

  it('of the data root itself are followed', async () => {
    const root = makeDataRoot({ 'files/f': 'x' });
    const alias = path.join(makeDataRoot(), 'alias');
    symlinkSync(root, alias);
    const { url } = await serveSite(alias);
    expect((await request(url, 'GET', '/files/f')).body).toBe('x');
  });
});
