// Says of a pool, once, that it is nearly empty: before a node is refused.

import { isNearlyEmpty } from '../engine/pools/is-nearly-empty.js';
import type { Log } from '../log/log.js';

/** Pools that were said to be nearly empty, by their names in messages. */
export class NearlyEmptyPools {
  readonly #said = new Set<string>();

  constructor(private readonly log: Log) {}

  /** To be told whenever values were taken. Says it again once the pool was filled up in between. */
  note(name: string, free: number, total: number): void {
    if (!isNearlyEmpty(free, total)) {
      this.#said.delete(name);
    } else if (!this.#said.has(name)) {
      this.#said.add(name);
      this.log.warning(`${name} is nearly empty: ${free} of ${total} values are free, add more`);
    }
  }
}
