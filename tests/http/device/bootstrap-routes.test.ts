import { describe, expect, it } from 'vitest';
import { makeDataRoot, serveSite } from '../../fixtures/data-root.js';
import { request } from '../../fixtures/request.js';

const serve = (files: Record<string, string | Buffer>, settings = 'server_url = http://ztp.example:8080/') =>
  serveSite(makeDataRoot(files), settings);

describe('GET /bootstrap', () => {
  it('puts server_url in place of $SERVER and ${SERVER}, and changes no other byte', async () => {
    const script = Buffer.concat([
      Buffer.from('#!/bin/sh\r\nA=$SERVER B=${SERVER}/x C=$SERVERS D=$server E=$$SERVER $SERVER_X $& '),
      Buffer.from([0xff, 0x00, 0xe9]),
    ]);
    const { url } = await serve({ 'bootstrap/bootstrap': script });
    const answer = await request(url, 'GET', '/bootstrap');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/x-python');
    const base = 'http://ztp.example:8080/';
    const want = Buffer.concat([
      Buffer.from(`#!/bin/sh\r\nA=${base} B=${base}/x C=$SERVERS D=$server E=$${base} $SERVER_X $& `),
      Buffer.from([0xff, 0x00, 0xe9]),
    ]);
    expect(answer.bytes.equals(want)).toBe(true);
  });

  it('is 400 with the reason if there is no script', async () => {
    const { url, logged } = await serve({});
    const answer = await request(url, 'GET', '/bootstrap');
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': 'text/html', 'x-ztps-reason': 'missing-bootstrap' },
    });
    expect(answer.body).toContain('bootstrap/bootstrap is not there');
    expect(logged.filter((line) => line.reason === 'missing-bootstrap')).toHaveLength(1);
  });

  it('logs what the switch says of itself', async () => {
    const { url, logged } = await serve({ 'bootstrap/bootstrap': 'x' });
    await request(url, 'GET', '/bootstrap', {
      headers: { 'X-Arista-ModelName': 'DCS-7050', 'X-Arista-Serial': 'JPE1' },
    });
    expect(logged.map((line) => line.message).join()).toMatch(/DCS-7050.*JPE1/);
  });

  it('serves the file that [bootstrap] filename names', async () => {
    const { url } = await serve({ 'bootstrap/other': 'other' }, '[default]\n[bootstrap]\nfilename = other\n');
    expect((await request(url, 'GET', '/bootstrap')).body).toBe('other');
  });

  it('sees an edit at once', async () => {
    const { url, root } = await serve({ 'bootstrap/bootstrap': 'one' });
    expect((await request(url, 'GET', '/bootstrap')).body).toBe('one');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(`${root}/bootstrap/bootstrap`, 'two');
    expect((await request(url, 'GET', '/bootstrap')).body).toBe('two');
  });
});

describe('the advertised server', () => {
  const settings = 'server_url = http://a.example:8080, http://b.example, https://c.example:8443/ztp';
  it.each([
    ['b.example', 'http://b.example'],
    ['b.example:80', 'http://b.example'],
    ['c.example:8443', 'https://c.example:8443/ztp'],
    ['B.EXAMPLE', 'http://b.example'],
    ['a.example', 'http://a.example:8080'],
    ['evil.example', 'http://a.example:8080'],
    ['evil.example/@b.example', 'http://a.example:8080'],
  ])('for Host %s is %s', async (host, want) => {
    const { url } = await serve({ 'bootstrap/bootstrap': '$SERVER' }, settings);
    expect((await request(url, 'GET', '/bootstrap', { headers: { host } })).body).toBe(want);
  });

  it('may carry a path, which a proxy may or may not strip', async () => {
    const { url } = await serve({ 'bootstrap/bootstrap': '$SERVER' }, 'server_url = http://proxy/net/ztp/');
    for (const path of ['/bootstrap', '/net/ztp/bootstrap']) {
      expect(await request(url, 'GET', path)).toMatchObject({ status: 200, body: 'http://proxy/net/ztp/' });
    }
    expect((await request(url, 'GET', '/net/ztpbootstrap')).status).toBe(404);
  });
});

describe('GET /bootstrap/config', () => {
  const get = async (conf: string | null) => {
    const { url } = await serve(conf === null ? {} : { 'bootstrap/bootstrap.conf': conf });
    const answer = await request(url, 'GET', '/bootstrap/config');
    return { ...answer, json: answer.status === 200 ? JSON.parse(answer.body) : null };
  };

  it.each([null, '', '---\n', 'logging:\nxmpp:\n', '# nothing\n'])(
    'always has both keys (%j)',
    async (conf) => {
      const answer = await get(conf);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.json).toEqual({ logging: [], xmpp: {} });
    },
  );

  it('puts DEBUG where a level is missing and passes everything else through', async () => {
    const answer = await get(
      'logging:\n- destination: file:/tmp/x\n- {destination: "10.0.0.1:514", level: INFO, tag: 7}\n' +
        'xmpp:\n  domain: example.net\n  port: 5222\n  rooms: [ztp]\nclient: {timeout: 10}\nother: 1\n',
    );
    expect(answer.json).toEqual({
      logging: [
        { destination: 'file:/tmp/x', level: 'DEBUG' },
        { destination: '10.0.0.1:514', level: 'INFO', tag: 7 },
      ],
      xmpp: { domain: 'example.net', port: 5222, rooms: ['ztp'] },
      client: { timeout: 10 },
    });
  });

  it.each(['logging: [', 'logging: yes', '- a\n', 'logging: [{level: INFO}]', 'xmpp: 5', 'a: *nowhere'])(
    'is 400 with file and reason for %j',
    async (conf) => {
      const answer = await get(conf);
      expect(answer).toMatchObject({
        status: 400,
        headers: { 'content-type': 'text/html', 'x-ztps-reason': 'invalid-bootstrap-conf' },
      });
      expect(answer.body).toContain('bootstrap/bootstrap.conf');
    },
  );
});
