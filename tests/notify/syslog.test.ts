// Syslog against a real rsyslogd, and against sockets where what crosses the wire matters.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SyslogSettings } from '../../src/config/notify-settings.js';
import { formatSyslog } from '../../src/notify/syslog-format.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { eventually } from './eventually.js';
import { makeNumbered, makeRecord, numbersIn } from './make-record.js';
import { everything, freePort, listenRaw, listenTls, makeCertificates, makeNotifier } from './receivers.js';
import { Rsyslog, whyNoRsyslog } from './rsyslog.js';

const plain: SyslogSettings = {
  ...everything,
  type: 'syslog',
  host: '127.0.0.1',
  port: 0,
  transport: 'tcp',
  tls: null,
  format: 'rfc5424',
  facility: 3,
};
const all = (count: number) => Array.from({ length: count }, (_, number) => number);

/** A rsyslogd, and settings that reach it. */
async function startRsyslog(way: 'udp' | 'tcp' | 'tls') {
  const folder = makeFolder();
  const certificates = way === 'tls' ? makeCertificates(folder) : null;
  const rsyslog = await Rsyslog.start(folder, certificates);
  const settings: SyslogSettings = {
    ...plain,
    port: rsyslog.port,
    transport: way === 'udp' ? 'udp' : 'tcp',
    tls: certificates && { ca: certificates.ca },
  };
  return { rsyslog, settings, certificates };
}

describe.each(['udp', 'tcp', 'tls'] as const)('a real rsyslogd, by %s', (way) => {
  beforeEach(({ skip }) => skip(whyNoRsyslog !== undefined, whyNoRsyslog));

  it.each(['rfc5424', 'rfc3164'] as const)('understands every field of %s, and no secret', async (format) => {
    const { rsyslog, settings } = await startRsyslog(way);
    const { notifier, lines } = makeNotifier({ ...settings, format });
    notifier.tell(makeRecord({ run: 'r"1]\\', message: 'enable secret hidden1\n"Ä" 日本' }));
    notifier.tell(makeRecord({ level: 'error', node: null, message: 'password=hidden2 was refused' }));
    await eventually(() => rsyslog.lines().length === 2);
    const [first, second] = rsyslog.lines();
    expect(first).toMatchObject({
      pri: '30',
      hostname: format === 'rfc5424' ? 'ztps.example.com' : 'ztps',
      app: 'ztps',
      procid: String(process.pid),
      msg: expect.stringContaining('JPE14140001: enable secret ***\\n"Ä" 日本'),
    });
    expect(second).toMatchObject({ pri: '27', msg: expect.stringContaining('password=*** was refused') });
    if (format === 'rfc5424') {
      expect(first).toMatchObject({ msgid: 'registered', timestamp: '2026-11-26T14:44:05.123Z' });
      expect(first?.data).toBe('[ztps@32473 node="JPE14140001" run="r\\"1\\]\\\\" type="registered"]');
      expect(second?.data).toBe('[ztps@32473 type="registered"]');
    }
    expect(lines()).toEqual([]);
  });

  it('confirms a test message in words', async () => {
    const { rsyslog, settings } = await startRsyslog(way);
    const said = await makeNotifier(settings).notifier.test();
    const place = `127.0.0.1:${rsyslog.port}`;
    expect(said.replace(/TLS 1\.[23]/, 'TLS 1.x')).toBe(
      {
        udp: `sent to ${place} (127.0.0.1) by UDP; nobody confirms UDP, so look there`,
        tcp: `delivered to ${place} over TCP, in plain text`,
        tls: `delivered to ${place} over TLS 1.x, certificate of CN=localhost`,
      }[way],
    );
    await eventually(() => rsyslog.text().includes('This is a test message'));
  });
});

describe.each(['tcp', 'tls'] as const)('a rsyslogd that dies, by %s', (way) => {
  beforeEach(({ skip }) => skip(whyNoRsyslog !== undefined, whyNoRsyslog));

  it('has everything in the end, although it was killed twice in mid-stream', async () => {
    const { rsyslog, settings } = await startRsyslog(way);
    const { notifier, lines } = makeNotifier(settings);
    const records = makeNumbered(6_000);
    for (const [index, record] of records.entries()) {
      notifier.tell(record);
      if (index % 20 === 0) await nextTurn();
      if (index === 2_000 || index === 4_000) {
        await eventually(() => numbersIn(rsyslog.text()).length > index / 2);
        await rsyslog.kill();
      }
      if (index === 2_500 || index === 4_500) await rsyslog.restart();
    }
    await eventually(() => numbersIn(rsyslog.text()).length === records.length);
    expect(numbersIn(rsyslog.text()).sort((a, b) => a - b)).toEqual(all(records.length));
    expect(lines().filter((line) => !/^(?:warning .* can not be told|info .* is back)/.test(line))).toEqual(
      [],
    );
  });

  it('gets what was written just before it died, without anything new to send', async () => {
    const { rsyslog, settings } = await startRsyslog(way);
    const { notifier } = makeNotifier(settings);
    notifier.tell(makeRecord({ message: 'number 1.' }));
    await eventually(() => numbersIn(rsyslog.text()).length === 1);
    await rsyslog.kill();
    await rsyslog.restart();
    await eventually(() => rsyslog.text().split('number 1.').length === 3);
    await notifier.close();
  });
});

it('by UDP, a dead rsyslogd holds up nothing, and what comes after it is back arrives', async ({ skip }) => {
  skip(whyNoRsyslog !== undefined, whyNoRsyslog);
  const { rsyslog, settings } = await startRsyslog('udp');
  const { notifier, lines } = makeNotifier(settings);
  await rsyslog.kill();
  for (const record of makeNumbered(100)) notifier.tell(record);
  await expect(notifier.test()).rejects.toThrow(
    'nothing listens there (ECONNREFUSED): check server and port',
  );
  await rsyslog.restart();
  await eventually(() => {
    notifier.tell(makeRecord({ message: 'number 1000.' }));
    return numbersIn(rsyslog.text()).includes(1000);
  });
  expect(lines()).toEqual([]);
});

describe('what crosses the wire', () => {
  it('a datagram has at most 2,048 octets, 1,024 in RFC 3164, and ends between characters, by IPv6 too', async () => {
    for (const [type, host, format, longest] of [
      ['udp4', '127.0.0.1', 'rfc5424', 2_048],
      ['udp4', '127.0.0.1', 'rfc3164', 1_024],
      ['udp6', '::1', 'rfc5424', 2_048],
    ] as const) {
      const socket = createSocket(type).bind(0, host);
      onTestFinished(() => void socket.close());
      await once(socket, 'listening');
      const { port } = socket.address();
      const { notifier } = makeNotifier({ ...plain, transport: 'udp', host, port, format });
      notifier.tell(makeRecord({ message: '日本'.repeat(2_000) }));
      const [datagram] = (await once(socket, 'message')) as [Buffer];
      expect(datagram.length).toBeGreaterThan(longest - 4);
      expect(datagram.length).toBeLessThanOrEqual(longest);
      expect(() => new TextDecoder('utf-8', { fatal: true }).decode(datagram)).not.toThrow();
    }
  });

  it('RFC 5424 is counted in octets, RFC 3164 ends with a line feed', async () => {
    for (const format of ['rfc5424', 'rfc3164'] as const) {
      const receiver = await listenRaw();
      const { notifier } = makeNotifier({ ...plain, port: receiver.port, format });
      notifier.tell(makeRecord({ message: 'Ä\n' }));
      notifier.tell(makeRecord({ message: 'b' }));
      await eventually(() => /b\n?$/.test(receiver.received()));
      const received = Buffer.from(receiver.received(), 'latin1');
      if (format === 'rfc3164') {
        expect(received.toString()).toMatch(/^<30>Nov 26 .* ztps ztps\[\d+\]: .*Ä\\n\n<30>.*b\n$/);
        continue;
      }
      const [, length = ''] = /^(\d+) </.exec(received.toString()) ?? [];
      const first = received.subarray(length.length + 1, length.length + 1 + Number(length)).toString();
      expect(first).toMatch(/^<30>1 .*\] \ufeffJPE14140001: Ä\\n$/);
      expect(received.subarray(length.length + 1 + Number(length)).toString()).toMatch(
        /^\d+ <30>1 .*\] JPE14140001: b$/,
      );
    }
  });

  it('what strangers call themselves stays within its field', () => {
    const record = makeRecord({ node: 'a]\n"b\\', run: '\u202e'.repeat(500), message: 'x\0\u001b[2J' });
    const text = formatSyslog(record, plain, 'host name\n', 8_192).toString();
    expect(text).toContain('<30>1 2026-11-26T14:44:05.123Z hostname ztps ');
    expect(text).toContain('node="a\\]\\\\n\\"b\\\\"');
    expect(text.endsWith('x\\x00\\x1b[2J')).toBe(true);
    expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it.each([
    ['speaks no TLS', 'does not speak TLS on this port'],
    ['has a certificate of another CA', 'did not sign its certificate: give that of the CA which did'],
    ['has a certificate for another name', 'its certificate is for another name'],
    ['can not be trusted, since ca is missing', 'can not be read: ENOENT'],
    ['can not be trusted, since ca holds none', 'holds no certificate; wanted: PEM'],
  ])('nothing of a message, where the other end %s', async (name, reason) => {
    const folder = makeFolder({ 'empty.pem': 'nothing' });
    const certificates = makeCertificates(folder, name.includes('name') ? 'other.example.com' : 'localhost');
    const receiver = name.includes('no TLS') ? await listenRaw('welcome\n') : await listenTls(certificates);
    let ca = name.includes('CA') ? certificates.otherCa : certificates.ca;
    if (name.includes('missing')) ca = `${folder}/missing.pem`;
    if (name.includes('none')) ca = `${folder}/empty.pem`;
    const { notifier, lines } = makeNotifier({ ...plain, port: receiver.port, tls: { ca } });
    notifier.tell(makeRecord({ message: 'confidential' }));
    await eventually(() => lines()[0]);
    expect(lines()[0]).toContain(reason);
    await expect(notifier.test()).rejects.toThrow(reason);
    await notifier.close();
    expect(receiver.received()).not.toContain('confidential');
    expect(lines().at(-1)).toContain('1 record was not delivered');
  });
});

it('a receiver that takes connections and reads nothing neither stalls nor loses anything', async () => {
  let isDeaf = true;
  const pieces: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    if (isDeaf) socket.pause();
    else socket.setEncoding('latin1').on('data', (text: string) => pieces.push(text));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { notifier, lines } = makeNotifier(
    { ...plain, port: (server.address() as AddressInfo).port },
    { attemptMs: 300 },
  );
  const records = makeNumbered(3_000, { type: 'log' }).map((record) => ({
    ...record,
    message: `${record.message} ${'x'.repeat(3_900)}`,
  }));
  for (const record of records) notifier.tell(record);
  await eventually(() => lines()[0]);
  expect(lines()[0]).toContain('it did not answer within 0.3 s');
  isDeaf = false;
  await eventually(() => numbersIn(pieces.join('')).length === records.length);
});

it('says at the end what a receiver that reads nothing may not have', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pause();
    onTestFinished(() => void socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { notifier, lines } = makeNotifier({ ...plain, port: (server.address() as AddressInfo).port });
  for (const record of makeNumbered(10)) notifier.tell(record);
  await notifier.close();
  expect(lines()).toEqual([expect.stringContaining('10 records may not have arrived: the server ended')]);
});

it('checks certificates, whatever the environment says', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const receiver = await listenTls(makeCertificates(makeFolder()));
  const { notifier } = makeNotifier({ ...plain, port: receiver.port, tls: { ca: null } });
  await expect(notifier.test()).rejects.toThrow('is not signed by a CA that is trusted: give ca =');
});

it('ends in time although nothing listens, and says what was lost', async () => {
  const { notifier, lines } = makeNotifier({ ...plain, port: await freePort() });
  for (const record of makeNumbered(10)) notifier.tell(record);
  await notifier.close();
  expect(lines()[0]).toContain('nothing listens there (ECONNREFUSED)');
  expect(lines().at(-1)).toContain('10 records were not delivered before the server ended');
});

it('sends at the end what was told just before', async () => {
  const receiver = await listenRaw();
  const { notifier } = makeNotifier({ ...plain, port: receiver.port });
  for (const record of makeNumbered(100)) notifier.tell(record);
  await notifier.close();
  await eventually(() => numbersIn(receiver.received()).length === 100);
});

it('passes on what level and events ask for, and nothing else', async () => {
  const receiver = await listenRaw();
  const { notifier } = makeNotifier({
    ...plain,
    port: receiver.port,
    level: 'warning',
    events: ['failed', 'stalled'],
  });
  notifier.tell(makeRecord({ message: 'number 1.', type: 'failed', level: 'info' }));
  notifier.tell(makeRecord({ message: 'number 2.', type: 'log', level: 'error' }));
  notifier.tell(makeRecord({ message: 'number 3.', type: 'stalled', level: 'warning' }));
  notifier.tell(makeRecord({ message: 'number 4.', type: 'failed', level: 'error' }));
  await notifier.close();
  await eventually(() => receiver.received().includes('number 4.'));
  expect(numbersIn(receiver.received())).toEqual([3, 4]);
});
