// What a journal asks of its thread, and what comes back.

import type { RecordQuery, RunQuery, StoredRecord } from '../ports/journal.js';
import type { RunSummary } from '../wire/run-summary.js';
import type { ChangeRow } from './journal-rows.js';

/** What may be asked, by its kind: the request and what it yields. */
export interface JournalWork {
  /** Yields why changes were left out that can never be written. */
  readonly write: readonly [{ readonly changes: readonly ChangeRow[] }, readonly string[]];
  readonly records: readonly [{ readonly query: RecordQuery }, readonly StoredRecord[]];
  readonly runs: readonly [{ readonly query: RunQuery }, readonly RunSummary[]];
  /** Deletes what is older than `before`, at most so many rows of each table. Yields how many it were. */
  readonly prune: readonly [{ readonly before: string; readonly limit: number }, number];
}
