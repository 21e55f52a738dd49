// Names with ranges in braces: `leaf{001..128}`. Counts before it writes any.

import type { Refusal } from './refusal.js';

/** A name that stands for many. Text and ranges take turns; the first range changes slowest. */
export interface NameRange {
  readonly texts: readonly string[];
  readonly ranges: readonly NumberRange[];
  readonly count: bigint;
}

interface NumberRange {
  readonly first: bigint;
  readonly last: bigint;
  /** Digits that a number has at least. */
  readonly width: number;
}

/** Reads a name, with or without ranges. */
export function parseNameRange(text: string): NameRange | Refusal {
  const texts: string[] = [];
  const ranges: NumberRange[] = [];
  let at = 0;
  for (const match of text.matchAll(/\{[^{}]*\}/g)) {
    const [braces] = match;
    const [, first = '', last = ''] = /^\{(\d{1,18})\.\.(\d{1,18})\}$/.exec(braces) ?? [];
    if (first === '')
      return { reason: `"${text}": ${braces} is no range; wanted two numbers, such as {001..128}` };
    if (BigInt(first) > BigInt(last)) {
      return { reason: `"${text}": ${braces} counts down; wanted the smaller number first` };
    }
    texts.push(text.slice(at, match.index));
    ranges.push({ first: BigInt(first), last: BigInt(last), width: /^0\d/.test(first) ? first.length : 1 });
    at = match.index + braces.length;
  }
  texts.push(text.slice(at));
  if (texts.some((it) => /[{}]/.test(it))) {
    return { reason: `"${text}" has a brace too many; wanted ranges such as {001..128}` };
  }
  if (text.trim() === '') return { reason: 'a name is empty' };
  return { texts, ranges, count: ranges.reduce((all, { first, last }) => all * (last - first + 1n), 1n) };
}

/** Every name, in order. Look at `count` first. */
export function writeNames({ texts, ranges }: NameRange): readonly string[] {
  let names: readonly string[] = [texts[0] ?? ''];
  ranges.forEach(({ first, last, width }, index) => {
    const more: string[] = [];
    for (const name of names) {
      for (let number = first; number <= last; number += 1n) {
        more.push(`${name}${String(number).padStart(width, '0')}${texts[index + 1] ?? ''}`);
      }
    }
    names = more;
  });
  return names;
}
