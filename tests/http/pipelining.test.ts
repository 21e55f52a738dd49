import { readdirSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeDataRoot, type ServedSite, serveSite } from '../fixtures/data-root.js';
import { request } from '../fixtures/request.js';

const big = Buffer.alloc(24 * 1024 * 1024, 'a');
const serve = (files: Record<string, string | Buffer | null>, settings = '') =>
  serveSite(makeDataRoot(files), settings);

const get = (target: string, method = 'GET') => `${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
const send = (target: string, method: string, body: string) =>
  `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** A connection on which `text` is sent at once. */
async function connect({ url }: ServedSite, text: string): Promise<net.Socket> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return socket;
}

/** Until something has come; nothing is read after it. */
const begins = (socket: net.Socket) =>
  new Promise<void>((resolve) => {
    socket.once('data', () => {
      socket.pause();
      resolve();
    });
  });

/** All that comes until the server closes the connection. */
async function readAll(site: ServedSite, text: string): Promise<string> {
  const socket = await connect(site, text);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

/** How often this process has files below a folder open. */
function countOpen(folder: string): number {
  return readdirSync('/proc/self/fd').filter((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}

const statuses = (answers: string) =>
  [...answers.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
const last = 'GET /files/last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

describe('several requests sent ahead on one connection', () => {
  it('for big files take one place at a time, and leave none taken and no file open when it closes', async () => {
    const site = await serve(
      { 'files/a.swi': big, 'files/b.swi': big },
      '[default]\n[server]\nmax_downloads = 2\n',
    );
    const three = get('/files/a.swi').repeat(3);
    const sockets = [await connect(site, three), await connect(site, three)];
    await Promise.all(sockets.map(begins));
    sockets.push(await connect(site, three));
    await vi.waitFor(() =>
      expect(site.logged.filter(({ message }) => message.includes('waits for its turn'))).toHaveLength(1),
    );
    expect(countOpen(`${site.root}/files/`)).toBe(3);
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(() => expect(countOpen(`${site.root}/files/`)).toBe(0));
    const later = [await connect(site, get('/files/b.swi')), await connect(site, get('/files/b.swi'))];
    await Promise.all(later.map(begins));
    expect(site.logged.filter(({ message }) => message.includes('waits for its turn'))).toHaveLength(1);
    expect(site.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('are answered in their order, whatever they ask', async () => {
    const site = await serve({
      'files/one': 'first',
      'files/last': 'the last',
      'nodes/N/startup-config': 'old',
      'files/big.swi': big,
    });
    const config = 'hostname n\n'.repeat(20_000);
    const answers = await readAll(
      site,
      get('/files/big.swi') +
        get('/files/one') +
        get('/files/one', 'HEAD') +
        send('/nodes/N/startup-config', 'PUT', config) +
        get('/nodes/N/startup-config') +
        get('/nowhere') +
        get('/files/%ff') +
        get('/nodes', 'DELETE') +
        send('/nodes', 'POST', 'no json') +
        get('/files/gone') +
        last,
    );
    expect(statuses(answers)).toEqual([
      '200',
      '200',
      '200',
      '200',
      '200',
      '404',
      '404',
      '405',
      '400',
      '404',
      '200',
    ]);
    expect(answers).toContain('hostname n\nhostname n\n');
    expect(answers).toMatch(/the last$/);
    expect((await request(site.url, 'GET', '/nodes/N/startup-config')).body).toBe(config);
  });

  it('are not taken up once it has closed', async () => {
    const site = await serve({ 'files/a.swi': big, 'nodes/N/startup-config': 'old' });
    const socket = await connect(
      site,
      get('/files/a.swi') + send('/nodes/N/startup-config', 'PUT', 'new') + get('/nowhere'),
    );
    await begins(socket);
    socket.destroy();
    await vi.waitFor(() => expect(countOpen(`${site.root}/files/`)).toBe(0));
    expect((await request(site.url, 'GET', '/nodes/N/startup-config')).body).toBe('old');
    expect(site.logged.filter(({ message }) => /PUT|nowhere/.test(message))).toEqual([]);
  });

  it('are answered on a connection that goes on, more than may wait at once', async () => {
    const site = await serve({ 'files/f': 'x', 'files/last': 'the last' });
    const socket = await connect(site, '');
    let answers = '';
    socket.on('data', (chunk) => {
      answers += chunk.toString('latin1');
    });
    for (let round = 1; round <= 4; round += 1) {
      socket.write(get('/files/f').repeat(30));
      await vi.waitFor(() => expect(statuses(answers)).toHaveLength(round * 30));
    }
    expect(new Set(statuses(answers))).toEqual(new Set(['200']));
  });

  it('end it without a word if what follows is garbage: nothing of that gets into the file that is being sent', async () => {
    const site = await serve({ 'files/a.swi': big });
    const socket = await connect(site, get('/files/a.swi'));
    await begins(socket);
    socket.write('\x01\x02garbage\r\n\r\n');
    await vi.waitFor(() =>
      expect(site.logged.some(({ message }) => message.includes('not HTTP'))).toBe(true),
    );
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
    });
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(rest).not.toContain('HTTP/1.1');
    expect(site.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('cut it off if they are too many', async () => {
    const site = await serve({ 'files/a.swi': big });
    const answers = await readAll(site, get('/files/a.swi').repeat(200));
    expect(statuses(answers).length).toBeLessThan(2);
    expect(site.logged.filter(({ message }) => message.includes('cut off'))).toEqual([
      expect.objectContaining({ level: 'warning', reason: 'invalid-request' }),
    ]);
    await vi.waitFor(() => expect(countOpen(`${site.root}/files/`)).toBe(0));
  });
});

it('a connection that was busy when the server was told to stop does not hold up the end, though its client keeps it', async () => {
  const site = await serve({ 'files/a.swi': big });
  const socket = await connect(site, get('/files/a.swi'));
  await begins(socket);
  const closed = site.close();
  let came = 0;
  socket.on('data', (chunk) => {
    came += chunk.length;
  });
  socket.resume();
  await Promise.all([closed, new Promise((resolve) => socket.once('close', resolve))]);
  expect(came).toBeGreaterThan(big.length / 2);
});
