// A YAML text to the tree of what was typed: places, aliases as shared nodes, merge keys merged. Gives no values.

import { COLLECTION_STYLE, EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { Problem } from '../engine/problem.js';
import type {
  SourceEntry,
  SourceMapping,
  SourceNode,
  SourcePlace,
  SourceScalar,
} from '../engine/source-node.js';
import { YamlError } from './yaml-error.js';
import { readYamlEvents, type YamlEvents } from './yaml-events.js';
import { TagNames } from './yaml-tags.js';
import { isPlainNull, readTaggedScalar } from './yaml-values.js';

/** What was typed, and warnings about it. */
export interface ParsedYaml {
  /** Null for a text without a document, or with nothing in it. */
  readonly root: SourceNode | null;
  readonly problems: readonly Problem[];
}

type Opening = Extract<Event, { type: typeof EVENT_ID.MAPPING | typeof EVENT_ID.SEQUENCE }>;
type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/** A collection whose end has not come yet. */
interface Frame {
  readonly kind: 'mapping' | 'sequence';
  readonly start: number;
  readonly flow: boolean;
  readonly anchor: string | null;
  readonly items: SourceNode[];
  readonly entries: SourceEntry[];
  key: SourceScalar | null;
  size: number;
}

interface Anchor {
  /** Null while the node is still open: an alias to it now would make it contain itself. */
  node: SourceNode | null;
  size: number;
}

/** How much aliases may add when each is written out: nodes, and 16 characters of text count as one more. */
const maxExpansion = 1_000_000;

/** How many entries merge keys may copy in all. */
const maxMerged = 1_000_000;

/**
 * Parses the one document of a text.
 * @throws YamlError for what PyYAML's safe loader refuses, keys that are no scalars, nesting deeper than 200, and aliases
 *   that contain themselves or expand beyond bounds
 */
export function parseYaml(text: string): ParsedYaml {
  return new TreeBuilder(text, readYamlEvents(text)).build();
}

class TreeBuilder {
  readonly #anchors = new Map<string, Anchor>();
  readonly #stack: Frame[] = [];
  readonly #problems: Problem[] = [];
  readonly #lineStarts: readonly number[];
  #tags = new TagNames([]);
  #root: SourceNode | null = null;
  #documents = 0;
  /** Where the last token ended: the place of what is not there, and the end of a block. */
  #lastEnd = 0;
  #lastLine = 0;
  #expanded = 0;
  #merged = 0;

  constructor(
    private readonly text: string,
    private readonly stream: YamlEvents,
  ) {
    this.#lineStarts = findLineStarts(text);
  }

  build(): ParsedYaml {
    for (const event of this.stream.events) this.#take(event);
    const root = this.#root;
    const empty = root?.kind === 'scalar' && root.isNull && root.text === '' && root.plain;
    return { root: empty ? null : root, problems: this.#problems };
  }

  #take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        this.#documents += 1;
        if (this.#documents > 1)
          throw new YamlError(this.#secondDocument(), 'a second document begins here, wanted one');
        this.#tags = new TagNames(event.directives);
        return;
      case EVENT_ID.SCALAR:
        this.#takeScalar(event);
        return;
      case EVENT_ID.ALIAS:
        this.#takeAlias(this.#raw(event.anchorStart, event.anchorEnd), event.anchorStart - 1);
        return;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        this.#open(event);
        return;
      case EVENT_ID.POP:
        this.#close();
    }
  }

  /** A block text at the end of a file without a last line end has none either, as PyYAML reads it. */
  #textOf(event: ScalarEvent): string {
    const text = getScalarValue(this.stream.text, event);
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
    const isLast = event.valueEnd >= this.stream.text.length && !this.stream.text.endsWith('\n');
    return isBlock && isLast && text.endsWith('\n') ? text.slice(0, -1) : text;
  }

  #takeScalar(event: ScalarEvent): void {
    const text = this.#textOf(event);
    const place = this.#placeOfScalar(event);
    const typed = event.tagStart === -1 ? null : this.#tag(event.tagStart, event.tagEnd, place);
    // PyYAML reads `! x` as if it stood there unquoted and without a tag.
    const tag = typed === '!' ? null : typed;
    if (tag !== null && tag !== '!!merge' && !readTaggedScalar(tag, text)) {
      throw new YamlError(
        place.line,
        `${JSON.stringify(text.slice(0, 64))} is nothing that the tag ${tag} stands for`,
      );
    }
    const plain = tag === null && (event.style === SCALAR_STYLE.PLAIN || typed === '!');
    const isNull = tag === '!!null' || (plain && isPlainNull(text));
    const node: SourceScalar = {
      kind: 'scalar',
      ...place,
      text,
      plain,
      isNull,
      ...(tag !== null && { tag }),
    };
    this.#add(node, 1 + (text.length >> 4), this.#anchorOf(event));
  }

  #takeAlias(name: string, at: number): void {
    const line = this.#place(this.stream.original(at), 0).line;
    const anchor = this.#anchors.get(name);
    if (!anchor) throw new YamlError(line, `the alias *${name} names no anchor above it`);
    if (!anchor.node)
      throw new YamlError(line, `the alias *${name} stands inside the very thing that it names`);
    this.#expanded += anchor.size;
    if (this.#expanded > maxExpansion) {
      throw new YamlError(line, 'the aliases stand for more than this server is willing to write out');
    }
    this.#lastEnd = this.stream.original(at + 1 + name.length);
    this.#add(anchor.node, anchor.size, null);
  }

  #open(event: Opening): void {
    const kind = event.type === EVENT_ID.MAPPING ? 'mapping' : 'sequence';
    const start = this.stream.original(event.start);
    const top = this.#stack.at(-1);
    if (top?.kind === 'mapping' && top.key === null) {
      throw new YamlError(
        this.#place(start, start).line,
        `a ${kind === 'mapping' ? 'mapping' : 'list'} is no key: wanted text`,
      );
    }
    if (event.tagStart !== -1)
      this.#tags.check(
        kind,
        this.#tag(event.tagStart, event.tagEnd, this.#place(start, start)),
        this.#place(start, start).line,
      );
    const anchor = this.#anchorOf(event);
    if (anchor !== null) this.#anchors.set(anchor, { node: null, size: 0 });
    const flow = event.style === COLLECTION_STYLE.FLOW;
    this.#stack.push({ kind, start, flow, anchor, items: [], entries: [], key: null, size: 1 });
    this.#lastEnd = Math.max(this.#lastEnd, flow ? start + 1 : start);
  }

  #close(): void {
    const frame = this.#stack.pop();
    if (!frame) return; // the document's own end
    if (frame.flow) this.#lastEnd = endOfFlow(this.text, this.#lastEnd);
    const place = this.#place(frame.start, this.#lastEnd);
    const node: SourceNode =
      frame.kind === 'sequence'
        ? { kind: 'sequence', ...place, items: frame.items }
        : { kind: 'mapping', ...place, entries: this.#finishEntries(frame.entries) };
    this.#add(node, frame.size, frame.anchor);
  }

  #add(node: SourceNode, size: number, anchor: string | null): void {
    if (anchor !== null) this.#anchors.set(anchor, { node, size });
    const top = this.#stack.at(-1);
    if (!top) {
      this.#root = node;
      return;
    }
    top.size += size;
    if (top.kind === 'sequence') top.items.push(node);
    else if (top.key !== null) {
      top.entries.push({ key: top.key, value: node });
      top.key = null;
    } else if (node.kind === 'scalar') top.key = node;
    else throw new YamlError(node.line, 'an alias of a mapping or list is no key: wanted text');
  }

  /** Warns of repeated keys, and merges what `<<` names behind the mapping's own keys. */
  #finishEntries(entries: readonly SourceEntry[]): readonly SourceEntry[] {
    const own = entries.some(isMerge) ? entries.filter((entry) => !isMerge(entry)) : entries;
    if (own.length > 1) {
      const lines = new Map<string, number>();
      for (const { key } of own) {
        const before = lines.get(key.text);
        if (before !== undefined) {
          const reason = `the key ${JSON.stringify(key.text)} of line ${before} is repeated in line ${key.line}: the last one counts`;
          this.#problems.push({ severity: 'warning', line: key.line, reason });
        }
        lines.set(key.text, key.line);
      }
    }
    return own === entries ? entries : [...own, ...this.#mergedEntries(entries, own)];
  }

  /** As PyYAML: own keys win, a later `<<` wins over an earlier one, within its list an earlier mapping over a later one. */
  #mergedEntries(entries: readonly SourceEntry[], own: readonly SourceEntry[]): readonly SourceEntry[] {
    const taken = new Set(own.map((entry) => entry.key.text));
    const merged = new Map<string, SourceEntry>();
    for (const { value } of entries.filter(isMerge).reverse()) {
      for (const mapping of mappingsOf(value)) {
        this.#merged += mapping.entries.length;
        if (this.#merged > maxMerged)
          throw new YamlError(value.line, 'the merge keys copy more than this server is willing to');
        const fresh = new Map(mapping.entries.map((entry) => [entry.key.text, entry]));
        for (const [key, entry] of fresh) if (!taken.has(key)) merged.set(key, entry);
        for (const key of fresh.keys()) taken.add(key);
      }
    }
    return [...merged.values()];
  }

  #placeOfScalar(event: ScalarEvent): SourcePlace {
    const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    if (event.valueStart === -1) {
      const end =
        event.tagStart === -1 && event.anchorStart === -1 ? -1 : Math.max(event.tagEnd, event.anchorEnd);
      if (end !== -1) this.#lastEnd = this.stream.original(end);
      return this.#place(this.#lastEnd, this.#lastEnd);
    }
    const start = this.stream.original(event.valueStart) - (quoted ? 1 : 0);
    const end = this.stream.original(event.valueEnd) + (quoted ? 1 : 0);
    this.#lastEnd = end;
    return this.#place(start, end);
  }

  #place(start: number, end: number): SourcePlace {
    const starts = this.#lineStarts;
    let line = this.#lastLine;
    if ((starts[line] ?? 0) > start) line = lineBefore(starts, start);
    else while (line + 1 < starts.length && (starts[line + 1] ?? 0) <= start) line += 1;
    this.#lastLine = line;
    return { line: line + 1, column: start - (starts[line] ?? 0) + 1, start, end };
  }

  #secondDocument(): number {
    const rest = this.text.slice(this.#lastEnd).search(/^---(?=\s|$)/m);
    const start = this.#lastEnd + Math.max(rest, 0);
    return this.#place(start, start).line;
  }

  #tag(start: number, end: number, place: SourcePlace): string {
    return this.#tags.short(this.#raw(start, end), place.line);
  }

  #anchorOf(event: { anchorStart: number; anchorEnd: number }): string | null {
    return event.anchorStart === -1 ? null : this.#raw(event.anchorStart, event.anchorEnd);
  }

  #raw(start: number, end: number): string {
    return this.stream.text.slice(start, end);
  }
}

function isMerge({ key }: SourceEntry): boolean {
  return (key.plain && key.text === '<<') || key.tag === '!!merge';
}

function mappingsOf(value: SourceNode): readonly SourceMapping[] {
  const parts = value.kind === 'sequence' ? value.items : [value];
  return parts.map((part) => {
    if (part.kind === 'mapping') return part;
    throw new YamlError(part.line, 'what << merges has to be a mapping, or a list of mappings');
  });
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  const returns = text.includes('\r');
  for (let at = text.indexOf('\n'); at !== -1 && !returns; at = text.indexOf('\n', at + 1))
    starts.push(at + 1);
  if (returns) for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}

/** The index of the last line that starts at or before an offset. */
function lineBefore(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

const restOfFlow = /(?:[\s,:?]|#[^\r\n]*(?=[\r\n]))*[\]}]/y;

/** Where the bracket stands that closes a collection whose last token ended at `from`. */
function endOfFlow(text: string, from: number): number {
  restOfFlow.lastIndex = from;
  return restOfFlow.test(text) ? restOfFlow.lastIndex : from;
}
