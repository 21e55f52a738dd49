// What a journal asks of its thread, and what comes back. Each request has one answer, in their order.

import type { RecordQuery, RunQuery, StoredRecord } from '../ports/journal.js';
import type { RunSummary } from '../wire/run-summary.js';
import type { ChangeRow } from './journal-rows.js';

/** What the thread is started with. */
export interface JournalWorkerData {
  /** Absolute path of the file. */
  readonly path: string;
  /** Its first place becomes 1 when there is no more time: what was not begun then is refused, and no lock is waited for. */
  readonly stop: Int32Array;
}

/** What may be asked, by its kind: the request and what it yields. */
export interface JournalWork {
  /** Yields why changes were left out that can never be written. */
  readonly write: [{ readonly changes: readonly ChangeRow[] }, readonly string[]];
  readonly records: [{ readonly query: RecordQuery }, readonly StoredRecord[]];
  readonly runs: [{ readonly query: RunQuery }, readonly RunSummary[]];
  /** Deletes what is older than `before`, at most so many rows of each table. Yields how many it were. */
  readonly prune: [{ readonly before: string; readonly limit: number }, number];
}

/** A request of one of these kinds, or of any. */
export type JournalRequest<Kind extends keyof JournalWork = keyof JournalWork> = {
  [Each in Kind]: { readonly kind: Each } & JournalWork[Each][0];
}[Kind];

/** What a request yields. */
export type JournalValue<Kind extends keyof JournalWork = keyof JournalWork> = JournalWork[Kind][1];

/** What comes of a request. */
export type JournalAnswer = {
  /** The thread is of no further use: it answers nothing more, and only its end closes the file. */
  readonly spent: boolean;
} & (
  | { readonly kind: 'done'; readonly value: JournalValue }
  /** In words. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The file was replaced by another meanwhile: a new thread does it all again. */
  | { readonly kind: 'replaced' }
);
