// Which known nodes stand where: in memory, so that an unknown switch costs no look into thousands of folders. It may be a little
// late about what others do in the data root; whoever acts on it looks again.

import { createHash } from 'node:crypto';
import type { NodeFacts } from '../../engine/node-facts.js';
import { placeOf } from '../../engine/topology/place.js';
import type { NodeStore } from '../../ports/node-store.js';
import { ZtpError } from '../../wire/ztp-error.js';

/** Looking at all folders takes a twentieth of the time at most, in milliseconds since the last look. */
const restAtLeast = 2_000;
const restTimes = 20;

/** Folders that are looked into at once. */
const atOnce = 16;

/** Who stands in a place. */
export interface NodesInPlace {
  readonly ids: readonly string[];
  /** Nodes whose `.node` can not be read: they may stand there too. */
  readonly unreadable: readonly string[];
}

/** The places of all nodes that have a `.node`. */
export class PlaceIndex {
  /** Place → nodes. */
  #byPlace = new Map<string, Set<string>>();
  #byNode = new Map<string, string>();
  /** Nodes whose `.node` can not be read. */
  #unreadable: readonly string[] = [];
  readonly #places = new WeakMap<NodeFacts, string>();
  /** Noted while all folders are looked at. */
  #noted = new Map<string, NodeFacts>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #looking: Promise<void> | null = null;

  constructor(private readonly nodes: Pick<NodeStore, 'list' | 'readFacts'>) {}

  /**
   * The nodes that stand where one with these facts stands, and those of which that can not be told.
   * @param anew false: what was known a moment ago will do
   * @throws ZtpError `read-failed`
   */
  async find(facts: NodeFacts, anew: boolean): Promise<NodesInPlace> {
    const place = this.placeOf(facts);
    if (place === '') return { ids: [], unreadable: [] };
    if (anew) {
      // A look that is under way may have passed by what is asked for.
      await this.#looking;
      await this.#lookOnce();
    } else if (performance.now() - this.#lookedAt > Math.max(restAtLeast, restTimes * this.#tookMs)) {
      await this.#lookOnce();
    }
    return { ids: [...(this.#byPlace.get(place) ?? [])].sort(), unreadable: this.#unreadable };
  }

  /** A node's `.node` was written by this process. */
  note(id: string, facts: NodeFacts): void {
    if (this.#looking) this.#noted.set(id, facts);
    this.#enter(this.#byPlace, this.#byNode, id, facts);
  }

  #lookOnce(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const began = performance.now();
    this.#noted = new Map();
    const byPlace = new Map<string, Set<string>>();
    const byNode = new Map<string, string>();
    const unreadable: string[] = [];
    const ids = await this.nodes.list();
    for (let at = 0; at < ids.length; at += atOnce) {
      await Promise.all(
        ids.slice(at, at + atOnce).map(async (id) => {
          const facts = await this.#readFacts(id);
          if (facts === 'unreadable') unreadable.push(id);
          else if (facts) this.#enter(byPlace, byNode, id, facts);
        }),
      );
    }
    for (const [id, facts] of this.#noted) this.#enter(byPlace, byNode, id, facts);
    this.#byPlace = byPlace;
    this.#byNode = byNode;
    this.#unreadable = unreadable.sort();
    this.#lookedAt = performance.now();
    this.#tookMs = this.#lookedAt - began;
  }

  async #readFacts(id: string): Promise<NodeFacts | 'unreadable' | null> {
    try {
      return await this.nodes.readFacts(id);
    } catch (error) {
      if (error instanceof ZtpError) return 'unreadable';
      throw error;
    }
  }

  #enter(byPlace: Map<string, Set<string>>, byNode: Map<string, string>, id: string, facts: NodeFacts): void {
    const before = byNode.get(id);
    if (before !== undefined) byPlace.get(before)?.delete(id);
    byNode.delete(id);
    const place = this.placeOf(facts);
    if (place === '') return;
    byNode.set(id, place);
    byPlace.set(place, (byPlace.get(place) ?? new Set()).add(id));
  }

  /** A digest, since a switch may claim any number of neighbours; empty for no place. */
  placeOf(facts: NodeFacts): string {
    const known = this.#places.get(facts);
    if (known !== undefined) return known;
    const place = placeOf(facts);
    const digest = place === null ? '' : createHash('sha256').update(place).digest('base64');
    this.#places.set(facts, digest);
    return digest;
  }
}
