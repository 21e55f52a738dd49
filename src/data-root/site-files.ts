// The operators' files that are not nodes and not pools, in a data root.

import type { SiteFiles } from '../ports/site-files.js';
import type { ConfinedRoot } from './confined-path.js';
import type { Documents } from './documents.js';
import { readFailed } from './file-errors.js';
import { versionOf } from './file-version.js';
import { maxWholeFile, readBounded } from './read-bounded.js';

/** The files of a data root. */
export function createSiteFiles(root: ConfinedRoot, documents: Documents): SiteFiles {
  return {
    readDocument: (path) => documents.read(path),
    readBytes: (path) => readWhole(root, path),
    has: async (path) => (await root.resolve(path)) !== null && ((await root.stat(path))?.isFile() ?? false),
    list: (folder) => root.list(folder),
  };
}

/** The bytes of one version of a file; one that changes while it is read is read again. Null if there is none. */
export async function readWhole(
  root: ConfinedRoot,
  path: string,
  limit: number = maxWholeFile,
): Promise<Buffer | null> {
  for (let attempt = 1; ; attempt += 1) {
    const file = await root.open(path);
    if (!file) return null;
    try {
      const bytes = await readBounded(file.handle, file.stats.size, path, limit);
      const after = await file.handle.stat({ bigint: true });
      if (versionOf(after) === versionOf(file.stats) || attempt === 4) return bytes;
    } catch (error) {
      throw readFailed(path, error);
    } finally {
      await file.handle.close();
    }
  }
}
