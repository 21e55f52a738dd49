// Sets of code points and what Python's re says of them: `\w`, `\d`, `\s` and which characters IGNORECASE takes for
// the same. Pure arithmetic on ranges; knows no regular expression syntax.
import { CASE_GROUPS, CASE_PAIRS, DIGIT_RANGES, SPACE_RANGES, WORD_RANGES } from './unicode-14.js';

/** Code points as first, last, first, last, …: sorted, no two ranges touching. */
export type CodePointSet = readonly number[];

/** The largest code point. */
export const MAX_CODE_POINT = 0x10ffff;

/** The largest ASCII code point. */
export const MAX_ASCII = 0x7f;

/** Makes a set of ranges given in any order, overlapping or not. */
export function unionOf(...sets: readonly CodePointSet[]): CodePointSet {
  const ranges: (readonly [number, number])[] = [];
  for (const set of sets) ranges.push(...rangesOf(set));
  ranges.sort((left, right) => left[0] - right[0]);
  const union: number[] = [];
  for (const [first, last] of ranges) {
    const end = union.at(-1);
    if (end !== undefined && first <= end + 1) union[union.length - 1] = Math.max(end, last);
    else union.push(first, last);
  }
  return union;
}

/** Every code point that is not in the set. */
export function complementOf(set: CodePointSet): CodePointSet {
  const complement: number[] = [];
  let next = 0;
  for (const [first, last] of rangesOf(set)) {
    if (first > next) complement.push(next, first - 1);
    next = last + 1;
  }
  if (next <= MAX_CODE_POINT) complement.push(next, MAX_CODE_POINT);
  return complement;
}

/** The part of the set that is not above `limit`; none of it when `limit` is -1. */
export function upTo(limit: number, set: CodePointSet): CodePointSet {
  if ((set.at(-1) ?? -1) <= limit) return set;
  const cut: number[] = [];
  for (const [first, last] of rangesOf(set)) {
    if (first <= limit) cut.push(first, Math.min(last, limit));
  }
  return cut;
}

/** Whether the code point is in the set. */
export function contains(set: CodePointSet, codePoint: number): boolean {
  let low = 0;
  let high = set.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((set[2 * middle + 1] ?? 0) < codePoint) low = middle + 1;
    else high = middle;
  }
  return low < set.length / 2 && (set[2 * low] ?? 0) <= codePoint;
}

/** The ranges of a set as pairs of first and last. */
export function rangesOf(set: CodePointSet): [number, number][] {
  const ranges: [number, number][] = [];
  for (let index = 0; index < set.length; index += 2) ranges.push([set[index] ?? 0, set[index + 1] ?? 0]);
  return ranges;
}

/** The set with every character that IGNORECASE takes for one of its own (with the ASCII flag: ASCII letters only). */
export function withOtherCases(set: CodePointSet, ascii: boolean): CodePointSet {
  const cases = ascii ? ASCII_CASES : unicodeCases();
  const added: CodePointSet[] = [set];
  const add = (same: readonly number[] | undefined) => {
    if (same?.some((codePoint) => !contains(set, codePoint))) added.push(...same.map(single));
  };
  for (const [first, last] of rangesOf(set)) {
    if (last - first < cases.size) {
      for (let codePoint = first; codePoint <= last; codePoint += 1) add(cases.get(codePoint));
    } else {
      for (const [codePoint, same] of cases) if (first <= codePoint && codePoint <= last) add(same);
    }
  }
  return added.length === 1 ? set : unionOf(...added);
}

/** A set as it stands between `[` and `]`; `hexOf` writes those code points that cannot stand for themselves. */
export function writeRanges(set: CodePointSet, hexOf: (codePoint: number) => string): string {
  const write = (codePoint: number) =>
    isPlain(codePoint) ? String.fromCodePoint(codePoint) : hexOf(codePoint);
  const ranges = rangesOf(set).map(([first, last]) =>
    first === last ? write(first) : `${write(first)}-${write(last)}`,
  );
  return ranges.join('');
}

/** Whether a code point means itself in every notation: an ASCII letter or digit, or beyond ASCII and no surrogate. */
export function isPlain(codePoint: number): boolean {
  if (codePoint > MAX_ASCII) return codePoint < 0xd800 || codePoint > 0xdfff;
  return codePoint !== 0x5f && contains(ASCII_CATEGORIES.w, codePoint);
}

/** What `\d`, `\s` and `\w` match, with and without the ASCII flag. */
export function categoryOf(name: 'd' | 's' | 'w', ascii: boolean): CodePointSet {
  return ascii ? ASCII_CATEGORIES[name] : unicodeCategory(name);
}

const ASCII_CATEGORIES = {
  d: [0x30, 0x39],
  s: [0x09, 0x0d, 0x20, 0x20],
  w: [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
} as const;

/** By code point, all that IGNORECASE takes for the same, itself included. */
type Cases = ReadonlyMap<number, readonly number[]>;

const ASCII_CASES = casesOf(Array.from({ length: 26 }, (_, index) => [0x41 + index, 0x61 + index]));

const UNICODE_CATEGORIES = { d: DIGIT_RANGES, s: SPACE_RANGES, w: WORD_RANGES } as const;
const readCategories = new Map<string, CodePointSet>();

function unicodeCategory(name: 'd' | 's' | 'w'): CodePointSet {
  let set = readCategories.get(name);
  if (!set) {
    const numbers = UNICODE_CATEGORIES[name].split(' ').map((word) => Number.parseInt(word, 36));
    let sum = 0;
    set = numbers.map((number) => {
      sum += number;
      return sum;
    });
    readCategories.set(name, set);
  }
  return set;
}

let readCases: Cases | undefined;

function unicodeCases(): Cases {
  if (readCases) return readCases;
  const groups = CASE_GROUPS.split(' ').map(base36Numbers);
  for (const run of CASE_PAIRS.split(' ')) {
    const [first = 0, distance = 0, count = 0, step = 1] = base36Numbers(run);
    for (let index = 0; index < count; index += 1) {
      groups.push([first + index * step, first + index * step + distance]);
    }
  }
  readCases = casesOf(groups);
  return readCases;
}

function casesOf(groups: readonly (readonly number[])[]): Cases {
  const cases = new Map<number, readonly number[]>();
  for (const group of groups) {
    for (const codePoint of group) cases.set(codePoint, group);
  }
  return cases;
}

function single(codePoint: number): CodePointSet {
  return [codePoint, codePoint];
}

function base36Numbers(words: string): number[] {
  return words.split('.').map((word) => Number.parseInt(word, 36));
}
