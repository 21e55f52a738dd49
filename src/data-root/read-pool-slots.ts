// Finds the values of a pool's text, their owners, and the exact places where the owners are typed. Changes nothing.

import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { lineAt } from './decode-yaml.js';
import { YamlError } from './yaml-error.js';
import { readYamlEvents, type YamlEvents } from './yaml-events.js';
import { TagNames } from './yaml-tags.js';
import { isPlainNull } from './yaml-values.js';

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/** One `value: owner` of a pool. */
export interface PoolSlot {
  readonly value: string;
  /** As typed; null if the value is free. */
  readonly owner: string | null;
  /** Where the owner is typed, in characters; an empty range where nothing is. */
  readonly start: number;
  readonly end: number;
  /** What has to stand before an owner that is put into an empty range. */
  readonly lead: string;
  /** False for a line whose value is repeated further down: it counts as not there. */
  readonly counts: boolean;
}

/** A slot while the text is still being read. */
type GrowingSlot = PoolSlot & { counts: boolean };

/**
 * Reads a pool: a mapping of value to owner, both text as typed. Nothing, `null`, `~`, `''` and a bare `None` mean free.
 * @throws YamlError for anything else, and for what could not be edited without touching other lines (anchors, blocks of text)
 */
export function readPoolSlots(text: string): readonly PoolSlot[] {
  const stream = readYamlEvents(text);
  const [document, root, ...parts] = stream.events;
  if (document?.type !== EVENT_ID.DOCUMENT || root === undefined) throw new YamlError(1, 'the pool is empty');
  if (root.type !== EVENT_ID.MAPPING) throw new YamlError(lineAtEvent(text, stream, root), nameRoot(root));
  const reader = new SlotReader(text, stream, new TagNames(document.directives));
  let at = 0;
  for (; parts[at] !== undefined && parts[at]?.type !== EVENT_ID.POP; at += 2) {
    reader.add(parts[at], parts[at + 1]);
  }
  const second = parts.slice(at).find((event) => event.type === EVENT_ID.DOCUMENT);
  if (second)
    throw new YamlError(lineAt(text, text.length), 'there is a second document in the file, wanted one');
  return reader.finish();
}

function nameRoot(root: Event): string {
  const wanted = 'wanted a mapping of values to owners';
  if (root.type === EVENT_ID.SEQUENCE) return `${wanted}, found a list`;
  const empty = root.type === EVENT_ID.SCALAR && root.valueStart === -1;
  return empty ? 'the pool is empty' : `${wanted}, found a single text`;
}

/** Turns pairs of events into slots. */
class SlotReader {
  readonly #slots: GrowingSlot[] = [];
  readonly #lastOf = new Map<string, number>();

  constructor(
    private readonly text: string,
    private readonly stream: YamlEvents,
    private readonly tags: TagNames,
  ) {}

  add(key: Event | undefined, owner: Event | undefined): void {
    const name = this.#scalar(key, 'a value');
    const value = getScalarValue(this.stream.text, name);
    if (value === '') throw new YamlError(this.#line(name), 'a value is missing before the colon');
    this.#tagOf(name);
    const typed = this.#scalar(owner, `the owner of ${value}`);
    const before = this.#slots[this.#lastOf.get(value) ?? -1];
    if (before) before.counts = false;
    this.#lastOf.set(value, this.#slots.length);
    this.#slots.push({ value, owner: this.#owner(typed), counts: true, ...this.#range(name, typed) });
  }

  finish(): readonly PoolSlot[] {
    if (this.#slots.length > 0) return this.#slots;
    throw new YamlError(1, 'the pool is empty');
  }

  #scalar(event: Event | undefined, what: string): ScalarEvent {
    if (event?.type === EVENT_ID.SCALAR) {
      if (event.anchorStart !== -1) {
        throw new YamlError(
          this.#line(event),
          `${what} has an anchor: a pool is edited line by line, write it out`,
        );
      }
      if (event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK) {
        throw new YamlError(this.#line(event), `${what} is a block of text, wanted it on one line`);
      }
      return event;
    }
    const line = event ? lineAtEvent(this.text, this.stream, event) : 1;
    if (event?.type === EVENT_ID.ALIAS) {
      throw new YamlError(line, `${what} is an alias: a pool is edited line by line, write it out`);
    }
    throw new YamlError(
      line,
      `${what} is a ${event?.type === EVENT_ID.MAPPING ? 'mapping' : 'list'}, wanted text`,
    );
  }

  #owner(event: ScalarEvent): string | null {
    const text = getScalarValue(this.stream.text, event);
    const tag = this.#tagOf(event);
    if (tag === '!!null' || text === '') return null;
    const plain = tag === null && event.style === SCALAR_STYLE.PLAIN;
    return plain && (isPlainNull(text) || text === 'None') ? null : text;
  }

  #tagOf(event: ScalarEvent): string | null {
    if (event.tagStart === -1) return null;
    return this.tags.short(this.stream.text.slice(event.tagStart, event.tagEnd), this.#line(event));
  }

  #range(key: ScalarEvent, owner: ScalarEvent): Pick<PoolSlot, 'start' | 'end' | 'lead'> {
    const [start, end] = this.#typedRange(owner);
    if (start !== -1) return { start, end, lead: '' };
    const [keyStart, keyEnd] = this.#typedRange(key);
    colon.lastIndex = keyEnd;
    if (colon.test(this.text)) return { start: colon.lastIndex, end: colon.lastIndex, lead: ' ' };
    return { start: keyEnd, end: keyEnd, lead: this.#leadWithoutColon(keyStart) };
  }

  /** A key alone: in braces the owner follows it, a `? key` gets a line of its own. */
  #leadWithoutColon(keyStart: number): string {
    const lineStart =
      Math.max(this.text.lastIndexOf('\n', keyStart - 1), this.text.lastIndexOf('\r', keyStart - 1)) + 1;
    const explicit = /^([ \t\uFEFF]*)\?[ \t]+$/.exec(this.text.slice(lineStart, keyStart));
    if (!explicit) return ': ';
    return `${this.text.includes('\r\n') ? '\r\n' : '\n'}${explicit[1]?.replace('\uFEFF', '')}: `;
  }

  #typedRange(event: ScalarEvent): readonly [number, number] {
    const quotes = event.style === SCALAR_STYLE.PLAIN ? 0 : 1;
    const start = event.valueStart === -1 ? -1 : this.stream.original(event.valueStart) - quotes;
    const end = event.valueEnd === -1 ? -1 : this.stream.original(event.valueEnd) + quotes;
    if (event.tagStart === -1) return [start, end];
    return [this.stream.original(event.tagStart), Math.max(end, this.stream.original(event.tagEnd))];
  }

  #line(event: ScalarEvent): number {
    return lineAtEvent(this.text, this.stream, event);
  }
}

/** The colon after a key, comments and line ends between them as an explicit key may have. */
const colon = /(?:\s|#[^\r\n]*(?=[\r\n]))*:(?=[\s,}]|$)/y;

function lineAtEvent(text: string, stream: YamlEvents, event: Event): number {
  const offset =
    event.type === EVENT_ID.SCALAR
      ? Math.max(event.valueStart, event.tagStart, event.anchorStart)
      : event.type === EVENT_ID.ALIAS
        ? event.anchorStart
        : 'start' in event
          ? event.start
          : 0;
  return offset < 0 ? 1 : lineAt(text, stream.original(offset));
}
