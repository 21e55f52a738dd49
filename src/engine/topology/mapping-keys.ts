// Reads the keys of a mapping as neighbordb.md counts them. Looks at no value beyond null.

import { nearestName } from '../nearest-name.js';
import type { SourceEntry, SourceMapping, SourceNode } from '../source-node.js';
import { showText } from './show-text.js';

/**
 * The keys that count, each where it first stands and as it last stands (the reader of the document warns of repeated
 * keys); a key whose value is null is absent.
 */
export function readKeys(mapping: SourceMapping): ReadonlyMap<string, SourceEntry> {
  const keys = new Map<string, SourceEntry>();
  for (const entry of mapping.entries) keys.set(entry.key.text, entry);
  for (const [key, entry] of keys) if (isNull(entry.value)) keys.delete(key);
  return keys;
}

/** True for a null scalar. */
export function isNull(node: SourceNode): boolean {
  return node.kind === 'scalar' && node.isNull;
}

/** What stands where something else was wanted, for a message. */
export function nameKind(node: SourceNode): string {
  if (node.kind === 'mapping') return 'a mapping';
  if (node.kind === 'sequence') return 'a list';
  return node.isNull ? 'nothing' : showText(node.text);
}

/** `; did you mean X?` if a known name is near, else ''. */
export function offerNearest(name: string, known: readonly string[]): string {
  // Against thousands of names, for thousands of mistakes, this would take longer than all the rest.
  const near = known.length > 200 ? null : nearestName(name, known);
  return near === null ? '' : `; did you mean ${showText(near)}?`;
}
