// Compiles one pattern, of a neighbordb or of a node's own file, from its mapping. Matches nothing.

import type { SourceEntry, SourceMapping, SourceNode, SourceScalar } from '../source-node.js';
import type { InterfaceEntry } from './constraint.js';
import type { Findings } from './findings.js';
import { EntryCompiler, type EntryScope } from './interface-entry.js';
import { isNull, nameKind, offerNearest, readKeys } from './mapping-keys.js';
import type { NameTest } from './name-test.js';
import { showText } from './show-text.js';
import { resolveSitePath } from './site-path.js';
import { readVariableTable, type VariableTable, warnOfUnused } from './variables.js';

/** Constraints that all patterns of one file may stand for together: a hundred times what the largest sites have. */
const mostConstraints = 2_000_000;

/** A valid pattern, ready to be matched. */
export interface Pattern {
  /** As typed; null in a node's own file without a name. */
  readonly name: string | null;
  /** Where it begins. */
  readonly line: number;
  /** Relative to the data root; null in a node's own file, where it means nothing. */
  readonly definition: string | null;
  /** 1-based line of the key; null if there is no definition. */
  readonly definitionLine: number | null;
  /** Relative to the data root. */
  readonly configHandler: string | null;
  /** 1-based line of the key, however it is spelt; null if there is no config-handler. */
  readonly configHandlerLine: number | null;
  /** The node id that it is for, as typed. */
  readonly node: string | null;
  /** Its `text` is the expression as typed. */
  readonly model: NameTest | null;
  readonly entries: readonly InterfaceEntry[];
  /** How many constraints the entries stand for. */
  readonly constraintCount: number;
  /** How many of these are positive. */
  readonly positiveCount: number;
  /** The variables that the entries use, as typed, after the pattern's own were put before the neighbordb's. */
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/** Whose rules count: a node's own file needs no name, definition or interfaces, and is about that node already. */
export type PatternPlace = 'neighbordb' | 'node';

const patternKeys = [
  'name',
  'definition',
  'node',
  'model',
  'config-handler',
  'config_handler',
  'variables',
  'interfaces',
];

/** How messages call a pattern; `number` counts from 1 and helps where a neighbordb gives no name. */
export function namePattern(name: string | null, number: number | null = null): string {
  if (name !== null) return `pattern ${showText(name)}`;
  return number === null ? 'the pattern' : `pattern number ${number}`;
}

/** Compiles the patterns of one file. */
export class PatternCompiler {
  readonly #entries = new EntryCompiler();
  readonly #tables = new Map<SourceNode, VariableTable>();
  readonly #findings: Findings;
  readonly #dataRoot: string;
  readonly #place: PatternPlace;
  #room = mostConstraints;

  constructor(findings: Findings, options: { readonly dataRoot: string; readonly place: PatternPlace }) {
    this.#findings = findings;
    this.#dataRoot = options.dataRoot;
    this.#place = options.place;
  }

  /**
   * The pattern; if the findings have errors it is of no use.
   * @param number of the pattern in its file, from 1
   * @param shared the neighbordb's own variables
   */
  compile(mapping: SourceMapping, number: number, shared: VariableTable | null): Pattern {
    const keys = readKeys(mapping);
    const nameNode = keys.get('name')?.value;
    const name = nameNode?.kind === 'scalar' ? nameNode.text : null;
    const owner = namePattern(name, this.#place === 'node' ? null : number);
    this.#checkKeys(mapping, keys, owner);
    const text = (key: string) => this.#readText(keys.get(key), owner);
    if (this.#place === 'neighbordb') this.#requireKeys(mapping, keys, owner);
    text('name');
    const handler = this.#findHandler(keys, owner);
    const definition = this.#resolve(text('definition'), 'definition', owner);
    const configHandler = this.#resolve(this.#readText(handler, owner), 'config-handler', owner);
    const node = text('node');
    const model = text('model');
    if (node !== null && model !== null && this.#place === 'neighbordb') {
      this.#findings.error(
        model.line,
        `${owner}: node and model are both given, wanted one of them, since a node id says enough`,
      );
    }
    const used = new Map<string, string>();
    const tables = this.#findTables(keys.get('variables'), shared, owner);
    const scope = { owner, tables, used, findings: this.#findings };
    const interfaces = keys.get('interfaces');
    const entries = interfaces === undefined ? [] : this.#readInterfaces(interfaces, scope);
    return {
      name,
      line: mapping.line,
      definition,
      definitionLine: lineOfKey(definition, keys.get('definition')),
      configHandler,
      configHandlerLine: lineOfKey(configHandler, handler),
      node: node?.text ?? null,
      model: model === null ? null : this.#compileModel(model, owner),
      entries,
      constraintCount: countConstraints(entries),
      positiveCount: countConstraints(entries.filter((entry) => !entry.negative)),
      variables: [...used],
    };
  }

  /** Says what can only be known after the last pattern. */
  finish(): void {
    for (const table of this.#tables.values()) warnOfUnused(table, this.#findings);
  }

  #checkKeys(mapping: SourceMapping, keys: ReadonlyMap<string, SourceEntry>, owner: string): void {
    for (const { key } of mapping.entries) {
      if (patternKeys.includes(key.text)) continue;
      const reason = `${owner}: the key ${showText(key.text)} is not one of a pattern`;
      const offer = offerNearest(key.text, patternKeys);
      if (keys.has(key.text))
        this.#findings.error(key.line, `${reason}${offer || `, wanted ${patternKeys.join(', ')}`}`);
      else this.#findings.warning(key.line, `${reason}; it has no value and is ignored${offer}`);
    }
  }

  #requireKeys(mapping: SourceMapping, keys: ReadonlyMap<string, SourceEntry>, owner: string): void {
    for (const key of ['name', 'definition']) {
      if (keys.has(key)) continue;
      this.#findings.error(
        mapping.line,
        `${owner}: ${key} is missing; every pattern of a neighbordb needs one`,
      );
    }
    if (keys.has('interfaces') || keys.has('node') || keys.has('model')) return;
    this.#findings.error(
      mapping.line,
      `${owner}: interfaces is missing; it may be left out only where node or model is given`,
    );
  }

  #readText(entry: SourceEntry | undefined, owner: string): SourceScalar | null {
    if (entry === undefined) return null;
    const { key, value } = entry;
    // Beside a node only these two mean anything, and old files may hold whatever they like under the others.
    const matters = this.#place === 'neighbordb' || key.text === 'name' || key.text === 'model';
    if (value.kind !== 'scalar') {
      if (matters)
        this.#findings.error(key.line, `${owner}: ${key.text} is ${nameKind(value)}, wanted a text`);
      return null;
    }
    if (value.text === '' && key.text !== 'name') {
      if (matters)
        this.#findings.error(key.line, `${owner}: ${key.text} is empty; leave the key out if none is meant`);
      return null;
    }
    return value;
  }

  #findHandler(keys: ReadonlyMap<string, SourceEntry>, owner: string): SourceEntry | undefined {
    const hyphen = keys.get('config-handler');
    const underscore = keys.get('config_handler');
    if (hyphen === undefined || underscore === undefined) return hyphen ?? underscore;
    const later = hyphen.key.start > underscore.key.start ? hyphen : underscore;
    this.#findings.warning(
      later.key.line,
      `${owner}: config-handler and config_handler mean the same and are both given; the last one counts`,
    );
    return later;
  }

  #resolve(typed: SourceScalar | null, key: 'definition' | 'config-handler', owner: string): string | null {
    if (typed === null || this.#place === 'node') return null;
    if (key === 'definition' && /\s/.test(typed.text)) {
      this.#findings.error(
        typed.line,
        `${owner}: definition ${showText(typed.text)} holds white space, wanted a path below definitions/ without any`,
      );
      return null;
    }
    const path = resolveSitePath(typed.text, `${key}s`, this.#dataRoot);
    if (path.ok) return path.value;
    this.#findings.error(typed.line, `${owner}: ${key}: ${path.reason}`);
    return null;
  }

  #compileModel(model: SourceScalar, owner: string): NameTest | null {
    const test = this.#entries.tests.readRegex(model.text);
    if (test.ok) return test.value;
    this.#findings.error(model.line, `${owner}: model: ${test.reason}`);
    return null;
  }

  #findTables(
    variables: SourceEntry | undefined,
    shared: VariableTable | null,
    owner: string,
  ): readonly VariableTable[] {
    const tables = shared === null ? [] : [shared];
    if (variables === undefined) return tables;
    let own = this.#tables.get(variables.value);
    if (own === undefined) {
      own = readVariableTable(variables.value, owner, this.#findings);
      this.#tables.set(variables.value, own);
    }
    return [own, ...tables];
  }

  #readInterfaces({ key, value }: SourceEntry, scope: EntryScope): readonly InterfaceEntry[] {
    const { owner } = scope;
    if (value.kind !== 'sequence') {
      const mend = value.kind === 'mapping' ? '; write a dash in front of each interface' : '';
      this.#findings.error(
        key.line,
        `${owner}: interfaces is ${nameKind(value)}, wanted a list of INTERFACE: PEER${mend}`,
      );
      return [];
    }
    if (value.items.length === 0) {
      this.#findings.warning(
        key.line,
        `${owner}: interfaces is an empty list, so any cabling passes; list what must be connected if that is not meant`,
      );
    }
    const entries: InterfaceEntry[] = [];
    let offset = 0;
    for (const item of value.items) {
      for (const listed of this.#readItem(item, owner)) {
        const entry = this.#entries.compile(listed, scope, entries.length, offset);
        const count = entry?.interfaces?.length ?? 1;
        offset += count;
        this.#room -= count;
        if (this.#room < 0) {
          this.#findings.error(
            key.line,
            `${owner}: the patterns up to here stand for more than ${mostConstraints} constraints, which is more than this server takes`,
          );
          return entries;
        }
        if (entry !== null) entries.push(entry);
      }
    }
    return entries;
  }

  #readItem(item: SourceNode, owner: string): readonly SourceEntry[] {
    if (item.kind !== 'mapping') {
      const found = nameKind(item);
      this.#findings.error(
        item.line,
        `${owner}: interfaces holds ${found} where INTERFACE: PEER was wanted, as in Ethernet1: any`,
      );
      return [];
    }
    if (this.#place === 'node' && isOldNoInterfaces(item)) return [];
    if (item.entries.length === 0) {
      this.#findings.warning(
        item.line,
        `${owner}: interfaces holds an entry without an interface, which is ignored`,
      );
    }
    // A null peer is an error of its own, so these are not the keys that `readKeys` gives.
    return [...new Map(item.entries.map((entry) => [entry.key.text, entry])).values()];
  }
}

function lineOfKey(value: string | null, entry: SourceEntry | undefined): number | null {
  return value === null ? null : (entry?.key.line ?? null);
}

function countConstraints(entries: readonly InterfaceEntry[]): number {
  return entries.reduce((count, entry) => count + (entry.interfaces?.length ?? 1), 0);
}

/** `any: {any: any}`, an old way to write "no interfaces". */
function isOldNoInterfaces(item: SourceMapping): boolean {
  const [entry, ...others] = item.entries;
  if (entry === undefined || others.length > 0 || entry.key.text !== 'any') return false;
  if (entry.value.kind !== 'mapping') return false;
  const [peer, ...more] = entry.value.entries;
  return (
    more.length === 0 &&
    peer?.key.text === 'any' &&
    peer.value.kind === 'scalar' &&
    peer.value.text === 'any' &&
    !isNull(peer.value)
  );
}
