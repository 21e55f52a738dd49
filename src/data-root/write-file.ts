// Replaces a file whole and durably: written aside, synced, renamed. A crash leaves the old file or the new one.

import { type BigIntStats, constants, renameSync } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, isAbsent } from './file-errors.js';
import { type FileStats, isLeftover, leftoverName } from './file-version.js';

/** Modes of what is new, less the umask (data-root.md, *Writing*). */
export const newFolderMode = 0o775;
export const newFileMode = 0o664;

/** What a killed server left is older than this many milliseconds; what a running one is writing is not. */
const leftoverAge = 10 * 60 * 1000;

/** When a folder was last swept, `Date.now()`. */
const sweptFolders = new Map<string, number>();

/**
 * Replaces a file, or makes it. One that is replaced hands down its mode, and owner and group as far as the server may set
 * them; a link is replaced by a file of its own.
 * @param path absolute, no link in its folder part
 * @param beforeRename called at the very last moment, in the same turn of the event loop as the rename
 * @throws what the system throws; then nothing changed, except that the folder may not have been synced
 */
export async function replaceFile(path: string, bytes: Buffer, beforeRename: () => void): Promise<void> {
  const folder = dirname(path);
  await removeLeftovers(folder);
  const old = await lookAtFile(path);
  const aside = join(folder, leftoverName());
  let renamed = false;
  try {
    await writeNewFile(aside, bytes, newFileMode, old);
    beforeRename();
    renameSync(aside, path);
    renamed = true;
    await syncFolder(folder);
  } finally {
    if (!renamed) await rm(aside, { force: true }).catch(() => undefined);
  }
}

/**
 * Writes a file that must not be there yet, and syncs it.
 * @param like whose mode, owner and group it takes over, if given
 */
export async function writeNewFile(
  path: string,
  bytes: Buffer | readonly Buffer[],
  mode: number,
  like: FileStats | null = null,
): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await writeAll(handle, Array.isArray(bytes) ? bytes : [bytes]);
    if (like) await takeOver(handle, like);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One call of the system for all parts, unless the disk is full. */
async function writeAll(handle: FileHandle, parts: readonly Buffer[]): Promise<void> {
  const { bytesWritten } = await handle.writev(parts);
  if (bytesWritten < parts.reduce((sum, part) => sum + part.length, 0)) {
    await handle.writeFile(Buffer.concat(parts).subarray(bytesWritten));
  }
}

/** Makes the names in a folder durable, where the file system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

/** Removes what a killed server left in a folder: before a write there, at most once in `leftoverAge`. */
export async function removeLeftovers(folder: string): Promise<void> {
  if (Date.now() - (sweptFolders.get(folder) ?? 0) < leftoverAge) return;
  if (sweptFolders.size >= 10_000) sweptFolders.clear();
  sweptFolders.set(folder, Date.now());
  for (const name of (await readdir(folder)).filter(isLeftover)) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => null);
    if (stats && Date.now() - stats.mtimeMs > leftoverAge) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** What the system says of a plain file, links not followed; null if there is none. Throws `EISDIR` for a folder. */
export async function lookAtFile(path: string): Promise<BigIntStats | null> {
  try {
    const stats = await lstat(path, { bigint: true });
    if (stats.isDirectory()) {
      throw Object.assign(new Error(`${basename(path)} is a folder`), { code: 'EISDIR' });
    }
    return stats.isFile() ? stats : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Owner and group first: changing them takes special mode bits away. What may not be set stays the server's. */
async function takeOver(handle: FileHandle, like: FileStats): Promise<void> {
  const mine = await handle.stat({ bigint: true });
  const [owner, group] = [Number(like.uid), Number(like.gid)];
  let kept = mine.uid === like.uid && mine.gid === like.gid;
  if (!kept) {
    kept = await handle.chown(owner, group).then(
      () => true,
      () => false,
    );
    if (!kept) await handle.chown(Number(mine.uid), group).catch(() => undefined);
  }
  await handle.chmod(Number(like.mode) & (kept ? 0o7777 : 0o777));
}
