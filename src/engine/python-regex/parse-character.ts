// Parses what stands for one character in a Python regular expression: escapes and `[…]` sets. Outside of sets, an
// escape may also be an assertion or a back-reference; the caller hands in how a group number is looked up.
import {
  type CodePointSet,
  categoryOf,
  complementOf,
  MAX_CODE_POINT,
  unionOf,
  withOtherCases,
} from './code-point-set.js';
import { type PatternReader, RegexSyntaxError } from './pattern-reader.js';
import type { Place, Term } from './syntax-tree.js';

/** The flags in force at one place of a pattern. */
export interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
  readonly ascii: boolean;
}

const DIGITS = '0123456789';
const OCTAL_DIGITS = '01234567';
const HEX_DIGITS = '0123456789abcdefABCDEF';
const HEX_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const CONTROL_CHARACTERS: Readonly<Record<string, number>> = { a: 7, t: 9, n: 10, v: 11, f: 12, r: 13 };
const PLACES: Readonly<Record<string, Place>> = {
  A: 'text-start',
  Z: 'text-end',
  b: 'boundary',
  B: 'non-boundary',
};

/** A term that matches just this character, or what IGNORECASE takes for it. */
export function literal(codePoint: number, flags: Flags): Term {
  return { kind: 'set', set: inAnyCase([codePoint, codePoint], flags) };
}

/** Parses the escape that comes next, outside of a set. `groupAt` checks a group's number and throws if it is not usable. */
export function parseEscape(
  reader: PatternReader,
  flags: Flags,
  groupAt: (number: number, position: number) => number,
): Term {
  const start = reader.position;
  const token = reader.take();
  const letter = token.slice(1);
  const place = PLACES[letter];
  if (place) return { kind: 'at', place, ascii: flags.ascii };
  const category = parseCategory(letter, flags);
  if (category) return { kind: 'set', set: category };
  if (letter === '0') return literal(Number.parseInt(`0${reader.takeWhile(OCTAL_DIGITS, 2)}`, 8), flags);
  if (DIGITS.includes(letter)) {
    let digits = letter + reader.takeWhile(DIGITS, 1);
    const octalSoFar = digits.length === 2 && [...digits].every((digit) => OCTAL_DIGITS.includes(digit));
    const third = octalSoFar ? reader.takeWhile(OCTAL_DIGITS, 1) : '';
    digits += third;
    if (third !== '') return literal(octalValue(digits, start), flags);
    return {
      kind: 'back-reference',
      group: groupAt(Number(digits), start),
      ignoreCase: flags.ignoreCase,
    };
  }
  return literal(parseCharacterEscape(reader, token, start), flags);
}

/** Parses a set; the reader stands behind its `[`. */
export function parseSet(reader: PatternReader, flags: Flags): Term {
  const start = reader.position - 1;
  const unterminated = new RegexSyntaxError('unterminated character set', start);
  const negated = reader.takeIf('^');
  const characters: CodePointSet[] = [];
  const categories: CodePointSet[] = [];
  const add = (item: number | CodePointSet) => {
    if (typeof item === 'number') characters.push([item, item]);
    else categories.push(item);
  };
  for (;;) {
    const itemStart = reader.position;
    const first = reader.take();
    if (first === '') throw unterminated;
    if (first === ']' && characters.length + categories.length > 0) break;
    const low = parseSetItem(reader, first, itemStart, flags);
    if (!reader.takeIf('-')) {
      add(low);
      continue;
    }
    const lastStart = reader.position;
    const last = reader.take();
    if (last === '') throw unterminated;
    if (last === ']') {
      add(low);
      add(0x2d);
      break;
    }
    const high = parseSetItem(reader, last, lastStart, flags);
    if (typeof low !== 'number' || typeof high !== 'number' || high < low) {
      throw new RegexSyntaxError(`bad character range ${first}-${last}`, itemStart);
    }
    characters.push([low, high]);
  }
  const set = unionOf(inAnyCase(unionOf(...characters), flags), ...categories);
  return { kind: 'set', set: negated ? complementOf(set) : set };
}

/** Categories such as `\w` never go through this: Python matches them as they are. */
function inAnyCase(set: CodePointSet, flags: Flags): CodePointSet {
  return flags.ignoreCase ? withOtherCases(set, flags.ascii) : set;
}

/** One end of a range, or a category such as `\d`; `token` has been read already. */
function parseSetItem(
  reader: PatternReader,
  token: string,
  start: number,
  flags: Flags,
): number | CodePointSet {
  if (!token.startsWith('\\')) return codePointOf(token);
  const letter = token.slice(1);
  if (letter === 'b') return 8;
  const category = parseCategory(letter, flags);
  if (category) return category;
  if (OCTAL_DIGITS.includes(letter)) return octalValue(letter + reader.takeWhile(OCTAL_DIGITS, 2), start);
  if (DIGITS.includes(letter)) throw new RegexSyntaxError(`bad escape ${token}`, start);
  return parseCharacterEscape(reader, token, start);
}

/** The escapes that mean one character, the same inside and outside of sets. */
function parseCharacterEscape(reader: PatternReader, token: string, start: number): number {
  const letter = token.slice(1);
  const control = CONTROL_CHARACTERS[letter];
  if (control !== undefined) return control;
  const length = HEX_LENGTHS[letter];
  if (length !== undefined) {
    const digits = reader.takeWhile(HEX_DIGITS, length);
    if (digits.length < length) throw new RegexSyntaxError(`incomplete escape ${token}${digits}`, start);
    const codePoint = Number.parseInt(digits, 16);
    if (codePoint > MAX_CODE_POINT) throw new RegexSyntaxError(`bad escape ${token}${digits}`, start);
    return codePoint;
  }
  if (letter === 'N') {
    throw new RegexSyntaxError(
      'characters by name, \\N{…}, are not supported here (write \\uXXXX instead)',
      start,
    );
  }
  if (/^[A-Za-z]$/.test(letter)) throw new RegexSyntaxError(`bad escape ${token}`, start);
  return codePointOf(letter);
}

function parseCategory(letter: string, flags: Flags): CodePointSet | undefined {
  const name = letter.toLowerCase();
  if (name !== 'd' && name !== 's' && name !== 'w') return undefined;
  const set = categoryOf(name, flags.ascii);
  return letter === name ? set : complementOf(set);
}

function octalValue(digits: string, start: number): number {
  const value = Number.parseInt(digits, 8);
  if (value <= 0o377) return value;
  throw new RegexSyntaxError(`octal escape value \\${digits} outside of range 0-0o377`, start);
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
