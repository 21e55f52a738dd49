// What a node reported of its neighbours, laid out for matching. Holds the report as it is: order, spelling, repetitions.

import type { Neighbor } from '../node-facts.js';
import type { Peer } from './constraint.js';
import type { Evaluation } from './evaluation.js';

/** How far the interfaces were searched for one peer. */
interface Search {
  /** The interfaces that can have such a neighbour at all, ascending; null for all. */
  readonly among: readonly number[] | null;
  readonly found: number[];
  /** How many of `among` were looked at. */
  looked: number;
  /** True once a result was unknown: then every use of this search is. */
  unknown: boolean;
}

/**
 * The connected interfaces of a node, by position in the order reported. An interface without a neighbour has no
 * position: no constraint can be satisfied or violated by it.
 */
export class Cabling {
  readonly interfaces: readonly (readonly [name: string, neighbors: readonly Neighbor[]])[];
  readonly evaluation: Evaluation;
  readonly #positions = new Map<string, number>();
  readonly #byDevice = new Map<string, number[]>();
  readonly #byPort = new Map<string, number[]>();
  readonly #searches = new Map<Peer, Search>();

  constructor(neighbors: ReadonlyMap<string, readonly Neighbor[]>, evaluation: Evaluation) {
    this.evaluation = evaluation;
    this.interfaces = [...neighbors].filter(([, there]) => there.length > 0);
    this.interfaces.forEach(([name, there], position) => {
      this.#positions.set(name, position);
      for (const { device, port } of there) {
        note(this.#byDevice, device, position);
        note(this.#byPort, port, position);
      }
    });
  }

  /** Where the interface stands in the report; undefined if it has no neighbour. */
  positionOf(name: string): number | undefined {
    return this.#positions.get(name);
  }

  /** The first neighbour on the interface that is such a peer. */
  findNeighbor(peer: Peer, position: number): Neighbor | null {
    const neighbors = this.interfaces[position]?.[1] ?? [];
    for (const neighbor of neighbors) {
      if (!this.evaluation.spend(1)) {
        this.evaluation.unknowns += 1;
        return null;
      }
      if (this.#isPeer(peer, neighbor)) return neighbor;
    }
    return null;
  }

  /** The first interface at `from` or behind it that has such a neighbour; -1 if there is none. */
  findInterface(peer: Peer, from: number): number {
    const search = this.#searchFor(peer);
    for (let at = firstAtLeast(search.found, from); ; at++) {
      const position = search.found[at] ?? this.#searchOn(peer, search);
      if (search.unknown) this.evaluation.unknowns += 1;
      if (position === -1 || position >= from) return position;
    }
  }

  /** Looks for one more interface; -1 if there is none. */
  #searchOn(peer: Peer, search: Search): number {
    const count = search.among?.length ?? this.interfaces.length;
    while (search.looked < count) {
      const position = search.among?.[search.looked] ?? search.looked;
      search.looked += 1;
      const before = this.evaluation.unknowns;
      const there = this.findNeighbor(peer, position) !== null;
      if (this.evaluation.unknowns > before) search.unknown = true;
      if (there) {
        search.found.push(position);
        return position;
      }
      if (this.evaluation.exhausted) return -1;
    }
    return -1;
  }

  #searchFor(peer: Peer): Search {
    const known = this.#searches.get(peer);
    if (known !== undefined) return known;
    const search = { among: this.#narrow(peer), found: [], looked: 0, unknown: false };
    this.#searches.set(peer, search);
    return search;
  }

  #narrow({ device, port }: Peer): readonly number[] | null {
    if (device?.kind === 'exact') return this.#byDevice.get(device.argument) ?? [];
    if (port?.kind === 'exact') return this.#byPort.get(port.argument) ?? [];
    return null;
  }

  #isPeer({ device, port }: Peer, neighbor: Neighbor): boolean {
    return (
      (device === null || this.evaluation.passes(device, neighbor.device)) &&
      (port === null || this.evaluation.passes(port, neighbor.port))
    );
  }
}

function note(index: Map<string, number[]>, name: string, position: number): void {
  const positions = index.get(name);
  if (positions === undefined) index.set(name, [position]);
  else if (positions.at(-1) !== position) positions.push(position);
}

/** The offset of the first element that is `least` or more in an ascending list. */
function firstAtLeast(ascending: readonly number[], least: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
