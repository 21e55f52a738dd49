// A node's own `pattern` file: read to check the cabling of a known node, written when the node is made (neighbordb.md).

import type { JsonObject, JsonValue } from '../json-value.js';
import type { Problem } from '../problem.js';
import type { SourceNode } from '../source-node.js';
import type { InterfaceEntry } from './constraint.js';
import { Findings } from './findings.js';
import { isNull, nameKind } from './mapping-keys.js';
import { type Pattern, PatternCompiler } from './pattern.js';
import { warnOfTraps } from './pattern-traps.js';

/** A node's pattern file, read and checked. */
export interface CompiledNodePattern {
  /** Null if there is an error among the problems. */
  readonly pattern: Pattern | null;
  readonly problems: readonly Problem[];
}

/**
 * Compiles the pattern file of one node. Its definition, node and config-handler mean nothing.
 * @param root null for an empty file, which is an error
 */
export function compileNodePattern(root: SourceNode | null): CompiledNodePattern {
  const findings = new Findings();
  if (root === null || root.kind !== 'mapping') {
    const found = root === null || isNull(root) ? 'empty' : nameKind(root);
    findings.error(
      root?.line ?? null,
      `the pattern of the node is ${found}, wanted a mapping; "name: any" alone lets any cabling pass`,
    );
    return { pattern: null, problems: findings.list() };
  }
  const compiler = new PatternCompiler(findings, { dataRoot: '/', place: 'node' });
  const pattern = compiler.compile(root, 1, null);
  compiler.finish();
  if (findings.hasErrors) return { pattern: null, problems: findings.list() };
  warnOfTraps(pattern, findings);
  return { pattern, problems: findings.list() };
}

/**
 * What to write into `nodes/<id>/pattern` for a node that matched: the pattern without its definition and
 * config-handler, with the variables that it uses. Every scalar is a text as typed, to be written such that it stays one.
 */
export function writeNodePattern(pattern: Pattern): JsonObject {
  const keys: (readonly [string, JsonValue])[] = [];
  if (pattern.name !== null) keys.push(['name', pattern.name]);
  if (pattern.node !== null) keys.push(['node', pattern.node]);
  if (pattern.model !== null) keys.push(['model', pattern.model.text]);
  if (pattern.variables.length > 0) keys.push(['variables', Object.fromEntries(pattern.variables)]);
  if (pattern.entries.length > 0) keys.push(['interfaces', pattern.entries.map(writeEntry)]);
  return Object.fromEntries(keys);
}

function writeEntry({ local, written }: InterfaceEntry): JsonObject {
  if (typeof written === 'string') return Object.fromEntries([[local, written]]);
  const { device, port } = written;
  const peer: JsonObject = port === null ? { device } : { device, port };
  return Object.fromEntries([[local, peer]]);
}
