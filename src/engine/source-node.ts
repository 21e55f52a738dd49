// A YAML document as its author typed it: the tree that neighbordb, patterns, pools and validation read.
// Holds no values: `010` is the text "010" here; data-root/ turns trees into PyYAML's values where a page asks for them.

/** What every part of a document knows of its place: 1-based line and column, and offsets (UTF-16) into the file's text. */
export interface SourcePlace {
  readonly line: number;
  readonly column: number;
  readonly start: number;
  readonly end: number;
}

/** A scalar. `text` is what was typed (escapes and folding of quoted and block scalars undone). */
export interface SourceScalar extends SourcePlace {
  readonly kind: 'scalar';
  readonly text: string;
  /** True for an unquoted scalar without a tag: only these can be null, boolean, number or a date in YAML 1.1. */
  readonly plain: boolean;
  /** True for nothing at all, `~`, `null`, `Null`, `NULL`, or `!!null`. */
  readonly isNull: boolean;
  /** An explicit tag such as `!!str`, as typed; absent when there is none. */
  readonly tag?: string;
}

/** One `key: value` of a mapping; keys are always scalars (a document with any other key is refused when read). */
export interface SourceEntry {
  readonly key: SourceScalar;
  readonly value: SourceNode;
}

/** A mapping, entries in file order, repeated keys included, `<<` merged in as PyYAML does (behind the mapping's own keys). */
export interface SourceMapping extends SourcePlace {
  readonly kind: 'mapping';
  readonly entries: readonly SourceEntry[];
}

/** A list. */
export interface SourceSequence extends SourcePlace {
  readonly kind: 'sequence';
  readonly items: readonly SourceNode[];
}

/** A part of a document. An alias is the very node that it names, so one object may stand in several places (never in itself). */
export type SourceNode = SourceScalar | SourceMapping | SourceSequence;
