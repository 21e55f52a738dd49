// What a Python regular expression says, once its flags are worked into it, and the widths and sizes that follow
// from that. Knows neither Python's notation nor that of the engines.
import type { CodePointSet } from './code-point-set.js';

/** A place between two characters that an assertion asks for. `last-line-end` is Python's `$` without MULTILINE. */
export type Place =
  | 'text-start'
  | 'line-start'
  | 'text-end'
  | 'last-line-end'
  | 'line-end'
  | 'boundary'
  | 'non-boundary';

/** A regular expression or a part of one. A repeat without an upper end has `max` Infinity. */
export type Term =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence'; readonly items: readonly Term[] }
  | { readonly kind: 'choice'; readonly branches: readonly Term[] }
  | {
      readonly kind: 'repeat';
      readonly item: Term;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly kind: 'group'; readonly item: Term; readonly number: number }
  | { readonly kind: 'atomic'; readonly item: Term }
  | { readonly kind: 'at'; readonly place: Place; readonly ascii: boolean }
  | { readonly kind: 'back-reference'; readonly group: number; readonly ignoreCase: boolean }
  | {
      readonly kind: 'look';
      readonly item: Term;
      readonly behind: number | undefined;
      readonly negative: boolean;
    }
  | { readonly kind: 'condition'; readonly group: number; readonly yes: Term; readonly no: Term };

/** How many characters a term can match, both ends included; `max` may be Infinity. */
export interface Width {
  readonly min: number;
  readonly max: number;
}

/** The terms that a term is made of. */
export function partsOf(term: Term): readonly Term[] {
  switch (term.kind) {
    case 'sequence':
      return term.items;
    case 'choice':
      return term.branches;
    case 'repeat':
    case 'group':
    case 'atomic':
    case 'look':
      return [term.item];
    case 'condition':
      return [term.yes, term.no];
    default:
      return [];
  }
}

/** Whether the term or any part of it, at any depth, is one that `asked` says yes to. */
export function hasPart(term: Term, asked: (part: Term) => boolean): boolean {
  return asked(term) || partsOf(term).some((part) => hasPart(part, asked));
}

/** The width of a term; `groupWidth` gives that of a group which a back-reference names. */
export function widthOf(term: Term, groupWidth: (group: number) => Width): Width {
  switch (term.kind) {
    case 'set':
      return { min: 1, max: 1 };
    case 'at':
    case 'look':
      return { min: 0, max: 0 };
    case 'back-reference':
      return groupWidth(term.group);
    case 'repeat': {
      const width = widthOf(term.item, groupWidth);
      return { min: times(term.min, width.min), max: times(term.max, width.max) };
    }
    case 'sequence': {
      const widths = term.items.map((item) => widthOf(item, groupWidth));
      return {
        min: widths.reduce((sum, width) => sum + width.min, 0),
        max: widths.reduce((sum, width) => sum + width.max, 0),
      };
    }
    default: {
      const widths = partsOf(term).map((part) => widthOf(part, groupWidth));
      return {
        min: widths.reduce((least, width) => Math.min(least, width.min), Number.POSITIVE_INFINITY),
        max: widths.reduce((most, width) => Math.max(most, width.max), 0),
      };
    }
  }
}

/**
 * How many single steps the term is: with its counted repeats written out, or (`counted` false) as it stands. Infinity
 * only for absurd ones.
 */
export function sizeOf(term: Term, counted: boolean): number {
  const own = term.kind === 'look' && counted ? 1 + (term.behind ?? 0) : 1;
  const parts = partsOf(term).reduce((sum, part) => sum + sizeOf(part, counted), 0);
  if (term.kind !== 'repeat' || !counted) return own + parts;
  return own + parts * Math.max(1, term.max === Number.POSITIVE_INFINITY ? term.min : term.max);
}

/** How many ranges of code points the sets of the term hold together: what it takes to write it down. */
export function rangeCountOf(term: Term): number {
  if (term.kind === 'set') return term.set.length / 2;
  return partsOf(term).reduce((sum, part) => sum + rangeCountOf(part), 0);
}

function times(rounds: number, width: number): number {
  return rounds === 0 || width === 0 ? 0 : rounds * width;
}
