// Why a wish can not be fulfilled. The engine returns it; who asked decides what becomes of it.

/** One sentence for whoever wished: what was found, what was wanted. */
export interface Refusal {
  readonly reason: string;
}

/** True for a refusal, whatever else might have come. */
export function isRefusal(it: object): it is Refusal {
  return 'reason' in it;
}
