// Lays files into a data root without ever writing through a link that leads out of it, and without touching what its
// owner has edited.

import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lchown, link, lstat, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

/** What became of one file. */
export interface LaidFile {
  /** Relative to the data root. */
  readonly path: string;
  readonly outcome: 'made' | 'replaced' | 'unchanged' | 'kept' | 'refused';
  /** Why, where the outcome does not say it all. */
  readonly note: string | null;
}

/** A file to lay. */
export interface NewFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Names the release that some bytes come from; null means that they were edited. */
export type NameRelease = (content: Buffer) => string | null;

/** Makes a folder of the data root; one that is there, or a link to one, is left as it is. Null if there was nothing to do. */
export async function layFolder(root: string, path: string): Promise<LaidFile | null> {
  const folder = join(root, path);
  const found = await look(folder);
  if (found?.isSymbolicLink() || found?.isDirectory()) {
    const target = await stat(folder).catch(() => null);
    return target?.isDirectory() ? null : refused(path, 'a link that leads to no folder');
  }
  if (found) return refused(path, 'a file stands where this folder belongs');
  await mkdir(folder, 0o775);
  await inheritOwner(folder, root);
  return { path: `${path}/`, outcome: 'made', note: null };
}

/** Lays a file that its owner will edit: only where there is none. */
export async function layOnce(root: string, file: NewFile): Promise<LaidFile> {
  const place = await findPlace(root, file.path);
  if (place === null) return refused(file.path, 'its folder is not there');
  if (await look(place.target)) return { path: file.path, outcome: 'unchanged', note: null };
  if (!place.isInside) return refused(file.path, 'its folder is a link that leads out of the data root');
  await create(place.target, file.content);
  return { path: file.path, outcome: 'made', note: null };
}

/**
 * Lays a file of the release: where there is none, and over one that an earlier release shipped. An edited one is kept
 * and ours laid beside it as `NAME.new`.
 */
export async function layShipped(root: string, file: NewFile, nameRelease: NameRelease): Promise<LaidFile> {
  const { path, content } = file;
  const place = await findPlace(root, path);
  if (place === null) return refused(path, 'its folder is not there');
  const outside = 'its folder is a link that leads out of the data root';
  const found = await look(place.target);
  if (found === null) {
    if (!place.isInside) return refused(path, outside);
    await create(place.target, content);
    return { path, outcome: 'made', note: null };
  }

  const real = await realpath(place.target).catch(() => null);
  if (real === null) return refused(path, 'a link that leads nowhere');
  if (!(await stat(real)).isFile()) return refused(path, 'no plain file');
  const current = await readFile(real);
  if (current.equals(content)) return { path, outcome: 'unchanged', note: null };
  const release = nameRelease(current);
  if (release !== null && isInside(root, real)) {
    await replace(real, content);
    return { path, outcome: 'replaced', note: `was release ${release}'s` };
  }
  if (!place.isInside) return refused(path, outside);
  const why = release === null ? 'edited' : 'a link that leads out of the data root';
  const beside = await layBeside(`${place.target}.new`, content, nameRelease);
  return {
    path,
    outcome: 'kept',
    note: beside ? `${why}; ours is ${path}.new` : `${why}, and so is ${path}.new`,
  };
}

/** Makes `NAME.new`, or brings one that is ours up to date. False if somebody else's stands there. */
async function layBeside(target: string, content: Buffer, nameRelease: NameRelease): Promise<boolean> {
  const found = await look(target);
  if (found === null) {
    await create(target, content);
    return true;
  }
  if (!found.isFile()) return false;
  const current = await readFile(target);
  if (current.equals(content)) return true;
  if (nameRelease(current) === null) return false;
  await replace(target, content);
  return true;
}

interface Place {
  /** The file's path with the links of its folder, not its own, followed. */
  readonly target: string;
  readonly isInside: boolean;
}

async function findPlace(root: string, path: string): Promise<Place | null> {
  const folder = await realpath(dirname(join(root, path))).catch(() => null);
  return folder === null ? null : { target: join(folder, basename(path)), isInside: isInside(root, folder) };
}

/** `root` and `path` without links. */
function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function look(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

// `link` fails where `rename` would overwrite what somebody made in between; file systems without links have only the latter.
async function create(target: string, content: Buffer): Promise<void> {
  const temporary = await writeAside(target, content, null);
  try {
    await link(temporary, target).catch((error: NodeJS.ErrnoException) => {
      if (!['EPERM', 'ENOSYS', 'EOPNOTSUPP'].includes(error.code ?? '')) throw error;
      return rename(temporary, target);
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function replace(target: string, content: Buffer): Promise<void> {
  const temporary = await writeAside(target, content, await stat(target));
  try {
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes a whole file beside `target`, with mode and owner of `like`, else of a new file in this folder. */
async function writeAside(target: string, content: Buffer, like: Stats | null): Promise<string> {
  const temporary = `${dirname(target)}/.${basename(target)}.${randomBytes(6).toString('hex')}`;
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o664);
  try {
    await file.writeFile(content);
    if (like) {
      await file.chown(like.uid, like.gid).catch(() => {});
      await file.chmod(like.mode & 0o7777);
    }
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  if (!like) await inheritOwner(temporary, dirname(target));
  return temporary;
}

// Root makes a data root for somebody: what is new belongs to whom the folder belongs to.
async function inheritOwner(path: string, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  await lchown(path, uid, gid);
}

function refused(path: string, note: string): LaidFile {
  return { path, outcome: 'refused', note };
}
