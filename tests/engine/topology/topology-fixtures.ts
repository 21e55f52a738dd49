// What the tests of topology share: compiling from text, facts from a POST body, a plain run of expressions.

import type { Neighbor, NodeFacts } from '../../../src/engine/node-facts.js';
import type { BoundedRegexRun } from '../../../src/engine/python-regex/python-regex.js';
import { type CompiledNeighbordb, compileNeighbordb } from '../../../src/engine/topology/neighbordb.js';
import { type CompiledNodePattern, compileNodePattern } from '../../../src/engine/topology/node-pattern.js';
import type { Pattern } from '../../../src/engine/topology/pattern.js';
import { readSource } from './read-source.js';

/** Runs an expression without a limit: the expressions of these tests are harmless. */
export const run: BoundedRegexRun = (regex, text) => (regex.test(text) ? 'match' : 'no-match');

export const options = { identifier: 'serialnumber', dataRoot: '/srv/ztp' } as const;

export function compile(text: string): CompiledNeighbordb {
  return compileNeighbordb(readSource(text), options);
}

export function compileNode(text: string): CompiledNodePattern {
  return compileNodePattern(readSource(text));
}

/** `WARNING 3: reason`, one for each problem. */
export function listProblems({ problems }: Pick<CompiledNeighbordb, 'problems'>): string[] {
  return problems.map(({ severity, line, reason }) => `${severity.toUpperCase()} ${line}: ${reason}`);
}

/** The only pattern of a neighbordb with these lines under `interfaces:`. */
export function compileInterfaces(...lines: readonly string[]): Pattern {
  return onlyPattern(
    `patterns:\n- name: p\n  definition: d\n  interfaces:\n${lines.map((line) => `  - ${line}\n`).join('')}`,
  );
}

/** The first pattern of a valid neighbordb. */
export function onlyPattern(text: string): Pattern {
  const compiled = compile(text);
  const [pattern] = compiled.patterns;
  if (pattern === undefined) throw new Error(listProblems(compiled).join('\n'));
  return pattern;
}

/** What a switch posts, as far as matching looks at it. */
export interface Body {
  readonly serialnumber?: string;
  readonly model?: string | null;
  readonly neighbors?: Readonly<Record<string, readonly Neighbor[]>>;
}

export function readFacts(body: Body): NodeFacts {
  return {
    model: body.model ?? null,
    serialnumber: body.serialnumber ?? null,
    systemmac: null,
    version: null,
    neighbors: new Map(Object.entries(body.neighbors ?? {})),
    others: {},
  };
}

/** Facts from `Ethernet1: 'spine1:Ethernet3 spine2:Ethernet4'`: interface → its neighbours, by blanks. */
export function cable(cables: Readonly<Record<string, string>>, model: string | null = null): NodeFacts {
  const neighbors = Object.entries(cables).map(([name, there]) => [
    name,
    there
      .split(' ')
      .filter((peer) => peer !== '')
      .map((peer) => {
        const [device = '', ...port] = peer.split(':');
        return { device, port: port.join(':') };
      }),
  ]);
  return readFacts({ model, neighbors: Object.fromEntries(neighbors) });
}
