// Looks for the one thing that would make a pattern match: two cables swapped, one cable moved, or another order of
// constraints. Advice only: the match itself knows nothing of it.

import type { Neighbor, NodeFacts } from '../node-facts.js';
import { Cabling } from './cabling.js';
import type { Constraint } from './constraint.js';
import { decide } from './decide.js';
import type { Pattern } from './pattern.js';

/** What would help. */
export type Remedy =
  /** The cables of two interfaces belong the other way round. */
  | { readonly kind: 'swap'; readonly interfaces: readonly [string, string] }
  /** A cable is plugged beside where it belongs. */
  | { readonly kind: 'move'; readonly from: string; readonly to: string }
  /** Every constraint could have an interface of its own; the order of the constraints gave one away. */
  | { readonly kind: 'assignment'; readonly pairs: readonly { constraint: Constraint; interface: string }[] };

/** A node with more interfaces than this is no switch, and trying its cables takes too long. */
const mostInterfaces = 2000;
/** The search for an assignment takes up to the cube of this. */
const mostConstraints = 200;
const mostOpenTried = 4;
const mostCablesTried = 8;

/** What failed, the model being as wanted. */
export interface Failure {
  readonly positive: readonly Constraint[];
  /** Those of the positive constraints that no interface was left for. */
  readonly open: readonly Constraint[];
  /** True if a negative constraint is violated. */
  readonly violated: boolean;
}

/** The first remedy that helps, null if none was found. */
export function findRemedy(
  pattern: Pattern,
  { positive, open, violated }: Failure,
  facts: NodeFacts,
  cabling: Cabling,
): Remedy | null {
  if (cabling.interfaces.length > mostInterfaces) return null;
  if (!violated && positive.length <= mostConstraints) {
    const pairs = findAssignment(positive, cabling);
    if (pairs !== null) return { kind: 'assignment', pairs };
  }
  for (const constraint of open.slice(0, mostOpenTried)) {
    const remedy = tryCables(pattern, constraint, facts, cabling);
    if (remedy !== null) return remedy;
  }
  return null;
}

function tryCables(
  pattern: Pattern,
  { entry, interface: to }: Constraint,
  facts: NodeFacts,
  cabling: Cabling,
): Remedy | null {
  if (to === null) return null;
  let position = cabling.findInterface(entry.peer, 0);
  for (let tried = 0; position !== -1 && tried < mostCablesTried; tried++) {
    const from = cabling.interfaces[position]?.[0] ?? '';
    const exchanged = new Map<string, readonly Neighbor[]>(facts.neighbors);
    exchanged.set(to, facts.neighbors.get(from) ?? []);
    exchanged.set(from, facts.neighbors.get(to) ?? []);
    const node = { model: facts.model, cabling: new Cabling(exchanged, cabling.evaluation) };
    if (from !== to && decide(pattern, node, null)) {
      return cabling.positionOf(to) === undefined
        ? { kind: 'move', from, to }
        : { kind: 'swap', interfaces: inOrder(to, from) };
    }
    position = cabling.findInterface(entry.peer, position + 1);
  }
  return null;
}

/** Ethernet9 before Ethernet10, as somebody finds them. */
function inOrder(one: string, other: string): readonly [string, string] {
  return one.localeCompare(other, 'en', { numeric: true }) > 0 ? [other, one] : [one, other];
}

/** An interface of its own for every constraint, if that is possible: augmenting paths in a bipartite graph. */
function findAssignment(
  constraints: readonly Constraint[],
  cabling: Cabling,
): { constraint: Constraint; interface: string }[] | null {
  const wishes = constraints.map((constraint) => listWishes(constraint, cabling, constraints.length));
  const users = new Map<number, number>();
  for (const index of constraints.keys()) {
    if (!assign(index, wishes, users, new Set())) return null;
  }
  const pairs = [...users].sort(([, one], [, other]) => one - other);
  return pairs.flatMap(([position, index]) => {
    const constraint = constraints[index];
    const name = cabling.interfaces[position]?.[0];
    return constraint === undefined || name === undefined ? [] : [{ constraint, interface: name }];
  });
}

/** The interfaces that satisfy a constraint; as many as there are constraints are enough to never run short. */
function listWishes({ entry, interface: name }: Constraint, cabling: Cabling, most: number): number[] {
  if (name !== null) {
    const position = cabling.positionOf(name);
    return position === undefined || cabling.findNeighbor(entry.peer, position) === null ? [] : [position];
  }
  const wishes: number[] = [];
  let position = cabling.findInterface(entry.peer, 0);
  while (position !== -1 && wishes.length < most) {
    wishes.push(position);
    position = cabling.findInterface(entry.peer, position + 1);
  }
  return wishes;
}

function assign(
  index: number,
  wishes: readonly (readonly number[])[],
  users: Map<number, number>,
  seen: Set<number>,
): boolean {
  for (const position of wishes[index] ?? []) {
    if (seen.has(position)) continue;
    seen.add(position);
    const user = users.get(position);
    if (user === undefined || assign(user, wishes, users, seen)) {
      users.set(position, index);
      return true;
    }
  }
  return false;
}
