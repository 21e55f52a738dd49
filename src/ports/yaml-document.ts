// A parsed YAML file as the ports hand it out.

import type { JsonValue } from '../engine/json-value.js';
import type { Problem } from '../engine/problem.js';
import type { SourceNode } from '../engine/source-node.js';

/**
 * One version of one YAML file. The same object is handed out until the file changes, so what was computed
 * from it may be kept in a WeakMap keyed by it.
 */
export interface YamlDocument {
  /** Relative to the data root, with `/`: for messages. */
  readonly path: string;
  /** The document as typed; null for an empty file. */
  readonly root: SourceNode | null;
  /** The document as PyYAML's safe loader reads it (dates as typed, keys as text); null for an empty file. */
  readonly value: JsonValue;
  /** Repeated keys and the like: warnings with their lines. */
  readonly problems: readonly Problem[];
  /** What `value` could not carry (infinity, numbers beyond 2^53, …): warnings that matter only where `value` is used. */
  readonly valueProblems: readonly Problem[];
}
