// Runs match functions on what a switch reported, within limits that no switch can stretch. One evaluation serves one match.

import type { BoundedRegexRun } from '../python-regex/python-regex.js';
import { type NameTest, passesPlainTest } from './name-test.js';

/**
 * How much one match may take, in characters read (a function that was asked before about the same text is free): about
 * a second. 10,000 expressions without a literal beginning against 64 neighbours take less than half of it.
 */
const workLimit = 50_000_000;

/** What one run under a time limit counts: starting it costs as much as reading so many characters. */
const boundedRunWork = 2_000;

/** Expressions that may run into their time limit in one match; later ones are not started. */
const mostTimedOutRuns = 10;

/** An expression that was given up, and the text that it was given up on. */
export interface TimedOut {
  readonly test: NameTest;
  readonly text: string;
}

/** What could not be found out within the limits: for the log. */
export interface GaveUp {
  /** The first few expressions that took too long. */
  readonly timedOut: readonly TimedOut[];
  /** True if the limit was reached, after which nothing can match. */
  readonly exhausted: boolean;
}

/** The results of one match's functions. */
export class Evaluation {
  /**
   * Counts every use of a result that is not known for want of time. A pattern that needed one does not match:
   * what is unknown must neither satisfy a constraint nor let a negative one hold.
   */
  unknowns = 0;
  /** The expressions that were given up; no more than the limit of such runs. */
  readonly timedOut: TimedOut[] = [];

  readonly #run: BoundedRegexRun;
  readonly #known = new Map<NameTest, Map<string, boolean | null>>();
  #work = 0;

  constructor(run: BoundedRegexRun) {
    this.#run = run;
  }

  /** Whether the name passes the test; false, and counted in `unknowns`, if that could not be found out in time. */
  passes(test: NameTest, text: string): boolean {
    if (test.kind === 'exact') return text === test.argument;
    if (test.kind === 'regex' && !text.startsWith(test.prefix)) return false;
    let known = this.#known.get(test);
    if (known === undefined) {
      known = new Map();
      this.#known.set(test, known);
    }
    let result = known.get(text);
    if (result === undefined) {
      result = this.#compute(test, text);
      known.set(text, result);
    }
    if (result === null) this.unknowns += 1;
    return result === true;
  }

  /** True once the limit is reached: nothing can match any more. */
  get exhausted(): boolean {
    return this.#work > workLimit;
  }

  /** Starts a new limit, for the explanation of what was decided under the old one. What is known stays known. */
  refill(): void {
    this.#work = 0;
  }

  /** Takes `amount` from the limit. False if that was too much: the caller then counts its result as unknown. */
  spend(amount: number): boolean {
    this.#work += amount;
    return this.#work <= workLimit;
  }

  #compute(test: NameTest, text: string): boolean | null {
    if (!this.spend(text.length + 16)) return null;
    if (test.kind !== 'regex') return passesPlainTest(test, text);
    if (test.regex.engine === 'bounded') {
      if (this.timedOut.length >= mostTimedOutRuns || !this.spend(boundedRunWork)) return null;
    }
    const outcome = test.regex.matchesAtStart(text, this.#run);
    if (outcome !== 'timed-out') return outcome === 'match';
    this.timedOut.push({ test, text });
    return null;
  }
}
