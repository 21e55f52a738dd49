// Reads YAML text into the tree that the engine takes, as the data root reads it.

import { parseYaml } from '../../../src/data-root/parse-yaml.js';
import type { SourceNode } from '../../../src/engine/source-node.js';

/** The document's tree; null for an empty text. */
export function readSource(text: string): SourceNode | null {
  return parseYaml(text).root;
}
