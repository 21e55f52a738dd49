// Where a value of a document was typed. Pure: walks the tree that the document was read into.

import type { SourceNode } from './source-node.js';

/**
 * The line of what a path of keys and indexes leads to in a document's value.
 * @param path keys of mappings and indexes of lists, outermost first; empty for the document itself
 * @returns the 1-based line of the key or list item, of the last part found if the path leads on, null for an empty document
 */
export function lineOfPath(root: SourceNode | null, path: readonly (string | number)[]): number | null {
  let node = root;
  let line = root?.line ?? null;
  for (const step of path) {
    if (node?.kind === 'mapping') {
      const entry = node.entries.findLast((it) => it.key.text === String(step));
      if (!entry) return line;
      line = entry.key.line;
      node = entry.value;
    } else if (node?.kind === 'sequence') {
      const item = node.items[Number(step)];
      if (!item) return line;
      line = item.line;
      node = item;
    } else return line;
  }
  return line;
}
