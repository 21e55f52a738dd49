// allocate('pool') over the pools in resources/, sqlite('table') over the tables of an SQLite file: the same plugin over two
// stores. What is free is the store's to say.

import type { PoolStore } from '../ports/pool-store.js';
import type { ResourcePlugin } from './resource-plugin.js';

/** The plugin over these pools. A node id holds no `#` (data-root.md, Names), so an owner with a key is nobody else's. */
export function createPoolPlugin(name: 'allocate' | 'sqlite', pools: PoolStore): ResourcePlugin {
  const noun = name === 'allocate' ? 'pool' : 'table';
  return {
    checkArguments: ({ length, 1: key }) =>
      (length === 1 || length === 2) && key !== ''
        ? null
        : `takes a ${noun} and at most a key, which is not empty: ${name}('${noun}', 'key')`,
    async call({ nodeId, args, preview }) {
      const [pool = '', key = null] = args;
      const owner = key === null ? nodeId : `${nodeId}#${key}`;
      if (preview) return { value: await pools.preview(pool, owner), taken: null };
      const value = await pools.allocate(pool, owner);
      return { value, taken: { pool, value, key } };
    },
  };
}
