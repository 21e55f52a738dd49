// The operators' files that are not nodes and not pools: neighbordb, definitions, config-handlers, bootstrap.conf.

import type { YamlDocument } from './yaml-document.js';

/**
 * Paths are relative to the data root, with `/`. "Not there" is null; every method throws `ZtpError` `read-failed` when it
 * could not look, `path-refused` when a path or a link leads out of the data root.
 */
export interface SiteFiles {
  /** A YAML file, parsed once per version. Throws `invalid-yaml`. */
  readDocument(path: string): Promise<YamlDocument | null>;
  /** The bytes of a small file (16 MiB at most, else `read-failed`). */
  readBytes(path: string): Promise<Buffer | null>;
  /** True if a plain file is there. */
  has(path: string): Promise<boolean>;
  /** Every plain file below a folder, relative to it, sorted; empty if there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
}
