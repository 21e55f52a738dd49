// Ways into the data root that never lead out of it: every other file of this room reaches the disk through here.
// What is confined is where a path really ends, so links are followed first and judged by their targets.

import { constants, readlinkSync } from 'node:fs';
import { type FileHandle, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { ZtpError } from '../wire/ztp-error.js';
import { codeOf, isAbsent, readFailed } from './file-errors.js';
import { type FileStats, isLeftover } from './file-version.js';

/** A plain file, open for reading: the very file that was checked, whatever takes its name meanwhile. */
export interface ConfinedFile {
  readonly handle: FileHandle;
  readonly stats: FileStats;
  /** Where it really is. */
  readonly realPath: string;
}

/** The data root and the folders outside that its links may lead into. */
export class ConfinedRoot {
  /**
   * @param path absolute; may be a link, which may be retargeted at any time
   * @param trustedFolders absolute (`[default] trusted_folders`)
   */
  constructor(
    readonly path: string,
    readonly trustedFolders: readonly string[],
  ) {}

  /**
   * Where a path below the data root really is, links followed.
   * @returns null if there is nothing
   * @throws ZtpError `path-refused` if it leads out, `read-failed` if it could not be looked at
   */
  async resolve(path: string): Promise<string | null> {
    return (await this.#locate(path))?.real ?? null;
  }

  /** Opens a plain file for reading; null if there is none (folders, pipes and devices are none). Throws as `resolve`. */
  async open(path: string): Promise<ConfinedFile | null> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const place = await this.#locate(path);
      if (!place) return null;
      const handle = await openPlainly(place.real, path);
      if (handle === 'nothing') return null;
      if (handle === 'moved') continue;
      try {
        const stats = await handle.stat({ bigint: true });
        if (!stats.isFile()) {
          await handle.close();
          return null;
        }
        if (isAt(handle, place.real)) return { handle, stats, realPath: place.real };
        await handle.close();
      } catch (error) {
        await handle.close().catch(() => undefined);
        throw readFailed(path, error);
      }
    }
    throw new ZtpError('read-failed', `${path} can not be read: it was moved each time it was opened`);
  }

  /** What a path ends at, links followed; null if there is nothing. One call of the system; says nothing of confinement. */
  async stat(path: string): Promise<FileStats | null> {
    try {
      return await stat(join(this.path, ...splitPath(path)), { bigint: true });
    } catch (error) {
      if (isAbsent(error)) return null;
      throw readFailed(path, error);
    }
  }

  /**
   * Every plain file below a folder, hidden names left out, links followed. A link that leads out is named like a file,
   * so that whoever opens it gets the refusal.
   * @returns paths relative to the folder, sorted; none if there is no such folder
   */
  async list(folder: string): Promise<readonly string[]> {
    const found: string[] = [];
    const walk = async (path: string, prefix: string, above: readonly string[]): Promise<void> => {
      const real = await this.resolve(path);
      if (real === null || above.includes(real)) return;
      for (const entry of await readFolder(real, path)) {
        if (entry.name.startsWith('.')) continue;
        const name = `${prefix}${entry.name}`;
        const kind = entry.isSymbolicLink() ? await this.#kindOfLink(`${path}/${entry.name}`) : kindOf(entry);
        if (kind === 'folder') await walk(`${path}/${entry.name}`, `${name}/`, [...above, real]);
        else if (kind === 'file') found.push(name);
      }
    };
    await walk(folder, '', []);
    return found.sort();
  }

  async #kindOfLink(path: string): Promise<'file' | 'folder' | null> {
    try {
      const real = await this.resolve(path);
      return real === null ? null : kindOf(await stat(real));
    } catch (error) {
      if (error instanceof ZtpError && error.code === 'path-refused') return 'file';
      if (isAbsent(error)) return null;
      throw readFailed(path, error);
    }
  }

  async #locate(path: string): Promise<{ real: string } | null> {
    const parts = splitPath(path);
    let root = await this.#realRoot();
    for (;;) {
      const real = await realPathOf(join(root, ...parts), path);
      if (real !== null) {
        if (isWithin(real, root) || (await this.#isTrusted(real))) return { real };
        throw await this.#refusal(parts, root);
      }
      // A root that was swapped for another meanwhile may have taken the old one with it.
      const now = await this.#realRoot();
      if (now === root) return null;
      root = now;
    }
  }

  async #realRoot(): Promise<string> {
    try {
      return await realpath(this.path);
    } catch (error) {
      throw readFailed(`the data root ${this.path}`, error);
    }
  }

  async #isTrusted(real: string): Promise<boolean> {
    const folders = await Promise.all(this.trustedFolders.map((it) => realpath(it).catch(() => null)));
    return folders.some((folder) => folder !== null && isWithin(real, folder));
  }

  /** Says which link leads out: the first part of the path that is outside. */
  async #refusal(parts: readonly string[], root: string): Promise<ZtpError> {
    for (let count = 1; count <= parts.length; count += 1) {
      const shown = parts.slice(0, count).join('/');
      const real = await realPathOf(join(root, shown), shown);
      if (real === null || isWithin(real, root) || (await this.#isTrusted(real))) continue;
      const target = await readlink(join(root, shown)).catch(() => real);
      const isFolder = await stat(real).then(
        (it) => it.isDirectory(),
        () => false,
      );
      const folder = isFolder ? real : dirname(real);
      return new ZtpError(
        'path-refused',
        `${shown} is a link to ${target}, out of the data root: if that is meant, add ${folder} to [default] trusted_folders`,
      );
    }
    return new ZtpError('path-refused', `${parts.join('/')} leads out of the data root`);
  }
}

/**
 * The parts of a path relative to the data root.
 * @throws ZtpError `path-refused` for what is no plain relative path: absolute, with an empty, `.` or `..` part, or a NUL
 */
export function splitPath(path: string): readonly string[] {
  const parts = path.split('/');
  const odd = parts.some((part) => part === '' || part === '.' || part === '..' || isLeftover(part));
  if (!odd && !path.includes('\0')) return parts;
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  throw new ZtpError(
    'path-refused',
    `the path ${shown} is refused: wanted names with single slashes between, none of them \`.\` or \`..\``,
  );
}

/** True if a real path is a folder or something below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

async function realPathOf(path: string, shown: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw readFailed(shown, error);
  }
}

/** Opens without waiting for a pipe's other end and without following a link that took the file's place. */
async function openPlainly(real: string, shown: string): Promise<FileHandle | 'nothing' | 'moved'> {
  try {
    return await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENXIO') return 'nothing';
    if (isAbsent(error)) return 'moved';
    throw readFailed(shown, error);
  }
}

/** True if what was opened is what was checked: a folder on the way may have become a link in between. */
function isAt(handle: FileHandle, real: string): boolean {
  try {
    const opened = readlinkSync(`/proc/self/fd/${handle.fd}`);
    return opened === real || opened === `${real} (deleted)`;
  } catch {
    return true; // no /proc here: what realpath said must do
  }
}

async function readFolder(real: string, shown: string) {
  try {
    return await readdir(real, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw readFailed(shown, error);
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): 'file' | 'folder' | null {
  if (entry.isDirectory()) return 'folder';
  return entry.isFile() ? 'file' : null;
}
