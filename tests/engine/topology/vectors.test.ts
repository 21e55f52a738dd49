// Holds the engine to the recorded verdicts of tests/vectors.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expandInterfaceRange } from '../../../src/engine/topology/interface-range.js';
import { checkPattern, matchNeighbordb } from '../../../src/engine/topology/match.js';
import { selectCandidates } from '../../../src/engine/topology/neighbordb.js';
import { type Body, compile, readFacts, run } from './topology-fixtures.js';

interface Case {
  readonly why?: string;
  readonly neighbordb: string;
  readonly nodes: readonly { readonly node: Body; readonly matches: readonly string[] | null }[];
}

describe.each(['neighbordb.json', 'neighbordb-edge.json'])('%s', (file) => {
  const cases: readonly Case[] = readVectors(file);
  it.each(cases.map((it, index) => [`${index} ${it.why ?? ''}`, it] as const))('%s', (_, recorded) => {
    const neighbordb = compile(recorded.neighbordb);
    for (const { node, matches } of recorded.nodes) {
      expect(neighbordb.invalid).toBe(matches === null);
      if (matches === null) continue;
      const id = node.serialnumber ?? '';
      const facts = readFacts(node);
      const matching = selectCandidates(id, neighbordb).patterns.filter(
        (pattern) => checkPattern(facts, pattern, run).matched,
      );
      expect(matching.map((pattern) => pattern.name)).toEqual(matches);
      const result = matchNeighbordb({ id, facts }, neighbordb, run);
      expect(result.kind === 'match' ? result.pattern.name : undefined).toBe(matches[0]);
    }
  });
});

describe('interface-ranges.json', () => {
  const ranges: readonly { readonly range: string; readonly expands: readonly string[] | null }[] =
    readVectors('interface-ranges.json');
  it.each(ranges)('$range', ({ range, expands }) => {
    const names = expandInterfaceRange(range);
    expect(names.ok ? [...names.value].sort() : null).toEqual(expands);
  });
});

function readVectors<Vectors>(file: string): Vectors {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, '../../vectors', file), 'utf8'));
}
