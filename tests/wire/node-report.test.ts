import { describe, expect, it } from 'vitest';
import { parseNodeReport } from '../../src/wire/node-report.js';

const parse = (body: unknown) => parseNodeReport(Buffer.from(JSON.stringify(body)));
const reasonOf = (body: string | Buffer) => {
  const result = parseNodeReport(Buffer.from(body as string));
  return result.ok ? null : result.reason;
};

describe('parseNodeReport', () => {
  it('reads a whole report, interfaces and neighbours in the order sent', () => {
    const result = parse({
      model: 'DCS-7050QX-32S',
      serialnumber: 'JPE14140001',
      systemmac: '00:1c:73:aa:bb:cc',
      version: '4.30.1F',
      neighbors: {
        Ethernet50: [{ device: 'b', port: 'Ethernet2' }],
        Ethernet49: [
          { device: 'a', port: 'Ethernet1' },
          { device: 'c', port: 'Ethernet3' },
        ],
      },
    });
    expect(result.ok && [...result.report.neighbors.keys()]).toEqual(['Ethernet50', 'Ethernet49']);
    expect(result).toMatchObject({
      ok: true,
      report: { serialnumber: 'JPE14140001', config: null, others: {} },
    });
  });

  it('takes missing and null keys for nothing said', () => {
    const nothing = { model: null, serialnumber: 'S', systemmac: null, version: null, config: null };
    for (const body of [{ serialnumber: 'S' }, { ...nothing, neighbors: null }]) {
      const result = parse(body);
      expect(result).toEqual({ ok: true, report: { ...nothing, neighbors: new Map(), others: {} } });
    }
  });

  it('reads remote_interface as port, and port first', () => {
    const result = parse({
      neighbors: {
        Ethernet1: [
          { device: 'a', remote_interface: 'Ethernet9' },
          { device: 'b', port: 'Ethernet1', remote_interface: 'Ethernet2' },
        ],
      },
    });
    expect(result.ok && result.report.neighbors.get('Ethernet1')).toEqual([
      { device: 'a', port: 'Ethernet9' },
      { device: 'b', port: 'Ethernet1' },
    ]);
  });

  it('keeps unknown keys, also dangerous ones, as plain data', () => {
    const result = parseNodeReport(Buffer.from('{"serialnumber":"S","rack":7,"__proto__":{"admin":true}}'));
    expect(result.ok && Object.keys(result.report.others)).toEqual(['rack', '__proto__']);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it.each([
    ['', 'the body is empty'],
    ['{"serialnumber": "S"', 'not JSON'],
    ['null', 'the body is null'],
    ['[]', 'the body is a list'],
    ['"S"', 'the body is a string'],
    ['{"serialnumber": 5}', 'serialnumber: '],
    ['{"model": {}}', 'model: '],
    ['{"config": ["x"]}', 'config: '],
    ['{"neighbors": []}', 'neighbors is a list'],
    ['{"neighbors": {"Ethernet1": {}}}', 'neighbors["Ethernet1"]: '],
    ['{"neighbors": {"Ethernet1": [{"device": "a"}]}}', 'neighbors["Ethernet1"][0]: port is missing'],
    ['{"neighbors": {"Ethernet1": [{"device": 1, "port": "x"}]}}', 'neighbors["Ethernet1"][0].device: '],
    [`{"x": ${'['.repeat(100)}${']'.repeat(100)}}`, 'nests deeper'],
  ])('refuses %s', (body, reason) => {
    expect(reasonOf(body)).toContain(reason);
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(reasonOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toContain('not JSON');
  });

  it('refuses a body that is nothing but brackets without falling over', () => {
    expect(reasonOf('['.repeat(4_000_000))).toContain('nests deeper');
    expect(reasonOf('{"x":'.repeat(500_000))).toContain('nests deeper');
  });

  it('does not count brackets in strings', () => {
    expect(parse({ serialnumber: 'S', note: `"\\${'['.repeat(100)}` }).ok).toBe(true);
  });
});
