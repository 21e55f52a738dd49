// The value of a YAML text with the keys of its mappings in the order of the text. Writes nothing.

import type { OrderedValue } from '../engine/ordered-value.js';
import type { SourceNode } from '../engine/source-node.js';
import { parseDocument } from './documents.js';
import { readScalar } from './yaml-values.js';

/**
 * Reads a YAML text as this server reads its files. `path` is only for messages.
 * @throws ZtpError `invalid-yaml`
 */
export function readOrderedYaml(text: string, path: string): OrderedValue {
  const { root } = parseDocument(Buffer.from(text), path);
  const known = new Map<SourceNode, OrderedValue>();
  const read = (node: SourceNode): OrderedValue => {
    if (node.kind === 'scalar') return readScalar(node).value;
    const before = known.get(node);
    if (before !== undefined) return before;
    const value =
      node.kind === 'sequence'
        ? node.items.map(read)
        : // Of repeated keys the first gives the place and the last the value, as in Python.
          new Map(node.entries.map((entry) => [entry.key.text, read(entry.value)]));
    known.set(node, value);
    return value;
  };
  return root === null ? null : read(root);
}
