// What a plugin gave, as a value: checked if it came as JSON already, made of what a program printed.

import type { JsonValue } from '../engine/json-value.js';

/** The most bytes that a value may have as JSON, or as printed text. */
export const maxValueBytes = 1024 * 1024;

const deepest = 100;

/**
 * A value that was JSON, as it is.
 * @throws Error in words if it nests so deep that others could stumble over it
 */
export function checkValue(value: unknown): JsonValue {
  // Level by level: what nests too deep for the checker must not take it down.
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw new Error(`the value nests deeper than ${deepest} levels`);
    level = level.flatMap((it) => (typeof it === 'object' && it !== null ? Object.values(it) : []));
  }
  return value as JsonValue;
}

/**
 * The value that a program printed: JSON, or else text without the line end behind it. A number that JSON would spell
 * differently (`10.10`, `1e5`, more than 2^53) is text, so that nothing of it is lost.
 * @throws Error in words for no output, too much, or what is not UTF-8
 */
export function readPrintedValue(output: Buffer): JsonValue {
  if (output.length > maxValueBytes) throw new Error(`it printed more than ${maxValueBytes} bytes`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(output);
  } catch {
    throw new Error('what it printed is not UTF-8');
  }
  const line = text.replace(/\r?\n$/, '');
  if (line === '') throw new Error('it printed nothing; an empty text is written ""');
  const value = parseJson(text);
  if (value === undefined) return line;
  if (typeof value !== 'number') return checkValue(value);
  const isExact = String(value) === text.trim() && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? value : line;
}

/** Undefined, which JSON does not have, for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
