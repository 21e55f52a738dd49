// The data root as one thing: what main.ts makes once and hands to those who need a part of it.

import type { Log } from '../log/log.js';
import type { HashMemory } from '../ports/file-hashes.js';
import type { NodeStore } from '../ports/node-store.js';
import type { PluginFiles } from '../ports/plugin-files.js';
import type { ClearablePoolStore, OnGiven } from '../ports/pool-store.js';
import type { SiteFiles } from '../ports/site-files.js';
import { ConfinedRoot } from './confined-path.js';
import { Documents } from './documents.js';
import { FileNodeStore } from './file-node-store.js';
import { FilePoolStore } from './file-pool-store.js';
import { createPluginFiles } from './plugin-files.js';
import { createSiteBytes, type SiteBytes } from './site-bytes.js';
import { createSiteFiles } from './site-files.js';

/** The parts of a data root, over one cache. */
export interface DataRoot {
  readonly nodes: NodeStore;
  readonly pools: ClearablePoolStore;
  readonly files: SiteFiles;
  readonly bytes: SiteBytes;
  readonly pluginFiles: PluginFiles;
}

/**
 * Reads nothing yet.
 * @param path absolute (`Config.dataRoot`)
 * @param trustedFolders absolute (`Config.trustedFolders`)
 * @param memory of the hashes of big files
 */
export function openDataRoot(
  path: string,
  trustedFolders: readonly string[],
  log: Log,
  onGiven?: OnGiven,
  memory: HashMemory | null = null,
): DataRoot {
  const root = new ConfinedRoot(path, trustedFolders);
  const documents = new Documents(root);
  return {
    nodes: new FileNodeStore(root, documents),
    pools: new FilePoolStore(root, log, onGiven),
    files: createSiteFiles(root, documents),
    bytes: createSiteBytes(root, memory),
    pluginFiles: createPluginFiles(root),
  };
}
