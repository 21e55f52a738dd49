// Says of a pool, once, that it is nearly empty: before a node is refused.

import { describeShortage } from '../engine/pools/describe-shortage.js';
import type { Log } from '../log/log.js';

/** Pools that were said to be nearly empty, by their names in messages. */
export class NearlyEmptyPools {
  readonly #said = new Set<string>();

  constructor(private readonly log: Log) {}

  /** To be told whenever values were taken. Says it again once the pool was filled up in between. */
  note(name: string, free: number, total: number): void {
    const shortage = describeShortage(free, total);
    if (shortage !== null && !this.#said.has(name)) this.log.warning(`${name}: ${shortage}`);
    if (shortage === null) this.#said.delete(name);
    else this.#said.add(name);
  }
}
