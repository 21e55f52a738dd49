// How one node's folder goes over to another: who took whose place is said in two small files of the folders, a name is kept
// while its folder is being made, and a folder is copied or renamed whole. Decides nothing.

import { constants, lstatSync, renameSync } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { NodeStanding, Reservation } from '../ports/node-store.js';
import { isNodeId } from '../wire/node-id.js';
import { codeOf, isAbsent } from './file-errors.js';
import { isLeftover, leftoverName } from './file-version.js';
import { exchangeNames } from './system-calls.js';
import {
  newFileMode,
  newFolderMode,
  removeLeftovers,
  replaceFile,
  syncFolder,
  writeNewFile,
} from './write-file.js';

/**
 * In the folder of a node whose place was taken: a line `OLD NEW`. The old id is in it because links may lead to the folder,
 * which are nodes of their own.
 */
export const replacedByFile = '.replaced-by';

/** In the folder of the node that took the place: the old node's id, and of those whose place that one had, line by line. */
export const replacesFile = '.replaces';

/** In a folder that only keeps a name: what for, `replace OLD NEW` or `rename OLD NEW`. */
export const reservedFile = '.reserved';

/** What else may be in it without anybody's doing: a switch may have said what it is, or saved its config at that moment. */
const reservedNames = [reservedFile, '.node', 'startup-config'];

/** Folders in folders of a node that are copied; more of them are a mistake. */
const deepest = 16;

/** What `.replaced-by` says: old id → new id. What is no such line is left out. */
export function readMarks(text: string): Map<string, string> {
  const marks = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [old = '', by = '', more] = line.trim().split(/\s+/);
    if (more === undefined && isNodeId(old) && isNodeId(by)) marks.set(old, by);
  }
  return marks;
}

/** What `.replaces` says. */
export function readPlaces(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(isNodeId);
}

/** Writes `.replaced-by` into a folder, durably; without marks it is removed. */
export async function writeMarks(folder: string, marks: ReadonlyMap<string, string>): Promise<void> {
  const file = join(folder, replacedByFile);
  if (marks.size > 0) {
    const lines = [...marks].map(([old, by]) => `${old} ${by}\n`);
    await replaceFile(file, Buffer.from(lines.join('')), () => undefined);
    return;
  }
  await rm(file, { force: true });
  await syncFolder(folder);
}

/** What stands under a name in the folder of all nodes. Throws what the system says. */
export async function lookAtNode(nodes: string, id: string): Promise<NodeStanding> {
  const path = join(nodes, id);
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) {
      const real = await realpath(path).catch(() => null);
      return { kind: 'link', to: real !== null && dirname(real) === nodes ? basename(real) : null };
    }
    if (!stats.isDirectory()) return { kind: 'folder' };
    const names = (await readdir(path)).filter((name) => !isLeftover(name));
    if (!names.includes(reservedFile)) return { kind: 'folder' };
    return { kind: 'reserved', holds: names.filter((name) => !reservedNames.includes(name)).sort() };
  } catch (error) {
    if (isAbsent(error)) return { kind: 'none' };
    throw error;
  }
}

/** What a name is kept for, as `.reserved` says it; null for what is none. */
export function readReservation(text: string): Reservation | null {
  const [to, other = '', id = '', more] = text.trim().split(/\s+/);
  const isOne = (to === 'replace' || to === 'rename') && more === undefined;
  return isOne && isNodeId(other) && isNodeId(id) ? { to, other, id } : null;
}

/**
 * Makes a folder that holds nothing but `.reserved`, and perhaps `.node`.
 * @param over a folder of that name goes
 * @returns false, and nothing changed, if the name is taken
 */
export async function reserveNode(
  nodes: string,
  { to, other, id }: Reservation,
  { over, facts }: { readonly over: boolean; readonly facts: Buffer | null },
): Promise<boolean> {
  const path = join(nodes, id);
  const bytes = Buffer.from(`${to} ${other} ${id}\n`);
  await removeLeftovers(nodes);
  const { kind } = await lookAtNode(nodes, id);
  if (kind === 'reserved') {
    await replaceFile(join(path, reservedFile), bytes, () => undefined);
    return true;
  }
  if (kind !== 'none' && !(over && kind === 'folder')) return false;
  const aside = join(nodes, leftoverName());
  try {
    await mkdir(aside, newFolderMode);
    await writeNewFile(join(aside, reservedFile), bytes, newFileMode);
    if (facts) await writeNewFile(join(aside, '.node'), facts, newFileMode);
    await syncFolder(aside);
    return await (kind === 'none' ? moveOver(aside, path) : takeOver(aside, path));
  } finally {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Makes a folder of all that `source` holds but what is its own (`.node`, who replaced it), and puts it where a name was reserved.
 * @param source the folder, links followed
 * @param isOwn false if a link leads to it: then a relative link in it is copied as what it leads to
 * @param readLinked the bytes of a file of the folder that is a link; null if it leads nowhere
 * @param facts its `.node`, if it has none yet; null for none
 * @returns false, and nothing changed, if the name is no longer reserved
 */
export async function fillReserved(
  nodes: string,
  id: string,
  parts: {
    readonly source: string;
    readonly isOwn: boolean;
    readonly readLinked: (name: string) => Promise<Buffer | null>;
    readonly replaces: string;
    readonly facts: Buffer | null;
  },
): Promise<boolean> {
  const path = join(nodes, id);
  const aside = join(nodes, leftoverName());
  try {
    await mkdir(aside, newFolderMode);
    await copyFolder(parts.source, aside, 0, async (name, target) => {
      // A config is its node's own; and what is said relative to elsewhere is not so here.
      const isKept = name !== 'startup-config' && (parts.isOwn || isAbsolute(target));
      return isKept ? 'link' : parts.readLinked(name);
    });
    const before = (await readIfThere(join(parts.source, replacesFile)))?.toString() ?? '';
    const places = new Set([parts.replaces, ...readPlaces(before).filter((place) => place !== id)]);
    await writeNewFile(join(aside, replacesFile), Buffer.from(`${[...places].join('\n')}\n`), newFileMode);
    if ((await lookAtNode(nodes, id)).kind !== 'reserved') return false;
    const facts = (await readIfThere(join(path, '.node'))) ?? parts.facts;
    if (facts) await writeNewFile(join(aside, '.node'), facts, newFileMode);
    await syncFolder(aside);
    return await takeOver(aside, path);
  } finally {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Renames a node's folder, or the link that it is, to a name that is reserved; what kept that is then under the old name, until
 * `endRenaming`. False, and nothing changed, if that is not so.
 */
export async function renameNode(nodes: string, from: string, to: string): Promise<boolean> {
  if ((await lookAtNode(nodes, to)).kind !== 'reserved') return false;
  return takeOver(join(nodes, from), join(nodes, to));
}

/** Takes away what is left under the old name. */
export async function endRenaming(nodes: string, from: string): Promise<void> {
  if ((await lookAtNode(nodes, from)).kind !== 'reserved') return;
  // At once: of an empty folder nobody could tell what it is.
  const aside = join(nodes, leftoverName());
  await rename(join(nodes, from), aside);
  await syncFolder(nodes);
  await rm(aside, { recursive: true, force: true });
}

/**
 * Puts a folder, or a link, where another one is; that is then under the other name, or gone. False, and nothing changed, if
 * somebody made a node there where the file system can not swap names at once.
 */
async function takeOver(source: string, target: string): Promise<boolean> {
  if (!exchangeNames(source, target)) {
    const spare = join(dirname(target), leftoverName());
    renameSync(target, spare);
    try {
      if (lstatSync(target, { throwIfNoEntry: false })) return false;
      renameSync(source, target);
    } finally {
      await rm(spare, { recursive: true, force: true });
    }
  }
  await syncFolder(dirname(target));
  return true;
}

/** A rename replaces an empty folder, and no other one. */
async function moveOver(source: string, target: string): Promise<boolean> {
  try {
    await rename(source, target);
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(codeOf(error))) return false;
    throw error;
  }
  await syncFolder(dirname(target));
  return true;
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function copyFolder(
  from: string,
  to: string,
  depth: number,
  judgeLink: (name: string, target: string) => Promise<'link' | Buffer | null>,
): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    const isItsOwn =
      depth === 0 && ['.node', replacedByFile, replacesFile, reservedFile].includes(entry.name);
    if (isItsOwn || isLeftover(entry.name)) continue;
    if (entry.isSymbolicLink()) {
      const leadsTo = await readlink(source);
      const kept = depth === 0 ? await judgeLink(entry.name, leadsTo) : 'link';
      if (kept === 'link') await symlink(leadsTo, target);
      else if (kept) await writeNewFile(target, kept, entry.name === 'config-handler' ? 0o775 : newFileMode);
    } else if (entry.isDirectory() && depth < deepest) {
      await mkdir(target, newFolderMode);
      await copyFolder(source, target, depth + 1, judgeLink);
      await syncFolder(target);
    } else if (entry.isFile()) await copyDurably(source, target);
  }
}

async function copyDurably(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const handle = await open(target, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
