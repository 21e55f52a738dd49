// Lengths of time as people type them.

import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/wire/duration.js';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7_200],
    ['3d', 259_200],
    ['1w', 604_800],
    [' 15 M ', 900],
    ['999999999', 999_999_999],
  ])('reads %j', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', 's', '-1', '+1', '1.5h', '1h30m', '15min', '1y', '1 2', '0x10', '9999999999', '１'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});
