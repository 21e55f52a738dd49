// What this process changed in a pool of late, so that a version which somebody began before that, and put in its place
// after, can be told from one that takes values back on purpose. Knows no files.

import type { OwnerChange } from './pool-edits.js';

/** How long a change is remembered, in nanoseconds, and how many of a pool at most. */
const rememberedFor = 3_600_000_000_000n;
const rememberedAtMost = 20_000;

interface Change extends OwnerChange {
  readonly at: bigint;
  readonly value: string;
}

/** Changes by pool, the latest last. */
export class RecentChanges {
  readonly #byPool = new Map<string, Change[]>();

  /** @param at when they were in place, in ns, by the same clock as the moments that are asked for */
  remember(pool: string, changes: ReadonlyMap<string, OwnerChange>, at: bigint): void {
    const list = this.#byPool.get(pool) ?? [];
    this.#byPool.set(pool, list);
    for (const [value, change] of changes) list.push({ ...change, at, value });
    const tooOld = list.findIndex((it) => it.at >= at - rememberedFor);
    list.splice(0, Math.max(tooOld === -1 ? list.length : tooOld, list.length - rememberedAtMost));
  }

  /** What somebody else has decided about is no longer ours to bring back. */
  forget(pool: string, values: ReadonlySet<string>): void {
    const list = this.#byPool.get(pool);
    if (list && values.size > 0)
      this.#byPool.set(
        pool,
        list.filter(({ value }) => !values.has(value)),
      );
  }

  /** What was changed after a moment, by value. */
  after(pool: string, moment: bigint): ReadonlyMap<string, OwnerChange> {
    const found = new Map<string, OwnerChange>();
    for (const { at, value, was, now } of this.#byPool.get(pool) ?? []) {
      if (at <= moment) continue;
      const earlier = found.get(value);
      found.set(value, { was: earlier ? earlier.was : was, now });
    }
    return found;
  }
}
