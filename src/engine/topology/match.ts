// Matches a node against a neighbordb, and checks it against one pattern. Decides nothing itself: decide.ts does.

import type { NodeFacts } from '../node-facts.js';
import type { BoundedRegexRun } from '../python-regex/python-regex.js';
import { Cabling } from './cabling.js';
import type { Constraint } from './constraint.js';
import { decide, type Recorder } from './decide.js';
import { Evaluation, type GaveUp } from './evaluation.js';
import type { NameTest } from './name-test.js';
import { type CompiledNeighbordb, selectCandidates } from './neighbordb.js';
import type { Pattern } from './pattern.js';
import { judge, type PatternVerdict } from './verdict.js';

/** The nearest misses that are kept of a match in vain, unless more are wanted. */
const mostNearest = 10;

/** The outcome for one node. */
export type MatchResult =
  | {
      readonly kind: 'match';
      readonly pattern: Pattern;
      readonly verdict: PatternVerdict;
      readonly gaveUp: GaveUp;
    }
  | {
      readonly kind: 'no-match';
      /** How many patterns were tried. */
      readonly tried: number;
      /** True if one pattern names the node, so that nothing else was tried. */
      readonly named: boolean;
      /** The patterns that failed by least, nearest first; no more than wanted, none if the match was given up. */
      readonly nearest: readonly PatternVerdict[];
      readonly gaveUp: GaveUp;
    };

/**
 * Finds the first pattern that the node matches (neighbordb.md, Choosing candidates and Matching, exactly).
 * @param neighbordb not `invalid`; an invalid one has no patterns here
 * @param run runs an expression that can not be run in linear time, under a hard limit
 * @param most how many of the nearest misses are judged, if none matches
 */
export function matchNeighbordb(
  node: { readonly id: string; readonly facts: NodeFacts },
  neighbordb: CompiledNeighbordb,
  run: BoundedRegexRun,
  most: number = mostNearest,
): MatchResult {
  const { facts } = node;
  const evaluation = new Evaluation(run);
  const cabling = new Cabling(facts.neighbors, evaluation);
  const candidates = selectCandidates(node.id, neighbordb);
  const pattern = candidates.patterns.find((it) => decide(it, { model: facts.model, cabling }, null));
  const gaveUp = { timedOut: [...evaluation.timedOut], exhausted: evaluation.exhausted };
  evaluation.refill();
  if (pattern !== undefined) {
    return { kind: 'match', pattern, verdict: judge(pattern, facts, cabling), gaveUp };
  }
  // A report that was too much to compare is too much to explain.
  const nearest = gaveUp.exhausted ? [] : findNearest(candidates.patterns, facts, cabling, most);
  evaluation.refill();
  return {
    kind: 'no-match',
    tried: candidates.patterns.length,
    named: candidates.named,
    nearest: nearest.map((it) => judge(it, facts, cabling)),
    gaveUp,
  };
}

/** Holds a node against one pattern and says how every constraint fared. `node` of the pattern is not compared. */
export function checkPattern(facts: NodeFacts, pattern: Pattern, run: BoundedRegexRun): PatternVerdict {
  return judge(pattern, facts, new Cabling(facts.neighbors, new Evaluation(run)));
}

/** The patterns of whose constraints the smallest share is missed; among equals the first in the file. */
function findNearest(
  patterns: readonly Pattern[],
  facts: NodeFacts,
  cabling: Cabling,
  most: number,
): readonly Pattern[] {
  const nearest: { readonly pattern: Pattern; readonly share: number }[] = [];
  for (const pattern of patterns) {
    if (cabling.evaluation.exhausted) break;
    const limit = nearest.length < most ? Infinity : (nearest.at(-1)?.share ?? Infinity);
    const misses = new MissCount(pattern, cabling, limit);
    decide(pattern, { model: facts.model, cabling }, misses);
    const { share } = misses;
    if (share >= limit) continue;
    const behind = nearest.findIndex((other) => share < other.share);
    nearest.splice(behind === -1 ? nearest.length : behind, 0, { pattern, share });
    nearest.length = Math.min(nearest.length, most);
  }
  return nearest.map(({ pattern }) => pattern);
}

/** Adds up by how much a pattern fails, until that is `limit`. */
class MissCount implements Recorder {
  readonly #cabling: Cabling;
  readonly #limit: number;
  /** Positive constraints, and those negative ones that are violated: one that holds says nothing about nearness. */
  #counted: number;
  #missed = 0;
  #modelDiffers = 0;

  constructor(pattern: Pattern, cabling: Cabling, limit: number) {
    this.#cabling = cabling;
    this.#limit = limit;
    this.#counted = pattern.positiveCount;
  }

  /** 0 to 1, and 1 more for another model, which no cable cures. Only grows. */
  get share(): number {
    return this.#modelDiffers + (this.#counted === 0 ? 0 : this.#missed / this.#counted);
  }

  get heardEnough(): boolean {
    return this.share >= this.#limit;
  }

  modelDiffers(): void {
    this.#modelDiffers = 1;
  }

  holds(): void {}

  violated(): void {
    this.#counted += 1;
    this.#missed += 1;
  }

  satisfied(): void {}

  /** A cable that is there, but plugged elsewhere, or in another port of the right device, is half a miss. */
  leftOpen(_slot: number, { entry, interface: name }: Constraint): void {
    const elsewhere = this.#cabling.findInterface(entry.peer, 0) !== -1;
    this.#missed += elsewhere || this.#hasDevice(entry.peer.device, name) ? 0.5 : 1;
  }

  #hasDevice(device: NameTest | null, name: string | null): boolean {
    const position = name === null ? undefined : this.#cabling.positionOf(name);
    if (device === null || position === undefined) return false;
    const [first] = this.#cabling.interfaces[position]?.[1] ?? [];
    return first !== undefined && this.#cabling.evaluation.passes(device, first.device);
  }
}
