// Finds out which groups later parts of an expression refer to, whether they may be unset there, and whether a
// JavaScript RegExp, which forgets a group at the start of every round of a repeat, would still mean what Python means.
import { partsOf, type Term } from './syntax-tree.js';

/** How an expression uses its groups. */
export interface GroupUse {
  /** Groups that a back-reference or a condition names. */
  readonly referred: ReadonlySet<number>;
  /** Those of them for which it must be found out while matching whether they are set. */
  readonly marked: ReadonlySet<number>;
  /** Why the expression means something else in JavaScript; undefined if it does not. */
  readonly problem: string | undefined;
}

/** One step of the way from the whole expression down to a part. */
interface Step {
  readonly term: Term;
  readonly index: number;
}

type Way = readonly Step[];

const FORGOTTEN = 'a group set in an earlier round of a repeat cannot be referred to';
const EMPTY_ROUNDS =
  'a repeat of what may be empty cannot be combined with atomic groups or references into it';

/** Looks through an expression once. */
export function groupUseOf(term: Term): GroupUse {
  const groups = new Map<number, Way>();
  const references: { readonly group: number; readonly way: Way; readonly condition: boolean }[] = [];
  const collect = (part: Term, way: Way): void => {
    if (part.kind === 'group') groups.set(part.number, way);
    if (part.kind === 'back-reference' || part.kind === 'condition') {
      references.push({ group: part.group, way, condition: part.kind === 'condition' });
    }
    const parts = partsOf(part);
    for (const [index, child] of parts.entries()) collect(child, [...way, { term: part, index }]);
  };
  collect(term, []);
  const mayBeEmpty = emptinessOf();
  const marked = new Set<number>();
  let problem = hasEmptyRounds(term, references.length > 0, false, mayBeEmpty) ? EMPTY_ROUNDS : undefined;
  for (const reference of references) {
    const group = groups.get(reference.group) ?? [];
    let shared = 0;
    while (shared < group.length && isSameStep(group[shared], reference.way[shared])) shared += 1;
    const parting = group[shared];
    const there = reference.way[shared];
    const behind =
      parting?.term.kind === 'sequence' && there?.term === parting.term && there.index > parting.index;
    const surely = behind && group.slice(shared + 1).every(isSurelyTaken);
    if (!surely || reference.condition) marked.add(reference.group);
    if (group.slice(0, shared).some(isLoop) && !surely) problem ??= FORGOTTEN;
    const loop = group.findIndex((step, index) => index >= shared && isLoop(step));
    if (loop < 0) continue;
    if (!group.slice(loop + 1).every(isSurelyTaken)) problem ??= FORGOTTEN;
    if (
      group
        .slice(loop)
        .some((step) => step.term.kind === 'repeat' && isLoop(step) && mayBeEmpty(step.term.item))
    )
      problem ??= EMPTY_ROUNDS;
  }
  return { referred: new Set(references.map((reference) => reference.group)), marked, problem };
}

/**
 * Which way of matching is tried first matters inside atomic groups, and inside look-arounds whose groups are referred
 * to. There Python's repeats try an empty round and JavaScript's do not.
 */
function hasEmptyRounds(
  term: Term,
  referring: boolean,
  within: boolean,
  mayBeEmpty: (term: Term) => boolean,
): boolean {
  const inside = within || term.kind === 'atomic' || (term.kind === 'look' && referring);
  if (inside && term.kind === 'repeat' && term.max > 1 && mayBeEmpty(term.item)) return true;
  return partsOf(term).some((part) => hasEmptyRounds(part, referring, inside, mayBeEmpty));
}

/** A function that says whether a term may match the empty string, looking at each term once. */
function emptinessOf(): (term: Term) => boolean {
  const known = new Map<Term, boolean>();
  const look = (term: Term): boolean => {
    if (term.kind === 'set') return false;
    if (term.kind === 'repeat') return term.min === 0 || mayBeEmpty(term.item);
    const parts = partsOf(term);
    if (term.kind === 'choice' || term.kind === 'condition') return parts.some(mayBeEmpty);
    return term.kind === 'look' || parts.every(mayBeEmpty);
  };
  const mayBeEmpty = (term: Term): boolean => {
    const answer = known.get(term) ?? look(term);
    known.set(term, answer);
    return answer;
  };
  return mayBeEmpty;
}

function isSameStep(left: Step | undefined, right: Step | undefined): boolean {
  return left !== undefined && left.term === right?.term && left.index === right.index;
}

function isLoop(step: Step): boolean {
  return step.term.kind === 'repeat' && step.term.max > 1;
}

/** Whether a match of the term must have gone through the part that the step leads to. */
function isSurelyTaken({ term }: Step): boolean {
  switch (term.kind) {
    case 'choice':
    case 'condition':
      return false;
    case 'repeat':
      return term.min > 0;
    case 'look':
      return !term.negative;
    default:
      return true;
  }
}
