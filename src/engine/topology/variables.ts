// Tables of variables, of a neighbordb or of a pattern: looked at only where a variable is used (neighbordb.md, Variables).

import type { SourceEntry, SourceNode, SourceScalar } from '../source-node.js';
import type { Findings } from './findings.js';
import { isNull, nameKind } from './mapping-keys.js';
import { showText } from './show-text.js';

/** One table. One object per place in the file, however many patterns it is linked into. */
export interface VariableTable {
  /** `the neighbordb` or `pattern leaf`: for messages. */
  readonly owner: string;
  readonly entries: ReadonlyMap<string, SourceEntry>;
  /** Names that some constraint uses. */
  readonly used: Set<string>;
}

/**
 * Reads a mapping, or a list of mappings, which is the same. A value of any other kind is an error.
 * @param node null if there are no variables
 */
export function readVariableTable(node: SourceNode | null, owner: string, findings: Findings): VariableTable {
  const entries = new Map<string, SourceEntry>();
  const origins = new Map<string, SourceNode>();
  for (const item of node === null ? [] : node.kind === 'sequence' ? node.items : [node]) {
    if (item.kind !== 'mapping') {
      findings.error(item.line, `${owner}: variables holds ${nameKind(item)} where NAME: VALUE was wanted`);
      continue;
    }
    for (const entry of item.entries) {
      const name = entry.key.text;
      if ((origins.get(name) ?? item) !== item) {
        findings.warning(
          entry.key.line,
          `${owner}: variable ${showText(name)} is given twice; the last one counts`,
        );
      }
      origins.set(name, item);
      if (isNull(entry.value)) entries.delete(name);
      else entries.set(name, entry);
    }
  }
  return { owner, entries, used: new Set() };
}

/** The typed value of a variable, from the first table that has it. */
export function findVariable(name: string, tables: readonly VariableTable[]): SourceNode | null {
  for (const table of tables) {
    const entry = table.entries.get(name);
    if (entry === undefined) continue;
    table.used.add(name);
    return entry.value;
  }
  return null;
}

/** Warns of variables that no constraint uses. */
export function warnOfUnused(table: VariableTable, findings: Findings): void {
  for (const [name, entry] of table.entries) {
    if (table.used.has(name)) continue;
    findings.warning(
      entry.key.line,
      `${table.owner}: variable ${showText(name)} is used nowhere; ${offerUse(name, entry.key)}`,
    );
  }
}

function offerUse(name: string, key: SourceScalar): string {
  return name.startsWith('$') && key.text.length > 1
    ? `a variable is named without $, so write ${showText(name.slice(1))}`
    : `write $${showText(name)} where it is meant, or remove it`;
}
