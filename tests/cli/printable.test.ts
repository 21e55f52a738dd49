// What strangers wrote can not do anything to a terminal.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printableJson, printableLine } from '../../src/cli/printable.js';

const harmless = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;
const anyText = fc.string({ unit: 'binary' });

describe('printableLine', () => {
  it('escapes what breaks a line, moves the cursor or turns the writing, and nothing else', () => {
    expect(printableLine('a\nb\tc\r\x1b[2J\x9b1m\u2028\u202eé "日本" 🙂 \\')).toBe(
      'a\\nb\\tc\\r\\u001b[2J\\u009b1m\\u2028\\u202eé "日本" 🙂 \\',
    );
    expect(printableLine('\ud800x')).toBe('\\ud800x');
  });

  it('does so to any text', () => {
    fc.assert(fc.property(anyText, (text) => harmless.test(printableLine(text))));
  });
});

describe('printableJson', () => {
  it('means the same and is harmless, whatever is in it', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        const text = printableJson(value);
        expect(JSON.parse(text)).toEqual({ ...value });
        expect(text).toMatch(harmless);
        expect(JSON.parse(printableJson(value, 2))).toEqual({ ...value });
      }),
    );
  });

  it('keeps the lines of what is indented', () => {
    expect(printableJson({ a: 'é\u0085' }, 2)).toBe('{\n  "a": "é\\u0085"\n}');
  });
});
