// The answer of every reader in this folder: a value, or why there is none. Readers never throw for what they read.

/** `reason` completes "… : " in a message: what was found, what was wanted, and the mend if known. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

/** A reader's success. */
export function parsed<Value>(value: Value): Parsed<Value> {
  return { ok: true, value };
}

/** A reader's refusal. */
export function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
