// Scalars as PyYAML's SafeLoader (YAML 1.1) reads them, in the types that JSON has. No files, no documents.

import type { JsonValue } from '../engine/json-value.js';
import type { Problem } from '../engine/problem.js';
import type { SourceNode, SourceScalar } from '../engine/source-node.js';

/** A scalar's value; `warning` says what JSON could not carry. */
export interface ScalarReading {
  readonly value: null | boolean | number | string;
  readonly warning?: string;
}

const booleans = new Map(
  Object.entries({ yes: true, no: false, true: true, false: false, on: true, off: false }).flatMap(
    ([word, value]): [string, boolean][] => [
      [word, value],
      [word.toUpperCase(), value],
      [word.charAt(0).toUpperCase() + word.slice(1), value],
    ],
  ),
);

const nulls = new Set(['', '~', 'null', 'Null', 'NULL']);
const mayBeNumber = /^[-+.0-9]/;
const integer =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const float =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const date =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;

/** Longer digits than this are never worked out. */
const maxDigits = 400;

/** True for a plain scalar that is null: nothing, `~`, `null`, `Null`, `NULL`. */
export function isPlainNull(text: string): boolean {
  return nulls.has(text);
}

/** True if a plain scalar is text for PyYAML: no null, boolean, number, date, `=` or `<<`. */
export function isPlainText(text: string): boolean {
  if (nulls.has(text) || booleans.has(text) || text === '=' || text === '<<') return false;
  return !mayBeNumber.test(text) || !(integer.test(text) || float.test(text) || date.test(text));
}

/**
 * Reads an unquoted scalar without a tag. Dates stay as typed; `=` and `<<`, which PyYAML refuses as values, are text.
 */
export function readPlainScalar(text: string): ScalarReading {
  if (nulls.has(text)) return { value: null };
  const boolean = booleans.get(text);
  if (boolean !== undefined) return { value: boolean };
  if (!mayBeNumber.test(text)) return { value: text };
  if (float.test(text)) return readFloat(text) ?? { value: text };
  if (integer.test(text)) return readInteger(text) ?? { value: text };
  return { value: text };
}

/**
 * Reads a scalar with an explicit tag of YAML's own.
 * @param tag `!!int` and so on
 * @returns null if the tag is not a scalar's, or the text is not what the tag says
 */
export function readTaggedScalar(tag: string, text: string): ScalarReading | null {
  switch (tag) {
    case '!!str':
    case '!!timestamp':
      return { value: text };
    case '!!null':
      return { value: null };
    case '!!bool': {
      const value = booleans.get(text.toLowerCase());
      return value === undefined ? null : { value };
    }
    case '!!int':
      return readInteger(text);
    case '!!float':
      return readFloat(text);
    case '!!binary':
      return { value: text, warning: 'binary data can not be sent as JSON: it goes out as typed' };
    default:
      return null;
  }
}

/**
 * The value of a document, or of a part of it: PyYAML's types, dates as typed, keys as text, the last of repeated keys.
 * An alias gives the very same object. The problems are warnings about what JSON could not carry.
 */
export function readYamlValue(root: SourceNode): { value: JsonValue; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const known = new Map<SourceNode, JsonValue>();
  const scalar = (node: SourceScalar): JsonValue => {
    const reading = readScalar(node);
    if (reading.warning) problems.push({ severity: 'warning', line: node.line, reason: reading.warning });
    return reading.value;
  };
  const read = (node: SourceNode): JsonValue => {
    if (node.kind === 'scalar') return scalar(node);
    const before = known.get(node);
    if (before !== undefined) return before;
    const value =
      node.kind === 'sequence'
        ? node.items.map(read)
        : Object.fromEntries(node.entries.map((entry) => [entry.key.text, read(entry.value)]));
    known.set(node, value);
    return value;
  };
  const value = read(root);
  return { value, problems };
}

/** Reads a scalar of a document. */
export function readScalar({ tag, plain, text }: SourceScalar): ScalarReading {
  if (tag) return readTaggedScalar(tag, text) ?? { value: text };
  return plain ? readPlainScalar(text) : { value: text };
}

function readInteger(typed: string): ScalarReading | null {
  const text = typed.replaceAll('_', '');
  const sign = text.startsWith('-') ? -1n : 1n;
  const digits = /^[-+]/.test(text) ? text.slice(1) : text;
  if (digits.length > maxDigits) return asTyped(typed);
  let size: bigint;
  if (/^0b[01]+$/.test(digits) || /^0x[0-9a-fA-F]+$/.test(digits)) size = BigInt(digits);
  else if (/^0[0-7]+$/.test(digits)) size = BigInt(`0o${digits.slice(1)}`);
  else if (/^(?:0|[1-9][0-9]*)$/.test(digits)) size = BigInt(digits);
  else if (/^[0-9]+(?::[0-9]+)+$/.test(digits)) {
    size = digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  } else return null;
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return asTyped(typed);
  return { value: Number(sign * size) };
}

function readFloat(typed: string): ScalarReading | null {
  const text = typed.replaceAll('_', '').toLowerCase();
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = /^[-+]/.test(text) ? text.slice(1) : text;
  if (digits === '.inf' || digits === '.nan' || digits.length > maxDigits) return asTyped(typed);
  let size = 0;
  if (/^[0-9]+(?::[0-9]+)+(?:\.[0-9]*)?$/.test(digits)) {
    let base = 1;
    for (const part of digits.split(':').reverse()) {
      size += Number(part) * base;
      base *= 60;
    }
  } else if (/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?$/.test(digits)) size = Number(digits);
  else return null;
  if (!Number.isFinite(size)) return asTyped(typed);
  const value = size === 0 ? 0 : sign * size;
  if (!Number.isInteger(value)) return { value };
  return { value, warning: `${typed} goes out as the number ${value}: quote it if its spelling counts` };
}

function asTyped(typed: string): ScalarReading {
  const shown = typed.length > 64 ? `${typed.slice(0, 64)}…` : typed;
  return { value: typed, warning: `the number ${shown} is beyond what JSON carries: it goes out as text` };
}
