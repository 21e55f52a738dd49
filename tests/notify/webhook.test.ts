// Webhooks against real HTTP servers that answer well, late, wrongly or not at all.

import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WebhookSettings } from '../../src/config/notify-settings.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { eventually } from './eventually.js';
import { makeNumbered, makeRecord, numbersIn } from './make-record.js';
import {
  type Certificates,
  everything,
  freePort,
  listenRaw,
  makeCertificates,
  makeNotifier,
} from './receivers.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that keeps what it is sent; `answer` answers, 204 otherwise. */
async function listen(answer?: RequestListener, certificates?: Certificates, port = 0) {
  const received: Received[] = [];
  const take: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      if (answer) answer(request, response);
      else response.writeHead(204).end();
    });
  };
  const server = certificates
    ? createHttpsServer({ cert: readFileSync(certificates.cert), key: readFileSync(certificates.key) }, take)
    : createServer(take);
  server.on('tlsClientError', () => {});
  const kill = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(kill);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    received,
    kill,
    port: address.port,
    url: `http${certificates ? 's' : ''}://localhost:${address.port}/hook?k=v`,
  };
}

const settings: WebhookSettings = {
  ...everything,
  type: 'webhook',
  url: 'http://localhost/',
  secret: null,
  template: 'record',
  tls: null,
};

describe('the receiver gets', () => {
  it('the record as JSON, masked, signed, and with an id by which repeats can be told', async () => {
    const { received, url } = await listen();
    const { notifier } = makeNotifier({ ...settings, url, secret: 'sésame' });
    const record = makeRecord({ message: 'token: hidden1', data: { password: 'hidden2', a: ['ü', 1] } });
    notifier.tell(record);
    await eventually(() => received.length === 1);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(JSON.parse(body)).toEqual({
      ...record,
      message: 'token: ***',
      data: { password: '***', a: ['ü', 1] },
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'ztpserver',
      'x-ztps-delivery': record.id,
      'x-ztps-signature': `sha256=${createHmac('sha256', 'sésame').update(body).digest('hex')}`,
    });
  });

  it('no signature without a secret', async () => {
    const { received, url } = await listen();
    makeNotifier({ ...settings, url }).notifier.tell(makeRecord());
    await eventually(() => received.length === 1);
    expect(received[0]?.headers).not.toHaveProperty('x-ztps-signature');
  });

  it('text for Slack in which a stranger can neither link nor call anybody', async () => {
    const { received, url } = await listen();
    const { notifier } = makeNotifier({ ...settings, url, template: 'slack' });
    notifier.tell(makeRecord({ level: 'error', message: '<!channel> & <http://x|y>\nenable secret hidden' }));
    await eventually(() => received.length === 1);
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      text: '[error] JPE14140001: &lt;!channel&gt; &amp; &lt;http://x|y&gt;\\nenable secret ***',
    });
  });

  it('an adaptive card for Teams, without Markdown', async () => {
    const { received, url } = await listen();
    const { notifier } = makeNotifier({ ...settings, url, template: 'teams' });
    notifier.tell(makeRecord({ level: 'warning', message: '[x](http://y) enable secret hidden' }));
    await eventually(() => received.length === 1);
    const card = JSON.parse(received[0]?.body ?? '');
    expect(card).toMatchObject({
      type: 'message',
      attachments: [
        { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } },
      ],
    });
    const [line] = card.attachments[0].content.body;
    expect(line).toMatchObject({
      type: 'RichTextBlock',
      inlines: [{ type: 'TextRun', text: 'JPE14140001: [x](http://y) enable secret ***' }],
    });
  });

  it('https with a certificate of a CA of its own, over connections that are kept', async () => {
    const certificates = makeCertificates(makeFolder());
    const { received, url } = await listen(undefined, certificates);
    const { notifier } = makeNotifier({ ...settings, url, tls: { ca: certificates.ca } });
    for (const record of makeNumbered(30)) notifier.tell(record);
    await eventually(() => received.length === 30);
    expect(received.flatMap(({ body }) => numbersIn(body))).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(await notifier.test()).toMatch(
      /^HTTP 204 from https:\/\/localhost:\d+ after \d+ ms over TLS 1\.3$/,
    );
  });
});

describe('everything arrives, in the end and in order, at a receiver that', () => {
  const numbers = Array.from({ length: 200 }, (_, number) => number);

  it('is killed and started again in mid-stream', async () => {
    const first = await listen();
    const { notifier, lines } = makeNotifier({ ...settings, url: first.url });
    for (const record of makeNumbered(200)) notifier.tell(record);
    await eventually(() => first.received.length > 50);
    await first.kill();
    const before = first.received.length;
    await eventually(() => lines().some((line) => line.includes('can not be told')));
    const second = await listen(undefined, undefined, first.port);
    await eventually(() => second.received.some(({ body }) => body.includes('number 199.')));
    const arrived = [...first.received.slice(0, before), ...second.received].flatMap(({ body }) =>
      numbersIn(body),
    );
    expect([...new Set(arrived)]).toEqual(numbers);
  });

  it('answers 503 or 429 now and then, and says when to come again', async () => {
    let count = 0;
    const { received, url } = await listen((_request, response) => {
      count += 1;
      const status = [503, 204, 429, 200, 200][count % 5] ?? 200;
      response.writeHead(status, { 'retry-after': '0' }).end('x');
    });
    const { notifier } = makeNotifier({ ...settings, url });
    for (const record of makeNumbered(50)) notifier.tell(record);
    await eventually(() => received.some(({ body }) => body.includes('number 49.')) && received.length >= 80);
    const ids = received.map(({ headers }) => headers['x-ztps-delivery']);
    expect(new Set(ids).size).toBe(50);
  });

  it('closes each connection, answers nothing, or sends rubbish, before it answers', async () => {
    let count = 0;
    const { received, url } = await listen((request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else if (count === 2) request.socket.end('rubbish\r\n\r\n');
      else if (count === 3) return;
      else response.writeHead(200).end();
    });
    const { notifier, lines } = makeNotifier({ ...settings, url }, { attemptMs: 200 });
    for (const record of makeNumbered(3)) notifier.tell(record);
    await eventually(() => lines().some((line) => line.includes('is back: 3 delivered')));
    expect(received.map(({ body }) => numbersIn(body)[0])).toEqual([0, 0, 0, 0, 1, 2]);
  });

  it('never ends its answer, or makes it endless', async () => {
    let count = 0;
    const { received, url } = await listen((_request, response) => {
      count += 1;
      response.writeHead(200);
      if (count === 1) response.write('and then');
      else response.end('x'.repeat(1_000_000));
    });
    const { notifier, lines } = makeNotifier({ ...settings, url });
    for (const record of makeNumbered(3)) notifier.tell(record);
    await eventually(() => received.length === 3);
    await notifier.close();
    expect(lines()).toEqual([]);
  });
});

describe('a receiver that', () => {
  it('refuses for good is not asked again, and the log says so', async () => {
    const { received, url } = await listen((_request, response) => void response.writeHead(404).end());
    const { notifier, lines } = makeNotifier({ ...settings, url });
    for (const record of makeNumbered(2)) notifier.tell(record);
    await notifier.close();
    expect(received.length).toBe(2);
    const place = new URL(url).origin;
    expect(lines()[0]).toBe(
      `error [notify noc] ${place}: 1 record was refused for good, and dropped: HTTP 404: check url`,
    );
    await expect(notifier.test()).rejects.toThrow('HTTP 404: check url');
  });

  it('redirects is not followed', async () => {
    const other = await listen();
    const { received, url } = await listen((_request, response) => {
      response.writeHead(307, { location: other.url }).end();
    });
    const { notifier, lines } = makeNotifier({ ...settings, url });
    notifier.tell(makeRecord());
    await eventually(() => received.length === 2);
    expect(lines()[0]).toContain(
      `HTTP 307: a redirect to ${new URL(other.url).origin}, which is not followed`,
    );
    expect(lines().join()).not.toContain('/hook');
    expect(other.received).toEqual([]);
  });

  it('is not who it should be gets nothing', async () => {
    const certificates = makeCertificates(makeFolder());
    const https = await listen(undefined, certificates);
    const plain = await listenRaw();
    for (const [url, reason] of [
      [https.url, 'did not sign its certificate: give that of the CA which did'],
      [`https://localhost:${plain.port}/`, 'it did not answer within 0.3 s'],
    ] as const) {
      const { notifier, lines } = makeNotifier(
        { ...settings, url, tls: { ca: certificates.otherCa } },
        { attemptMs: 300 },
      );
      notifier.tell(makeRecord({ message: 'confidential' }));
      await eventually(() => lines()[0]);
      expect(lines()[0]).toContain(reason);
      await notifier.close();
    }
    expect(https.received).toEqual([]);
    expect(plain.received()).not.toContain('confidential');
  });

  it('does not take one record gets the others, and that one again when nothing else waits', async () => {
    let isFixed = false;
    const { received, url } = await listen((_request, response) => {
      const isBad = !isFixed && received.at(-1)?.body.includes('number 1.');
      response.writeHead(isBad ? 500 : 200).end('can not store it');
    });
    const { notifier, lines } = makeNotifier({ ...settings, url });
    for (const record of makeNumbered(20)) notifier.tell(record);
    await eventually(() => received.some(({ body }) => body.includes('number 19.')));
    isFixed = true;
    await eventually(() => received.at(-1)?.body.includes('number 1.'));
    await notifier.close();
    const numbers = received.flatMap(({ body }) => numbersIn(body));
    expect(numbers.slice(0, 7)).toEqual([0, 1, 1, 1, 1, 1, 2]);
    expect(numbers.filter((number) => number !== 1)).toEqual([
      0,
      ...Array.from({ length: 18 }, (_, n) => n + 2),
    ]);
    expect(lines().filter((line) => line.includes('is not taken'))).toEqual([
      expect.stringMatching(
        /^warning .* one message is not taken: HTTP 500 \(can not store it\); after 5 tries/,
      ),
    ]);
  });

  it.each<[string, number, string, string]>([
    ['says what it does not take', 400, 'no field text\nmore', 'HTTP 400 (no field text): it does not take'],
    ['repeats the secret', 400, 'bad sésame-öffne', 'HTTP 400 (bad ***): it does'],
    ['repeats the path', 404, 'Cannot POST /hook?k=v', 'HTTP 404 (Cannot POST ***): check url'],
    ['repeats a password', 403, 'password=hidden', 'HTTP 403 (password=***): check url'],
  ])('%s is quoted without secrets', async (_name, status, body, said) => {
    const { url } = await listen((_request, response) => void response.writeHead(status).end(body));
    const { notifier } = makeNotifier({ ...settings, url, secret: 'sésame-öffne' });
    await expect(notifier.test()).rejects.toThrow(said);
  });

  it('goes on in another protocol, or speaks no TLS, or no HTTP, is named as such', async () => {
    const upgrade = await listenRaw(
      '',
      () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    );
    const plain = await listen();
    const other = await listenRaw('220 there ESMTP\r\n');
    const test = (url: string, tls: WebhookSettings['tls'] = null) =>
      makeNotifier({ ...settings, url, tls }).notifier.test();
    await expect(test(`http://localhost:${upgrade.port}/`)).rejects.toThrow(
      'HTTP 101: it goes on in another',
    );
    await expect(test(plain.url.replace('http:', 'https:'), { ca: null })).rejects.toThrow(
      'does not speak TLS on this port',
    );
    await expect(test(`http://localhost:${other.port}/`)).rejects.toThrow('does not speak HTTP on this port');
  });

  it('has no good certificate gets nothing, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { received, url } = await listen(undefined, makeCertificates(makeFolder()));
    const { notifier } = makeNotifier({ ...settings, url, tls: { ca: null } });
    await expect(notifier.test()).rejects.toThrow('is not signed by a CA that is trusted: give ca =');
    expect(received).toEqual([]);
  });

  it('is not there does not hold up the end, and what was lost is counted', async () => {
    const { notifier, lines } = makeNotifier({ ...settings, url: `http://127.0.0.1:${await freePort()}/` });
    for (const record of makeNumbered(3)) notifier.tell(record);
    await notifier.close();
    expect(lines().at(-1)).toContain('3 records were not delivered');
  });

  it('has a URL that is a secret is not named by it', async () => {
    const port = await freePort();
    const { notifier, lines } = makeNotifier({ ...settings, url: `http://127.0.0.1:${port}/T00/hidden` });
    notifier.tell(makeRecord());
    await eventually(() => lines()[0]);
    await expect(notifier.test()).rejects.toThrow(/^(?!.*hidden)/);
    expect(lines().join()).not.toContain('hidden');
  });
});

it('what was told beyond the bound is counted, and the receiver hears of it', async () => {
  let isDown = true;
  const { received, url } = await listen((_request, response) => {
    response.writeHead(isDown ? 503 : 200).end();
  });
  const { notifier } = makeNotifier({ ...settings, url }, { records: 10 });
  for (const record of makeNumbered(27)) notifier.tell(record);
  await eventually(() => received.length > 2);
  isDown = false;
  await eventually(() =>
    received.some(({ body }) => body.includes('17 messages were dropped: the queue was full')),
  );
  await eventually(() => received.some(({ body }) => body.includes('number 9.')));
  expect(received.some(({ body }) => body.includes('number 10.'))).toBe(false);
});
