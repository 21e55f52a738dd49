// What a switch reports cannot make matching run away, cannot break a message, and cannot win by taking too long.

import { describe, expect, it } from 'vitest';
import type { BoundedRegexRun } from '../../../src/engine/python-regex/python-regex.js';
import {
  describeGaveUp,
  describeMatch,
  explainNoMatch,
  explainVerdict,
} from '../../../src/engine/topology/explain-words.js';
import { checkPattern, matchNeighbordb } from '../../../src/engine/topology/match.js';
import { cable, compile, compileInterfaces, readFacts, run } from './topology-fixtures.js';

const slow = "regex('(?=spine)spine1')";
const timesOut: BoundedRegexRun = () => 'timed-out';

describe('an expression that takes too long', () => {
  it.each([
    [[`any: ${slow}`], 'does not satisfy'],
    [[`none: ${slow}`], 'does not let a negative constraint hold'],
    [[`any: ${slow}`, 'Ethernet1: spine1'], 'does not leave its interface to the next constraint'],
  ])('%j: it %s', (lines) => {
    const verdict = checkPattern(cable({ Ethernet1: 'spine1:x' }), compileInterfaces(...lines), timesOut);
    expect(verdict).toMatchObject({ matched: false, gaveUp: { exhausted: false }, remedy: null });
    expect(explainVerdict(cable({}), verdict)).toContain(`${slow} took too long on spine1`);
  });

  it('is told to the log with the text that it was run on', () => {
    const neighbordb = compile(`patterns:\n- {name: p, definition: d, interfaces: [{any: "${slow}"}]}\n`);
    const result = matchNeighbordb(
      { id: 'SN1', facts: cable({ Ethernet1: 'spine1:x' }) },
      neighbordb,
      timesOut,
    );
    expect(describeGaveUp(result.gaveUp)).toEqual([
      `${slow} took too long on spine1, which counts as no match`,
    ]);
  });

  it('is not started again and again', () => {
    let runs = 0;
    const count: BoundedRegexRun = () => {
      runs += 1;
      return 'timed-out';
    };
    const cables = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`Ethernet${at}`, `spine1${at}:x`]),
    );
    checkPattern(cable(cables), compileInterfaces(`any: ${slow}`), count);
    expect(runs).toBe(10);
  });
});

describe('a huge report', () => {
  const patterns = Array.from(
    { length: 3000 },
    (_, at) => `- {name: p${at}, definition: d, interfaces: [{any: "regex('.*x${at}y')"}]}\n`,
  );
  const neighbordb = compile(`patterns:\n${patterns.join('')}`);

  it.each([
    [
      'of interfaces',
      cable(Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`Ethernet${at}`, `d${at}:x`]))),
    ],
    [
      'of neighbours on one interface',
      cable({ Ethernet1: Array.from({ length: 50_000 }, (_, at) => `d${at}:x`).join(' ') }),
    ],
    ['of one name', readFacts({ neighbors: { Ethernet1: [{ device: 'x'.repeat(3_000_000), port: 'y' }] } })],
  ])('%s is given up, matches nothing and is told to the log', (_, facts) => {
    const result = matchNeighbordb({ id: 'SN1', facts }, neighbordb, run);
    if (result.kind === 'match') throw new Error('matched');
    const words = 'the node reports so much that comparing it was given up';
    expect(describeGaveUp(result.gaveUp)).toEqual([words]);
    expect(explainNoMatch('SN1', facts, result)).toBe(`no pattern matched: ${words}`);
  });

  it('is no trouble for a pattern that asks for one of its interfaces', () => {
    const facts = cable(
      Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`Ethernet${at}`, `d${at}:x`])),
    );
    expect(checkPattern(facts, compileInterfaces('Ethernet40000: d40000', 'none: spine1'), run).matched).toBe(
      true,
    );
  });
});

describe('a message', () => {
  it('stays one short line whatever the names hold', () => {
    const evil = `a\r\nSN2: all is well\u001b[2J\u202e${'x'.repeat(10_000)}`;
    const facts = readFacts({
      model: evil,
      neighbors: { [evil]: [{ device: evil, port: evil }], Ethernet1: [{ device: evil, port: '' }] },
    });
    const neighbordb = compile(
      `patterns:\n- {name: a, definition: d, model: x, interfaces: [{none: "includes('x')"}, {Ethernet1: b}]}\n`,
    );
    const result = matchNeighbordb({ id: evil, facts }, neighbordb, run);
    if (result.kind === 'match') throw new Error('matched');
    const lines = [explainNoMatch(evil, facts, result), ...describeMatch(evil, facts, result)];
    for (const line of lines) {
      expect(line).not.toMatch(/\p{C}/u);
      expect(line.length).toBeLessThan(1500);
    }
  });
});
