// One attempt of one switch, summed up: where it stands, and what should come next (events.md, "run").

/** Where a run stands. The last three are ends. */
export type RunState = 'contacted' | 'registered' | 'provisioning' | 'completed' | 'failed' | 'stalled';

/** The action that a run is at, or was last at. */
export interface RunStep {
  /** From 1. */
  readonly index: number;
  readonly of: number;
  readonly action: string;
}

/** A run as it stands now. Unlike records, it is rewritten as the run goes on. */
export interface RunSummary {
  /** The run's id, as in `X-ZTPS-Run`. */
  readonly run: string;
  /** Null while it is not known whose it is. */
  readonly node: string | null;
  readonly state: RunState;
  /** Where its last request came from. */
  readonly address: string | null;
  readonly startedAt: string;
  /** When the switch last gave a sign of life. */
  readonly lastSignAt: string;
  /** Null while it goes on. */
  readonly endedAt: string | null;
  /** The definition's name, once one was sent. */
  readonly definition: string | null;
  readonly step: RunStep | null;
  /** What should come next, in words: `POST /nodes`, `action 2 of 3, add_config`; null after the end. */
  readonly expected: string | null;
  /** Why it ended as it did, in words; null if there is nothing to say. */
  readonly reason: string | null;
  /** How often the switch tried again and was refused for the same reason. */
  readonly repeats: number;
  /** True if the client reports its progress itself. */
  readonly reports: boolean;
  /** What the server has to remember to go on with the run after a restart; nobody else reads it. */
  readonly memory: unknown;
}
