// XMPP against a real prosody, with somebody else who reads in the room.

import type { SrvRecord } from 'node:dns';
import { describe, expect, it } from 'vitest';
import type { XmppSettings } from '../../src/config/notify-settings.js';
import { findXmppServers } from '../../src/notify/xmpp-connect.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { eventually } from './eventually.js';
import { makeNumbered, makeRecord, numbersIn } from './make-record.js';
import { everything, freePort, listenRaw, makeCertificates, makeNotifier } from './receivers.js';
import { playRoom } from './xmpp-fake-room.js';
import { Prosody, whyNoProsody } from './xmpp-prosody.js';
import { XmppReader } from './xmpp-reader.js';
import { Relay } from './xmpp-relay.js';

const room = 'ztps@conference.localhost';
const plain: XmppSettings = {
  ...everything,
  type: 'xmpp',
  domain: 'localhost',
  username: 'ztps',
  password: 'sesame',
  rooms: [room],
  nickname: 'ztpserver',
  host: '127.0.0.1',
  port: 0,
  tls: null,
};
const all = (count: number) => Array.from({ length: count }, (_, number) => number);

/** A prosody, and a reader in its room. */
async function startRoom({ withTls = false, more = '' } = {}) {
  const folder = makeFolder();
  const certificates = withTls ? makeCertificates(folder) : null;
  const prosody = await Prosody.start(folder, certificates, more);
  const reader = await XmppReader.start(prosody.port);
  await reader.join(room);
  return { folder, certificates, prosody, reader };
}

if (whyNoProsody) it.skip(`XMPP: ${whyNoProsody}`, () => {});

describe.skipIf(whyNoProsody)('rooms of an XMPP server', () => {
  it.each(['over TLS', 'in plain text'])('hear every record, in order, without secrets, %s', async (way) => {
    const { prosody, reader, certificates } = await startRoom({ withTls: way === 'over TLS' });
    const { notifier, lines } = makeNotifier({
      ...plain,
      port: prosody.port,
      tls: certificates && { ca: certificates.ca },
    });
    notifier.tell(makeRecord({ message: 'no "such" <file> & \u0007\ud800\n日本 password=hidden1' }));
    notifier.tell(makeRecord({ node: null, message: 'x'.repeat(5_000) }));
    for (const record of makeNumbered(200)) notifier.tell(record);
    await eventually(() => reader.heard.length === 202);
    expect(reader.heard[0]).toMatchObject({
      nickname: 'ztpserver',
      body: 'JPE14140001: no "such" <file> & \\x07\\ud800\\n日本 password=***',
    });
    expect(reader.heard[1]?.body).toMatch(/^x{3999}…$/);
    expect(numbersIn(reader.bodies().join('\n'))).toEqual(all(200));
    await notifier.close();
    expect(lines()).toEqual([]);
  });

  it('lose nothing with a server that is killed in mid-stream; only what had no echo is said twice', async () => {
    const { prosody, reader } = await startRoom();
    const relay = await Relay.start(prosody.port);
    // An echo counts here only if the reader has the message too, whatever the killed server still had in its buffers.
    let current = reader;
    relay.allow = async (text) => {
      const ids = [...text.matchAll(/<message[^>]*\bid='([^']+)'/g)].map(([, id]) => id);
      const has = () => ids.every((id) => current.heard.some((one) => one.id === id));
      await eventually(() => has() || isKilled);
      return has();
    };
    let isKilled = false;
    const { notifier, lines } = makeNotifier({ ...plain, port: relay.port });
    for (const record of makeNumbered(1_000)) notifier.tell(record);
    await eventually(() => reader.heard.length >= 300);
    relay.isClosed = true;
    await prosody.kill();
    isKilled = true;
    await eventually(() => relay.open === 0);
    await prosody.restart();
    const second = await XmppReader.start(prosody.port);
    await second.join(room);
    current = second;
    isKilled = false;
    relay.isClosed = false;
    await eventually(() => new Set([...reader.bodies(), ...second.bodies()]).size >= 1_000);
    await notifier.close();

    const bodies = [...reader.bodies(), ...second.bodies()];
    expect(numbersIn(bodies.join('\n')).sort((one, other) => one - other)).toEqual(all(1_000));
    expect(numbersIn(reader.bodies().join('\n'))).toEqual(all(reader.heard.length));
    const later = numbersIn(second.bodies().join('\n'));
    expect(later).toEqual([...later].sort((one, other) => one - other));
    expect(second.heard.length).toBe(later.length);
    expect(bodies.length - 1_000).toBeLessThanOrEqual(50);
    expect(lines().join('\n')).toMatch(/can not be told: .*\n.* is back: /);
  });

  it('are told at the pace of a server that limits it', async () => {
    const { prosody, reader } = await startRoom({ more: 'limits = { c2s = { rate = "20kb/s" } }' });
    const { notifier, lines } = makeNotifier({ ...plain, port: prosody.port });
    for (const record of makeNumbered(400)) notifier.tell(record);
    await eventually(() => reader.heard.length === 400);
    expect(numbersIn(reader.bodies().join('\n'))).toEqual(all(400));
    expect(lines()).toEqual([]);
  });

  it('are entered under another nickname where ours is taken', async () => {
    const { prosody } = await startRoom();
    const other = await XmppReader.start(prosody.port, '100');
    await other.enter(room, 'ztpserver');
    const { notifier } = makeNotifier({ ...plain, port: prosody.port });
    expect(await notifier.test()).toBe(`said in ${room} as ztpserver2, in plain text`);
  });

  it('do not wait for one that lets nobody in, which is an error in the log', async () => {
    const { prosody, reader } = await startRoom();
    await reader.join('closed@conference.localhost', ['membersonly']);
    await reader.join('banned@conference.localhost');
    await reader.putOut('banned@conference.localhost', "affiliation='outcast' jid='ztps@localhost'");
    const rooms = ['closed@conference.localhost', 'banned@conference.localhost', room];
    const { notifier, lines } = makeNotifier({ ...plain, port: prosody.port, rooms });
    for (const record of makeNumbered(3)) notifier.tell(record);
    await eventually(() => reader.heard.length === 3);
    await notifier.close();
    const server = `error [notify noc] 127.0.0.1:${prosody.port}`;
    expect(lines().sort()).toEqual([
      `${server}: banned@conference.localhost can not be entered: this account is banned from it: lift the ban (forbidden)`,
      expect.stringMatching(
        /closed@\S+ can not be entered: only members may enter: make this account a member/,
      ),
    ]);
    await expect(notifier.test()).rejects.toThrow(
      /closed@\S+ can not be entered: .*banned@\S+ can not .*\(said in ztps@conference.localhost as ztpserver, in/,
    );
  });

  it('that give us no voice are an error in the log, and the others are told', async () => {
    const { prosody, reader } = await startRoom();
    await reader.join('quiet@conference.localhost', ['moderatedroom']);
    const rooms = ['quiet@conference.localhost', room];
    const { notifier, lines } = makeNotifier({ ...plain, port: prosody.port, rooms });
    for (const record of makeNumbered(3)) notifier.tell(record);
    await eventually(() => reader.bodies(room).length === 3);
    await notifier.close();
    expect(lines()).toEqual([
      expect.stringMatching(/^error .* quiet@\S+ takes no message of ours \(forbidden/),
    ]);
  });

  it('are entered again by whoever was put out of them', async () => {
    const { prosody, reader } = await startRoom();
    const { notifier } = makeNotifier({ ...plain, port: prosody.port });
    notifier.tell(makeRecord({ message: 'before' }));
    await eventually(() => reader.heard.length === 1);
    await reader.putOut(room, "nick='ztpserver' role='none'");
    notifier.tell(makeRecord({ message: 'after' }));
    await eventually(() => reader.bodies().at(-1)?.includes('after'));
  });

  it('are made if they are not there, and others can enter', async () => {
    const { prosody, reader } = await startRoom();
    const rooms = ['new@conference.localhost', room];
    const { notifier } = makeNotifier({ ...plain, port: prosody.port, rooms });
    notifier.tell(makeRecord({ message: 'first' }));
    await eventually(() => reader.bodies(room).length === 1);
    await reader.enter('new@conference.localhost', 'reader');
    notifier.tell(makeRecord({ message: 'second' }));
    await eventually(() => reader.bodies('new@conference.localhost').at(-1)?.includes('second'));
  });

  it('hear nothing of what the section does not ask for', async () => {
    const { prosody, reader } = await startRoom();
    const { notifier } = makeNotifier({
      ...plain,
      port: prosody.port,
      level: 'warning',
      events: ['log', 'failed'],
    });
    notifier.tell(makeRecord({ type: 'log', message: 'too low' }));
    notifier.tell(makeRecord({ type: 'registered', level: 'error', message: 'of another type' }));
    notifier.tell(makeRecord({ type: 'failed', level: 'error', message: 'this one' }));
    await eventually(() => reader.heard.length > 0);
    await notifier.close();
    expect(reader.bodies()).toEqual(['JPE14140001: this one']);
  });
});

describe.skipIf(whyNoProsody)('TLS to an XMPP server', () => {
  it('is there before anything secret is', async () => {
    const { prosody, certificates } = await startRoom({ withTls: true });
    const relay = await Relay.start(prosody.port);
    const { notifier } = makeNotifier({
      ...plain,
      port: relay.port,
      tls: certificates && { ca: certificates.ca },
    });
    expect(await notifier.test()).toBe(`said in ${room} as ztpserver, over TLSv1.3`);
    expect(relay.sent).toContain('<starttls');
    expect(relay.sent).not.toMatch(/<auth|<message|<presence|ztps/);
  });

  it('is not done without: a server that offers none gets neither password nor message', async () => {
    const { prosody, reader, folder } = await startRoom();
    const relay = await Relay.start(prosody.port);
    const { ca } = makeCertificates(folder);
    const { notifier, lines } = makeNotifier({ ...plain, port: relay.port, tls: { ca } });
    notifier.tell(makeRecord());
    await expect(notifier.test()).rejects.toThrow(
      /offers no STARTTLS, so nothing secret was sent: set tls = off if you trust the network/,
    );
    await eventually(() => lines().length > 0 && relay.connections > 2);
    expect(lines()[0]).toMatch(/can not be told: it offers no STARTTLS/);
    expect(relay.sent).not.toMatch(/<auth|<message|<presence|ztps/);
    expect(reader.heard).toEqual([]);
  });

  it.each(['of another CA', 'of another name'])('refuses a certificate %s, with the mend', async (which) => {
    const { prosody, reader, certificates, folder } = await startRoom({ withTls: true });
    const other = makeCertificates(folder, 'elsewhere');
    const isOtherCa = which === 'of another CA';
    const server = isOtherCa ? prosody : await Prosody.start(makeFolder(), other);
    const relay = await Relay.start(server.port);
    const ca = (isOtherCa ? certificates?.otherCa : other.ca) ?? '';
    const { notifier } = makeNotifier({ ...plain, port: relay.port, tls: { ca } });
    await expect(notifier.test()).rejects.toThrow(
      isOtherCa
        ? /ca = .* did not sign its certificate: give that of the CA which did/
        : /certificate is for another name/,
    );
    notifier.tell(makeRecord());
    await eventually(() => relay.connections > 2);
    expect(relay.sent).not.toMatch(/<auth|<message|<presence|ztps/);
    expect(reader.heard).toEqual([]);
  });

  it('can not be talked into plain text that came with the go-ahead', async () => {
    const { certificates } = await startRoom({ withTls: true });
    const features = `<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`;
    const open = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`;
    const server = await listenRaw('', (text) =>
      text.includes('<starttls')
        ? `<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${features}<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`
        : open + features,
    );
    const { notifier } = makeNotifier({
      ...plain,
      port: server.port,
      tls: certificates && { ca: certificates.ca },
    });
    await expect(notifier.test()).rejects.toThrow(/plain text where TLS had to begin/);
    expect(server.received()).not.toMatch(/<auth|sesame/);
  });
});

describe.skipIf(whyNoProsody)('what can go wrong with an XMPP server', () => {
  it('a wrong password is said, and not shown', async () => {
    const { prosody } = await startRoom();
    const { notifier } = makeNotifier({ ...plain, port: prosody.port, password: 'simsalabim' });
    const error: Error = await notifier.test().then(
      () => new Error('it arrived'),
      (reason) => reason,
    );
    expect(error.message).toMatch(
      /does not let ztps@localhost in \(not-authorized.*check username and password/,
    );
    expect(error.message).not.toContain('simsalabim');
  });

  it.each(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'])(
    '%s is spoken if nothing better is offered',
    async (way) => {
      const better = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'];
      const off = better.slice(0, better.indexOf(way)).map((name) => `"${name}"`);
      const more = `disable_sasl_mechanisms = { ${off.join(', ')} }`;
      const prosody = await Prosody.start(makeFolder(), null, more);
      const relay = await Relay.start(prosody.port);
      const { notifier } = makeNotifier({ ...plain, port: relay.port });
      expect(await notifier.test()).toMatch(/^said in/);
      expect(relay.sent).toContain(`mechanism="${way}"`);
    },
  );

  it('a domain that it does not serve is said', async () => {
    const { prosody } = await startRoom();
    const { notifier } = makeNotifier({ ...plain, port: prosody.port, domain: 'elsewhere.example' });
    await expect(notifier.test()).rejects.toThrow(/host-unknown.*check domain and server/);
  });

  it.each([
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    '</stream:stream>',
    '<a></b>',
    '<stream:stream><a b="&#1;"/>',
    '&nothing;<x/>',
    `<stream:stream xmlns:stream='s'>${'<a>'.repeat(100_000)}`,
    "<stream:stream xmlns='jabber:client'><iq from='@/@/' id='1'/><message from='/'/><presence from=''/>",
  ])('nothing that a stranger answers does harm (%#)', async (answer) => {
    const server = await listenRaw('', () => answer);
    const { notifier } = makeNotifier({ ...plain, port: server.port }, { attemptMs: 300 });
    await expect(notifier.test()).rejects.toThrow(/^it |took longer/);
  });

  it('a server that falls silent is left, and what it did not echo is said again', async () => {
    const { prosody, reader } = await startRoom();
    const relay = await Relay.start(prosody.port);
    const { notifier, lines } = makeNotifier({ ...plain, port: relay.port }, { attemptMs: 300 });
    notifier.tell(makeRecord({ message: 'before' }));
    await eventually(() => reader.heard.length === 1);
    relay.isSilent = true;
    notifier.tell(makeRecord({ message: 'into the void' }));
    await eventually(() => lines().length > 0);
    relay.isSilent = false;
    await eventually(() => reader.bodies().at(-1)?.includes('into the void'));
  });

  it('a server that is silent while nothing is said is noticed', async () => {
    const { prosody, reader } = await startRoom();
    const relay = await Relay.start(prosody.port);
    const { notifier } = makeNotifier({ ...plain, port: relay.port }, { attemptMs: 300 });
    notifier.tell(makeRecord());
    await eventually(() => reader.heard.length > 0);
    const { connections, sent } = relay;
    await eventually(() => relay.sent.slice(sent.length).includes('urn:xmpp:ping'));
    relay.isSilent = true;
    await eventually(() => relay.open < 2);
    expect(relay.connections).toBe(connections);
  });

  it('the end does not wait for a dead server, and says what is lost', async () => {
    const { notifier, lines } = makeNotifier({ ...plain, port: await freePort() }, { closeMs: 50 });
    for (const record of makeNumbered(3)) notifier.tell(record);
    await notifier.close();
    expect(lines().at(-1)).toMatch(/^warning .*3 records were not delivered before the server ended/);
  });

  it('the end waits for echoes, leaves nothing open, and says what had none', async () => {
    const { prosody, reader } = await startRoom();
    const relay = await Relay.start(prosody.port);
    const { notifier, lines } = makeNotifier({ ...plain, port: relay.port }, { closeMs: 100 });
    notifier.tell(makeRecord());
    await eventually(() => reader.heard.length === 1);
    await eventually(() => notifier.tell(makeRecord({ message: 'x' })) === undefined);
    await eventually(() => reader.heard.length === 2);
    relay.isSilent = true;
    notifier.tell(makeRecord());
    await notifier.close();
    expect(lines().join('\n')).toMatch(
      /warning .*1 (?:message|record) was not (?:echoed|delivered) before the server ended/,
    );
    await eventually(() => relay.open < 2);
  });

  it('a flood of tests beside what is told does not disturb it', async () => {
    const { prosody, reader } = await startRoom();
    const { notifier, lines } = makeNotifier({ ...plain, port: prosody.port });
    for (const record of makeNumbered(100)) notifier.tell(record);
    const words = await Promise.all([notifier.test(), notifier.test()]);
    expect(words.every((text) => text.startsWith('said in'))).toBe(true);
    await eventually(() => reader.heard.length === 102);
    expect(numbersIn(reader.bodies().join('\n'))).toEqual(all(100));
    expect(lines()).toEqual([]);
  });
});

describe('rooms of other servers', () => {
  it('that are busy are left alone for a while, and then told one at a time', async () => {
    const said: string[] = [];
    const room = await playRoom(({ id, body, session }) => {
      if (session === 1 && body.includes('number 5.')) return room.refuse(id);
      said.push(body);
      return room.echo(id, body);
    });
    const { notifier, lines } = makeNotifier({ ...plain, port: room.port });
    for (const record of makeNumbered(20)) notifier.tell(record);
    await eventually(() => new Set(said).size === 20);
    await notifier.close();
    expect(said.slice(-15).map((body) => numbersIn(body))).toEqual(
      all(20)
        .slice(5)
        .map((number) => [number]),
    );
    expect(lines().join('\n')).toMatch(
      /info .* wants fewer messages \(resource-constraint\): from now on they are said one at a time/,
    );
  });

  it('that are busy at first are asked again, without a new connection', async () => {
    let refusals = 0;
    const room = await playRoom(({ id, body }) => {
      refusals += 1;
      return refusals === 1 ? room.refuse(id) : room.echo(id, body);
    });
    const { notifier, lines } = makeNotifier({ ...plain, port: room.port });
    notifier.tell(makeRecord());
    await eventually(() => lines().length === 2);
    expect(lines()[1]).toMatch(/is back: 1 delivered/);
    expect(room.connections()).toBe(1);
  });

  it('that give messages an id of their own have echoed them all the same', async () => {
    const said: string[] = [];
    const room = await playRoom(({ body }) => {
      said.push(body);
      return room.echo(`own-${said.length}`, body);
    });
    const { notifier, lines } = makeNotifier({ ...plain, port: room.port });
    for (const record of makeNumbered(100)) notifier.tell(record);
    await eventually(() => said.length === 100);
    await notifier.close();
    expect(lines()).toEqual([]);
    expect(room.connections()).toBe(1);
  });
});

describe('where an XMPP server is', () => {
  const find = (records: readonly SrvRecord[] | Error, host: string | null = null, domain = 'example.com') =>
    findXmppServers(
      { domain, host, port: 5222 },
      {
        async resolveSrv(name) {
          asked.push(name);
          if (records instanceof Error) throw records;
          return [...records];
        },
      },
    );
  const asked: string[] = [];

  it('is where server = says, or else where DNS says, best first', async () => {
    expect(await find([], 'here')).toEqual([{ host: 'here', port: 5222 }]);
    expect(asked).toEqual([]);
    const records = [
      { name: 'second', port: 2, priority: 20, weight: 0 },
      { name: 'first', port: 1, priority: 10, weight: 5 },
    ];
    expect(await find(records)).toEqual([
      { host: 'first', port: 1 },
      { host: 'second', port: 2 },
    ]);
    expect(asked).toEqual(['_xmpp-client._tcp.example.com']);
  });

  it('is the domain itself where DNS says nothing, and nowhere where it says so', async () => {
    expect(await find([])).toEqual([{ host: 'example.com', port: 5222 }]);
    expect(await find(new Error('no DNS'))).toEqual([{ host: 'example.com', port: 5222 }]);
    expect(await find([], null, '192.0.2.1')).toEqual([{ host: '192.0.2.1', port: 5222 }]);
    await expect(find([{ name: '', port: 0, priority: 0, weight: 0 }])).rejects.toThrow(/has no XMPP/);
  });
});
