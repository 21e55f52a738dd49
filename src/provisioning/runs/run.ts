// One attempt of one switch, as the server follows it: what it is at, and what is remembered of it. Decides nothing:
// run-tracker.ts does, and follow-requests.ts for clients that do not report.

import type { RunState, RunSummary } from '../../wire/run-summary.js';

/** An action of the definition that was sent. */
export interface KnownAction {
  readonly action: string;
  readonly name: string | null;
}

/** A record that may happen again, and what it has to be the same in to be the same. */
export interface Repeatable {
  readonly id: string;
  readonly fingerprint: string;
}

/** What goes into `RunSummary.memory`, and comes back with `restoreRun`. */
export interface RunMemory {
  readonly actions: readonly KnownAction[];
  readonly at: number;
  readonly fetched: readonly string[];
  readonly lastReport: number;
  readonly hasStalled: boolean;
  readonly refusal: Repeatable | null;
  readonly contact: Repeatable | null;
}

/** A run. Times are milliseconds since 1970. */
export class Run {
  node: string | null;
  address: string | null;
  state: RunState = 'contacted';
  lastSignAt: number;
  endedAt: number | null = null;
  definition: string | null = null;
  actions: readonly KnownAction[] = [];
  /** The action that it is at, from 0; -1 before the first. */
  at = -1;
  /** Names of actions that were asked for. */
  readonly fetched = new Set<string>();
  expected: string | null = 'POST /nodes';
  reason: string | null = null;
  repeats = 0;
  reports = false;
  /** Numbers of the reports that were taken. */
  readonly taken = new Set<number>();
  /** Reports up to this number were taken before the server was started. */
  takenBefore = 0;
  /** Files that are being sent to it. */
  transfers = 0;
  /** It was said once that it fell silent. */
  hasStalled = false;
  /** Why it was refused. */
  refusal: Repeatable | null = null;
  contact: Repeatable | null = null;
  /** What is not recorded yet, since it may turn out to be the same as last time; null if nothing is held back. */
  held: (() => void)[] | null = null;
  /** The run that this one only repeats. */
  original: Run | null = null;
  /** Somebody only says that it is this node's; it counts once he posts. */
  isCandidate = false;
  /** It was thought to be over since another one seemed to begin. */
  isEndGuessed = false;
  /** Something changed that the journal does not know yet. */
  isDirty = false;

  constructor(
    readonly id: string,
    node: string | null,
    address: string | null,
    readonly startedAt: number,
  ) {
    this.node = node;
    this.address = address;
    this.lastSignAt = startedAt;
  }

  get isOpen(): boolean {
    return this.endedAt === null;
  }

  /** True once there is nothing left that a client which does not report would ask for. */
  get hasFetchedAll(): boolean {
    return this.state === 'provisioning' && this.actions.every(({ action }) => this.fetched.has(action));
  }

  /** True if a client that does not report has fetched all that there was. */
  get isDone(): boolean {
    return !this.reports && this.hasFetchedAll;
  }

  get duration(): number {
    return Math.round((this.endedAt ?? this.lastSignAt) - this.startedAt) / 1000;
  }

  /** True the first time that a report of this number comes. */
  take(report: number): boolean {
    if (report <= this.takenBefore || this.taken.has(report)) return false;
    this.taken.add(report);
    return true;
  }

  summary(): RunSummary {
    const action = this.actions[this.at];
    return {
      run: this.id,
      node: this.node,
      state: this.state,
      address: this.address,
      startedAt: new Date(this.startedAt).toISOString(),
      lastSignAt: new Date(this.lastSignAt).toISOString(),
      endedAt: this.endedAt === null ? null : new Date(this.endedAt).toISOString(),
      definition: this.definition,
      step: action ? { index: this.at + 1, of: this.actions.length, action: action.action } : null,
      expected: this.isOpen ? this.expected : null,
      reason: this.reason,
      repeats: this.repeats,
      reports: this.reports,
      memory: {
        actions: this.actions,
        at: this.at,
        fetched: [...this.fetched],
        lastReport: Math.max(this.takenBefore, ...[...this.taken].slice(-1000)),
        hasStalled: this.hasStalled,
        refusal: this.refusal,
        contact: this.contact,
      } satisfies RunMemory,
    };
  }
}
