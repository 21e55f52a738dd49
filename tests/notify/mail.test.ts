// Mails against a real mail server with STARTTLS and login, and against sockets where what crosses the wire matters.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MailSettings } from '../../src/config/notify-settings.js';
import { writeBody, writeSubject } from '../../src/notify/mail-digest.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { eventually } from './eventually.js';
import { makeNumbered, makeRecord, numbersIn } from './make-record.js';
import {
  endProcess,
  everything,
  freePort,
  listenRaw,
  makeCertificates,
  makeNotifier,
  startListener,
  whyMissing,
} from './receivers.js';

const python = '/usr/bin/python3';
const whyNoServer =
  whyMissing([python, '-c', 'import aiosmtpd'], 'python3-aiosmtpd') ??
  whyMissing(['openssl', 'version'], 'openssl');

const login = { username: 'ztps', password: 'sésame-öffne' };
const settings: MailSettings = {
  ...everything,
  type: 'mail',
  host: '127.0.0.1',
  port: 0,
  login,
  from: 'ztps@example.com',
  to: ['noc@example.com', 'boss@example.com'],
  tls: { ca: null },
};

/** What the server noted. */
interface Entry {
  readonly command: 'MAIL' | 'AUTH' | 'DATA';
  readonly tls: boolean;
  readonly password?: string;
  readonly login?: string;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly content?: string;
}

/** A mail server; `way`: with STARTTLS and login, or with neither. */
async function startServer(way: 'private' | 'plain' = 'private', port?: number, folder = makeFolder()) {
  const at = port ?? (await freePort());
  const certificates = makeCertificates(folder);
  const output = join(folder, 'mails');
  const tls = way === 'private' ? { cert: certificates.cert, key: certificates.key, auth: true } : {};
  const options = JSON.stringify({ port: at, output, ...login, ...tls });
  const child = await startListener(python, [join(import.meta.dirname, 'smtp_server.py'), options], at);
  const entries = (): Entry[] =>
    (existsSync(output) ? readFileSync(output, 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry);
  const mails = () => entries().filter(({ command }) => command === 'DATA');
  return { port: at, folder, certificates, entries, mails, kill: () => endProcess(child) };
}

/** A mail as a reader shows it. */
function read(content = ''): { readonly headers: Record<string, string>; readonly text: string } {
  const program = `import sys, json, email, email.policy
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
print(json.dumps({"headers": {k.lower(): str(v) for k, v in mail.items()}, "text": mail.get_content().replace("\\r\\n", "\\n").rstrip()}))`;
  return JSON.parse(execFileSync(python, ['-c', program], { input: content, encoding: 'utf8' }));
}

describe('a real mail server', () => {
  beforeEach(({ skip }) => skip(whyNoServer !== undefined, whyNoServer));

  it('gets one mail for a run when it ends, by STARTTLS and with a login, without secrets', async () => {
    const { port, certificates, entries, mails } = await startServer();
    const { notifier, lines } = makeNotifier({ ...settings, port, tls: { ca: certificates.ca } });
    const run = 'run1';
    notifier.tell(
      makeRecord({ run, node: null, type: 'contacted', message: 'asked for the bootstrap script' }),
    );
    notifier.tell(makeRecord({ run, level: 'warning', message: 'enable secret hidden1\nsecond line, Ä' }));
    notifier.tell(makeRecord({ run: 'run2', message: 'another run' }));
    expect(mails()).toEqual([]);
    const reason = 'add_config: the file is not there, password=hidden2';
    notifier.tell(makeRecord({ run, type: 'failed', level: 'error', message: 'failed', data: { reason } }));
    await eventually(() => mails().length === 1);
    const [mail] = mails();
    expect(mail).toMatchObject({
      tls: true,
      login: 'ztps',
      from: 'ztps@example.com',
      to: ['noc@example.com', 'boss@example.com'],
    });
    expect(entries().every(({ tls }) => tls)).toBe(true);
    expect(read(mail?.content)).toEqual({
      headers: expect.objectContaining({
        subject: 'ztps: JPE14140001 failed: add_config: the file is not there, password=***',
        from: 'ztps@example.com',
        to: 'noc@example.com, boss@example.com',
        'message-id': expect.stringMatching(/^<0mhz\w+\.ztps@ztps\.example\.com>$/),
        date: expect.any(String),
        'auto-submitted': 'auto-generated',
      }),
      text: [
        'Node: JPE14140001',
        'Address: 10.0.0.1',
        'Run: run1',
        '',
        '2026-11-26 14:44:05 UTC  info     asked for the bootstrap script',
        '2026-11-26 14:44:05 UTC  warning  enable secret ***\\nsecond line, Ä',
        '2026-11-26 14:44:05 UTC  error    failed',
      ].join('\n'),
    });
    // What was gathered goes out at the end.
    await notifier.close();
    expect(mails().length).toBe(2);
    expect(lines()).toEqual([]);
  });

  it('gets what ended while it was away, in order', async () => {
    const first = await startServer();
    const { notifier, lines } = makeNotifier({
      ...settings,
      port: first.port,
      tls: { ca: first.certificates.ca },
    });
    for (let number = 0; number < 60; number += 1) {
      notifier.tell(makeRecord({ run: `run${number}`, type: 'completed', message: `number ${number}.` }));
      if (number === 20) {
        await eventually(() => first.mails().length > 3);
        await first.kill();
        await eventually(() => lines().some((line) => line.includes('can not be told')));
      }
      await nextTurn();
    }
    const second = await startServer('private', first.port, first.folder);
    await eventually(
      () =>
        numbersIn(
          second
            .mails()
            .map(({ content }) => content)
            .join(),
        ).length === 60,
    );
    const arrived = second.mails().flatMap(({ content }) => numbersIn(content ?? ''));
    expect([...new Set(arrived)]).toEqual(Array.from({ length: 60 }, (_, number) => number));
    await eventually(() => /is back: \d+ delivered/.test(lines().at(-1) ?? ''));
  });

  it('by plain text where that was asked for', async () => {
    const { port, mails } = await startServer('plain');
    const { notifier } = makeNotifier({ ...settings, port, tls: null, login: null });
    notifier.tell(makeRecord({ run: 'a', type: 'completed' }));
    await eventually(() => mails().length === 1);
    expect(mails()[0]?.tls).toBe(false);
    expect(await notifier.test()).toBe(`handed to 127.0.0.1:${port} in plain text: 250 2.0.0 queued as 1234`);
  });

  it('confirms a test mail in words, or says what is wrong', async () => {
    const { port, certificates, mails } = await startServer();
    const tls = { ca: certificates.ca };
    const test = (changed: Partial<MailSettings>) =>
      makeNotifier({ ...settings, port, tls, ...changed }).notifier.test();
    expect(await test({})).toBe(
      `handed to 127.0.0.1:${port} over TLS, by STARTTLS: 250 2.0.0 queued as 1234`,
    );
    expect(read(mails()[0]?.content).headers.subject).toContain('ztps: This is a test message');
    await expect(test({ login: { ...login, password: 'wrong' } })).rejects.toThrow(
      /535 5\.7\.8 .*; check username and password$/,
    );
    await expect(test({ tls: { ca: certificates.otherCa } })).rejects.toThrow(
      `ca = ${certificates.otherCa} did not sign its certificate`,
    );
    await expect(test({ tls: { ca: null } })).rejects.toThrow(
      'is not signed by a CA that is trusted: give ca =',
    );
    await expect(test({ to: ['noc@example.com', 'never@example.com'] })).rejects.toThrow(
      'never@example.com was refused',
    );
    await expect(test({ port: await freePort() })).rejects.toThrow('nothing listens there (ECONNREFUSED)');
  });

  it('with a bad password is asked again, not given up', async () => {
    const { port, certificates, entries } = await startServer();
    const { notifier, lines } = makeNotifier({
      ...settings,
      port,
      tls: { ca: certificates.ca },
      login: { ...login, password: 'wrong' },
    });
    notifier.tell(makeRecord({ run: 'a', type: 'completed' }));
    await eventually(() => entries().filter(({ command }) => command === 'AUTH').length > 1);
    await notifier.close();
    expect(lines()[0]).toContain('check username and password');
    expect(lines().join()).not.toContain('wrong');
    expect(lines().at(-1)).toContain('1 record was not delivered');
  });

  it('that refuses a mail for good does not hold up the next', async () => {
    const { port, certificates, mails } = await startServer();
    const { notifier, lines } = makeNotifier({ ...settings, port, tls: { ca: certificates.ca } });
    notifier.tell(makeRecord({ run: 'a', type: 'completed', message: 'refuse this mail' }));
    notifier.tell(makeRecord({ run: 'b', type: 'completed' }));
    await eventually(() => mails().length === 1);
    expect(lines()[0]).toMatch(
      /^error .* 1 record was refused for good, and dropped: .*554 5\.6\.0 not this one/,
    );
  });

  it('that refuses some recipients has the mail for the others, and is asked again where it says later', async () => {
    const { port, certificates, mails, entries } = await startServer();
    const { notifier, lines } = makeNotifier({
      ...settings,
      port,
      tls: { ca: certificates.ca },
      to: ['noc@example.com', 'never@example.com', 'later@example.com'],
    });
    notifier.tell(makeRecord({ run: 'a', type: 'completed' }));
    await eventually(() => entries().filter(({ command }) => command === 'MAIL').length > 2);
    expect(mails().map(({ to }) => to)).toEqual([['noc@example.com']]);
    await notifier.close();
    expect(lines()[0]).toMatch(/never@example\.com .*550 5\.1\.1.*; the others have it/);
    expect(lines()[1]).toMatch(/can not be told: .*451 4\.7\.1/);
  });
});

describe('with tls = required, neither password nor mail goes to a server that', () => {
  const greeting = '220 there ESMTP\r\n';
  const ehlo = (starttls: boolean) =>
    `250-there\r\n${starttls ? '250-STARTTLS\r\n' : ''}250 AUTH PLAIN LOGIN\r\n`;
  it.each<[string, (line: string) => string, string]>([
    [
      'does not offer STARTTLS',
      (line) => (/^EHLO/.test(line) ? ehlo(false) : '502 no\r\n'),
      'it offers no STARTTLS (it answered 502 no), so nothing secret was sent: set tls = off if',
    ],
    [
      'accepts everything but STARTTLS',
      (line) => (/^EHLO/.test(line) ? ehlo(false) : /^START/.test(line) ? '454 no\r\n' : '250 ok\r\n'),
      'STARTTLS',
    ],
    [
      'offers STARTTLS and then speaks plain text',
      (line) => (/^EHLO/.test(line) ? ehlo(true) : '220 go on\r\n'),
      'does not speak TLS',
    ],
    ['knows no EHLO', (line) => (/^EHLO/.test(line) ? '500 what\r\n' : '250 ok\r\n'), 'STARTTLS'],
    ['closes the connection', () => '221 bye\r\n', ''],
  ])('%s', async (_name, answer, reason) => {
    const receiver = await listenRaw(greeting, answer);
    const { notifier, lines } = makeNotifier({ ...settings, port: receiver.port }, { attemptMs: 500 });
    notifier.tell(makeRecord({ run: 'a', type: 'completed', message: 'confidential' }));
    await eventually(() => receiver.connections() > 1);
    await notifier.close();
    expect(lines()[0]).toContain(reason);
    const received = receiver.received();
    expect(received).toMatch(/^EHLO ztps\.example\.com\r\n/);
    for (const secret of ['confidential', 'AUTH', 'MAIL', Buffer.from(login.password).toString('base64')]) {
      expect(received).not.toContain(secret);
    }
  });
});

it('a server that hangs does not hold up the end, and what was lost is counted', async () => {
  const receiver = await listenRaw();
  const { notifier, lines } = makeNotifier({ ...settings, port: receiver.port }, { attemptMs: 60_000 });
  for (const record of makeNumbered(3, { run: 'a' })) notifier.tell(record);
  await notifier.close();
  expect(lines()).toEqual([expect.stringContaining('3 records were not delivered before the server ended')]);
});

it('a mail waits a quarter of an hour for the end of its run, a minute where there is no run', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const receiver = await listenRaw();
    const { notifier } = makeNotifier({ ...settings, port: receiver.port });
    notifier.tell(makeRecord({ run: 'a' }));
    notifier.tell(makeRecord({ node: 'b' }));
    vi.advanceTimersByTime(59_999);
    await nextTurn();
    expect(receiver.connections()).toBe(0);
    vi.advanceTimersByTime(1);
    vi.useRealTimers();
    await eventually(() => receiver.connections() === 1);
    await notifier.close();
  } finally {
    vi.useRealTimers();
  }
});

it('what comes after the end of a run waits a minute, as what has no run', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const receiver = await listenRaw();
    const { notifier } = makeNotifier({ ...settings, port: receiver.port, level: 'info' });
    notifier.tell(makeRecord({ run: 'a', type: 'completed', level: 'debug' }));
    notifier.tell(makeRecord({ run: 'a', type: 'config-saved' }));
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    await eventually(() => receiver.connections() === 1);
    await notifier.close();
  } finally {
    vi.useRealTimers();
  }
});

/** A mail server in plain text. `take` answers the end of a mail; null: not at all. */
function listenMail(take: (mail: string) => string | null) {
  let isData = false;
  let mail = '';
  return listenRaw('220 there ESMTP\r\n', (text) => {
    if (isData) {
      mail += text;
      if (!mail.endsWith('\r\n.\r\n')) return '';
      isData = false;
      return take(mail) ?? '';
    }
    if (/^EHLO/.test(text)) return '250-there\r\n250 AUTH PLAIN\r\n';
    if (/^AUTH/.test(text)) return `535 5.7.8 not ${text}`;
    isData = /^DATA/.test(text);
    mail = '';
    return isData ? '354 go on\r\n' : '250 ok\r\n';
  });
}

const plainly = { ...settings, tls: null, login: null };
const completed = (run: string, message: string) => makeRecord({ run, type: 'completed', message });

it('mails in a row share a connection; one that was closed meanwhile is no failure', async () => {
  const { port, mails, kill, folder } = await startServer('plain');
  const receiver = await listenMail(() => '250 ok\r\n');
  const { notifier, lines } = makeNotifier({ ...plainly, port: receiver.port });
  for (let number = 0; number < 20; number += 1) notifier.tell(completed(`${number}`, `number ${number}.`));
  await eventually(() => numbersIn(receiver.received()).length === 20);
  expect(receiver.connections()).toBe(1);
  const real = makeNotifier({ ...plainly, port });
  real.notifier.tell(completed('a', 'number 1.'));
  await eventually(() => mails().length === 1);
  await kill();
  await startServer('plain', port, folder);
  real.notifier.tell(completed('b', 'number 2.'));
  await eventually(() => mails().length === 2);
  expect([...lines(), ...real.lines()]).toEqual([]);
});

it('a mail that a server puts off for ever does not hold up the others', async () => {
  const receiver = await listenMail((mail) => (mail.includes('number 0.') ? '451 later\r\n' : '250 ok\r\n'));
  const { notifier, lines } = makeNotifier({ ...plainly, port: receiver.port });
  for (const number of [0, 1, 2]) notifier.tell(completed(`${number}`, `number ${number}.`));
  await eventually(() => numbersIn(receiver.received()).length === 3);
  await notifier.close();
  expect(lines().filter((line) => line.includes('is not taken'))).toEqual([
    expect.stringMatching(/one message is not taken: .*451 later; after 5 tries it is tried again when/),
  ]);
  expect(lines().at(-1)).toContain('1 record was not delivered before the server ended');
});

it('a server that confirms late gets a mail once, and the end does not wait for it', async () => {
  let mails = 0;
  const receiver = await listenMail(() => {
    mails += 1;
    return null;
  });
  const { notifier, lines } = makeNotifier({ ...plainly, port: receiver.port }, { attemptMs: 500 });
  const tested = expect(notifier.test()).rejects.toThrow(
    'it was given all of it, and did not confirm it within 3 s',
  );
  notifier.tell(completed('a', 'number 1.'));
  await tested;
  await eventually(() => mails === 2);
  await notifier.close();
  expect(receiver.received().match(/Message-ID/gi)?.length).toBe(2);
  expect(lines().at(-1)).toContain('1 record may not have arrived: the server ended');
});

it('a login that a server repeats is not repeated by us', async () => {
  const receiver = await listenMail(() => '250 ok\r\n');
  const { notifier, lines } = makeNotifier({ ...plainly, login, port: receiver.port });
  notifier.tell(completed('a', 'x'));
  await eventually(() => lines()[0]);
  const said = await notifier.test().catch((error: Error) => error.message);
  const blob = /AUTH PLAIN ([\w+/]+)/.exec(receiver.received())?.[1] ?? 'nothing';
  for (const text of [said, ...lines()]) {
    expect(text).toContain('535 5.7.8 not AUTH PLAIN ***');
    expect(text).not.toContain(blob.slice(0, 10));
  }
});

it('a queue that is full of records that are being gathered says how many', async () => {
  const { notifier, lines } = makeNotifier({ ...plainly, port: await freePort() }, { records: 5 });
  for (const record of makeNumbered(7, { run: 'a' })) notifier.tell(record);
  expect(lines()[0]).toContain('the queue is full (5 records)');
  await notifier.close();
});

describe('a mail says', () => {
  it('at most 500 lines, and how many more there were', () => {
    const records = makeNumbered(500, { run: 'a' });
    const text = writeBody({ records, more: 120, to: null });
    expect(text.split('\n').length).toBe(4 + 500 + 1 + 1);
    expect(text.endsWith('\nand 120 more\n')).toBe(true);
  });

  it('in its subject the gravest, where there is no end', () => {
    const records = [
      makeRecord({ message: 'one' }),
      makeRecord({ message: 'two', level: 'error' }),
      makeRecord({ message: 'three', level: 'warning' }),
    ];
    expect(writeSubject({ records, more: 2, to: null })).toBe('ztps: JPE14140001: two (and 4 more)');
  });

  it('nothing that a stranger could make a header of', async () => {
    const node = 'x\r\nBcc: everybody@example.com\r\n\r\n';
    const record = makeRecord({ node, run: 'a\nb', type: 'failed', message: '\u2028\rSubject: y' });
    const digest = { records: [record], more: 0, to: null };
    expect(writeSubject(digest)).toBe(
      'ztps: x\\r\\nBcc: everybody@example.com\\r\\n\\r\\n failed: \\u2028\\rSubject: y',
    );
    expect(
      writeSubject({ ...digest, records: [{ ...record, message: 'm'.repeat(10_000) }] }).length,
    ).toBeLessThan(200);
    expect(writeBody(digest).split('\n').length).toBe(6);
  });
});
