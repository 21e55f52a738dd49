// Where a node stands, and how its runs went: what commands print as JSON, and what pages and programs are given.

import type { RunState, RunStep, RunSummary } from './run-summary.js';

/** Where a node can stand: as its latest run does, or, without one, by what its folder holds. */
export const nodeStates = [
  'incomplete',
  'known',
  'contacted',
  'registered',
  'provisioning',
  'completed',
  'failed',
  'stalled',
] as const satisfies readonly ('incomplete' | 'known' | RunState)[];

/** One of the states above. `incomplete`: its folder has neither definition nor startup-config. */
export type NodeStateName = (typeof nodeStates)[number];

/** A node as it stands now. */
export interface NodeState {
  readonly node: string;
  readonly state: NodeStateName;
  /** True if there is a folder `nodes/<node>`. */
  readonly folder: boolean;
  /** The latest run; null, as is everything below but `reason`, if there is none. */
  readonly run: string | null;
  /** When the run ended, or began if it goes on. */
  readonly since: string | null;
  readonly lastSignAt: string | null;
  readonly definition: string | null;
  readonly step: RunStep | null;
  /** What should come next, in words; null after the end. */
  readonly expected: string | null;
  /** Why it stands there, in words; null if there is nothing to say. */
  readonly reason: string | null;
  /** How often it was refused again for the same reason. */
  readonly repeats: number;
  readonly address: string | null;
}

/** A run as others than the server see it. */
export interface RunReport extends Omit<RunSummary, 'memory'> {
  /** Seconds from its beginning to its end, or to its last sign of life if it goes on. */
  readonly duration: number;
}
