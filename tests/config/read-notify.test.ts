// The sections [notify NAME]: what each becomes, what a mistake in one is told, and that the docs name every key.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readIni } from '../../src/config/read-ini.js';
import { isNotifySection, readNotify } from '../../src/config/read-notify.js';
import { recordTypes } from '../../src/wire/journal-record.js';

const file = '/etc/ztpserver/ztpserver.conf';
const read = (text: string) => readNotify(file, readIni(text, file));
const first = (text: string) => read(text).settings[0];
const common = { name: 'noc', level: 'info', events: null };

describe('a section', () => {
  it('of type syslog needs a server', () => {
    expect(first('[notify noc]\ntype = syslog\nserver = syslog.example.com')).toEqual({
      ...common,
      type: 'syslog',
      host: 'syslog.example.com',
      port: 514,
      transport: 'udp',
      tls: null,
      format: 'rfc5424',
      facility: 3,
    });
    expect(
      first('[notify noc]\ntype=SYSLOG\nserver=s\ntransport=TCP\nca=ca.pem\nformat=RFC3164\nfacility=Local7'),
    ).toEqual({
      ...common,
      type: 'syslog',
      host: 's',
      port: 6514,
      transport: 'tcp',
      tls: { ca: '/etc/ztpserver/ca.pem' },
      format: 'rfc3164',
      facility: 23,
    });
    expect(first('[notify noc]\ntype=syslog\nserver=s:1\ntransport=tcp\ntls=off')).toMatchObject({
      port: 1,
      tls: null,
    });
  });

  it.each([
    ['10.0.0.1', '10.0.0.1', 514],
    ['a.example.com:1514', 'a.example.com', 1514],
    ['[2001:db8::1]:1514', '2001:db8::1', 1514],
    ['2001:db8::1', '2001:db8::1', 514],
  ])('may name its server as %s', (server, host, port) => {
    expect(first(`[notify noc]\ntype = syslog\nserver = ${server}`)).toMatchObject({ host, port });
  });

  it('of type xmpp needs a domain, a login and rooms', () => {
    expect(
      first(
        '[notify noc]\ntype=xmpp\ndomain=example.com\nusername=ztps\npassword=p w\nrooms=a, b@rooms.example.com',
      ),
    ).toEqual({
      ...common,
      type: 'xmpp',
      domain: 'example.com',
      username: 'ztps',
      password: 'p w',
      rooms: ['a@conference.example.com', 'b@rooms.example.com'],
      nickname: 'ztpserver',
      host: null,
      port: 5222,
      tls: { ca: null },
    });
  });

  it('of type mail needs a server, from and to', () => {
    expect(
      first('[notify noc]\ntype=mail\nserver=m\nfrom=z@example.com\nto=a@example.com,\n  b@example.com'),
    ).toEqual({
      ...common,
      type: 'mail',
      host: 'm',
      port: 587,
      login: null,
      from: 'z@example.com',
      to: ['a@example.com', 'b@example.com'],
      tls: { ca: null },
    });
    expect(
      first('[notify noc]\ntype=mail\nserver=m:25\nfrom=z@x\nto=a@x\nusername=u\npassword=p\ntls=off'),
    ).toMatchObject({ port: 25, login: { username: 'u', password: 'p' }, tls: null });
  });

  it('of type webhook needs a url', () => {
    expect(first('[notify noc]\ntype=webhook\nurl=https://example.com/hook')).toEqual({
      ...common,
      type: 'webhook',
      url: 'https://example.com/hook',
      secret: null,
      template: 'record',
      tls: { ca: null },
    });
    expect(
      first('[notify noc]\ntype=webhook\nurl=http://example.com\ntls=off\nsecret=s\ntemplate=teams'),
    ).toMatchObject({ secret: 's', template: 'teams', tls: null });
  });

  it('chooses records by level and by types, in which * stands for any letters', () => {
    const text = '[notify noc]\ntype=syslog\nserver=s\nlevel=Warning\nevents=failed, action-*, *-refused';
    expect(first(text)).toMatchObject({
      level: 'warning',
      events: ['failed', 'action-started', 'action-succeeded', 'action-failed', 'definition-refused'],
    });
    expect(first('[notify noc]\ntype=syslog\nserver=s\nevents=*')).toMatchObject({ events: recordTypes });
  });
});

it('there may be many sections, in the order of the file, and other sections are none of ours', () => {
  const { settings, warnings } = read(
    '[default]\na=b\n[notify b b]\ntype=syslog\nserver=s\n[server]\nport=1\n[notify a]\ntype=syslog\nserver=s',
  );
  expect(settings.map(({ name }) => name)).toEqual(['b b', 'a']);
  expect(warnings).toEqual([]);
  expect(['notify', 'notify a', 'notifya', 'Notify a', 'server'].map(isNotifySection)).toEqual([
    ...[true, true, false, false, false],
  ]);
});

it('a key that is not known for the type is warned of, with the nearest that is', () => {
  const { warnings } = read('[notify noc]\ntype = webhook\nurl = https://x\nsecert = s\nnickname = n');
  expect(warnings).toEqual([
    { line: 4, text: `${file}:4: [notify noc] secert is not known for type webhook; secret is` },
    { line: 5, text: `${file}:5: [notify noc] nickname is not known for type webhook` },
  ]);
});

const syslog = 'type = syslog\nserver = s\n';
const xmpp = 'type = xmpp\ndomain = d\nusername = u\npassword = p\nrooms = r\n';
const mail = 'type = mail\nserver = m\nfrom = a@x\nto = b@x\n';
const without = (text: string, key: string) => text.replace(new RegExp(`^${key} = .*\n`, 'm'), '');

describe('a mistake is an error that says', () => {
  it.each([
    ['', `${file}:1: [notify noc] has no type; add one`],
    ['type = pager', `${file}:2: [notify noc] type is "pager"; wanted: syslog or xmpp or mail or webhook`],
    ['type = syslog', `${file}:1: [notify noc] has no server; add one`],
    [without(xmpp, 'domain'), `${file}:1: [notify noc] has no domain; add one`],
    [without(xmpp, 'username'), `${file}:1: [notify noc] has no username; add one`],
    [without(xmpp, 'password'), `${file}:1: [notify noc] has no password; add one`],
    [without(xmpp, 'rooms'), `${file}:1: [notify noc] has no rooms; add one`],
    [without(mail, 'server'), `${file}:1: [notify noc] has no server; add one`],
    [without(mail, 'from'), `${file}:1: [notify noc] has no from; add one`],
    [without(mail, 'to'), `${file}:1: [notify noc] has no to; add one`],
    ['type = webhook', `${file}:1: [notify noc] has no url; add one`],
    [`${syslog}level = loud`, `:4: [notify noc] level is "loud"; wanted: debug or info or warning or error`],
    [`${syslog}events = fialed`, `:4: [notify noc] events is "fialed"; wanted: contacted, registered, `],
    [`${syslog}events = ,`, ':4: [notify noc] events is ","; wanted: types of events, commas between them'],
    [`${syslog}transport = sctp`, ':4: [notify noc] transport is "sctp"; wanted: udp or tcp'],
    [
      `${syslog}tls = required`,
      ':4: [notify noc] tls is "required"; wanted: no tls here, since UDP has no TLS; transport = tcp has',
    ],
    [
      `${syslog}ca = x`,
      ':4: [notify noc] ca is "x"; wanted: no ca here, since UDP has no TLS; transport = tcp has',
    ],
    [`${syslog}format = json`, ':4: [notify noc] format is "json"; wanted: rfc5424 or rfc3164'],
    [`${syslog}facility = local8`, ':4: [notify noc] facility is "local8"; wanted: kern or user or '],
    [
      'type = syslog\nserver = a b',
      ':3: [notify noc] server is "a b"; wanted: HOST, HOST:PORT or [IPV6]:PORT',
    ],
    ['type = syslog\nserver = a:0', ':3: [notify noc] server is "0"; wanted: a TCP port, 1 to 65534'],
    [`${xmpp}port = x`, ':7: [notify noc] port is "x"; wanted: a TCP port, 1 to 65534'],
    [`${xmpp}nickname =`, ':7: [notify noc] nickname is empty; wanted: some text'],
    [`${xmpp}tls = maybe`, ':7: [notify noc] tls is "maybe"; wanted: required or off'],
    [`${xmpp}tls = off\nca = x`, ':8: [notify noc] ca is "x"; wanted: no ca beside tls = off'],
    [
      `${without(xmpp, 'rooms')}rooms = ,`,
      ':6: [notify noc] rooms is ","; wanted: rooms, commas between them',
    ],
    [
      `${without(xmpp, 'password')}password =`,
      ':6: [notify noc] password is "(not shown)"; wanted: some text in UTF-8',
    ],
    [
      `${without(mail, 'from')}from = noc`,
      ':5: [notify noc] from is "noc"; wanted: an address such as noc@example.com',
    ],
    [
      `${without(mail, 'to')}to = a@x, b`,
      ':5: [notify noc] to is "b"; wanted: an address such as noc@example.com',
    ],
    [`${without(mail, 'to')}to = ,`, ':5: [notify noc] to is ","; wanted: addresses, commas between them'],
    [`${mail}password = hidden`, ':6: [notify noc] password is "(not shown)"; wanted: username beside it'],
    [`${mail}username = u`, ':1: [notify noc] has no password; add one'],
    [
      'type = webhook\nurl = ftp://hidden',
      ':3: [notify noc] url is "(not shown)"; wanted: a URL such as https://example.com/hook',
    ],
    [
      'type = webhook\nurl = http://hidden',
      ':3: [notify noc] url is "(not shown)"; wanted: an https:// URL, or tls = off beside it',
    ],
    [
      'type = webhook\nurl = https://hidden\ntls = off',
      ':3: [notify noc] url is "(not shown)"; wanted: no tls = off beside it, since https:// is TLS',
    ],
    [
      'type = webhook\nurl = https://hidden\nsecret =',
      ':4: [notify noc] secret is "(not shown)"; wanted: some text in UTF-8',
    ],
    [
      'type = webhook\nurl = https://hidden\ntemplate = irc',
      ':4: [notify noc] template is "irc"; wanted: record or slack or teams',
    ],
  ])('%j', (text, message) => {
    const attempt = () => read(`[notify noc]\n${text}\n`);
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid-config' }));
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow('hidden');
  });

  it('that a section has no name, or that of another', () => {
    expect(() => read('[notify]\ntype = syslog')).toThrow(
      `${file}:1: [notify] has no name; wanted: [notify NAME]`,
    );
    expect(() => read(`[notify a]\n${syslog}[notify  a]\n${syslog}`)).toThrow(
      `${file}:4: [notify  a]: there is another [notify a]; give each a name of its own`,
    );
  });
});

it('docs/notifications.md names every key of every type', () => {
  const source = readFileSync(resolve('src/config/read-notify.ts'), 'utf8');
  const docs = readFileSync(resolve('docs/notifications.md'), 'utf8');
  const list = (text = '') => [...text.matchAll(/'(\w+)'/g)].map(([, key]) => key ?? '');
  const shared = list(/const commonKeys = \[(.*)\];/.exec(source)?.[1]);
  const tls = list(/const tlsKeys = \[(.*)\];/.exec(source)?.[1]);
  expect(shared).toEqual(['type', 'level', 'events']);
  const everybody = docs.slice(0, docs.indexOf('\n## Syslog'));
  for (const key of [...shared, ...tls]) expect(everybody).toContain(`| \`${key}\` |`);
  for (const [title, type] of [
    ['Syslog', 'syslog'],
    ['XMPP', 'xmpp'],
    ['Mail', 'mail'],
    ['Webhook', 'webhook'],
  ]) {
    const section = new RegExp(`\n## ${title}\n([\\s\\S]*?)(?:\n## |$)`).exec(docs)?.[1] ?? '';
    const keys = list(new RegExp(`^  ${type}: \\[(.*)\\],$`, 'm').exec(source)?.[1]);
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys) {
      expect([type, section]).toEqual([type, expect.stringMatching(new RegExp(`^\\| [^|]*\`${key}\``, 'm'))]);
    }
  }
});
