// What tells one version of a file from the next, and the names of files that are only being written.

import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';

/** What the system says of a file, times in nanoseconds. */
export type FileStats = BigIntStats;

/** How coarse the clock of a file system may be: two changes closer than this can carry the same time. */
export const clockGrainMs = 20;

const leftoverPrefix = '.ztps-new-';

/** The version of a file: equal for two looks at it if nothing was changed in between (but see `isSettled`). */
export function versionOf(stats: FileStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

/**
 * True if the version read can be told from every later one: the file was last changed well before it was read. Otherwise a
 * second change within the same tick of the file system's clock would look the same, and the file has to be read again once.
 * @param readAt `Date.now()` before the first byte was read
 */
export function isSettled(stats: FileStats, readAt: number): boolean {
  return BigInt(readAt) * 1_000_000n - stats.ctimeNs >= BigInt(clockGrainMs) * 1_000_000n;
}

/** A name that nobody can guess, for what is written aside before it is renamed into place. */
export function leftoverName(): string {
  return leftoverPrefix + randomBytes(12).toString('hex');
}

/** True for names that `leftoverName` makes: nothing reads them, and what a killed server left is removed. */
export function isLeftover(name: string): boolean {
  return name.startsWith(leftoverPrefix);
}
