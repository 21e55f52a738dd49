// What an edit by hand did to a pool, and how one that was late goes together with what was given out meanwhile.
// Compares pools in memory; writes nothing.

import type { OwnerChanges, PoolFile } from './pool-file.js';

/** An owner that was changed by us: who it was when the edit began, and who it is. */
export interface OwnerChange {
  readonly was: string | null;
  readonly now: string | null;
}

/** A value that is no longer whose it was. */
export interface LostOwner {
  readonly value: string;
  readonly owner: string;
  /** What was done to the value, in words: `freed it`, `gave it to X`, `removed its line`. */
  readonly fate: string;
}

/** Which owners an edit took values from, in the old order. */
export function findLostOwners(before: PoolFile, after: PoolFile): readonly LostOwner[] {
  const owned = new Map<string, string>();
  for (const { value, owner } of before.entries()) if (owner !== null) owned.set(value, owner);
  const fates = new Map<string, string | null>();
  for (const { value, owner } of after.entries()) {
    const had = owned.get(value);
    if (had === undefined) continue;
    fates.set(value, owner === had ? null : owner === null ? 'freed it' : `gave it to ${owner}`);
  }
  return [...owned].flatMap(([value, owner]) => {
    const fate = fates.has(value) ? fates.get(value) : 'removed its line';
    return fate ? [{ value, owner, fate }] : [];
  });
}

/**
 * Brings what was changed since into an edit that was written into a file already replaced. What a switch was told stays
 * true; where the edit says otherwise, that is a clash.
 * @param edited the pool as the edit left it
 * @param since by value: what we changed after the edited version
 * @returns what has to be changed in the edited pool, and a sentence per clash
 */
export function mergeLateEdit(
  edited: PoolFile,
  since: ReadonlyMap<string, OwnerChange>,
): { readonly changes: OwnerChanges; readonly clashes: readonly string[] } {
  const changes = new Map<number, string | null>();
  const clashes: string[] = [];
  const missing = new Map(since);
  for (const { place, value, owner } of edited.entries()) {
    const change = since.get(value);
    if (change === undefined) continue;
    missing.delete(value);
    if (owner === change.now) continue;
    if (owner !== change.was && change.now === null) continue;
    changes.set(place, change.now);
    if (owner !== change.was) {
      clashes.push(
        `${value} was given to ${change.now} while the edit gave it to ${owner}: ${change.now} keeps it`,
      );
    }
  }
  for (const [value, { now }] of missing) {
    if (now !== null)
      clashes.push(
        `${value} was given to ${now} while the edit removed it: put it back, or it will get another`,
      );
  }
  for (const [value, { now }] of since) {
    const place = now === null ? null : edited.placeOf(now);
    if (place === null || edited.valueAt(place) === value) continue;
    clashes.push(
      `${now} was given ${value} while the edit gave it ${edited.valueAt(place)}: it has both now`,
    );
  }
  return { changes, clashes };
}
