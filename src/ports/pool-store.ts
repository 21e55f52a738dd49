// Where the values of resource pools live: files below resources/, tables of an SQLite file. One contract suite
// (tests/ports/) holds for every implementation.

import type { Problem } from '../engine/problem.js';

/** A value as a node is given it. Files hold text as typed; a table's column may hold numbers. */
export type PoolValue = string | number;

/** A pool at one moment. */
export interface PoolState {
  readonly name: string;
  /** The file that it lives in, relative to the data root or absolute: for messages. */
  readonly file: string;
  /** Values in the order of the pool, with their owners as typed, null for free. */
  readonly entries: readonly { readonly value: string; readonly owner: string | null }[];
  /** Likely mistakes: values that are listed twice. */
  readonly problems: readonly Problem[];
}

/** A value that was given back, and who had it. */
export interface ReleasedValue {
  readonly value: string;
  readonly owner: string;
}

/**
 * What to give back: one value, or whatever an owner holds. The owner `<node id>` stands for all of the node's values,
 * those with keys too; `<node id>#<key>` for that one.
 */
export type ReleaseWish =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'owner'; readonly owner: string };

/** A value that went from one node to another; the key, if there is one, stayed. */
export interface MovedValue {
  readonly value: string;
  readonly from: string;
  readonly to: string;
}

/** What became of the wish to give a node all that another one holds. */
export interface ReassignedValues {
  /** In the order of the pool. */
  readonly moved: readonly MovedValue[];
  /** What the new owner held under the same names, and does no longer. */
  readonly freed: readonly ReleasedValue[];
}

/** What became of the values that were to be added. */
export interface AddedValues {
  /** True if the pool was not there before. */
  readonly made: boolean;
  readonly added: number;
  /** Values that the pool had already: they keep their owners. */
  readonly present: number;
}

/**
 * The pools of one kind. Errors: `missing-pool`, `invalid-pool`, `pool-exhausted`, `path-refused`, `read-failed`,
 * `write-failed`. Every change is durable before it resolves, and holds beside other processes on the same files.
 */
export interface PoolStore {
  /**
   * The value that `owner` (`<node id>` or `<node id>#<key>`) holds, else the first free one, which becomes its own,
   * durably, before this resolves. Two owners never get the same value.
   */
  allocate(pool: string, owner: string): Promise<PoolValue>;
  /** What `allocate` would give, taking nothing. */
  preview(pool: string, owner: string): Promise<PoolValue>;
  read(pool: string): Promise<PoolState>;
  /** Names of all pools (sub-folders with `/`), sorted. */
  list(): Promise<readonly string[]>;
  /** Frees what is meant, all of it or nothing. @returns what had an owner before, in the order of the pool; empty if nothing had */
  release(pool: string, wish: ReleaseWish): Promise<readonly ReleasedValue[]>;
  /**
   * Gives the node `to` all that the node `from` holds, with the same keys, all of it or nothing. What `to` held under one of those
   * names becomes free; its other values stay its own.
   */
  reassign(pool: string, from: string, to: string): Promise<ReassignedValues>;
  /** Adds free values at the end, in their order; makes the pool if it is not there. */
  add(pool: string, values: readonly string[]): Promise<AddedValues>;
  /** Ends background work. Nothing may be asked any more. */
  close(): Promise<void>;
}

/** Told of each value that became somebody's, after it is durable. Values that were held already are not told of. Must not throw. */
export type OnGiven = (pool: string, value: PoolValue, owner: string) => void;

/** Pools that can all be freed at once. */
export interface ClearablePoolStore extends PoolStore {
  /** Frees every value of every pool, after checking all: if one is invalid, throws `invalid-pool` and touches none. @returns what had an owner, by pool */
  clear(): Promise<ReadonlyMap<string, readonly ReleasedValue[]>>;
}

/** Who holds a value of `owner` once `to` has all that `from` has. */
export function passOn(owner: string, from: string, to: string): string {
  return to + owner.slice(from.length);
}

/** True if a value of `holder` belongs to whom a wish names as `owner`. */
export function isHeldBy(holder: string, owner: string): boolean {
  return holder === owner || holder.startsWith(`${owner}#`);
}
