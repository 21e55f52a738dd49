// The one error that rooms throw at each other. Its code decides status and exit; its message is for people.

import type { ReasonCode } from './reason-codes.js';

/** A line (1-based) of a file, and what is wrong there without naming it again. */
export interface ErrorPlace {
  readonly line: number;
  readonly reason: string;
}

/**
 * Something could not be done. `message` is one line that names the object, what was found, what was wanted
 * and, if known, the mend. Data that input can cause in the engine is returned, not thrown.
 */
export class ZtpError extends Error {
  override readonly name = 'ZtpError';
  /** Where in a file the fault is, if it is in one: the message says the same in one line. */
  readonly place: ErrorPlace | null;
  /** The whole story, line by line, where the message tells the gist of it; empty where that is all. */
  readonly explanation: readonly string[];

  constructor(
    readonly code: ReasonCode,
    message: string,
    options?: {
      readonly cause?: unknown;
      readonly place?: ErrorPlace;
      readonly explanation?: readonly string[];
    },
  ) {
    super(message, options);
    this.place = options?.place ?? null;
    this.explanation = options?.explanation ?? [];
  }
}
