// Attributes on their way to the switch: references are replaced, resources are known by name but not yet by value.

import type { JsonObject, JsonValue } from '../json-value.js';
import { isMapping, ownValue } from './definition-shape.js';
import { parseResourceCall, type ResourceCall } from './resource-call.js';

/** A value with holes where resources go. One term may stand in many places: what is shared stays shared. */
export type Term =
  | { readonly kind: 'literal'; readonly value: JsonValue }
  | { readonly kind: 'list'; readonly items: readonly Term[] }
  | MappingTerm
  | { readonly kind: 'call'; readonly call: ResourceCall }
  /** Two values of one key of which at least one is a resource: if both turn out to be mappings they are merged, else `inner` counts. */
  | { readonly kind: 'overlay'; readonly inner: Term; readonly outer: Term };

/** A mapping of terms. */
export interface MappingTerm {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, Term>;
}

/** Replaces references by what they name; looks into a node's and the global attributes, changes neither. */
export class TermBuilder {
  /** Names that were referred to and are in neither scope. */
  readonly unknownNames = new Set<string>();
  readonly #scopes: readonly JsonObject[];
  readonly #resolved = new Map<object, Term>();
  readonly #yielded = new Map<object, Term>();

  /** @param scopes where names are looked up, in this order */
  constructor(scopes: readonly JsonObject[]) {
    this.#scopes = scopes;
  }

  /** A mapping of attributes: references and resources count at any depth. */
  attributes(mapping: JsonObject): MappingTerm {
    return this.#mapping(mapping, (value) => this.#resolve(value));
  }

  /** One of an action's texts: it may be a reference as a whole, an unknown name stays as it is, and a resource is plain text. */
  text(value: JsonValue): Term {
    if (typeof value !== 'string' || !value.startsWith('$')) return { kind: 'literal', value };
    if (value.startsWith('$$')) return { kind: 'literal', value: value.slice(1) };
    return this.#lookUp(value.slice(1)) ?? { kind: 'literal', value };
  }

  #resolve(value: JsonValue): Term {
    if (typeof value === 'string' && value.startsWith('$') && !value.startsWith('$$')) {
      const name = value.slice(1);
      const term = this.#lookUp(name);
      if (term === null) this.unknownNames.add(name);
      return term ?? { kind: 'literal', value: null };
    }
    return this.#parts(value, this.#resolved, (part) => this.#resolve(part));
  }

  /** What a reference yields: resources count in it, references do not. */
  #yield(value: JsonValue): Term {
    return this.#parts(value, this.#yielded, (part) => this.#yield(part));
  }

  #lookUp(name: string): Term | null {
    for (const scope of this.#scopes) {
      const value = ownValue(scope, name);
      if (value !== undefined) return this.#yield(value);
    }
    return null;
  }

  #parts(value: JsonValue, known: Map<object, Term>, build: (part: JsonValue) => Term): Term {
    if (typeof value === 'string') {
      if (value.startsWith('$$')) return { kind: 'literal', value: value.slice(1) };
      const call = parseResourceCall(value);
      return call === null ? { kind: 'literal', value } : { kind: 'call', call };
    }
    if (typeof value !== 'object' || value === null) return { kind: 'literal', value };
    let term = known.get(value);
    if (term === undefined) {
      term = isMapping(value) ? this.#mapping(value, build) : { kind: 'list', items: value.map(build) };
      known.set(value, term);
    }
    return term;
  }

  #mapping(mapping: JsonObject, build: (part: JsonValue) => Term): MappingTerm {
    const entries = new Map<string, Term>();
    for (const [key, value] of Object.entries(mapping)) entries.set(key, build(value));
    return { kind: 'mapping', entries };
  }
}

/** Merges scopes; counts the entries that it makes, so that a bad document is noticed before it fills the memory. */
export class TermMerger {
  /** Entries made so far. Past `mostEntries` nothing more is merged and the result is of no use. */
  entriesMade = 0;

  constructor(readonly mostEntries: number) {}

  /**
   * All of `inner`, and of `outer` what `inner` lacks; two mappings under one key are merged by the same rule.
   * @param asksBoth what to do with two resources under one key: true where both are asked for anyway, so that their
   *   values can be merged if they are mappings; false: the outer one is not asked for, a resource that nobody sees is never taken
   */
  mergeMappings(inner: MappingTerm, outer: MappingTerm, asksBoth: boolean): MappingTerm {
    const entries = new Map<string, Term>();
    this.entriesMade += inner.entries.size + outer.entries.size;
    if (this.entriesMade > this.mostEntries) return { kind: 'mapping', entries };
    for (const [key, term] of inner.entries) {
      const other = outer.entries.get(key);
      entries.set(key, other === undefined ? term : this.merge(term, other, asksBoth));
    }
    for (const [key, term] of outer.entries) if (!entries.has(key)) entries.set(key, term);
    return { kind: 'mapping', entries };
  }

  /** The same for two values under one key. */
  merge(inner: Term, outer: Term, asksBoth: boolean): Term {
    if (!mayBeMapping(inner) || !mayBeMapping(outer)) return inner;
    if (inner.kind === 'mapping' && outer.kind === 'mapping')
      return this.mergeMappings(inner, outer, asksBoth);
    if (inner.kind === 'call' && outer.kind === 'call' && !asksBoth) return inner;
    return { kind: 'overlay', inner, outer };
  }
}

function mayBeMapping(term: Term): boolean {
  return term.kind === 'mapping' || term.kind === 'call' || term.kind === 'overlay';
}

/** The resources in terms, each once, in the order of their first place. */
export function collectCalls(terms: Iterable<Term>): readonly ResourceCall[] {
  const calls = new Map<string, ResourceCall>();
  const seen = new Set<Term>();
  const visit = (term: Term): void => {
    if (term.kind === 'literal' || seen.has(term)) return;
    seen.add(term);
    if (term.kind === 'call' && !calls.has(term.call.key)) calls.set(term.call.key, term.call);
    for (const part of partsOf(term)) visit(part);
  };
  for (const term of terms) visit(term);
  return [...calls.values()];
}

/**
 * About how many characters of JSON the terms are, shared parts counted at each place.
 * @param values of resources, by the calls' keys: what has none counts for nothing
 */
export function measureTerms(
  terms: Iterable<Term>,
  values: ReadonlyMap<string, JsonValue> = new Map(),
): number {
  const sizes = new Map<Term, number>();
  const callSizes = new Map([...values].map(([key, value]) => [key, JSON.stringify(value).length]));
  const sizeOf = (term: Term): number => {
    if (term.kind === 'call') return callSizes.get(term.call.key) ?? 2;
    if (term.kind === 'literal') return typeof term.value === 'string' ? term.value.length + 2 : 4;
    let size = sizes.get(term);
    if (size === undefined) {
      size = 2;
      if (term.kind === 'mapping') for (const key of term.entries.keys()) size += key.length + 4;
      for (const part of partsOf(term)) size += sizeOf(part) + 2;
      sizes.set(term, size);
    }
    return size;
  };
  let total = 0;
  for (const term of terms) total += sizeOf(term);
  return total;
}

/** Puts values into terms. A term that stands in several places becomes one object in all of them. */
export class TermFiller {
  readonly #values: ReadonlyMap<string, JsonValue>;
  readonly #filled = new Map<Term, JsonValue>();

  /** @param values by the calls' keys; a call without one becomes null */
  constructor(values: ReadonlyMap<string, JsonValue>) {
    this.#values = values;
  }

  fill(term: Term): JsonValue {
    switch (term.kind) {
      case 'literal':
        return term.value;
      case 'call':
        return this.#values.get(term.call.key) ?? null;
      default: {
        let value = this.#filled.get(term);
        if (value === undefined) {
          value = this.#assemble(term);
          this.#filled.set(term, value);
        }
        return value;
      }
    }
  }

  #assemble(term: Exclude<Term, { kind: 'literal' | 'call' }>): JsonValue {
    switch (term.kind) {
      case 'list':
        return term.items.map((item) => this.fill(item));
      case 'mapping':
        return Object.fromEntries([...term.entries].map(([key, part]) => [key, this.fill(part)]));
      case 'overlay':
        return mergeValues(this.fill(term.inner), this.fill(term.outer));
    }
  }
}

function mergeValues(inner: JsonValue, outer: JsonValue): JsonValue {
  if (!isMapping(inner) || !isMapping(outer)) return inner;
  const entries = new Map<string, JsonValue>(Object.entries(outer));
  for (const [key, value] of Object.entries(inner)) {
    const other = ownValue(outer, key);
    entries.set(key, other === undefined ? value : mergeValues(value, other));
  }
  return Object.fromEntries(entries);
}

function* partsOf(term: Term): Iterable<Term> {
  if (term.kind === 'list') yield* term.items;
  else if (term.kind === 'mapping') yield* term.entries.values();
  else if (term.kind === 'overlay') {
    yield term.inner;
    yield term.outer;
  }
}
