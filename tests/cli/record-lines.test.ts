// A record is one line, whatever it says.

import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { RecordLines } from '../../src/cli/record-lines.js';
import type { StoredRecord } from '../../src/ports/journal.js';

const now = new Date(2026, 10, 26, 14, 44, 5).getTime();
const plain = picocolors.createColors(false);

function makeRecord(parts: Partial<StoredRecord>): StoredRecord {
  return {
    ...{ id: 'r1', at: new Date(now).toISOString(), node: 'A1', run: 'run1', type: 'log', level: 'info' },
    ...{
      message: 'it says',
      data: {},
      source: 'switch',
      address: null,
      position: 1,
      repeats: 0,
      repeatedAt: null,
    },
    ...parts,
  } as StoredRecord;
}

const write = (parts: Partial<StoredRecord>, explains = true): string =>
  new RecordLines(plain, explains).write([makeRecord(parts)], now);

describe('RecordLines', () => {
  it('writes local time, level, node and message', () => {
    expect(write({})).toBe('2026-11-26 14:44:05  info     A1  it says\n');
    expect(write({ level: 'warning', node: null })).toBe('2026-11-26 14:44:05  warning  -  it says\n');
    expect(write({ message: '', type: 'action-started' })).toMatch(/A1 {2}action-started\n$/);
  });

  it('says how often it happened again, and when last', () => {
    const repeatedAt = new Date(now - 3 * 60_000).toISOString();
    expect(write({ repeats: 17, repeatedAt })).toMatch(/it says \(17 more times, last 3 min ago\)\n$/);
    expect(write({ repeats: 1, repeatedAt })).toMatch(/ \(1 more time, last 3 min ago\)\n$/);
  });

  it('ends a refusal with its code, and only that', () => {
    const data = { code: 'no-pattern-matched' };
    expect(write({ type: 'refused', data })).toMatch(/it says \[no-pattern-matched\]\n$/);
    expect(write({ type: 'log', data })).toMatch(/it says\n$/);
  });

  it('writes an explanation below, or leaves it out', () => {
    const data = { explanation: ['pattern leaf (line 12) does not match.', '  Ethernet1: left open.'] };
    expect(write({ data })).toBe(
      '2026-11-26 14:44:05  info     A1  it says\n    pattern leaf (line 12) does not match.\n      Ethernet1: left open.\n',
    );
    expect(write({ data }, false)).toBe('2026-11-26 14:44:05  info     A1  it says\n');
  });

  it.each([[null], ['text'], [{ a: 1 }], [7], [[1, null, { a: 1 }]]])(
    'does not stumble over %j in the place of an explanation',
    (explanation) => {
      expect(write({ data: { explanation } }).split('\n')).toHaveLength(2);
    },
  );

  it('lets nothing that a switch says break the line or move the cursor', () => {
    const text = write({ message: 'a\n2026 error\x1b[2J\u202e', data: { explanation: ['b\r\nc\x9b'] } });
    expect(text).toBe(
      '2026-11-26 14:44:05  info     A1  a\\n2026 error\\u001b[2J\\u202e\n    b\\r\\nc\\u009b\n',
    );
  });

  it('never cuts a line', () => {
    expect(write({ message: 'x'.repeat(20_000) })).toContain('x'.repeat(20_000));
  });

  it('keeps the columns below each other, also of what comes later', () => {
    const lines = new RecordLines(plain, false);
    expect(lines.write([makeRecord({}), makeRecord({ node: 'JPE14140001' })], now)).toBe(
      '2026-11-26 14:44:05  info     A1           it says\n2026-11-26 14:44:05  info     JPE14140001  it says\n',
    );
    expect(lines.write([makeRecord({})], now)).toContain('A1           it says');
  });

  it('is yellow for a warning and red for an error, each line by itself', () => {
    const colours = picocolors.createColors(true);
    const paint = (level: StoredRecord['level']) =>
      new RecordLines(colours, true).write([makeRecord({ level, data: { explanation: ['why'] } })], now);
    expect(paint('error').split('\n')[1]).toBe(colours.red('    why'));
    expect(paint('warning').split('\n')[0]).toBe(colours.yellow('2026-11-26 14:44:05  warning  A1  it says'));
    expect(paint('info')).not.toContain('\x1b');
  });
});
