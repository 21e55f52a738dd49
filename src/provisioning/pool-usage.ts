// Pools of both kinds under one kind of name, and how full they are. Changes nothing.

import type { Problem } from '../engine/problem.js';
import type { PoolStore } from '../ports/pool-store.js';
import type { ReasonCode } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';

/** Where pools are: files below resources/, tables of the SQLite file. */
export interface PoolStores {
  readonly pools: PoolStore;
  readonly tables: PoolStore;
}

/** A pool as people name it: `mgmt` is a file, `sqlite:mgmt` a table. */
export interface NamedPool {
  readonly name: string;
  readonly store: PoolStore;
  /** What its store calls it. */
  readonly pool: string;
}

/** How many values a pool has. */
export interface PoolCounts {
  readonly name: string;
  /** The file that it lives in. */
  readonly file: string;
  readonly used: number;
  readonly free: number;
  readonly total: number;
}

/** A pool that could not be read or changed. */
export interface PoolFailure {
  readonly name: string;
  readonly error: string;
  readonly reason: ReasonCode;
}

/** A pool with everything in it. */
export interface PoolContents extends PoolCounts {
  readonly entries: readonly { readonly value: string; readonly owner: string | null }[];
  readonly problems: readonly Problem[];
}

const tablePrefix = 'sqlite:';

/** Finds the store of a pool; says nothing of whether the pool is there. */
export function locatePool({ pools, tables }: PoolStores, name: string): NamedPool {
  return name.startsWith(tablePrefix)
    ? { name, store: tables, pool: name.slice(tablePrefix.length) }
    : { name, store: pools, pool: name };
}

/** What each pool holds: files first, then tables. One that can not be read does not hide the others. */
export function listPools(stores: PoolStores): Promise<readonly (PoolCounts | PoolFailure)[]> {
  return forEachPool(stores, async (pool) => {
    const { name, file, used, free, total } = await readPool(pool);
    return { name, file, used, free, total };
  });
}

/** @throws ZtpError as `PoolStore.read` */
export async function readPool({ name, store, pool }: NamedPool): Promise<PoolContents> {
  const { file, entries, problems } = await store.read(pool);
  const used = entries.reduce((count, { owner }) => (owner === null ? count : count + 1), 0);
  return { name, file, used, free: entries.length - used, total: entries.length, entries, problems };
}

/** Does something with every pool of both kinds, one after the other; one where it fails does not stop it. */
export async function forEachPool<T>(
  stores: PoolStores,
  use: (pool: NamedPool) => Promise<T>,
): Promise<readonly (T | PoolFailure)[]> {
  const outcomes: (T | PoolFailure)[] = [];
  const attempt = async <R>(name: string, ask: () => Promise<R>): Promise<R | null> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ZtpError)) throw error;
      outcomes.push({ name, error: error.message, reason: error.code });
      return null;
    }
  };
  for (const [store, prefix, all] of [
    [stores.pools, '', 'resources'],
    [stores.tables, tablePrefix, 'sqlite'],
  ] as const) {
    for (const pool of (await attempt(all, () => store.list())) ?? []) {
      const name = prefix + pool;
      const outcome = await attempt(name, () => use({ name, store, pool }));
      if (outcome !== null) outcomes.push(outcome);
    }
  }
  return outcomes;
}

/** True for the outcome of a pool that failed. */
export function isFailure(outcome: object): outcome is PoolFailure {
  return 'reason' in outcome && 'error' in outcome;
}
