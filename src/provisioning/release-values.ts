// Gives values back: one, or whatever a node holds, in one pool or in all. Nothing is given back without a line in the log.

import type { Log } from '../log/log.js';
import { type ClearablePoolStore, isHeldBy, type ReleaseWish } from '../ports/pool-store.js';
import {
  forEachPool,
  isFailure,
  type NamedPool,
  type PoolFailure,
  type PoolStores,
  readPool,
} from './pool-usage.js';
import { recordFreed, recordOperator } from './record-resources.js';
import type { Recorder } from './recorder.js';

/** Where it is said what was given back. */
export interface ReleaseRecord {
  readonly log: Log;
  readonly recorder: Recorder;
}

/** A value and whose it is, or was. */
export interface HeldValue {
  /** As people name the pool: `mgmt`, `sqlite:mgmt`. */
  readonly pool: string;
  readonly value: string;
  readonly owner: string;
}

/** What was found or done in all pools. */
export interface HeldValues {
  readonly values: readonly HeldValue[];
  readonly failures: readonly PoolFailure[];
}

/** What became of a wish to give something back; `nothing` and `ambiguous` say why nothing was changed. */
export type ReleaseOutcome =
  | { readonly kind: 'released'; readonly values: readonly HeldValue[] }
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'ambiguous'; readonly reason: string };

/**
 * Frees a value of a pool, or all that a node holds in it (`JPE1` means `JPE1#key` too).
 * @param what a value, a node id, or `<node id>#<key>`
 * @param as which of them; null if it is to be found out
 * @throws ZtpError as `PoolStore.read` and `release`
 */
export async function releaseInPool(
  pool: NamedPool,
  what: string,
  as: ReleaseWish['kind'] | null,
  record: ReleaseRecord,
): Promise<ReleaseOutcome> {
  const { name, entries } = await readPool(pool);
  const entry = entries.find(({ value }) => value === what);
  const isOwner = entries.some(({ owner }) => owner !== null && isHeldBy(owner, what));
  if (as === null && entry && isOwner) {
    return { kind: 'ambiguous', reason: `"${what}" is a value of pool ${name}, and holds values of it` };
  }
  const kind = as ?? (entry ? 'value' : 'owner');
  const wish: ReleaseWish = kind === 'value' ? { kind, value: what } : { kind, owner: what };
  const released = await pool.store.release(pool.pool, wish);
  if (released.length > 0) return { kind: 'released', values: report(name, released, record) };
  const reason =
    kind === 'value'
      ? entry
        ? `${what} of pool ${name} is free already`
        : `pool ${name} has no value "${what}"`
      : as === null
        ? `"${what}" is no value of pool ${name}, and holds none of it`
        : `"${what}" holds no value of pool ${name}`;
  return { kind: 'nothing', reason };
}

/** Frees all that a node holds in any pool. A pool where that fails does not stop the others. */
export async function releaseEverywhere(
  stores: PoolStores,
  owner: string,
  record: ReleaseRecord,
): Promise<HeldValues> {
  return gather(
    await forEachPool(stores, async (pool) =>
      report(pool.name, await pool.store.release(pool.pool, { kind: 'owner', owner }), record),
    ),
  );
}

/** Frees every value of every pool file, or none. @returns what was freed, by pool. Throws as `ClearablePoolStore.clear` */
export async function clearPools(
  pools: ClearablePoolStore,
  record: ReleaseRecord,
): Promise<ReadonlyMap<string, readonly HeldValue[]>> {
  const cleared = await pools.clear();
  const freed = new Map([...cleared].map(([pool, released]) => [pool, report(pool, released, record)]));
  const count = [...freed.values()].reduce((sum, values) => sum + values.length, 0);
  recordOperator(record.recorder, 'cleared', `all pools cleared, ${count} values freed`, { count });
  return freed;
}

/** All that a node holds in any pool. */
export async function findHeld(stores: PoolStores, owner: string): Promise<HeldValues> {
  return gather(
    await forEachPool(stores, async (pool) => {
      const { entries } = await readPool(pool);
      return entries.flatMap((it) =>
        it.owner !== null && isHeldBy(it.owner, owner)
          ? [{ pool: pool.name, value: it.value, owner: it.owner }]
          : [],
      );
    }),
  );
}

function gather(outcomes: readonly (readonly HeldValue[] | PoolFailure)[]): HeldValues {
  const values: HeldValue[] = [];
  const failures: PoolFailure[] = [];
  for (const outcome of outcomes) {
    if (isFailure(outcome)) failures.push(outcome);
    else values.push(...outcome);
  }
  return { values, failures };
}

function report(
  name: string,
  released: readonly { readonly value: string; readonly owner: string }[],
  { log, recorder }: ReleaseRecord,
): readonly HeldValue[] {
  return released.map(({ value, owner }) => {
    const [node] = owner.split('#', 1);
    log.info(`${value} of pool ${name} freed, ${owner} had it`, { node });
    recordFreed(recorder, name, value, owner);
    return { pool: name, value, owner };
  });
}
