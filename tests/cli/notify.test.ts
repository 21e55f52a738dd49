// `ztps notify`: who is told, and what becomes of a test message. That messages arrive at real receivers is tested in tests/notify/.

import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/run-cli.js';
import type { Assembly } from '../../src/main.js';
import type { Notifier } from '../../src/wire/notifier.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { silentLog } from '../fixtures/log.js';

const sections = `
[notify noc]
type = syslog
server = [2001:db8::1]:6000
transport = tcp
level = warning
events = failed, stalled, refused

[notify plain]
type = syslog
server = 192.0.2.9

[notify chat]
type = webhook
url = https://user:hidden@hooks.example.com/services/T1/SECRET?key=SECRET
secret = SECRET

[notify people]
type = mail
server = mail.example.com
username = me
password = SECRET
from = ztps@example.com
to = a@example.com, b@example.com

[notify room]
type = xmpp
domain = example.com
username = me
password = SECRET
rooms = ztps
`;

/** Runs in this process; the notifiers of the sections do as told. */
async function run(words: readonly string[], parts: { conf?: string; test?: () => Promise<string> } = {}) {
  const { conf = sections, test = async () => '' } = parts;
  const folder = makeFolder({ 'ztpserver.conf': `[default]\ndata_root = .\n${conf}` });
  const closed: string[] = [];
  let out = '';
  let err = '';
  const status = await runCli(['--conf', `${folder}/ztpserver.conf`, ...words], {
    loadAssemble: async () => (config) => {
      const createNotifiers = async (): Promise<readonly Notifier[]> =>
        config.notify.map(({ name }) => ({
          name,
          tell() {},
          test: () => (name === 'plain' ? test() : Promise.reject(new Error('not this one'))),
          async close() {
            closed.push(name);
          },
        }));
      // All that these commands may ask for.
      const assembly: Partial<Assembly> = { createNotifiers, async close() {} };
      return assembly as Assembly;
    },
    createLog: () => silentLog,
    print: (text) => {
      out += text;
    },
    printError: (text) => {
      err += text;
    },
    waitForStop: () => new Promise(() => {}),
  });
  return { status, out, err, closed, file: `${folder}/ztpserver.conf` };
}

describe('ztps notify list', () => {
  it('shows who is told of what, without secrets', async () => {
    const { status, out, err } = await run(['notify', 'list']);
    expect([status, err]).toEqual([0, '']);
    expect(out).not.toMatch(/SECRET|hidden/);
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NAME', 'TYPE', 'RECEIVER', 'LEVEL', 'EVENTS'],
      ['noc', 'syslog', 'tcp+tls://[2001:db8::1]:6000', 'warning', 'failed, stalled, refused'],
      ['plain', 'syslog', 'udp://192.0.2.9:514', 'info', 'all'],
      ['chat', 'webhook', 'https://hooks.example.com/…', 'info', 'all'],
      ['people', 'mail', 'a@example.com, b@example.com by mail.example.com:587', 'info', 'all'],
      ['room', 'xmpp', 'ztps@conference.example.com', 'info', 'all'],
      [''],
    ]);
    const columns = out
      .trimEnd()
      .split('\n')
      .map((line) => line.search(/ (LEVEL|info|warning) /));
    expect(new Set(columns).size).toBe(1);
  });

  it('does so as JSON', async () => {
    const { out } = await run(['notify', 'list', '--json']);
    expect(out).not.toMatch(/SECRET|hidden/);
    expect(JSON.parse(out).notify.slice(0, 2)).toEqual([
      {
        ...{ name: 'noc', type: 'syslog', receiver: 'tcp+tls://[2001:db8::1]:6000', level: 'warning' },
        events: ['failed', 'stalled', 'refused'],
      },
      { name: 'plain', type: 'syslog', receiver: 'udp://192.0.2.9:514', level: 'info', events: null },
    ]);
  });

  it('says so where nobody is told', async () => {
    const { status, out, file } = await run(['notify', 'list'], { conf: '' });
    expect([status, out]).toEqual([0, `Nobody is told: there is no section [notify NAME] in ${file}\n`]);
    expect((await run(['notify', 'list', '--json'], { conf: '' })).out).toBe('{\n  "notify": []\n}\n');
  });
});

describe('ztps notify test', () => {
  it('says what happened, and ends what it began', async () => {
    const test = async () => 'sent to udp://192.0.2.9:514\n';
    const { status, out, err, closed } = await run(['notify', 'test', 'plain'], { test });
    expect([status, out, err]).toEqual([0, 'plain: sent to udp://192.0.2.9:514\\n\n', '']);
    expect(closed).toEqual(['noc', 'plain', 'chat', 'people', 'room']);
    const json = await run(['notify', 'test', 'plain', '--json'], { test: async () => 'sent' });
    expect(JSON.parse(json.out)).toEqual({ name: 'plain', arrived: true, message: 'sent' });
  });

  it('exits with 1 and the reason if it did not arrive', async () => {
    const test = () => Promise.reject(new Error('nothing listens there\x1b[2J'));
    const { status, out, err, closed } = await run(['notify', 'test', 'plain'], { test });
    expect([status, out]).toEqual([1, '']);
    expect(err).toBe('ztps: [notify plain], udp://192.0.2.9:514: nothing listens there\\u001b[2J\n');
    expect(closed).toHaveLength(5);
    const json = await run(['notify', 'test', 'plain', '--json'], { test });
    expect(json.status).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ name: 'plain', arrived: false });
  });

  it('offers the nearest name for one that is not there, and all of them', async () => {
    const { status, out, err, closed } = await run(['notify', 'test', 'nok']);
    expect([status, out, closed]).toEqual([1, '', []]);
    expect(err).toMatch(
      /^ztps: there is no section \[notify nok\] in \S+; did you mean noc\? there is noc, plain, chat, people, room\n$/,
    );
    expect((await run(['notify', 'test', 'x'], { conf: '' })).err).toContain(
      'there is none at all; docs/notifications.md says how to write one',
    );
  });
});
