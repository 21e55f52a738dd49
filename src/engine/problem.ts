// What is wrong with something an operator wrote. Data only: who shows it adds the file's name.

/** One finding. An error makes the file unusable, a warning points at a likely mistake. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** 1-based line in the file, null where no line can be named. */
  readonly line: number | null;
  /** One sentence: what was found, what was wanted, and the mend if known. Names the pattern, action or key it is about. */
  readonly reason: string;
}
