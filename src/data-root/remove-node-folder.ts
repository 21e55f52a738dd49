// Removes a node's folder from `nodes/`, or the link that is there instead: whole or not at all, and never what others use.

import { constants, type Stats } from 'node:fs';
import { access, lstat, readdir, readlink, realpath, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { NodeRemoval } from '../ports/node-store.js';
import { ZtpError } from '../wire/ztp-error.js';
import { isWithin } from './confined-path.js';
import { isAbsent, writeFailed } from './file-errors.js';
import { leftoverName } from './file-version.js';
import { syncFolder } from './write-file.js';

/** More links than this in a row lead nowhere. */
const hopsAtMost = 40;

const namedAtMost = 20;

/**
 * @param nodes the folder of all nodes, no link in its path
 * @returns what was removed, null if there is neither folder nor link
 * @throws ZtpError `node-in-use`, and what the system throws; then nothing changed
 */
export async function removeNodeFolder(nodes: string, id: string): Promise<NodeRemoval | null> {
  const path = join(nodes, id);
  const stats = await lookAt(path);
  if (!stats?.isDirectory() && !stats?.isSymbolicLink()) return null;
  await refuseLinksInto(nodes, id);
  if (stats.isSymbolicLink()) {
    await unlink(path);
    await syncFolder(nodes);
    return 'link';
  }
  // What can not be emptied is left where it is.
  await access(path, constants.W_OK | constants.X_OK);
  const aside = join(nodes, leftoverName());
  await rename(path, aside);
  await syncFolder(nodes);
  await rm(aside, { recursive: true, force: true }).catch((error: unknown) => {
    throw writeFailed(`nodes/${id} is gone, but what it held, now nodes/${basename(aside)},`, error);
  });
  return 'folder';
}

/** Throws ZtpError `node-in-use` if other nodes, or files of theirs, are links to a node. */
export async function refuseLinksInto(nodes: string, id: string): Promise<void> {
  const links = await findLinksInto(join(nodes, id), nodes);
  if (links.length > 0) throw inUse(id, links);
}

/** Links to a node among the other nodes and their files, as names below `nodes/`. */
async function findLinksInto(path: string, nodes: string): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (folder: string, prefix: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const place = join(folder, entry.name);
      if (place === path) continue;
      if (entry.isSymbolicLink() && (await leadsInto(place, path))) found.push(prefix + entry.name);
      else if (entry.isDirectory() && prefix === '') await look(place, `${entry.name}/`);
    }
  };
  await look(nodes, '');
  return found.sort();
}

/** True if something on the way of a link is `path` or below it. */
async function leadsInto(link: string, path: string): Promise<boolean> {
  let at = link;
  for (let hop = 0; hop < hopsAtMost; hop += 1) {
    const folder = await realpath(dirname(at)).catch(() => null);
    if (folder === null) return false;
    const place = join(folder, basename(at));
    if (isWithin(at, path) || isWithin(place, path)) return true;
    const target = await readlink(place).catch(() => null);
    if (target === null) return false;
    at = resolve(folder, target);
  }
  return false;
}

function inUse(id: string, links: readonly string[]): ZtpError {
  const named = links.slice(0, namedAtMost).map((name) => `nodes/${name}`);
  const more = links.length > namedAtMost ? ` and ${links.length - namedAtMost} more` : '';
  const [are, them] = links.length === 1 ? ['is a link', 'it'] : ['are links', 'them'];
  return new ZtpError(
    'node-in-use',
    `nodes/${id} is in use: ${named.join(', ')}${more} ${are} to it; remove ${them} first, or put copies in place of links`,
  );
}

async function lookAt(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}
