// One thing that happened to a node, as the journal keeps it and everybody hears of it (events.md). Records are never rewritten.

/** What may happen. `docs/journal.md` explains each; a test compares. */
export const recordTypes = [
  'contacted',
  'registered',
  'refused',
  'definition-sent',
  'definition-refused',
  'action-started',
  'action-succeeded',
  'action-failed',
  'download',
  'log',
  'completed',
  'failed',
  'stalled',
  'config-saved',
  'resource-allocated',
  'resource-released',
  'operator',
] as const;

/** One of the types above. */
export type RecordType = (typeof recordTypes)[number];

/** From the least to the most important. */
export const recordLevels = ['debug', 'info', 'warning', 'error'] as const;

/** How much a record matters. */
export type RecordLevel = (typeof recordLevels)[number];

/** Who says so. */
export type RecordSource = 'server' | 'switch' | 'operator';

/** What a record's type adds: plain JSON, a mapping of a few keys (events.md). */
export type RecordData = Readonly<Record<string, unknown>>;

/** One record. */
export interface JournalRecord {
  /** Unique; sorts by time. */
  readonly id: string;
  /** The server's clock, RFC 3339 in UTC with milliseconds: `2026-11-26T14:44:05.123Z`. */
  readonly at: string;
  /** Null where it is not known which node it is about. */
  readonly node: string | null;
  /** The attempt it belongs to; null outside of one. */
  readonly run: string | null;
  readonly type: RecordType;
  readonly level: RecordLevel;
  /** One or more sentences for people; may quote a stranger, so whoever shows it escapes it. */
  readonly message: string;
  readonly data: RecordData;
  readonly source: RecordSource;
  /** The IP address that the request came from; null if it is about none. */
  readonly address: string | null;
}

/** True if `level` matters at least as much as `least`. */
export function reaches(level: RecordLevel, least: RecordLevel): boolean {
  return recordLevels.indexOf(level) >= recordLevels.indexOf(least);
}
