// A mapping as it counts where a key is repeated.

import type { SourceEntry, SourceMapping } from '../source-node.js';

/** A mapping's entries as they count: of a repeated key the last. */
export function lastEntries(mapping: SourceMapping): ReadonlyMap<string, SourceEntry> {
  return new Map(mapping.entries.map((entry) => [entry.key.text, entry]));
}
