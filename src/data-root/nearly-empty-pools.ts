// Says of a pool, once each, that it is nearly empty and that it is empty: before a node is refused.

import { describeShortage } from '../engine/pools/describe-shortage.js';
import type { Log } from '../log/log.js';

/** What was said of pools, by their names in messages. */
export class NearlyEmptyPools {
  readonly #said = new Map<string, 'low' | 'empty'>();

  constructor(private readonly log: Log) {}

  /** To be told whenever values were taken. Says it again once the pool was filled up in between. */
  note(name: string, free: number, total: number): void {
    const shortage = describeShortage(free, total);
    if (shortage === null) {
      this.#said.delete(name);
      return;
    }
    const state = free === 0 ? 'empty' : 'low';
    if (this.#said.get(name) !== state) this.log.warning(`${name}: ${shortage}`);
    this.#said.set(name, state);
  }
}
