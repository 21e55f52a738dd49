// Collects what is wrong with one file while it is compiled. Says nothing twice that the reader of the document says.

import type { Problem } from '../problem.js';

/** More are of no use to anybody, and a generated file with one mistake can hold it a million times. */
const mostKept = 1000;

/** The problems of one file in the order found. */
export class Findings {
  /** True once there was an error. */
  hasErrors = false;
  readonly #problems: Problem[] = [];
  #leftOut = 0;

  error(line: number | null, reason: string): void {
    this.hasErrors = true;
    this.#add({ severity: 'error', line, reason });
  }

  warning(line: number | null, reason: string): void {
    this.#add({ severity: 'warning', line, reason });
  }

  /** Sorted by line; those without a line first. */
  list(): readonly Problem[] {
    const problems = this.#problems.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0));
    if (this.#leftOut === 0) return problems;
    const severity = this.hasErrors ? 'error' : 'warning';
    return [...problems, { severity, line: null, reason: `${this.#leftOut} more problems are not listed` }];
  }

  #add(problem: Problem): void {
    if (this.#problems.length < mostKept) this.#problems.push(problem);
    else this.#leftOut += 1;
  }
}
