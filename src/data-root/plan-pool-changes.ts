// What is to become of a pool when somebody asks, gives back or adds: decided on the pool in memory. Writes nothing.

import {
  type AddedValues,
  isHeldBy,
  type MovedValue,
  passOn,
  type ReassignedValues,
  type ReleasedValue,
  type ReleaseWish,
} from '../ports/pool-store.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { OwnerChanges, PoolFile } from './pool-file.js';
import { invalid, nameFile } from './pool-loader.js';
import { maxWholeFile } from './read-bounded.js';

/** Somebody who waits for a value. */
export interface Claim {
  readonly owner: string;
  resolve(value: string): void;
  reject(error: unknown): void;
}

/** What is to become of a pool, other owners or another text, and what those who asked are told once it is on disk. */
export type Plan<T> = { readonly result: T } & (
  | { readonly changes: OwnerChanges }
  | { readonly parts: readonly Buffer[] }
);

/** True if the claim's owner holds a value, which it is told. */
export function answerHolder(file: PoolFile, { owner, resolve }: Claim): boolean {
  const place = file.placeOf(owner);
  if (place !== null) resolve(file.valueAt(place));
  return place !== null;
}

/** What is to be said once the changes are durable. */
export interface PlannedClaims {
  /** One for each claim: resolves or rejects it. */
  readonly answers: readonly (() => void)[];
  /** Values that become somebody's. */
  readonly newOwners: readonly { readonly value: string; readonly owner: string }[];
}

/** A value for every owner, in the order of asking, as far as they go. The result tells those who asked. */
export function planClaims(pool: string, file: PoolFile, claims: readonly Claim[]): Plan<PlannedClaims> {
  const owners = new Set(claims.map((it) => it.owner).filter((owner) => file.placeOf(owner) === null));
  const places = file.freePlaces(owners.size);
  const given = new Map([...owners].map((owner, index) => [owner, places[index]]));
  const changes = new Map(
    [...owners].slice(0, places.length).map((owner, index) => [places[index] ?? 0, owner]),
  );
  const answers = claims.map(({ owner, resolve, reject }) => {
    const place = file.placeOf(owner) ?? given.get(owner);
    if (place === undefined) return () => reject(exhausted(pool, owner, file));
    const value = file.valueAt(place);
    return () => resolve(value);
  });
  const newOwners = Array.from(changes, ([place, owner]) => ({ value: file.valueAt(place), owner }));
  return { changes, result: { answers, newOwners } };
}

/** @param wish what to free; null for everything */
export function planRelease(file: PoolFile, wish: ReleaseWish | null): Plan<readonly ReleasedValue[]> {
  const changes = new Map<number, null>();
  const result: ReleasedValue[] = [];
  for (const { place, value, owner } of file.entries()) {
    if (owner === null || !(wish === null || isMeant({ value, owner }, wish))) continue;
    changes.set(place, null);
    result.push({ value, owner });
  }
  return { changes, result };
}

/** All that `from` holds becomes `to`'s; what that held under the same names is freed. */
export function planReassignment(file: PoolFile, from: string, to: string): Plan<ReassignedValues> {
  const changes = new Map<number, string | null>();
  const moved: MovedValue[] = [];
  for (const { place, value, owner } of file.entries()) {
    if (from === to || owner === null || !isHeldBy(owner, from)) continue;
    const now = passOn(owner, from, to);
    changes.set(place, now);
    moved.push({ value, from: owner, to: now });
  }
  const names = new Set(moved.map((it) => it.to));
  const freed: ReleasedValue[] = [];
  for (const { place, value, owner } of file.entries()) {
    if (owner === null || !names.has(owner)) continue;
    changes.set(place, null);
    freed.push({ value, owner });
  }
  return { changes, result: { moved, freed } };
}

/** Values that are not there yet, at the end. Throws `invalid-pool` if there can be none. */
export function planAddition(pool: string, file: PoolFile, values: readonly string[]): Plan<AddedValues> {
  const wanted = new Set(values);
  const present = new Set(
    Array.from(file.entries(), ({ value }) => value).filter((value) => wanted.has(value)),
  );
  const missing = [...wanted].filter((value) => !present.has(value));
  const result = { made: false, added: missing.length, present: present.size };
  if (missing.length === 0) return { changes: new Map(), result };
  try {
    return { parts: [fitting(pool, file.textWith(missing))], result };
  } catch (error) {
    throw invalid(pool, error);
  }
}

/** The bytes of a pool, if they can be read again. */
export function fitting(pool: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxWholeFile) return bytes;
  throw tooLarge(pool, bytes.length);
}

/** `invalid-pool`: with so many bytes nobody could read it again. */
export function tooLarge(pool: string, size: number): ZtpError {
  return new ZtpError(
    'invalid-pool',
    `${nameFile(pool)} would have ${size} bytes, more than the ${maxWholeFile} that a pool may have: spread the values over several pools`,
  );
}

function isMeant({ value, owner }: ReleasedValue, wish: ReleaseWish): boolean {
  return wish.kind === 'value' ? value === wish.value : isHeldBy(owner, wish.owner);
}

/** `pool-exhausted`. */
export function exhausted(pool: string, owner: string, { size }: PoolFile): ZtpError {
  return new ZtpError(
    'pool-exhausted',
    `${nameFile(pool)} has no free value for ${owner}, all ${size} are taken: add values, or set the owner of one to null`,
  );
}
