// Where a node stands: what it is cabled to, whatever it is itself. Two that are cabled alike stand in the same place.

import type { NodeFacts } from '../node-facts.js';

const management = /^ma(nagement)?[\d/.]*$/i;

/** Fewer neighbours do not make a place: many a switch hangs on one cable. */
const leastNeighbors = 2;

/**
 * Text that is the same for two nodes exactly if their neighbours are (interface, device and port), those of management interfaces
 * left out. Null if there are fewer than two.
 */
export function placeOf({ neighbors }: Pick<NodeFacts, 'neighbors'>): string | null {
  const cables = new Set<string>();
  for (const [name, peers] of neighbors) {
    if (management.test(name)) continue;
    for (const { device, port } of peers) cables.add(JSON.stringify([name, device, port]));
  }
  return cables.size < leastNeighbors ? null : [...cables].sort().join('\n');
}
