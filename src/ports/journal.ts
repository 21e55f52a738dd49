// Where records and runs are kept. One contract suite (tests/ports/journal-suite.ts) holds for every implementation.

import type { JournalRecord, RecordLevel, RecordSource, RecordType } from '../wire/journal-record.js';
import type { RunSummary } from '../wire/run-summary.js';

/** Something to be kept. */
export type JournalChange =
  /** A new record. `report`: its number in its run, if a switch reported it: a second one of the same run and number is left out. */
  | { readonly kind: 'record'; readonly record: JournalRecord; readonly report: number | null }
  /** A run is new, or stands otherwise than before. */
  | { readonly kind: 'run'; readonly run: RunSummary }
  /** What the record `id` says happened once more, at `at`: counted, not told again. */
  | { readonly kind: 'repeat'; readonly id: string; readonly at: string };

/** A record as it was kept. */
export interface StoredRecord extends JournalRecord {
  /** Grows with every record that is kept, whoever writes it: where a follower goes on. */
  readonly position: number;
  /** How often the same happened again, and when last. */
  readonly repeats: number;
  readonly repeatedAt: string | null;
}

/** Which records; what is left out does not restrict. */
export interface RecordQuery {
  readonly node?: string;
  readonly run?: string;
  readonly types?: readonly RecordType[];
  /** This level and those above. */
  readonly level?: RecordLevel;
  readonly source?: RecordSource;
  /** Not before this time (RFC 3339, UTC). */
  readonly since?: string;
  /** Only behind this position. */
  readonly after?: number;
  /** At most so many: the first ones with `after`, else the last ones. */
  readonly limit: number;
}

/** Which runs; what is left out does not restrict. */
export interface RunQuery {
  readonly node?: string;
  /** The one with this id. */
  readonly run?: string;
  /** Those that have not ended. */
  readonly open?: true;
  /** For each node the one that began last; runs whose node is not known are left out. */
  readonly latest?: true;
  /** Only those that ended or gave a sign of life at or after this time. */
  readonly since?: string;
  /** The newest so many. */
  readonly limit: number;
}

/**
 * The journal. What is appended is written in batches; while it can not be written it is kept in memory, tried again, logged
 * and counted: nobody who appends ever waits or fails. Reading throws ZtpError `read-failed`.
 */
export interface Journal {
  /** Takes a change for the next batch. */
  append(change: JournalChange): void;
  /** Resolves once all that was appended before is durable (true), or could not be written for now (false). */
  flush(): Promise<boolean>;
  /** In the order of their positions. Empty if there is no journal yet. */
  records(query: RecordQuery): Promise<readonly StoredRecord[]>;
  /** Newest first. Empty if there is no journal yet. */
  runs(query: RunQuery): Promise<readonly RunSummary[]>;
  /** Writes what waits, within a limit of time, and closes; says in the log what was lost. Nothing may be asked any more. */
  close(): Promise<void>;
}
