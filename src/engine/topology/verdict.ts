// How a node's cabling stands to one pattern, constraint by constraint. Built from what the decision itself recorded.

import type { Neighbor, NodeFacts } from '../node-facts.js';
import type { Cabling } from './cabling.js';
import type { Constraint } from './constraint.js';
import { decide, type Recorder } from './decide.js';
import type { Evaluation, GaveUp, TimedOut } from './evaluation.js';
import type { Pattern } from './pattern.js';
import { type Failure, findRemedy, type Remedy } from './remedy.js';

/** What became of one constraint. */
export type Outcome =
  /** Nothing violates a negative constraint. */
  | { readonly kind: 'holds' }
  /** A positive constraint used up this interface. */
  | { readonly kind: 'satisfied'; readonly interface: string; readonly neighbor: Neighbor }
  /** This neighbour is what a negative constraint forbids. */
  | { readonly kind: 'violated'; readonly interface: string; readonly neighbor: Neighbor }
  /** No interface was left for a positive constraint. */
  | { readonly kind: 'left-open'; readonly rival: Rival | null };

/** An interface that would satisfy a constraint, and the constraint that used it up. */
export interface Rival {
  readonly interface: string;
  readonly constraint: Constraint;
}

/** One constraint and what became of it. */
export interface ConstraintVerdict {
  readonly constraint: Constraint;
  readonly outcome: Outcome;
}

/** How a node stands to one pattern. */
export interface PatternVerdict {
  readonly pattern: Pattern;
  readonly matched: boolean;
  /** Null if the pattern names no model. */
  readonly modelMatches: boolean | null;
  /** In the order of the pattern, one for each interface of an entry. */
  readonly constraints: readonly ConstraintVerdict[];
  /** The one thing that would make it match, if one was found. */
  readonly remedy: Remedy | null;
  /** What the pattern needed and could not be found out in time; null if everything was. */
  readonly gaveUp: GaveUp | null;
}

/** Holds the node against the pattern and says how each constraint fared. */
export function judge(pattern: Pattern, facts: NodeFacts, cabling: Cabling): PatternVerdict {
  const { evaluation } = cabling;
  const node = { model: facts.model, cabling };
  const record = new FullRecord(cabling);
  const unknownBefore = evaluation.unknowns;
  const matched = decide(pattern, node, record);
  const gaveUp = evaluation.unknowns > unknownBefore ? findGivenUp(pattern, evaluation) : null;
  const verdict = {
    pattern,
    matched,
    modelMatches: pattern.model === null ? null : !record.modelFails,
    constraints: record.constraints(),
    gaveUp,
  };
  const curable = !matched && gaveUp === null && !record.modelFails;
  const remedy = curable ? findRemedy(pattern, sumUp(verdict.constraints), facts, cabling) : null;
  return { ...verdict, remedy };
}

function sumUp(verdicts: readonly ConstraintVerdict[]): Failure {
  const positive = verdicts.filter(({ constraint }) => !constraint.entry.negative);
  const open = positive.filter(({ outcome }) => outcome.kind === 'left-open');
  return {
    positive: positive.map(({ constraint }) => constraint),
    open: open.map(({ constraint }) => constraint),
    violated: verdicts.some(({ outcome }) => outcome.kind === 'violated'),
  };
}

function findGivenUp(pattern: Pattern, { timedOut, exhausted }: Evaluation): GaveUp {
  const isOurs = ({ test }: TimedOut) =>
    test === pattern.model || pattern.entries.some(({ peer }) => peer.device === test || peer.port === test);
  return { timedOut: timedOut.filter(isOurs), exhausted };
}

class FullRecord implements Recorder {
  readonly heardEnough = false;
  modelFails = false;
  readonly #cabling: Cabling;
  readonly #verdicts: ConstraintVerdict[] = [];
  /** Position of an interface → the constraint that used it up. */
  readonly #users = new Map<number, Constraint>();

  constructor(cabling: Cabling) {
    this.#cabling = cabling;
  }

  modelDiffers(): void {
    this.modelFails = true;
  }

  holds(slot: number, constraint: Constraint): void {
    this.#verdicts[slot] = { constraint, outcome: { kind: 'holds' } };
  }

  violated(slot: number, constraint: Constraint, name: string, neighbor: Neighbor): void {
    this.#verdicts[slot] = { constraint, outcome: { kind: 'violated', interface: name, neighbor } };
  }

  satisfied(slot: number, constraint: Constraint, position: number): void {
    this.#users.set(position, constraint);
    const neighbor = this.#cabling.findNeighbor(constraint.entry.peer, position) ?? { device: '', port: '' };
    const name = this.#cabling.interfaces[position]?.[0] ?? '';
    this.#verdicts[slot] = { constraint, outcome: { kind: 'satisfied', interface: name, neighbor } };
  }

  leftOpen(slot: number, constraint: Constraint): void {
    this.#verdicts[slot] = { constraint, outcome: { kind: 'left-open', rival: null } };
  }

  /** Who took what a constraint wanted is known only at the end. */
  constraints(): readonly ConstraintVerdict[] {
    return this.#verdicts.map(({ constraint, outcome }) =>
      outcome.kind === 'left-open'
        ? { constraint, outcome: { kind: 'left-open', rival: this.#findRival(constraint) } }
        : { constraint, outcome },
    );
  }

  #findRival({ entry, interface: name }: Constraint): Rival | null {
    const position =
      name === null ? this.#cabling.findInterface(entry.peer, 0) : (this.#cabling.positionOf(name) ?? -1);
    const user = this.#users.get(position);
    if (user === undefined || this.#cabling.findNeighbor(entry.peer, position) === null) return null;
    return { interface: this.#cabling.interfaces[position]?.[0] ?? '', constraint: user };
  }
}
