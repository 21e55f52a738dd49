// Writes a regular expression as a JavaScript RegExp, for what is not regular in the strict sense: look-around,
// back-references, conditions, atomic groups. Running one may take any time, so nothing here runs it.
//
// The RegExp is for the text with a newline put in front. JavaScript cannot ask whether a group took part in the
// match: a back-reference to one that did not matches the empty string. But a second group that captures the whole
// text including that newline matches nowhere behind it, so "set" is (?!\k<…>), and "not set" is (?=\k<…>).
import {
  type CodePointSet,
  categoryOf,
  MAX_CODE_POINT,
  upTo,
  withOtherCases,
  writeRanges,
} from './code-point-set.js';
import { type GroupUse, groupUseOf } from './group-use.js';
import { hasPart, type Place, sizeOf, type Term } from './syntax-tree.js';

/** The largest expression that is honoured at all, counted repeats written out. */
const MAX_SIZE = 1_000_000;
/** The longest RegExp, in UTF-16 units. */
const MAX_TEXT = 2_000_000;

/** What stands in front of every text that a bounded expression is run on. */
export const TEXT_PREFIX = '\n';

const TEXT_START = '(?<=^\\n)';
const ANY = '[^]';
/**
 * Always holds, since there is a prefix. V8's compiler looks ahead from one counted repeat into the next ones, which
 * takes exponential time for some twenty of them in a row; it does not look beyond this.
 */
const COMPILER_BARRIER = '(?<=[^])';

/** Why the expression cannot be honoured exactly by a RegExp; undefined if it can. */
export function whyNotBounded(term: Term): string | undefined {
  if (sizeOf(term, true) > MAX_SIZE) return 'the expression is too large: its counted repeats multiply';
  const use = groupUseOf(term);
  if (use.problem) return use.problem;
  const ignoring = (part: Term) => part.kind === 'back-reference' && part.ignoreCase;
  const minding = (part: Term) =>
    (part.kind === 'back-reference' && !part.ignoreCase) ||
    (part.kind === 'set' && withOtherCases(part.set, false) !== part.set) ||
    (part.kind === 'at' && part.ascii);
  if (hasPart(term, ignoring) && hasPart(term, minding)) {
    return 'a back-reference that ignores case needs the whole expression to ignore case, in Unicode';
  }
  return undefined;
}

/**
 * Writes the expression as a RegExp that finds a match in `TEXT_PREFIX + text` exactly if Python does at the start of
 * the text.
 * @param term one for which `whyNotBounded` knows no reason
 * @param limit the largest code point of the texts it is for
 * @returns the RegExp, or undefined if it would be too large
 */
export function emitBounded(term: Term, limit: number): RegExp | undefined {
  const ignoreCase = hasPart(term, (part) => part.kind === 'back-reference' && part.ignoreCase);
  const text = new Emitter(limit, groupUseOf(term)).emit(term);
  return text.length > MAX_TEXT ? undefined : new RegExp(`^\\n(?:${text})`, ignoreCase ? 'iu' : 'u');
}

class Emitter {
  readonly #limit: number;
  readonly #use: GroupUse;
  #atomics = 0;

  constructor(limit: number, use: GroupUse) {
    this.#limit = limit;
    this.#use = use;
  }

  emit(term: Term): string {
    switch (term.kind) {
      case 'set':
        return emitSet(upTo(this.#limit, term.set));
      case 'at':
        return this.#emitPlace(term.place, term.ascii);
      case 'sequence':
        return term.items.map((item) => this.emit(item)).join('');
      case 'choice':
        return `(?:${term.branches.map((branch) => this.emit(branch)).join('|')})`;
      case 'repeat':
        return this.#emitRepeat(term.item, term.min, term.max, term.lazy);
      case 'group':
        return this.#emitGroup(term.item, term.number);
      case 'atomic': {
        this.#atomics += 1;
        const name = `atomic${this.#atomics}`;
        return `(?:(?=(?<${name}>${this.emit(term.item)}))\\k<${name}>)`;
      }
      case 'back-reference': {
        const same = `\\k<group${term.group}>`;
        return this.#use.marked.has(term.group) ? `(?:(?!\\k<set${term.group}>)${same})` : same;
      }
      case 'look':
        return this.#emitLook(term.item, term.behind, term.negative);
      case 'condition': {
        const mark = `\\k<set${term.group}>`;
        return `(?:(?!${mark})${this.emit(term.yes)}|(?=${mark})${this.emit(term.no)})`;
      }
    }
  }

  #emitRepeat(item: Term, min: number, max: number, lazy: boolean): string {
    const text = this.emit(item);
    // JavaScript takes no empty round of X?, and so would leave groups in it unset.
    if (min === 0 && max === 1) return lazy ? `(?:|${text})` : `(?:${text}|)`;
    const count = `{${min},${max === Number.POSITIVE_INFINITY ? '' : max}}`;
    const barrier = min > 1 || (max > 1 && max !== Number.POSITIVE_INFINITY) ? COMPILER_BARRIER : '';
    return `(?:${text})${count}${lazy ? '?' : ''}${barrier}`;
  }

  #emitGroup(item: Term, number: number): string {
    if (!this.#use.referred.has(number)) return `(?:${this.emit(item)})`;
    const mark = this.#use.marked.has(number) ? `(?<=^(?=(?<set${number}>${ANY}*))${ANY}*)` : '';
    return `(?<group${number}>${this.emit(item)})${mark}`;
  }

  /** JavaScript looks behind from right to left; the inner look-ahead makes it left to right, as Python does. */
  #emitLook(item: Term, behind: number | undefined, negative: boolean): string {
    const text = this.emit(item);
    if (behind === undefined) return `(?:(?${negative ? '!' : '='}${text}))`;
    return `(?<${negative ? '!' : '='}(?!^)(?=${text})${ANY}{${behind}})`;
  }

  #emitPlace(place: Place, ascii: boolean): string {
    const word = emitSet(upTo(this.#limit, categoryOf('w', ascii)));
    switch (place) {
      case 'text-start':
        return TEXT_START;
      case 'line-start':
        return '(?<=\\n)';
      case 'text-end':
        return '(?:$)';
      case 'last-line-end':
        return '(?=\\n?$)';
      case 'line-end':
        return '(?=\\n|$)';
      case 'boundary':
        return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
      case 'non-boundary':
        // Python finds no \B in an empty text.
        return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word})(?:(?<!^\\n)|(?=${ANY})))`;
    }
  }
}

function emitSet(set: CodePointSet): string {
  if (set.length === 0) return '[]';
  if (set[0] === 0 && set[1] === MAX_CODE_POINT) return ANY;
  return `[${writeRanges(set, (codePoint) => `\\u{${codePoint.toString(16)}}`)}]`;
}
