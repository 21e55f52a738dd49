// Writes a regular expression in re2js's notation, whose matching takes time linear in the text: for all that is
// regular in the strict sense. Captures and laziness are left out: only whether there is a match is asked for.
import { type CodePointSet, MAX_CODE_POINT, rangesOf, upTo } from './code-point-set.js';
import { hasPart, type Place, partsOf, rangeCountOf, sizeOf, type Term } from './syntax-tree.js';

/** Beyond this size an expression is run by backtracking under a limit: its linear time would be a long time. */
const MAX_SIZE = 12_000;
/** What sets may hold together, so that building the program takes no more than moments. */
const MAX_RANGES = 500_000;
/** re2js refuses counted repeats whose counts, multiplied along the nesting, exceed this. */
const MAX_COUNT = 1000;

const NEVER = '[^\\x{0}-\\x{10ffff}]';

/** Whether `emitLinear` can write the expression for texts whose code points are at most `limit`. */
export function isLinear(term: Term, limit: number): boolean {
  if (sizeOf(term) > MAX_SIZE || rangeCountOf(term) > MAX_RANGES) return false;
  // re2js's \b knows ASCII only.
  const beyond = (part: Term) =>
    part.kind === 'at' && isBoundary(part.place) && !part.ascii && limit === MAX_CODE_POINT;
  return isRegular(term, true) && !hasPart(term, beyond);
}

/**
 * Writes the expression so that re2js, asked for a match of a whole text, says whether Python finds one at its start.
 * @param term one that `isLinear` with the same limit
 * @param limit the largest code point of the texts it is for; -1 for the empty text
 */
export function emitLinear(term: Term, limit: number): string {
  return `(?:${emit(term, limit).text})(?s:.*)`;
}

interface Emitted {
  readonly text: string;
  /** The largest product of counts along the nesting. */
  readonly count: number;
}

/** `tail`: nothing that could consume or look at a character follows, so that `$` may consume a final newline. */
function isRegular(term: Term, tail: boolean): boolean {
  switch (term.kind) {
    case 'set':
      return true;
    case 'at':
      return term.place !== 'last-line-end' || tail;
    case 'sequence':
      return term.items.every((item, index) => isRegular(item, tail && index === term.items.length - 1));
    case 'repeat':
      return isRegular(term.item, tail && term.max <= 1);
    case 'choice':
    case 'group':
      return partsOf(term).every((part) => isRegular(part, tail));
    default:
      return false;
  }
}

function emit(term: Term, limit: number): Emitted {
  switch (term.kind) {
    case 'set':
      return { text: emitSet(upTo(limit, term.set)), count: 1 };
    case 'at':
      return { text: emitPlace(term.place, limit), count: 1 };
    case 'sequence':
      return joined(
        term.items.map((item) => emit(item, limit)),
        '',
      );
    case 'choice':
      return joined(
        term.branches.map((branch) => emit(branch, limit)),
        '|',
      );
    case 'group':
      return emit(term.item, limit);
    case 'repeat':
      return emitRepeat(emit(term.item, limit), term.min, term.max);
    default:
      throw new Error(`not linear: ${term.kind}`);
  }
}

function joined(parts: readonly Emitted[], separator: '' | '|'): Emitted {
  const text = parts.map((part) => part.text).join(separator);
  return {
    text: separator === '|' ? `(?:${text})` : text,
    count: parts.reduce((most, part) => Math.max(most, part.count), 1),
  };
}

/** Counts too large for re2js become several repeats in a row. */
function emitRepeat(item: Emitted, min: number, max: number): Emitted {
  const chunk = Math.floor(MAX_COUNT / item.count);
  const required = chunks(item.text, min, chunk, (count) => `{${count}}`);
  const unit = `(?:${item.text})`;
  const optional =
    max === Number.POSITIVE_INFINITY
      ? `${unit}*`
      : chunks(item.text, max - min, chunk, (count) => `{0,${count}}`);
  const largest = Math.min(chunk, Math.max(1, min, max === Number.POSITIVE_INFINITY ? 1 : max - min));
  return { text: `(?:${required}${optional})`, count: item.count * largest };
}

function chunks(text: string, total: number, chunk: number, counter: (count: number) => string): string {
  let emitted = '';
  for (let left = total; left > 0; left -= chunk) emitted += `(?:${text})${counter(Math.min(left, chunk))}`;
  return emitted;
}

function emitPlace(place: Place, limit: number): string {
  switch (place) {
    case 'text-start':
      return '\\A';
    case 'line-start':
      return '(?m:^)';
    case 'text-end':
      return '\\z';
    case 'last-line-end':
      return '(?:\\n?\\z)';
    case 'line-end':
      return '(?m:$)';
    case 'boundary':
      return '\\b';
    case 'non-boundary':
      // Python finds no \B in an empty text.
      return limit < 0 ? NEVER : '\\B';
  }
}

function emitSet(set: CodePointSet): string {
  if (set.length === 0) return NEVER;
  const ranges = rangesOf(set).map(([first, last]) =>
    first === last ? hex(first) : `${hex(first)}-${hex(last)}`,
  );
  return `[${ranges.join('')}]`;
}

function hex(codePoint: number): string {
  return `\\x{${codePoint.toString(16)}}`;
}

function isBoundary(place: Place): boolean {
  return place === 'boundary' || place === 'non-boundary';
}
