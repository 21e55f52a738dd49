// Makes a file that is not there yet below the data root, with the folders on its way. Replaces nothing.

import { linkSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ZtpError } from '../wire/ztp-error.js';
import { type ConfinedRoot, splitPath } from './confined-path.js';
import { codeOf, writeFailed } from './file-errors.js';
import { leftoverName } from './file-version.js';
import { newFileMode, newFolderMode, syncFolder, writeNewFile } from './write-file.js';

/**
 * Makes a file whole and durably.
 * @param path below the data root
 * @returns false if it is there already, or somebody makes it at the same time
 * @throws ZtpError `path-refused` for a hidden name or a way that leads out, `write-failed`
 */
export async function makeFile(root: ConfinedRoot, path: string, bytes: Buffer): Promise<boolean> {
  const parts = splitPath(path);
  if (parts.some((part) => part.startsWith('.'))) {
    throw new ZtpError('path-refused', `${path}: a name that begins with a dot is hidden, choose another`);
  }
  try {
    const folder = await makeFolders(root, parts.slice(0, -1));
    const aside = join(folder, leftoverName());
    try {
      await writeNewFile(aside, bytes, newFileMode);
      linkSync(aside, join(folder, parts.at(-1) ?? ''));
      await syncFolder(folder);
    } finally {
      await rm(aside, { force: true }).catch(() => undefined);
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw writeFailed(path, error);
  }
}

/** @returns where the last of them really is */
async function makeFolders(root: ConfinedRoot, parts: readonly string[]): Promise<string> {
  let folder = root.path;
  for (let count = 1; count <= parts.length; count += 1) {
    const path = parts.slice(0, count).join('/');
    let real = await root.resolve(path);
    if (real === null) {
      await mkdir(join(folder, parts[count - 1] ?? ''), { mode: newFolderMode, recursive: true });
      await syncFolder(folder);
      real = await root.resolve(path);
    }
    if (real === null) throw new ZtpError('write-failed', `${path} was removed the moment that it was made`);
    folder = real;
  }
  return folder;
}
