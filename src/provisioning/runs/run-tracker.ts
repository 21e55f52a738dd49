// Follows every run: which one a request belongs to, where it stands, and how it ends (events.md, "run"). What happens is
// recorded as it happens; what only repeats the last refusal is counted instead. Nothing here waits or fails.

import type { Log } from '../../log/log.js';
import type { Journal } from '../../ports/journal.js';
import type { RunState, RunSummary } from '../../wire/run-summary.js';
import type { Caller } from '../caller.js';
import { type Entry, makeId, type Recorder } from '../recorder.js';
import { inferActions } from './infer-actions.js';
import { type Repeatable, Run } from './run.js';

/** Runs that are followed at once; beyond, the one that was silent for longest is let go. */
const mostRuns = 20_000;
/** How much is remembered at once of what belongs to no run, and of who may be a switch that starts over. */
const mostOthers = 10_000;
/** How often is looked for runs that fell silent, and what is new of the others is kept, in milliseconds. */
const sweepEveryMs = 2_000;

/** What the tracker works with. */
export interface RunTrackerParts {
  readonly recorder: Recorder;
  readonly journal: Pick<Journal, 'append' | 'runs'>;
  readonly log: Log;
  /** Seconds without a sign of life after which a run counts as stalled. */
  readonly stalledAfter: number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

/** How a run ended. */
export interface Ending {
  readonly state: Extract<RunState, 'completed' | 'failed' | 'stalled'>;
  readonly message: string;
  readonly reason: string | null;
  readonly data?: Entry['data'];
}

/** The runs of one server. */
export class RunTracker {
  readonly #parts: RunTrackerParts;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #byId = new Map<string, Run>();
  /** The last run of each node. */
  readonly #byNode = new Map<string, Run>();
  /** Open runs by address, while it is not known whose they are. */
  readonly #unnamed = new Map<string, Set<Run>>();
  /** Where definitions were sent to of late, and to whom. */
  readonly #byAddress = new Map<string, Set<Run>>();
  /** Runs that are none yet, by the node that they are said to be of. */
  readonly #candidates = new Map<string, Run>();
  /** What was recorded last of what belongs to no run, by what it is about. */
  readonly #others = new Map<string, Repeatable & { readonly at: number }>();
  #isFull = false;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: RunTrackerParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.#startedAt = this.#now();
    this.#timer = setInterval(() => this.sweep(), sweepEveryMs).unref();
  }

  /** Goes on with the runs that the journal says are open, and remembers why the others were refused. */
  async restore(): Promise<void> {
    try {
      const since = new Date(this.#now() - this.#stalledAfterMs).toISOString();
      const [open, recent] = await Promise.all([
        this.#parts.journal.runs({ open: true, limit: mostRuns }),
        this.#parts.journal.runs({ latest: true, since, limit: mostRuns }),
      ]);
      const { restoreRun } = await import('./restore-run.js');
      for (const summary of [...recent, ...open].reverse()) {
        if (!this.#byId.has(summary.run)) this.#enter(restoreRun(summary));
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.log.warning(`runs that were under way before the start are not known: ${reason}`);
    }
  }

  /** The run that a node is in, for whatever else is said of it; null if it is in none. */
  runOf(node: string): string | null {
    const run = this.#byNode.get(node);
    return run?.isOpen ? (run.original ?? run).id : null;
  }

  /** A run by its id, also one that ended lately. */
  find(id: string): Run | null {
    return this.#byId.get(id) ?? null;
  }

  /** The open run of a node. */
  current(node: string): Run | null {
    const run = this.#byNode.get(node);
    return run?.isOpen ? run : null;
  }

  /** The run that a request without a node id in its path belongs to: as it says, else by its address where only one is there. */
  attribute(caller: Caller): Run | null {
    if (caller.run !== null) {
      const run = this.find(caller.run);
      return run !== null && (caller.node === null || caller.node === run.node) ? run : null;
    }
    if (caller.node !== null) return this.current(caller.node);
    const [run, another] = [...(this.#byAddress.get(caller.address) ?? [])].filter(
      (it) => this.#isFresh(it) && !it.reports && !it.isDone,
    );
    return run !== undefined && another === undefined ? run : null;
  }

  /** A run that a switch says it is in, and that nobody remembers, as when the journal was lost. */
  adopt(id: string, node: string, address: string): Run {
    const known = this.find(id);
    if (known) return known;
    const run = new Run(id, node, address, this.#now());
    run.state = 'provisioning';
    run.expected = null;
    // Beside an open one anybody could make up as many as he likes.
    run.isCandidate = this.current(node) !== null;
    if (!run.isCandidate) this.#enter(run);
    return run;
  }

  /** A run that the journal remembers. */
  async recall(summary: RunSummary): Promise<Run> {
    const { restoreRun } = await import('./restore-run.js');
    const known = this.find(summary.run);
    if (known) return known;
    const run = restoreRun(summary);
    const latest = run.node === null ? undefined : this.#byNode.get(run.node);
    this.#enter(run);
    if (run.node !== null && latest) this.#byNode.set(run.node, latest);
    return run;
  }

  /** A new run of a node, or of a switch that said nothing of itself. The one before it is over. */
  begin(node: string | null, address: string): Run {
    const now = this.#now();
    if (node !== null) this.#candidates.delete(node);
    const before = node === null ? undefined : this.#byNode.get(node);
    if (before?.isOpen) this.#startedOver(before);
    const run = new Run(makeId(now), node, address, now);
    const last = before?.original ?? before;
    if (last?.refusal && this.#isFresh(last, true)) {
      run.held = [];
      run.original = last;
    }
    this.#enter(run);
    this.changed(run);
    return run;
  }

  /** Somebody says he is a node that is in a run: that is no proof, so its run goes on, and this one is one only once he posts. */
  beginCandidate(node: string, address: string): Run {
    const now = this.#now();
    const run = new Run(makeId(now), node, address, now);
    run.isCandidate = true;
    if (this.#candidates.size >= mostOthers) this.#candidates.clear();
    this.#candidates.set(node, run);
    return run;
  }

  /** Who fetched the bootstrap script in the name of a node that is in a run, if that was of late. */
  findCandidate(node: string): Run | null {
    const run = this.#candidates.get(node);
    return run && this.#isFresh(run) ? run : null;
  }

  /** It turned out whose run this is. */
  name(run: Run, node: string): void {
    this.#dropUnnamed(run);
    if (run.isCandidate) {
      this.#candidates.delete(node);
      run.isCandidate = false;
      this.#byId.set(run.id, run);
    }
    run.node = node;
    const before = this.#byNode.get(node);
    if (before?.isOpen && before !== run) this.#startedOver(before);
    this.#byNode.set(node, run);
    this.changed(run);
  }

  /** The open run from this address of which is not known whose it is, if there is only one. */
  findUnnamed(address: string): Run | null {
    const [run, another] = this.#unnamed.get(address) ?? [];
    return run !== undefined && another === undefined ? run : null;
  }

  /** The switch gave a sign of life. A run that fell silent, or that was thought to be over, goes on. */
  touch(run: Run, address?: string): void {
    run.lastSignAt = this.#now();
    run.isDirty = true;
    if (address !== undefined && run.node !== null) run.address = address;
    if (run.isOpen || !(run.state === 'stalled' || run.isEndGuessed)) return;
    run.isEndGuessed = false;
    run.state = run.actions.length > 0 || run.definition !== null ? 'provisioning' : 'registered';
    run.endedAt = null;
    run.reason = null;
  }

  /**
   * Records what happened in a run; holds it back while the run only repeats the one before.
   * @returns the record's id
   */
  record(run: Run, entry: Omit<Entry, 'run' | 'node'>, quietly = false): string {
    const at = this.#now();
    const id = makeId(at);
    const say = (): void => {
      const address = entry.address ?? run.address;
      const whole = { ...entry, id, at, run: run.id, node: run.node, address };
      if (quietly) this.#parts.recorder.recordQuietly(whole);
      else this.#parts.recorder.record(whole);
    };
    if (run.held) run.held.push(say);
    else say();
    return id;
  }

  /** The run is no repetition: what was held back is recorded. */
  release(run: Run): void {
    const held = run.held ?? [];
    run.held = null;
    run.original = null;
    for (const say of held) say();
    this.changed(run);
  }

  /**
   * The switch was refused. For the same reason as last time: that is counted, and nothing recorded.
   * @returns the id of the record; null if it was a repetition
   */
  refuse(run: Run, entry: Omit<Entry, 'run' | 'node'>, fingerprint: string, isFinal: boolean): string | null {
    const last = run.original ?? run;
    if (last.refusal?.fingerprint === fingerprint) {
      this.repeat(last.refusal.id);
      last.repeats += 1;
      last.lastSignAt = this.#now();
      this.#save(last);
      if (isFinal) this.#close(run, 'failed', last.reason);
      return null;
    }
    this.release(run);
    const { node, address } = run;
    const record = this.#parts.recorder.recordQuietly({ ...entry, run: run.id, node, address });
    run.refusal = { id: record.id, fingerprint };
    if (isFinal) {
      const reason = String(entry.data?.code ?? entry.message);
      const failed = `run failed: ${reason}`;
      this.end(run, { state: 'failed', message: failed, reason: entry.message }, 'log');
    } else this.changed(run);
    return record.id;
  }

  /** What the record says happened once more. */
  repeat(record: string): void {
    this.#parts.journal.append({ kind: 'repeat', id: record, at: new Date(this.#now()).toISOString() });
  }

  /** Ends an open run, and says so where that was not done. @param told where its end was said already */
  end(
    run: Run,
    { state, message, reason, data }: Ending,
    told: 'nowhere' | 'log' | 'journal' = 'nowhere',
  ): void {
    if (!run.isOpen) return;
    if (run.held) this.release(run);
    const isNews = told !== 'journal' && !(state === 'stalled' && run.hasStalled);
    run.hasStalled ||= state === 'stalled';
    this.#close(run, state, reason);
    if (!isNews) return;
    const level = state === 'completed' ? 'info' : state === 'stalled' ? 'warning' : 'error';
    const entry = { type: state, level, message, data: { duration: run.duration, reason, ...data } } as const;
    this.record(run, entry, told === 'log');
  }

  /** The run of a client that does not report has ended well, as far as can be told. */
  complete(run: Run): void {
    inferActions(run, run.actions.length, (entry) => this.record(run, entry));
    const message = 'run completed, as far as can be told: the switch fetched all that there was';
    this.end(run, { state: 'completed', message, reason: null, data: { inferred: true } });
  }

  /** What is known of the run is other than the journal has it. */
  changed(run: Run): void {
    this.#save(run);
  }

  /**
   * What belongs to no run is recorded once while it goes on being the same, and else counted.
   * @param about what it is to be compared with: the last one that was about this
   */
  recordOnce(about: string, fingerprint: string, record: () => string): void {
    const now = this.#now();
    const known = this.#others.get(about);
    this.#others.delete(about);
    if (known?.fingerprint === fingerprint && now - known.at < this.#stalledAfterMs) {
      this.#others.set(about, { ...known, at: now });
      this.repeat(known.id);
      return;
    }
    const [oldest] = this.#others.keys();
    if (oldest !== undefined && this.#others.size >= mostOthers) this.#others.delete(oldest);
    this.#others.set(about, { id: record(), fingerprint, at: now });
  }

  /** A definition was sent to this run's address: requests from there that name nobody are its own. */
  expectRequests(run: Run): void {
    if (run.address === null) return;
    const runs = this.#byAddress.get(run.address) ?? new Set();
    this.#byAddress.set(run.address, runs.add(run));
  }

  /** Ends runs that fell silent, keeps what is new, forgets what is long over. */
  sweep(): void {
    for (const run of this.#byId.values()) {
      if (run.transfers > 0) this.touch(run);
      if (run.isOpen && !this.#isFresh(run)) this.#endOfSilence(run);
      if (run.isDirty) this.#save(run);
      if (!run.isOpen && !this.#isFresh(run, true)) this.#forget(run);
    }
    for (const [address, runs] of this.#byAddress) {
      for (const run of runs) if (!this.#isFresh(run) || run.address !== address) runs.delete(run);
      if (runs.size === 0) this.#byAddress.delete(address);
    }
  }

  /** Keeps what is new; nothing is followed any more. */
  close(): void {
    clearInterval(this.#timer);
    for (const run of this.#byId.values()) {
      if (run.held && run.isOpen) this.release(run);
      if (run.isDirty) this.#save(run);
    }
  }

  get #stalledAfterMs(): number {
    return this.#parts.stalledAfter * 1000;
  }

  /** True if it gave a sign of life within the time; or ended within it, if those are asked for. */
  #isFresh(run: Run, alsoEnded = false): boolean {
    if (!run.isOpen && !alsoEnded) return false;
    // Nobody could be heard before this process began to listen.
    const since = Math.max(run.lastSignAt, run.endedAt ?? 0, this.#startedAt);
    return this.#now() - since < this.#stalledAfterMs;
  }

  /** A client that does not report and has fetched all is done; whoever else is silent has stalled. */
  #endOfSilence(run: Run): void {
    if (run.isDone) {
      this.complete(run);
      return;
    }
    const silence = `no sign of life for ${describeSeconds(this.#parts.stalledAfter)}`;
    const next = run.expected === null ? '' : `; next was to come: ${run.expected}`;
    this.end(run, { state: 'stalled', message: `run stalled: ${silence}${next}`, reason: silence });
  }

  /** One that did no more than fetch the bootstrap script is no news. */
  #startedOver(run: Run): void {
    if (run.state === 'contacted') this.#close(run, 'failed', startedOver(run).reason);
    else this.end(run, startedOver(run));
    run.isEndGuessed = true;
  }

  #close(run: Run, state: Ending['state'], reason: string | null): void {
    run.state = state;
    run.reason = reason;
    run.endedAt = this.#now();
    this.#dropUnnamed(run);
    this.changed(run);
  }

  #save(run: Run): void {
    run.isDirty = false;
    if (run.held === null && run.original === null && !run.isCandidate) {
      this.#parts.journal.append({ kind: 'run', run: run.summary() });
    }
  }

  #enter(run: Run): void {
    if (this.#byId.size >= mostRuns) this.#letOneGo();
    this.#byId.set(run.id, run);
    if (run.node !== null) this.#byNode.set(run.node, run);
    else if (run.isOpen && run.address !== null) {
      this.#unnamed.set(run.address, (this.#unnamed.get(run.address) ?? new Set()).add(run));
    }
    if (run.isOpen && run.state === 'provisioning') this.expectRequests(run);
  }

  #dropUnnamed(run: Run): void {
    if (run.node !== null || run.address === null) return;
    const runs = this.#unnamed.get(run.address);
    if (runs?.delete(run) && runs.size === 0) this.#unnamed.delete(run.address);
  }

  /** One that is over, else one that only fetched the bootstrap script, else the one that was silent for longest: without a word. */
  #letOneGo(): void {
    const worth = (run: Run): number => (run.isOpen ? (run.state === 'contacted' ? 1 : 2) : 0);
    let least: Run | null = null;
    for (const run of this.#byId.values()) {
      if (worth(run) === 0) {
        least = run;
        break;
      }
      const isLess =
        least === null ||
        worth(run) < worth(least) ||
        (worth(run) === worth(least) && run.lastSignAt < least.lastSignAt);
      if (isLess) least = run;
    }
    if (!least) return;
    if (!this.#isFull)
      this.#parts.log.warning(`more than ${mostRuns} runs at once: not all of them are followed`);
    this.#isFull = true;
    this.#forget(least);
  }

  #forget(run: Run): void {
    this.#byId.delete(run.id);
    this.#dropUnnamed(run);
    if (run.node !== null && this.#byNode.get(run.node) === run) this.#byNode.delete(run.node);
    if (run.address !== null) this.#byAddress.get(run.address)?.delete(run);
  }
}

function startedOver(run: Run): Ending {
  const action = run.actions[run.at];
  const where = action
    ? ` while it was at action ${run.at + 1} of ${run.actions.length}, ${action.action}`
    : run.expected === null
      ? ''
      : ` when ${run.expected} was to come next`;
  return {
    state: 'failed',
    message: `run failed: the switch started over${where}`,
    reason: `started over${where}`,
  };
}

function describeSeconds(seconds: number): string {
  return seconds % 60 === 0 && seconds >= 120 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}
