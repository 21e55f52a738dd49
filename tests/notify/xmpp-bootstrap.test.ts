// `xmpp` in bootstrap.conf: the server speaks in its rooms for switches that report, against a real prosody.

import { describe, expect, it, onTestFinished } from 'vitest';
import { createBootstrapXmpp } from '../../src/notify/bootstrap-xmpp.js';
import { readBootstrapXmpp } from '../../src/notify/read-bootstrap-xmpp.js';
import type { JournalRecord } from '../../src/wire/journal-record.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { keepLog } from '../fixtures/log.js';
import { eventually } from './eventually.js';
import { makeRecord, numbersIn } from './make-record.js';
import { quick } from './receivers.js';
import { Prosody, whyNoProsody } from './xmpp-prosody.js';
import { XmppReader } from './xmpp-reader.js';

const one = 'one@conference.localhost';
const two = '2@conference.localhost';

/** As a switch reports them. */
const reports: readonly JournalRecord[] = [
  { type: 'log', message: 'hello' } as const,
  {
    type: 'action-started',
    message: 'configuring now',
    data: { index: 1, of: 1, message: 'configuring now' },
  } as const,
  { type: 'action-succeeded', message: 'action 1 of 1, add_config, succeeded', data: { index: 1 } } as const,
  { type: 'action-failed', level: 'error', message: 'action 1 of 1, failed: password=hidden1' } as const,
  { type: 'log', level: 'warning', message: 'nearly' } as const,
].map((given) => makeRecord({ source: 'switch', ...given }));

const ownRecord = makeRecord({ source: 'server', level: 'error', message: 'what the server itself found' });

async function startRooms() {
  const prosody = await Prosody.start(makeFolder());
  const reader = await XmppReader.start(prosody.port);
  await reader.join(one);
  await reader.join(two);
  const section = {
    domain: 'localhost',
    username: 100,
    password: 'sesame',
    rooms: ['one'] as readonly unknown[],
    server: '127.0.0.1',
    port: prosody.port,
    tls: false,
  };
  return { prosody, reader, section };
}

/** Speaks by what `file.section` holds. */
function makeSpeaker(section: unknown) {
  const file = { section, reads: 0 };
  const { log, logged } = keepLog();
  const notifier = createBootstrapXmpp({
    async read() {
      file.reads += 1;
      if (file.section instanceof Error) throw file.section;
      return file.section;
    },
    log,
    environment: { hostname: 'ztps', limits: quick },
  });
  onTestFinished(() => notifier.close());
  return { notifier, file, lines: () => logged.map(({ level, message }) => `${level} ${message}`) };
}

if (whyNoProsody) it.skip(`XMPP: ${whyNoProsody}`, () => {});

describe.skipIf(whyNoProsody)('the rooms in bootstrap.conf', () => {
  it('hear errors and on… messages of switches unless msg_type says otherwise', async () => {
    const { reader, section } = await startRooms();
    const { notifier, lines } = makeSpeaker(section);
    for (const record of [...reports, ownRecord]) notifier.tell(record);
    await notifier.close();
    await eventually(() => reader.heard.length === 2);
    expect(reader.bodies(one)).toEqual([
      'JPE14140001: 2026-11-26T14:44:05.123Z - configuring now',
      'JPE14140001: 2026-11-26T14:44:05.123Z - action 1 of 1, failed: password=***',
    ]);
    expect(lines()).toEqual([]);
  });

  it('hear everything that switches report with msg_type: debug, in rooms that look like numbers too', async () => {
    const { reader, section } = await startRooms();
    const { notifier } = makeSpeaker({ ...section, rooms: ['one', 2], msg_type: 'debug' });
    for (const record of [...reports, ownRecord]) notifier.tell(record);
    await eventually(() => reader.heard.length === 10);
    await notifier.close();
    const texts = ['hello', 'configuring now', 'add_config, succeeded', 'failed: password=***', 'nearly'];
    for (const room of [one, two]) {
      expect(reader.bodies(room)).toEqual(texts.map((text) => expect.stringContaining(text)));
    }
    expect(reader.heard.length).toBe(10);
  });

  it('are those of the file as it is now; the file is read at most once a second', async () => {
    const { reader, section } = await startRooms();
    const { notifier, file } = makeSpeaker({ ...section, msg_type: 'debug' });
    const say = (message: string) => notifier.tell(makeRecord({ source: 'switch', type: 'log', message }));
    for (let number = 0; number < 50; number += 1) say('first');
    await eventually(() => reader.bodies(one).length === 50);
    file.section = { ...section, rooms: [2], msg_type: 'debug' };
    const since = performance.now();
    await eventually(() => {
      say('second');
      return reader.bodies(two).length > 0;
    });
    expect(file.reads).toBeLessThanOrEqual(3 + (performance.now() - since) / 1000);
    file.section = {};
    await eventually(() => {
      const before = file.reads;
      say('third');
      return before > 3;
    });
    await notifier.close();
    const heard = reader.bodies(two).length;
    say('fourth');
    await notifier.close();
    expect(reader.bodies(two).length).toBe(heard);
    expect(reader.bodies(one).filter((text) => text.endsWith('- second')).length).toBeGreaterThan(0);
  });

  it('stay as they were while the file is broken, which is said once', async () => {
    const { reader, section } = await startRooms();
    const { notifier, file, lines } = makeSpeaker({ ...section, msg_type: 'debug' });
    notifier.tell(makeRecord({ source: 'switch' }));
    await eventually(() => reader.heard.length === 1);
    file.section = new Error('bootstrap/bootstrap.conf:3: not YAML');
    const since = file.reads;
    await eventually(() => {
      notifier.tell(makeRecord({ source: 'switch' }));
      return file.reads > since + 1;
    });
    await eventually(() => reader.heard.length > 2);
    expect(lines()).toEqual([
      'warning bootstrap.conf can not be read, so its xmpp stays as it was: bootstrap/bootstrap.conf:3: not YAML',
    ]);
  });

  it('hear every record of a batch that comes shortly after the file was read, also at the end', async () => {
    const { reader, section } = await startRooms();
    const { notifier, lines } = makeSpeaker({ ...section, msg_type: 'debug' });
    const say = (message: string) => notifier.tell(makeRecord({ source: 'switch', type: 'log', message }));
    say('number 0.');
    await eventually(() => reader.heard.length === 1);
    for (const number of [1, 2, 3]) say(`number ${number}.`);
    await eventually(() => reader.heard.length === 4);
    for (const number of [4, 5, 6]) say(`number ${number}.`);
    await notifier.close();
    await eventually(() => numbersIn(reader.bodies(one).join()).length === 7);
    expect(numbersIn(reader.bodies(one).join())).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(lines()).toEqual([]);
  });

  it('can be tried', async () => {
    const { section } = await startRooms();
    const { notifier } = makeSpeaker(section);
    expect(await notifier.test()).toBe(`said in ${one} as ztpserver, in plain text`);
    await expect(makeSpeaker({}).notifier.test()).rejects.toThrow('bootstrap.conf has no xmpp: add it');
  });
});

describe('xmpp in bootstrap.conf', () => {
  const whole = {
    domain: 'example.com',
    username: 'ztps',
    password: 'x',
    rooms: ['ztps', 'noc@muc.example.com'],
  };

  it('names a room within its domain, and asks for TLS', () => {
    expect(readBootstrapXmpp(whole)).toEqual({
      everything: false,
      fault: null,
      settings: {
        type: 'xmpp',
        name: 'bootstrap.conf',
        level: 'debug',
        events: null,
        domain: 'example.com',
        username: 'ztps',
        password: 'x',
        rooms: ['ztps@conference.example.com', 'noc@muc.example.com'],
        nickname: 'ztpserver',
        host: null,
        port: 5222,
        tls: { ca: null },
      },
    });
  });

  it('may hold numbers for text, and a server, a nickname and a CA of its own', () => {
    const more = {
      username: 7,
      password: 1234,
      rooms: 42,
      server: 'there',
      port: '5223',
      nickname: 9,
      ca: '/ca.pem',
    };
    expect(readBootstrapXmpp({ ...whole, ...more }).settings).toMatchObject({
      username: '7',
      password: '1234',
      rooms: ['42@conference.example.com'],
      host: 'there',
      port: 5223,
      nickname: '9',
      tls: { ca: '/ca.pem' },
    });
    expect(readBootstrapXmpp({ ...whole, tls: 'off' }).settings?.tls).toBeNull();
  });

  it.each([
    [{}, null],
    [{ domain: 'example.com' }, 'username, password, rooms missing, so nothing is said in rooms'],
    [{ ...whole, rooms: [] }, 'rooms missing, so nothing is said in rooms'],
    [{ ...whole, port: 0 }, 'port is "0", wanted 1 to 65535'],
    [{ ...whole, tls: 'maybe' }, 'tls is "maybe", wanted required or off'],
    [{ ...whole, tls: false, ca: '/ca.pem' }, 'ca stands beside tls: off; take one of them out'],
    [{ ...whole, ca: 'ca.pem' }, 'ca is "ca.pem", wanted an absolute path'],
  ])('says nothing in rooms with %j', (section, fault) => {
    expect(readBootstrapXmpp(section)).toEqual({ settings: null, everything: false, fault });
  });

  it('takes another msg_type as info, and says so', () => {
    const { settings, everything, fault } = readBootstrapXmpp({ ...whole, msg_type: 'loud' });
    expect(settings).not.toBeNull();
    expect(everything).toBe(false);
    expect(fault).toBe('msg_type is "loud", wanted debug or info: it is taken as info');
  });

  it('is waited for in bounds: what exceeds them, or comes while it can not be read, is counted', async () => {
    const { log, logged } = keepLog();
    const read = () => new Promise<never>(() => {});
    const environment = { hostname: 'ztps', limits: { ...quick, closeMs: 50 } };
    const notifier = createBootstrapXmpp({ read, log, environment });
    for (let number = 0; number < 10_007; number += 1) notifier.tell(makeRecord({ source: 'switch' }));
    await notifier.close();
    expect(logged.map(({ message }) => message)).toEqual([
      'bootstrap.conf: xmpp: 10007 records were dropped: the file was not read in time',
    ]);
  });

  it('is complained of once, without its password, and is nobody whom anything is sent to', async () => {
    const { notifier, file, lines } = makeSpeaker({ domain: 'example.com', password: 'hidden1' });
    notifier.tell(makeRecord({ source: 'server' }));
    await notifier.close();
    expect(file.reads).toBe(0);
    const again = makeSpeaker({ domain: 'example.com', password: 'hidden1' });
    for (const record of reports) again.notifier.tell(record);
    await again.notifier.close();
    expect([...lines(), ...again.lines()]).toEqual([
      'warning bootstrap.conf: xmpp: username, rooms missing, so nothing is said in rooms',
    ]);
  });
});
