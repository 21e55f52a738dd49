// Where the values of resource pools live. One contract suite (tests/ports/) holds for every implementation.

import type { Problem } from '../engine/problem.js';

/** A pool at one moment. */
export interface PoolState {
  readonly name: string;
  /** Values in file order with their owners as typed, null for free. */
  readonly entries: readonly { readonly value: string; readonly owner: string | null }[];
  /** Likely mistakes: values that are listed twice. */
  readonly problems: readonly Problem[];
}

/** The pools. Errors: `missing-pool`, `invalid-pool`, `pool-exhausted`, `path-refused`, `read-failed`, `write-failed`. */
export interface PoolStore {
  /**
   * The value that `owner` (`<node id>` or `<node id>#<key>`) holds, else the first free one, which becomes its own,
   * durably, before this resolves. Two owners never get the same value.
   */
  allocate(pool: string, owner: string): Promise<string>;
  /** What `allocate` would give, taking nothing. */
  preview(pool: string, owner: string): Promise<string>;
  read(pool: string): Promise<PoolState>;
  /** Names of all pools (sub-folders with `/`), sorted. */
  list(): Promise<readonly string[]>;
  /** Frees every value of every pool, after checking all: if one is invalid, throws `invalid-pool` and touches none. Returns the number freed per pool. */
  clear(): Promise<ReadonlyMap<string, number>>;
}
