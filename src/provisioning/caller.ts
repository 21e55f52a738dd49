// Who a request comes from, as far as it says. None of it is proof.

/** What a use case is told of the request's sender. */
export interface Caller {
  /** Its IP address. */
  readonly address: string;
  /** `X-ZTPS-Node`, if it is a node id. */
  readonly node: string | null;
  /** `X-ZTPS-Run`, if it can be a run's id. */
  readonly run: string | null;
}

/** True for what may be a run's id: a client sends back what it was given, but anybody may send anything. */
export function isRunId(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text);
}
