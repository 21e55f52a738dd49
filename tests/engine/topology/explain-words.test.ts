// The sentences that people read when a switch does not match, or does.

import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../../src/engine/node-facts.js';
import { describeMatch, explainNoMatch, explainVerdict } from '../../../src/engine/topology/explain-words.js';
import { checkPattern, matchNeighbordb } from '../../../src/engine/topology/match.js';
import { cable, compile, compileInterfaces, run } from './topology-fixtures.js';

function explain(facts: NodeFacts, ...lines: readonly string[]): string {
  return explainVerdict(facts, checkPattern(facts, compileInterfaces(...lines), run));
}

function explainAll(text: string, facts: NodeFacts, id = 'SN1'): string {
  const result = matchNeighbordb({ id, facts }, compile(text), run);
  return result.kind === 'match' ? 'matched' : explainNoMatch(id, facts, result);
}

describe('one line about a pattern', () => {
  it.each([
    [
      { Ethernet49: 'pod2-spine1:Ethernet3' },
      ["Ethernet49: regex('pod1-spine\\d+')"],
      "pattern p (line 2) does not match: Ethernet49 is connected to pod2-spine1:Ethernet3, wanted regex('pod1-spine\\d+')",
    ],
    [
      { Ethernet1: 'a:b c:d' },
      ['Ethernet1: spine1:x'],
      'Ethernet1 is connected to a:b (and 1 more), wanted spine1:x',
    ],
    [{ Ethernet1: 'a:b' }, ['Ethernet2: any:x'], 'Ethernet2 has no neighbour, wanted port x of any device'],
    [
      { Ethernet1: 'a:b' },
      ['Ethernet1: any', 'Ethernet5-8: any'],
      'Ethernet5-8 have no neighbour, wanted any neighbour on each',
    ],
    [{ Ethernet1: 'a:b' }, ['any: spine1'], 'no interface is connected to spine1'],
    [{}, ['any: any'], 'does not match (the node reports no neighbours): no interface has a neighbour'],
    [{ Ethernet1: 'a:b' }, ['none: none:none'], 'Ethernet1 is connected to a:b, wanted no neighbours at all'],
    [{ Ethernet1: 'a:b' }, ['Ethernet1: none'], 'Ethernet1 is connected to a:b, wanted no neighbour there'],
    [{ Ethernet1: 'a:b' }, ['Ethernet1: a:none'], 'Ethernet1 is connected to a:b, wanted anything but a'],
    [
      { Ethernet1: 'a:b' },
      ["none: includes('a')"],
      "Ethernet1 is connected to a:b, wanted no interface connected to includes('a')",
    ],
    [
      { Ethernet1: 'a:b' },
      ['any: a', 'any: a'],
      'no interface is left for a: Ethernet1, which would do, is used up by "any: a" (line 5)',
    ],
    [
      { Ethernet1: 'a:1', Ethernet2: 'b:2' },
      ['any: any', 'Ethernet1: a'],
      'Ethernet1, which would do, is used up by "any: any" (line 5); a better assignment exists (Ethernet2 for "any: any" (line 5), Ethernet1 for "Ethernet1: a" (line 6))',
    ],
    [
      { Ethernet49: 's2:x', Ethernet50: 's1:x' },
      ['Ethernet49: s1', 'Ethernet50: s2'],
      'swap the cables of Ethernet49 and Ethernet50 and it matches',
    ],
    [
      { Ethernet9: 's2:x', Ethernet10: 's1:x' },
      ['Ethernet10: s2', 'Ethernet9: s1'],
      'swap the cables of Ethernet9 and Ethernet10 and it matches',
    ],
    [
      { Ethernet50: 's1:x' },
      ['Ethernet49: s1'],
      'Ethernet49 has no neighbour, wanted s1; move the cable of Ethernet50 to Ethernet49 and it matches',
    ],
    [
      { Ethernet9: 'x:y' },
      ['Ethernet1: a', 'Ethernet2: b', 'Ethernet3: c', 'Ethernet4: d', 'Ethernet5: e'],
      'wanted c; and 2 more',
    ],
    [{ Ethernet1: 'a:b' }, ['Ethernet1: a'], 'pattern p (line 2) matches'],
  ])('%j against %j: %s', (cables, lines, words) => {
    expect(explain(cable(cables), ...lines)).toContain(words);
  });
});

describe('one line about a neighbordb', () => {
  const text = `patterns:
- {name: named, definition: d, node: SN9, interfaces: [{Ethernet1: spine9}]}
- {name: far, definition: d, model: DCS, interfaces: [{Ethernet1: spine1}]}
- {name: half, definition: d, interfaces: [{Ethernet1: spine1}, {Ethernet2: spine2}]}
- {name: none, definition: d, interfaces: [{Ethernet1: x}, {Ethernet2: y}]}
`;
  it('names the nearest miss', () => {
    expect(explainAll(text, cable({ Ethernet1: 'spine1:x' }, 'vEOS'))).toBe(
      'no pattern matched; nearest miss: pattern half (line 4): Ethernet2 has no neighbour, wanted spine2',
    );
  });

  it('prefers a pattern whose cables are only swapped', () => {
    const facts = cable({ Ethernet1: 'y:1', Ethernet2: 'x:1' }, 'vEOS');
    expect(explainAll(text, facts)).toContain('nearest miss: pattern none (line 5)');
  });

  it('says that a named node is tried against its pattern only', () => {
    expect(explainAll(text, cable({ Ethernet1: 'spine1:x' }), 'SN9')).toBe(
      'pattern named (line 2) names node SN9, so nothing else was tried, and it does not match: Ethernet1 is connected to spine1:x, wanted spine9',
    );
  });

  it('says when there is nothing to try', () => {
    expect(explainAll('', cable({}))).toContain(
      'the neighbordb has no pattern that this node could be tried against',
    );
  });

  it('says which model was wanted', () => {
    expect(
      explainAll('patterns: [{name: m, definition: d, model: DCS.*}]', cable({ Ethernet1: 'a:b' }, 'vEOS')),
    ).toBe('no pattern matched; nearest miss: pattern m (line 1): the model is vEOS, wanted DCS.*');
  });
});

it('ten near misses are described at most, each constraint on its own line', () => {
  const patterns = Array.from(
    { length: 30 },
    (_, at) => `- {name: p${at}, definition: d, interfaces: [{any: s${at}}]}\n`,
  );
  const facts = cable({ Ethernet1: 's:x' });
  const result = matchNeighbordb({ id: 'SN1', facts }, compile(`patterns:\n${patterns.join('')}`), run);
  const lines = describeMatch('SN1', facts, result);
  expect(lines[0]).toBe('no pattern matched; 30 were tried, the 10 nearest misses:');
  expect(lines.slice(1, 3)).toEqual([
    'pattern p0 (line 2) does not match: 1 of 1 constraints fails.',
    '  "any: s0" (line 2): left open, no interface is connected to s0.',
  ]);
  expect(lines).toHaveLength(21);
});
