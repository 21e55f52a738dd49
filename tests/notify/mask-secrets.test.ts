// No secret leaves in a message, sentences stay as they are, and no text takes long.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskRecord } from '../../src/notify/mask-secrets.js';
import { maskText } from '../../src/wire/mask-text.js';
import { makeRecord } from './make-record.js';

/** Where SECRET stands, a secret may be. */
const commandsOfEos = [
  'username admin secret sha512 SECRET',
  'username admin privilege 15 role network-admin secret 5 SECRET',
  'username admin secret SECRET',
  'username bob role x password 0 SECRET',
  'enable secret SECRET',
  'enable password SECRET',
  'enable password sha512 SECRET',
  'aaa root secret 5 SECRET',
  'snmp-server community SECRET ro',
  'snmp-server community 7 SECRET rw',
  'snmp-server host 10.0.0.1 version 2c SECRET',
  'snmp-server host 10.0.0.1 vrf mgmt traps version 3 priv SECRET',
  'snmp-server user u g v3 auth sha SECRET priv aes SECRET',
  'tacacs-server key 7 SECRET',
  'tacacs-server key SECRET',
  'tacacs-server host 10.0.0.1 vrf mgmt key 7 SECRET',
  'radius-server host 10.0.0.1 auth-port 1812 key SECRET',
  '   key 7 SECRET',
  '   key-string SECRET',
  'key 0abc 7 SECRET',
  'key 0abc 7 SECRET fallback',
  '   neighbor 10.0.0.1 password 7 SECRET',
  '   neighbor SPINES password SECRET',
  'ntp authentication-key 1 md5 7 SECRET',
  'ntp authentication-key 1 sha1 SECRET',
  '   ip ospf authentication-key 7 SECRET',
  '   ip ospf message-digest-key 1 md5 7 SECRET',
  '   isis authentication key SECRET',
  '   vrrp 1 authentication text SECRET',
  '   shared-secret 7 SECRET',
  '   password SECRET',
  'leaf1(config)#username admin secret 0 SECRET',
  "command 'enable secret 0 SECRET' failed",
  '{"cmds":["enable","snmp-server community SECRET ro"]}',
  '{"cmds":["enable secret SECRET","snmp-server community SECRET ro"]}',
  '+enable secret SECRET',
  '-username bob secret SECRET',
  '+ username bob secret SECRET',
  '+   isis authentication key SECRET',
  "cmd='username x secret SECRET'",
  'cli:snmp-server community SECRET',
  'a;enable secret SECRET',
  '"interface Vlan1\\n\\tisis authentication key SECRET\\n"',
  '"\\tkey 7 SECRET\\n\\tusername x secret SECRET"',
  'shared-key 7 SECRET',
  'client-key 7 SECRET',
  'md5 auth-key 7 SECRET',
  'secret 1 7 SECRET receive-lifetime infinite transmit-lifetime infinite',
  'shared-key SECRET',
  '   authentication key SECRET',
  'boot secret SECRET',
];
const assignments = [
  'password=SECRET',
  'password = SECRET',
  'Password: SECRET',
  'the passwd: 7 SECRET here',
  'db_password:SECRET',
  'token: SECRET',
  'token="SECRET"',
  "{'token': 'SECRET'}",
  "{u'token': u'SECRET', 'a': 1}",
  'api-key: SECRET',
  'API_KEY=SECRET',
  'key=SECRET',
  'client_secret=SECRET',
  'https://admin:SECRET@example.com/path',
  'Authorization: Bearer SECRET',
  'Authorization: Basic SECRET',
  'authorization: token SECRET',
  'x-auth-token: SECRET',
  'curl --password SECRET https://example.com',
  'x --api-token=SECRET',
  '<password>SECRET</password>',
  'community: SECRET',
  'PASSWORD => SECRET',
  'exec /usr/bin/TerminAttr -cvauth=key,SECRET',
  '-ingestauth=key,SECRET -x',
  'Cookie: session=SECRET; other=SECRET',
  'Set-Cookie: session=SECRET',
  'https://example.com/x?a=1&sig=SECRET&b=2',
  'https://example.com/x?X-Amz-Signature=SECRET',
  'curl -u admin:SECRET https://example.com',
  'curl -su "admin:SECRET b" https://example.com',
  'psk: SECRET',
  'pw=SECRET',
  '{"pass":"SECRET","auth": "SECRET"}',
  '{"name":"password","value":"SECRET"}',
  '[{"name": "api_token",\n  "value": "SECRET"}]',
  '{"key":"password","value":"SECRET"}',
  'password:\n  SECRET',
  '"password":\n  "SECRET"',
  'password: |\n  SECRET',
];

// What stands before and behind: sentences, and other secrets.
const around = fc
  .array(
    fc.constantFrom(
      'the',
      'switch',
      'said:',
      'key',
      'password',
      '7',
      'failed,',
      '"quoted"',
      'token',
      '=',
      '',
    ),
    { maxLength: 5 },
  )
  .map((words) => words.join(' '));
const secret = fc.stringMatching(/^[A-Za-z0-9./$!%^*+_~-]{8,30}$/).map((text) => `S${text}`);

describe('in text', () => {
  it.each([...commandsOfEos, ...assignments])('masks %s', (template) => {
    fc.assert(
      fc.property(
        secret,
        around,
        around,
        fc.constantFrom(' ', '\n', '\r\n'),
        (hidden, before, behind, gap) => {
          const line = template.replaceAll('SECRET', () => hidden);
          // A command, or a value on the next line, stands on a line of its own; anything else may stand within one.
          const end = commandsOfEos.includes(template) || template.includes('\n') ? '\n' : gap;
          for (const text of [line, `${before}${end}${line}${end === ' ' ? ' ' : '\n'}${behind}`]) {
            expect(maskText(text)).not.toContain(hidden);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('masks any text in JSON, however often that was quoted', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => `Zq${text}qZ`),
        fc.constantFrom('password', 'client_secret', 'token', 'key', 'community'),
        fc.integer({ min: 1, max: 3 }),
        (hidden, key, times) => {
          let text = JSON.stringify({ a: 'x"y', [key]: hidden, b: 'stays' });
          let quoted = hidden;
          for (let time = 1; time < times; time += 1) text = JSON.stringify(text);
          for (let time = 0; time < times; time += 1) quoted = JSON.stringify(quoted).slice(1, -1);
          const masked = maskText(text);
          expect(masked).not.toContain('Zq');
          expect(masked).not.toContain('qZ');
          expect(masked).toContain('stays');
        },
      ),
    );
  });

  it('masks hashes and private keys wherever they stand', () => {
    const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEsecret\nabc\n-----END RSA PRIVATE KEY-----';
    expect(maskText(`see ${pem} there`)).toBe(
      'see -----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY----- there',
    );
    expect(maskText('-----BEGIN PRIVATE KEY-----\nMIIEsecret')).not.toContain('MIIE');
    expect(maskText('it sent Basic YWRtaW46aHVudGVyMg== and Basic YTpi')).toBe(
      'it sent Basic *** and Basic ***',
    );
    expect(maskText('it was $6$saltsalt$hash/hash. today')).toBe('it was *** today');
  });

  it.each([
    'matched pattern leaf in neighbordb; definition leaf',
    'allocate key vlan10 from pool vlans',
    'there is no key JPE14140001 in the resource pool',
    'the username and password are wrong',
    'action 2 of 3, add_config: the file is not there',
    'GET http://ztpserver:8080/nodes/JPE14140001 at 12:00: HTTP 404',
    'the password was not accepted',
    'neighbors: Ethernet1 is spine1:Ethernet1',
    'mail to noc@example.com, http://example.com:80/@x',
    'costs $5 and $10',
    'the token has expired',
    'what is the password:\nnobody knows that',
    'basic configuration of -u and user: done',
    'the cookie, the key and the pass were signed',
    'a "password" or a \'key\' is missing: enable it',
    '+ 3 lines, - 4 lines: key to the room',
    'EOS-4.30:image, spine1:Ethernet1; authentication failed',
    '-cvauth=token,/tmp/token',
  ])('leaves %s as it is', (sentence) => {
    expect(maskText(sentence)).toBe(sentence);
  });

  it('does not mask what is masked any further', () => {
    for (const template of [...commandsOfEos, ...assignments]) {
      const once = maskText(template.replaceAll('SECRET', 'Shidden123'));
      expect(maskText(once)).toBe(once);
    }
  });

  // Were it quadratic, each of these would take longer than the test may.
  it('is done soon, whatever the text is made of', () => {
    const pieces = [
      ...commandsOfEos,
      ...assignments,
      '://a:',
      'key 7 "a ',
      '-key',
      'secret\\"=\\"',
      'password=\\',
    ];
    for (const piece of [
      ...pieces,
      '-----BEGIN PRIVATE KEY-----',
      ' -u a',
      'auth=key,?sig=',
      'password:\n',
      '"password",\n',
      'basic a',
      ';#"',
      '\\n',
      ' ',
      'passwordpassword',
      '"',
      '\\',
    ]) {
      const text = piece.repeat(Math.ceil(100_000 / piece.length));
      expect(maskText(`${text}\nenable secret hidden`)).not.toContain('hidden');
    }
  });
});

describe('in a record', () => {
  it('masks message and data, at any depth, and nothing else', () => {
    const record = makeRecord({
      message: 'enable secret hidden1',
      data: {
        name: 'x',
        password: 'hidden2',
        nested: [{ 'api-key': 'hidden3', list: ['token=hidden4', 5] }],
        secret: { a: 'hidden5' },
        key: 12345,
        community: null,
        'password=hidden6': true,
      },
    });
    expect(maskRecord(record)).toEqual({
      ...record,
      message: 'enable secret ***',
      data: {
        name: 'x',
        password: '***',
        nested: [{ 'api-key': '***', list: ['token=***', 5] }],
        secret: '***',
        key: '***',
        community: null,
        'password=***': true,
      },
    });
  });

  it('shows which key of a resource pool a value was given to', () => {
    const data = { pool: 'mgmt', value: '10.0.0.5', key: 'JPE14140001' };
    expect(maskRecord(makeRecord({ type: 'resource-allocated', data })).data).toEqual(data);
    expect(maskRecord(makeRecord({ type: 'action-failed', data })).data).toEqual({ ...data, key: '***' });
  });

  it('knows a secret by its name, or by the name beside it', () => {
    const data = {
      pass: 'h',
      psk: 'h',
      pw: 'h',
      auth: 'h',
      list: [{ name: 'password', value: 'h' }],
      pw2: 'stays',
    };
    expect(maskRecord(makeRecord({ data })).data).toEqual({
      ...{ pass: '***', psk: '***', pw: '***', auth: '***', pw2: 'stays' },
      list: [{ name: 'password', value: '***' }],
    });
  });

  it.each([0, 100, 5_000, 20_000])(
    'does not show half a secret where it cuts, with %i more behind',
    (behind) => {
      for (let before = 8_150; before <= 8_192; before += 1) {
        const message = `${'x'.repeat(before - 1)} https://joe:HUNTERX2@host/${'y'.repeat(behind)}`;
        expect(maskRecord(makeRecord({ message })).message).not.toContain('HUN');
        const masked = maskRecord(
          makeRecord({
            message: `${'password=aaaaaaaaaaaaaaaaaaaaaaaaaa '.repeat(20)}${'x '.repeat((before + 300) / 2)}https://joe:HUNTERX2@host/${'y'.repeat(behind)}`,
          }),
        );
        expect(masked.message).not.toContain('HUN');
      }
    },
  );

  it('cuts what is long, wide or deep', () => {
    let deep: unknown = 'password=hidden';
    for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];
    const { message, data } = maskRecord(
      makeRecord({
        message: 'm'.repeat(100_000),
        data: { deep, wide: Array(500_000).fill(1), long: 'l'.repeat(100_000), password: 'hidden' },
      }),
    );
    expect(message).toMatch(/^m{8192}… \(91808 more characters\)$/);
    expect(JSON.stringify(data).length).toBeLessThan(250_000);
    expect(JSON.stringify(data)).not.toContain('hidden');
  });
});
