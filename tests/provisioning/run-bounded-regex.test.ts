// The limited run of a RegExp: its three outcomes, and that a run that was cut off leaves the next ones alone.
import { describe, expect, it } from 'vitest';
import { runBoundedRegex } from '../../src/provisioning/run-bounded-regex.js';

const EVIL = /^(?:a+)+$/u;
const HOSTILE = `${'a'.repeat(60)}!`;

describe('a bounded run of a RegExp', () => {
  it('says whether the RegExp finds a match', () => {
    expect(runBoundedRegex(/^spine(\d)-\1/u, 'spine1-1')).toBe('match');
    expect(runBoundedRegex(/^spine(\d)-\1/u, 'spine1-2')).toBe('no-match');
  });

  it('gives up a RegExp that backtracks for ages', () => {
    expect(runBoundedRegex(EVIL, HOSTILE)).toBe('timed-out');
  });

  it('is as good as new after a run that was cut off, for the same RegExp too', () => {
    for (let round = 0; round < 3; round += 1) {
      expect(runBoundedRegex(EVIL, HOSTILE)).toBe('timed-out');
      expect(runBoundedRegex(EVIL, 'aaa')).toBe('match');
      expect(runBoundedRegex(/^b/u, 'a')).toBe('no-match');
    }
  });

  it('counts a RegExp whose stack runs out as timed out', () => {
    expect(runBoundedRegex(/^(?:a|b|(c))*d/u, 'abc'.repeat(20_000_000))).toBe('timed-out');
  });

  it('takes any text for text', () => {
    const text = "'); regex = /^x/; text = 'x'; globalThis.process?.exit(1); //";
    expect(runBoundedRegex(/^'\);/u, text)).toBe('match');
    expect(runBoundedRegex(/^x/u, text)).toBe('no-match');
  });
});
