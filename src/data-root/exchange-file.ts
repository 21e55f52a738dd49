// Replaces a file that others may be editing: what stands in its place at that very moment is swapped out, looked at, and
// put back if it is not what it should be. Knows nothing of what is in the file.

import { closeSync, constants, fstatSync, openSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, isAbsent } from './file-errors.js';
import { clockGrainMs, type FileStats, leftoverName, versionOf } from './file-version.js';
import { readNow } from './read-bounded.js';
import { exchangeNames, isOpenForWriting } from './system-calls.js';
import { lookAtFile, newFileMode, removeLeftovers, syncFolder, writeNewFile } from './write-file.js';

/** What the file should be, or nothing is replaced. */
export interface ExpectedFile {
  readonly mark: string;
  /** Asked as well if the mark alone can not tell one version from the next; null if it can. */
  readonly hasBytes: ((bytes: Buffer) => boolean) | null;
}

/** The new file, in place. */
export interface ExchangedFile {
  /** As `versionOf` has it; empty if somebody changed the file the moment that it was in place. */
  readonly version: string;
  readonly mark: string;
  /** As `isSettled` has it. */
  readonly settled: boolean;
  /** When it was put in place, by the clock of the file system, in ns. */
  readonly at: bigint;
  /**
   * The old file, without a name, open for reading, to be closed: who opened it before may still write into it. Null if the
   * kernel says that nobody has it open for writing.
   */
  readonly displaced: DisplacedFile | null;
}

/** A file that lost its name. */
export interface DisplacedFile {
  readonly fd: number;
  readonly mark: string;
}

/**
 * What we write is dated back by this many milliseconds, more than the clock of a file system is coarse: whoever writes into
 * it later dates it otherwise, be it within the same tick. So our own writes never have to be read again.
 */
export const backdatedMs = 3 * clockGrainMs;

/** Tells the content of a file, as far as the system knows: unlike a version it survives renaming. */
export function markOf({ dev, ino, size, mtimeNs }: FileStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

/** The inode of a mark. */
export function inodeOf(mark: string): string {
  return mark.split(':', 2).join(':');
}

/**
 * Replaces a file whole and durably; it keeps mode, owner and group. What lands in its place at the last moment, by rename
 * or in place, is noticed and stays; so does a file that somebody has open for writing. (Where a file system can not exchange
 * names, as NFS, a rename that lands between two calls of the system is lost.)
 * @param path absolute, no link in its folder part
 * @param parts the new bytes, in pieces
 * @returns null if the file was not what was expected: nothing changed then
 * @throws what the system throws; the file may have been replaced all the same, and not be durable
 */
export async function exchangeFile(
  path: string,
  parts: readonly Buffer[],
  expected: ExpectedFile,
): Promise<ExchangedFile | null> {
  const folder = dirname(path);
  await removeLeftovers(folder);
  const old = await lookAtFile(path);
  if (!old || markOf(old) !== expected.mark) return null;
  const aside = join(folder, leftoverName());
  try {
    await writeNewFile(aside, parts, newFileMode, old);
    const dated = Date.now() - backdatedMs;
    await utimes(aside, dated / 1000, dated / 1000);
    const ours = await stat(aside, { bigint: true });
    const displaced = swapNow(aside, path, expected);
    if (!displaced) return null;
    const isWatched = isOpenForWriting(displaced.fd) !== false;
    if (!isWatched) closeSync(displaced.fd);
    try {
      const now = statSync(path, { bigint: true, throwIfNoEntry: false });
      await syncFolder(folder);
      return {
        version: now && markOf(now) === markOf(ours) ? versionOf(now) : '',
        mark: markOf(ours),
        at: (now ?? ours).ctimeNs,
        // A file system that keeps times to the second or so does not keep ours.
        settled: Math.abs(Number(ours.mtimeMs) - dated) <= 1,
        displaced: isWatched ? displaced : null,
      };
    } catch (error) {
      if (isWatched) closeSync(displaced.fd);
      throw error;
    }
  } finally {
    await rm(aside, { force: true }).catch(() => undefined);
  }
}

/** All of it in one turn of the event loop. Null if somebody else's version was swapped out: it is back in its place. */
function swapNow(aside: string, path: string, expected: ExpectedFile): DisplacedFile | null {
  const present = openExpected(path, expected);
  if (!present) return null;
  closeSync(present.fd);
  try {
    if (!exchangeNames(aside, path)) return renameNow(aside, path, expected);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  const displaced = openExpected(aside, expected);
  if (displaced) {
    unlinkSync(aside);
    return displaced;
  }
  exchangeNames(aside, path);
  return null;
}

function renameNow(aside: string, path: string, expected: ExpectedFile): DisplacedFile | null {
  const displaced = openExpected(path, expected);
  if (displaced) renameSync(aside, path);
  return displaced;
}

function openExpected(path: string, { mark, hasBytes }: ExpectedFile): DisplacedFile | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'EACCES', 'ENXIO'].includes(codeOf(error))) return null;
    throw error;
  }
  const isIt = markOf(fstatSync(fd, { bigint: true })) === mark && (hasBytes?.(readNow(fd)) ?? true);
  if (isIt && isOpenForWriting(fd) !== true) return { fd, mark };
  closeSync(fd);
  return null;
}
