// What validation says of a definition or of a node's attributes, with lines. Reads no other file: what a document
// refers to is listed, so that the caller can look whether it is there.

import type { JsonObject, JsonValue } from '../json-value.js';
import { nearestName } from '../nearest-name.js';
import type { Problem } from '../problem.js';
import type { SourceEntry, SourceNode, SourceScalar } from '../source-node.js';
import { lineOfPath } from '../source-path.js';
import { checkBuiltIn, checkInstallImage, type NamedImage, type ReferredEntry } from './check-built-in.js';
import {
  attributesOf,
  type Fault,
  findAttributesFaults,
  findDefinitionFaults,
  isMapping,
  ownValue,
} from './definition-shape.js';
import { lastEntries } from './last-entries.js';
import { textKeys } from './plan-definition.js';
import { nameOfAlmostCall, parseResourceCall, type ResourceCall } from './resource-call.js';
import { describeNowhere, pathBelowFiles } from './server-path.js';

const definitionKeys = ['name', 'description', 'actions', 'attributes'];
const actionKeys = ['action', 'attributes', 'always_execute', ...textKeys];

/** A YAML file: the tree for lines, the value for types. Both null for an empty one. */
export interface CheckedDocument {
  readonly root: SourceNode | null;
  readonly value: JsonValue;
}

/** What a check has to know of the site. */
export interface CheckContext {
  readonly pluginNames: readonly string[];
  /** Why a call would fail whatever is in the pools, in words; null if it would not. */
  checkCall(plugin: string, args: readonly string[]): string | null;
  /** The server's URLs, without trailing slashes. */
  readonly serverUrls: readonly string[];
  /** The actions of the site that are this release's, byte for byte. */
  readonly builtIn: ReadonlySet<string>;
}

/** What was found, and what the document refers to. Lines are 1-based. */
export interface DefinitionCheck {
  readonly problems: readonly Problem[];
  /** Files of actions/. */
  readonly actions: readonly { readonly name: string; readonly line: number }[];
  /** Calls that a plugin takes; those that fail in any case are among the problems. */
  readonly calls: readonly { readonly call: ResourceCall; readonly line: number }[];
  /** Files of files/, by their path below it. */
  readonly files: readonly { readonly path: string; readonly line: number }[];
  /** Those that an install_image names. */
  readonly images: readonly NamedImage[];
}

/**
 * Checks a definition.
 * @param nodeAttributes the attributes of the node that has it; `unknown` for a definition that many nodes get
 */
export function checkDefinition(
  document: CheckedDocument,
  nodeAttributes: JsonValue | 'unknown',
  context: CheckContext,
): DefinitionCheck {
  const faults = findDefinitionFaults(document.value);
  const definition = isMapping(document.value) ? document.value : {};
  const scopes: Scopes = {
    node: nodeAttributes === 'unknown' ? null : isMapping(nodeAttributes) ? nodeAttributes : {},
    global: attributesOf(definition),
  };
  const entries = entriesOf(document.root ?? undefined);
  const attributes = entries.get('attributes')?.value;
  const checker = new Checker(scopes, context, entriesOf(attributes));
  for (const fault of faults) checker.reportFault(fault, document.root);
  if (entries.size > 0 && faults.every((fault) => fault.path.length > 0)) {
    const actions = entries.get('actions')?.value;
    const values = ownValue(definition, 'actions');
    if (actions?.kind === 'sequence' && Array.isArray(values)) {
      for (const [index, action] of actions.items.entries()) checker.checkAction(action, values[index]);
    }
    checker.checkKeys(entries, definitionKeys, 'a definition');
    if (attributes?.kind === 'mapping') checker.checkAttributes(attributes, attributesOf(definition));
  }
  return checker.result();
}

/**
 * Checks a node's attributes.
 * @param definition the value of the node's definition, whose global attributes references may name; null if it has none
 */
export function checkAttributes(
  document: CheckedDocument,
  definition: JsonValue,
  context: CheckContext,
): DefinitionCheck {
  const faults = findAttributesFaults(document.value);
  const node = isMapping(document.value) ? document.value : {};
  const checker = new Checker(
    { node, global: isMapping(definition) ? attributesOf(definition) : {} },
    context,
    new Map(),
  );
  for (const fault of faults) checker.reportFault(fault, document.root);
  if (document.root?.kind === 'mapping' && faults.length === 0) checker.checkAttributes(document.root, node);
  return checker.result();
}

function entriesOf(part: SourceNode | undefined): ReadonlyMap<string, SourceEntry> {
  return part?.kind === 'mapping' ? lastEntries(part) : new Map();
}

/** Where references are looked up; `node` is null if the node is not known. */
interface Scopes {
  readonly node: JsonObject | null;
  readonly global: JsonObject;
}

class Checker {
  readonly #problems: Problem[] = [];
  readonly #actions: { name: string; line: number }[] = [];
  readonly #calls: { call: ResourceCall; line: number }[] = [];
  readonly #files: { path: string; line: number }[] = [];
  readonly #images: NamedImage[] = [];
  /** Parts that aliases repeat are checked at their first place only. */
  readonly #seen = new Set<SourceNode>();
  readonly #scopes: Scopes;
  readonly #names: readonly string[];
  readonly #context: CheckContext;
  /** The definition's own attributes, which references may name. */
  readonly #globals: ReadonlyMap<string, SourceEntry>;
  /** What was said of an install_image: several may refer to the same images. */
  readonly #said = new Set<string>();
  /** Who has more mistakes than this made one that repeats, and comparing names takes its time. */
  #offersLeft = 100;

  constructor(scopes: Scopes, context: CheckContext, globals: ReadonlyMap<string, SourceEntry>) {
    this.#scopes = scopes;
    this.#globals = globals;
    this.#names = [...Object.keys(scopes.node ?? {}), ...Object.keys(scopes.global)];
    this.#context = context;
  }

  result(): DefinitionCheck {
    const problems = this.#problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
    return {
      problems,
      actions: this.#actions,
      calls: this.#calls,
      files: this.#files,
      images: this.#images,
    };
  }

  reportFault(fault: Fault, root: SourceNode | null): void {
    this.#problems.push({ severity: 'error', line: lineOfPath(root, fault.path), reason: fault.reason });
  }

  /** Keys that nobody knows go to the switch as they are, so only those that are almost known ones are named. */
  checkKeys(entries: ReadonlyMap<string, SourceEntry>, known: readonly string[], owner: string): void {
    for (const [key, entry] of entries) {
      if (known.includes(key) || this.#offersLeft <= 0) continue;
      const nearest = nearestName(key, known);
      if (nearest === null) continue;
      this.#offersLeft -= 1;
      this.#warn(
        entry.key.line,
        `\`${key}\` is no key of ${owner} and goes to the switch as it is; is \`${nearest}\` meant?`,
      );
    }
  }

  /** @param value the action with its types */
  checkAction(action: SourceNode, value: JsonValue | undefined): void {
    if (action.kind !== 'mapping' || !isMapping(value)) return;
    const entries = lastEntries(action);
    this.checkKeys(entries, actionKeys, 'an action');
    for (const [key, entry] of entries) {
      const line = entry.key.line;
      const given = ownValue(value, key) ?? null;
      if (key === 'attributes') this.#checkActionAttributes(entry.value, given, ownValue(value, 'action'));
      else if (key === 'action' && typeof given === 'string' && given !== '') {
        this.#actions.push({ name: given, line });
      } else if (key === 'always_execute' && given !== null && typeof given !== 'boolean') {
        this.#warn(line, '`always_execute` is neither true nor false: it counts as false');
      } else if (textKeys.includes(key) && typeof given === 'string') this.#checkText(key, given, line);
    }
  }

  /** @param value the same part with its types */
  checkAttributes(part: SourceNode, value: JsonValue | undefined): void {
    if (this.#seen.has(part)) return;
    this.#seen.add(part);
    if (part.kind === 'scalar') {
      this.#checkScalar(part, value);
      return;
    }
    if (part.kind === 'sequence') {
      for (const [index, item] of part.items.entries()) {
        this.checkAttributes(item, Array.isArray(value) ? value[index] : undefined);
      }
      return;
    }
    for (const [key, entry] of lastEntries(part)) {
      this.checkAttributes(entry.value, isMapping(value) ? ownValue(value, key) : undefined);
    }
  }

  #checkActionAttributes(mapping: SourceNode, value: JsonValue, action: JsonValue | undefined): void {
    if (mapping.kind !== 'mapping' || !isMapping(value)) return;
    const entries = lastEntries(mapping);
    const isOurs = typeof action === 'string' && this.#context.builtIn.has(action);
    if (isOurs) this.#problems.push(...checkBuiltIn(action, entries));
    if (action === 'install_image') {
      const { serverUrls } = this.#context;
      const { problems, images } = checkInstallImage(entries, value, serverUrls, (name) =>
        this.#findGlobal(name),
      );
      this.#images.push(...images.filter((it) => this.#isNew(it.line, `${it.path} ${it.sha256}`)));
      if (isOurs) this.#problems.push(...problems.filter((it) => this.#isNew(it.line, it.reason)));
    }
    const alwaysExecute = entries.get('always_execute');
    if (alwaysExecute !== undefined) {
      const reason =
        '`always_execute` stands inside `attributes`: it counts there too, but belongs beside `action`';
      this.#warn(alwaysExecute.key.line, reason);
    }
    for (const key of ['url', 'src_url']) {
      const url = ownValue(value, key);
      const line = entries.get(key)?.value.line;
      if (typeof url !== 'string' || line === undefined) continue;
      const words = describeNowhere(key, url, this.#context.serverUrls);
      if (words !== null) this.#warn(line, words);
    }
    this.checkAttributes(mapping, value);
  }

  #isNew(line: number | null, words: string): boolean {
    const key = `${line} ${words}`;
    const isNew = !this.#said.has(key);
    this.#said.add(key);
    return isNew;
  }

  /** What a reference yields, if that stands among the definition's own attributes. */
  #findGlobal(name: string): ReferredEntry | null {
    const { node, global } = this.#scopes;
    const entry = this.#globals.get(name);
    const isHidden = node !== null && ownValue(node, name) !== undefined;
    return entry === undefined || isHidden ? null : { entry, value: ownValue(global, name) ?? null };
  }

  #checkScalar(scalar: SourceScalar, value: JsonValue | undefined): void {
    const { line, text } = scalar;
    if (typeof value === 'number') {
      // Integral numbers typed with a point are warned of by the reader of the document.
      if (String(value) !== text && !(text.includes('.') && Number.isInteger(value))) {
        this.#warn(
          line,
          `${text} is read as the number ${value}: for ${text} as text write it in quotes, '${text}'`,
        );
      }
      return;
    }
    if (typeof value !== 'string') return;
    if (value.startsWith('$')) {
      if (!value.startsWith('$$')) this.#checkReference(value.slice(1), line);
      return;
    }
    const call = parseResourceCall(value);
    if (call !== null) {
      this.#checkCall(call, line);
      return;
    }
    const plugin = nameOfAlmostCall(value);
    const [bare = ''] = plugin?.split(/[.-]/) ?? [];
    const isQuoted = plugin !== bare && /['"]/.test(value);
    if (plugin !== null && (isQuoted || this.#context.pluginNames.includes(bare))) {
      const mend = isQuoted
        ? 'the name of a plugin has letters, digits and _ only'
        : `for the resource write it with quotes and nothing around it, ${bare}('…')`;
      this.#warn(line, `${value.trim()} is plain text: ${mend}`);
    }
    const path = pathBelowFiles(value, this.#context.serverUrls);
    if (path !== null) this.#files.push({ path, line });
  }

  #checkCall(call: ResourceCall, line: number): void {
    const mistake = this.#context.checkCall(call.plugin, call.args);
    if (mistake === null) {
      this.#calls.push({ call, line });
      return;
    }
    const nearest = nearestName(call.plugin, this.#context.pluginNames);
    const mend = nearest === null || nearest === call.plugin ? '' : `; is ${nearest} meant?`;
    this.#problems.push({ severity: 'error', line, reason: `${call.text}: ${mistake}${mend}` });
  }

  #checkReference(name: string, line: number): void {
    const value = this.#lookUp(name);
    if (value === undefined) {
      const fate = this.#scopes.node
        ? 'is an attribute of neither the node nor the definition, so null is sent in its place'
        : 'is no global attribute of this definition, so a node whose own attributes lack it gets null';
      this.#warn(line, `$${name} ${fate}${this.#offerNearest(name)}`);
    } else if (typeof value === 'string' && value.startsWith('$') && !value.startsWith('$$')) {
      this.#warn(line, `$${name} yields ${value}, which is not looked up again: it stays that text`);
    }
  }

  #checkText(key: string, text: string, line: number): void {
    if (text.startsWith('$') && !text.startsWith('$$')) {
      const name = text.slice(1);
      // A node's own attributes may well have it, and where they do not the text is only shown: nothing to warn of.
      if (this.#scopes.node !== null && this.#lookUp(name) === undefined) {
        const fate = 'is an attribute of neither the node nor the definition, so the text stays as it is';
        this.#warn(line, `\`${key}: ${text}\`: ${text} ${fate}${this.#offerNearest(name)}`);
      }
    } else if (this.#context.pluginNames.includes(parseResourceCall(text)?.plugin ?? '')) {
      this.#warn(
        line,
        `\`${key}: ${text}\` is plain text: make the resource an attribute and refer to it by $NAME`,
      );
    }
  }

  #lookUp(name: string): JsonValue | undefined {
    const { node, global } = this.#scopes;
    const own = node === null ? undefined : ownValue(node, name);
    return own === undefined ? ownValue(global, name) : own;
  }

  #offerNearest(name: string): string {
    if (this.#offersLeft-- <= 0) return '';
    const nearest = nearestName(name, this.#names);
    return nearest === null ? '' : `; is $${nearest} meant?`;
  }

  #warn(line: number, reason: string): void {
    this.#problems.push({ severity: 'warning', line, reason });
  }
}
