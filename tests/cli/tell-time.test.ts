// Times as people read them, and as they type them behind --since.

import { describe, expect, it } from 'vitest';
import { parseSince } from '../../src/cli/parse-since.js';
import { tellAge, tellBriefly, tellLength, tellTime } from '../../src/cli/tell-time.js';

const now = new Date(2026, 10, 26, 14, 44, 5).getTime();
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const ago = (ms: number): string => new Date(now - ms).toISOString();

describe('a length of time', () => {
  it.each([
    [0, '0 s'],
    [-5 * second, '0 s'],
    [12.9 * second, '12 s'],
    [99 * second, '99 s'],
    [100 * second, '1 min'],
    [99 * minute, '99 min'],
    [100 * minute, '1 h'],
    [47 * hour, '47 h'],
    [48 * hour, '2 d'],
    [400 * day, '400 d'],
  ])('%d ms is told as %s', (ms, text) => {
    expect(tellLength(ms)).toBe(text);
    expect(tellAge(ago(ms), now)).toBe(`${text} ago`);
  });
});

describe('a time', () => {
  it('is told in the local time zone', () => {
    expect(tellTime(ago(0))).toBe('2026-11-26 14:44:05');
    expect(tellTime(new Date(2026, 0, 2, 3, 4, 5).toISOString())).toBe('2026-01-02 03:04:05');
  });

  it('is told briefly: the time if it is of today, else the date', () => {
    expect(tellBriefly(ago(hour), now)).toBe('13:44:05');
    expect(tellBriefly(ago(day), now)).toBe('2026-11-25');
    expect(tellBriefly(ago(365 * day), now)).toBe('2025-11-26');
  });
});

describe('--since', () => {
  it.each([
    ['90', 90 * second],
    ['2h', 2 * hour],
    [' 30M ', 30 * minute],
    ['3d', 3 * day],
    ['1w', 7 * day],
  ])('takes %j as a length of time', (text, ms) => {
    expect(parseSince(text, now)).toBe(ago(ms));
  });

  it.each([
    ['2026-11-26', new Date(2026, 10, 26).toISOString()],
    ['2026-11-26T14:30', new Date(2026, 10, 26, 14, 30).toISOString()],
    ['2026-11-26 14:30:07', new Date(2026, 10, 26, 14, 30, 7).toISOString()],
    ['2026-11-26T14:30:07.5Z', '2026-11-26T14:30:07.500Z'],
    ['2026-11-26t14:30:07z', '2026-11-26T14:30:07.000Z'],
    ['2026-11-26T14:30:07+01:00', '2026-11-26T13:30:07.000Z'],
    ['2024-02-29', new Date(2024, 1, 29).toISOString()],
  ])('takes %j as a time', (text, at) => {
    expect(parseSince(text, now)).toBe(at);
  });

  it('takes more time than there was as the beginning', () => {
    expect(parseSince('999999999w', now)).toBe('1970-01-01T00:00:00.000Z');
  });

  it.each([
    '',
    'h',
    '2 hours',
    '-2h',
    '2026-13-01',
    '2026-02-30',
    '2026-11-26T25:00',
    '26.11.2026',
    '14:30',
    'today',
  ])('refuses %j', (text) => {
    expect(parseSince(text, now)).toBeNull();
  });
});
