// Writes a regular expression in re2js's notation, whose matching takes time linear in the text: for all that is
// regular in the strict sense. Captures and laziness are left out: only whether there is a match is asked for.
import { type CodePointSet, MAX_CODE_POINT, upTo, writeRanges } from './code-point-set.js';
import { hasPart, type Place, partsOf, rangeCountOf, sizeOf, type Term } from './syntax-tree.js';

/**
 * How much counted repeats may add to an expression. Each of their steps takes time for every character of a text, and
 * re2js itself refuses counts over 1000, multiplied along the nesting. Beyond this the bounded run is the quicker one.
 */
const MAX_COUNTED = 999;
/** What sets may hold together, so that building the program takes no more than moments. */
const MAX_RANGES = 500_000;

const NEVER = '[^\\x{0}-\\x{10ffff}]';

/** Whether `emitLinear` can write the expression for texts whose code points are at most `limit`. */
export function isLinear(term: Term, limit: number): boolean {
  if (sizeOf(term, true) - sizeOf(term, false) > MAX_COUNTED || rangeCountOf(term) > MAX_RANGES) return false;
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
  return `(?:${emit(term, limit)})(?s:.*)`;
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

function emit(term: Term, limit: number): string {
  switch (term.kind) {
    case 'set':
      return emitSet(upTo(limit, term.set));
    case 'at':
      return emitPlace(term.place, limit);
    case 'sequence':
      return term.items.map((item) => emit(item, limit)).join('');
    case 'choice':
      return `(?:${term.branches.map((branch) => emit(branch, limit)).join('|')})`;
    case 'group':
      return emit(term.item, limit);
    case 'repeat':
      return `(?:${emit(term.item, limit)})${emitCount(term.min, term.max)}`;
    default:
      throw new Error(`not linear: ${term.kind}`);
  }
}

function emitCount(min: number, max: number): string {
  if (max !== Number.POSITIVE_INFINITY) return `{${min},${max}}`;
  return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
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
  const text = writeRanges(set, (codePoint) => `\\x{${codePoint.toString(16)}}`);
  return set[0] === set[1] && set.length === 2 ? text : `[${text}]`;
}

function isBoundary(place: Place): boolean {
  return place === 'boundary' || place === 'non-boundary';
}
