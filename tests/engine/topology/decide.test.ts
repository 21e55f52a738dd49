// The match itself, against an independent and slow reading of the spec, and by its laws.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Neighbor, NodeFacts } from '../../../src/engine/node-facts.js';
import { checkPattern } from '../../../src/engine/topology/match.js';
import type { Pattern } from '../../../src/engine/topology/pattern.js';
import { cable, compile, compileInterfaces, readFacts, run } from './topology-fixtures.js';

interface Line {
  readonly local: string;
  readonly device: string;
  readonly port: string;
}

const names = ['any', 'none', 'spine1', "includes('spine')", "excludes('1')", "regex('.*2$')"];
const line: fc.Arbitrary<Line> = fc.record({
  local: fc.constantFrom('any', 'none', 'Ethernet1', 'Ethernet2', 'Ethernet1-3', 'Ethernet4'),
  device: fc.constantFrom(...names),
  port: fc.constantFrom('any', 'any', 'none', 'Ethernet1', "includes('1')"),
});
/** Lines that are valid alone: a line is valid or not whatever stands around it. */
const validLine = line.filter((it) => !compile(patternOf([it])).invalid);
const lines = fc.array(validLine, { minLength: 1, maxLength: 6 });
const neighbor: fc.Arbitrary<Neighbor> = fc.record({
  device: fc.constantFrom('spine1', 'spine2', 'leaf1', 'leaf2'),
  port: fc.constantFrom('Ethernet1', 'Ethernet2', 'x'),
});
const facts: fc.Arbitrary<NodeFacts> = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom('Ethernet1', 'Ethernet2', 'Ethernet3', 'Ethernet4', 'Management1', 'Vlan9'),
      fc.array(neighbor, { maxLength: 2 }),
    ),
    { selector: ([name]) => name },
  )
  .map((cables) => ({ ...readFacts({}), neighbors: new Map(cables) }));

function patternOf(listed: readonly Line[]): string {
  const entries = listed.map(({ local, device, port }) => `  - ${local}: "${device}:${port}"\n`).join('');
  return `patterns:\n- name: p\n  definition: d\n  interfaces:\n${entries}`;
}

function compileLines(listed: readonly Line[]): Pattern {
  return compileInterfaces(...listed.map(({ local, device, port }) => `${local}: "${device}:${port}"`));
}

function matches(listed: readonly Line[], node: NodeFacts): boolean {
  return checkPattern(node, compileLines(listed), run).matched;
}

function passes(test: string, text: string): boolean {
  const [, name, argument = ''] = /^(\w+)\('(.*)'\)$/.exec(test) ?? [];
  if (name === 'includes') return text.includes(argument);
  if (name === 'excludes') return !text.includes(argument);
  if (name === 'regex') return text.endsWith('2');
  return test === 'any' || test === 'none' || test === text;
}

function isNegative({ local, device, port }: Line): boolean {
  return local === 'none' || device === 'none' || port === 'none';
}

/** The spec's section "Matching, exactly", step by step. */
function matchSlowly(listed: readonly Line[], node: NodeFacts): boolean {
  const constraints = listed.flatMap((it) =>
    it.local === 'Ethernet1-3' ? [1, 2, 3].map((number) => ({ ...it, local: `Ethernet${number}` })) : [it],
  );
  const fits = (it: Line, name: string, there: readonly Neighbor[]) =>
    (it.local === 'any' || it.local === 'none' || it.local === name) &&
    there.some(({ device, port }) => passes(it.device, device) && passes(it.port, port));
  const cables = [...node.neighbors];
  const negatives = constraints.filter(isNegative);
  if (negatives.some((it) => cables.some(([name, there]) => fits(it, name, there)))) return false;
  const open = constraints.filter((it) => !isNegative(it));
  for (const [name, there] of cables) {
    const first = open.findIndex((it) => fits(it, name, there));
    if (first !== -1) open.splice(first, 1);
  }
  return open.length === 0;
}

describe('a decision', () => {
  it('is the one that the spec describes step by step', () => {
    fc.assert(
      fc.property(lines, facts, (listed, node) => {
        expect(matches(listed, node)).toBe(matchSlowly(listed, node));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on where negative constraints stand', () => {
    fc.assert(
      fc.property(lines, facts, fc.infiniteStream(fc.nat()), (listed, node, places) => {
        const moved = listed.filter((it) => !isNegative(it));
        for (const it of listed.filter(isNegative)) {
          moved.splice((places.next().value ?? 0) % (moved.length + 1), 0, it);
        }
        expect(matches(moved, node)).toBe(matches(listed, node));
      }),
    );
  });

  it('for positive constraints stays a match when one more interface is reported behind the others', () => {
    fc.assert(
      fc.property(lines, facts, neighbor, (listed, node, one) => {
        const positive = listed.filter((it) => !isNegative(it));
        if (positive.length === 0 || !matches(positive, node)) return;
        const neighbors = new Map([...node.neighbors, ['Ethernet99', [one]] as const]);
        expect(matches(positive, { ...node, neighbors })).toBe(true);
      }),
    );
  });

  it('stays a match when a constraint is taken away', () => {
    fc.assert(
      fc.property(lines, facts, fc.nat(), (listed, node, pick) => {
        const negatives = listed.filter(isNegative);
        const taken = negatives[pick % Math.max(1, negatives.length)];
        const left = listed.filter((it) => it !== taken);
        if (left.length > 0 && matches(listed, node)) expect(matches(left, node)).toBe(true);
      }),
    );
  });

  it('is what its explanation says, with one outcome per constraint and one constraint per interface', () => {
    fc.assert(
      fc.property(lines, facts, (listed, node) => {
        const pattern = compileLines(listed);
        const { matched, constraints } = checkPattern(node, pattern, run);
        expect(constraints).toHaveLength(pattern.constraintCount);
        expect(matched).toBe(
          constraints.every(({ outcome }) => outcome.kind === 'holds' || outcome.kind === 'satisfied'),
        );
        const used = constraints.flatMap(({ outcome }) =>
          outcome.kind === 'satisfied' ? outcome.interface : [],
        );
        expect(new Set(used).size).toBe(used.length);
        for (const { outcome } of constraints) {
          if (outcome.kind !== 'satisfied' && outcome.kind !== 'violated') continue;
          expect(node.neighbors.get(outcome.interface)).toContainEqual(outcome.neighbor);
        }
      }),
    );
  });

  it('comes with a remedy that helps', () => {
    fc.assert(
      fc.property(lines, facts, (listed, node) => {
        const { matched, remedy } = checkPattern(node, compileLines(listed), run);
        if (remedy === null) return;
        expect(matched).toBe(false);
        if (remedy.kind === 'assignment') {
          expect(new Set(remedy.pairs.map((pair) => pair.interface)).size).toBe(remedy.pairs.length);
          return;
        }
        const [one, other] = remedy.kind === 'swap' ? remedy.interfaces : [remedy.from, remedy.to];
        const neighbors = new Map(node.neighbors);
        neighbors.set(one, node.neighbors.get(other) ?? []);
        neighbors.set(other, node.neighbors.get(one) ?? []);
        expect(matches(listed, { ...node, neighbors })).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the model', () => {
  const pattern = compile('patterns:\n- {name: p, definition: d, model: DCS-7050}').patterns[0];
  it.each([
    ['DCS-7050QX-32S', true],
    ['XDCS-7050', false],
    [null, false],
  ])('%j: %s', (model, expected) => {
    expect(pattern && checkPattern(cable({}, model), pattern, run).matched).toBe(expected);
  });
});
