// The one error that rooms throw at each other. Its code decides status and exit; its message is for people.

import type { ReasonCode } from './reason-codes.js';

/**
 * Something could not be done. `message` is one line that names the object, what was found, what was wanted
 * and, if known, the mend. Data that input can cause in the engine is returned, not thrown.
 */
export class ZtpError extends Error {
  override readonly name = 'ZtpError';

  constructor(
    readonly code: ReasonCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}
