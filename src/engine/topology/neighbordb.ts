// Compiles a whole neighbordb and says which of its patterns a node is tried against. Matches nothing.

import type { Identifier } from '../node-facts.js';
import type { Problem } from '../problem.js';
import type { SourceMapping, SourceNode } from '../source-node.js';
import { Findings } from './findings.js';
import { isNull, nameKind, offerNearest, readKeys } from './mapping-keys.js';
import { namePattern, type Pattern, PatternCompiler } from './pattern.js';
import { warnOfTraps } from './pattern-traps.js';
import { showText } from './show-text.js';
import { readVariableTable, type VariableTable, warnOfUnused } from './variables.js';

/** A neighbordb, read and checked. */
export interface CompiledNeighbordb {
  /** In file order. Empty if `invalid`. */
  readonly patterns: readonly Pattern[];
  readonly problems: readonly Problem[];
  /** True if there is an error: then nothing is matched, since a skipped pattern could hand a switch the wrong config. */
  readonly invalid: boolean;
  readonly identifier: Identifier;
  /** Normalised node id → the first pattern that names it. */
  readonly byNode: ReadonlyMap<string, Pattern>;
  /** The patterns without `node`, in file order. */
  readonly general: readonly Pattern[];
}

/** What a neighbordb is compiled for. */
export interface NeighbordbOptions {
  readonly identifier: Identifier;
  /** Absolute path, as configured. */
  readonly dataRoot: string;
}

/** The patterns that a node is tried against, in order. */
export interface Candidates {
  readonly patterns: readonly Pattern[];
  /** True if it is one pattern only, because that one names the node. */
  readonly named: boolean;
}

/**
 * Compiles a neighbordb (neighbordb.md).
 * @param root null for an empty file, which is a neighbordb without patterns, like a missing one
 */
export function compileNeighbordb(root: SourceNode | null, options: NeighbordbOptions): CompiledNeighbordb {
  const findings = new Findings();
  const patterns = readPatterns(root, options, findings);
  const byNode = new Map<string, Pattern>();
  const general: Pattern[] = [];
  for (const pattern of patterns) {
    if (pattern.node === null) {
      general.push(pattern);
      continue;
    }
    const id = normaliseNodeId(pattern.node, options.identifier);
    const first = byNode.get(id);
    if (first === undefined) byNode.set(id, pattern);
    else warnOfSecond(pattern, first, findings);
  }
  if (!findings.hasErrors) {
    for (const pattern of patterns) warnOfTraps(pattern, findings);
    warnOfUnreachable(general, findings);
  }
  const invalid = findings.hasErrors;
  return {
    patterns: invalid ? [] : patterns,
    problems: findings.list(),
    invalid,
    identifier: options.identifier,
    byNode: invalid ? new Map() : byNode,
    general: invalid ? [] : general,
  };
}

/** The patterns that a node is tried against (neighbordb.md, Choosing candidates). */
export function selectCandidates(id: string, neighbordb: CompiledNeighbordb): Candidates {
  const named = neighbordb.byNode.get(normaliseNodeId(id, neighbordb.identifier));
  return named === undefined
    ? { patterns: neighbordb.general, named: false }
    : { patterns: [named], named: true };
}

function normaliseNodeId(id: string, identifier: Identifier): string {
  return identifier === 'systemmac' ? id.replace(/[:.-]/g, '').toLowerCase() : id;
}

function readPatterns(
  root: SourceNode | null,
  options: NeighbordbOptions,
  findings: Findings,
): readonly Pattern[] {
  if (root === null || isNull(root)) return [];
  if (root.kind !== 'mapping') {
    findings.error(
      root.line,
      `the neighbordb is ${nameKind(root)}, wanted a mapping with the key patterns and, if wished, variables`,
    );
    return [];
  }
  warnOfOtherKeys(root, findings);
  const keys = readKeys(root);
  const variables = keys.get('variables')?.value;
  const shared = variables === undefined ? null : readVariableTable(variables, 'the neighbordb', findings);
  const list = keys.get('patterns');
  if (list === undefined) return [];
  if (list.value.kind !== 'sequence') {
    findings.error(list.key.line, `patterns is ${nameKind(list.value)}, wanted a list of patterns`);
    return [];
  }
  return compileList(list.value.items, shared, options, findings);
}

function compileList(
  items: readonly SourceNode[],
  shared: VariableTable | null,
  { dataRoot }: NeighbordbOptions,
  findings: Findings,
): readonly Pattern[] {
  const compiler = new PatternCompiler(findings, { dataRoot, place: 'neighbordb' });
  const patterns: Pattern[] = [];
  items.forEach((item, index) => {
    if (item.kind === 'mapping') {
      patterns.push(compiler.compile(item, index + 1, shared));
      return;
    }
    findings.error(
      item.line,
      `${namePattern(null, index + 1)} is ${nameKind(item)}, wanted a mapping with name, definition and interfaces`,
    );
  });
  if (shared !== null) warnOfUnused(shared, findings);
  compiler.finish();
  return patterns;
}

function warnOfOtherKeys(root: SourceMapping, findings: Findings): void {
  const known = ['patterns', 'variables'];
  for (const { key } of root.entries) {
    if (known.includes(key.text)) continue;
    findings.warning(
      key.line,
      `the key ${showText(key.text)} beside patterns is ignored${offerNearest(key.text, known)}`,
    );
  }
}

function warnOfSecond(pattern: Pattern, first: Pattern, findings: Findings): void {
  findings.warning(
    pattern.line,
    `${namePattern(pattern.name)} is never tried: its node is named by ${namePattern(first.name)} ` +
      `(line ${first.line}) already, and only the first pattern that names a node counts`,
  );
}

function warnOfUnreachable(general: readonly Pattern[], findings: Findings): void {
  const open = general.findIndex((pattern) => pattern.entries.length === 0 && pattern.model === null);
  const pattern = general[open];
  const hidden = general.length - open - 1;
  if (pattern === undefined || hidden === 0) return;
  findings.warning(
    pattern.line,
    `${namePattern(pattern.name)} matches every node, so the ${hidden === 1 ? 'pattern' : `${hidden} patterns`} ` +
      'behind it without node can not be reached; move it to the end',
  );
}
