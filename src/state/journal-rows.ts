// How changes become rows, and rows become records and runs again. Whatever strings and JSON it is given, what is stored is
// well-formed text of a bounded size: libsql aborts the process on text that is not.

import type { JournalChange, StoredRecord } from '../ports/journal.js';
import { type JournalRecord, recordLevels } from '../wire/journal-record.js';
import type { RunSummary } from '../wire/run-summary.js';
import type { Value } from './sqlite-connection.js';
import { asBytes, toText, wellFormed } from './sqlite-text.js';

/** A change as it is written. */
export interface ChangeRow {
  readonly kind: JournalChange['kind'];
  /** For `writeStatements`, in the order of its parameters. */
  readonly values: readonly Value[];
}

/** What writes a change. Each does no harm if it was written before. */
export const writeStatements: Readonly<Record<JournalChange['kind'], string>> = {
  record: `
    INSERT INTO records (id, at, node, run, type, level, message, data, source, address, report)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  run: `
    INSERT INTO runs (run, node, started_at, active_at, ended_at, summary) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (run) DO UPDATE SET node = excluded.node, started_at = excluded.started_at,
      active_at = excluded.active_at, ended_at = excluded.ended_at, summary = excluded.summary`,
  repeat: `
    UPDATE records SET repeats = repeats + 1, repeated_at = max(?, coalesce(repeated_at, '')) WHERE id = ?`,
};

/** Columns of a record for `toRecord`: text as bytes, since somebody else may have put anything into the file. */
export const recordColumns = [
  'position',
  ...['id', 'at', 'node', 'run', 'type'].map(asBytes),
  'level',
  ...['message', 'data', 'source', 'address'].map(asBytes),
  'repeats',
  asBytes('repeated_at'),
].join(', ');

/** The column of a run for `toRun`. */
export const runColumns = asBytes('summary');

const messageAtMost = 8_192;
const dataAtMost = 256 * 1_024;

/** Makes a row of a change, which may be altered afterwards. Throws if it is not what its type says. */
export function toRow(change: JournalChange): ChangeRow {
  switch (change.kind) {
    case 'record':
      return { kind: 'record', values: recordValues(change.record, change.report) };
    case 'run':
      return { kind: 'run', values: runValues(change.run) };
    case 'repeat':
      return { kind: 'repeat', values: [wellFormed(change.at), wellFormed(change.id)] };
  }
}

/** How many characters a row takes, roughly. */
export function sizeOf(row: ChangeRow): number {
  return row.values.reduce((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 64);
}

/** A row of `recordColumns`. */
export function toRecord(row: readonly unknown[]): StoredRecord {
  const [position, id, at, node, run, type, level, message, data, source, address, repeats, repeatedAt] = row;
  return {
    position: Number(position),
    id: toText(id) ?? '',
    at: toText(at) ?? '',
    node: toText(node),
    run: toText(run),
    type: (toText(type) ?? '') as JournalRecord['type'],
    level: recordLevels[Number(level)] ?? 'error',
    message: toText(message) ?? '',
    data: toData(toText(data) ?? ''),
    source: (toText(source) ?? '') as JournalRecord['source'],
    address: toText(address),
    repeats: Number(repeats),
    repeatedAt: toText(repeatedAt),
  };
}

/** A row of `runColumns`; null if somebody put something else there. */
export function toRun([summary]: readonly unknown[]): RunSummary | null {
  const run = parseJson(toText(summary) ?? '');
  return typeof run === 'object' && run !== null && 'run' in run ? (run as RunSummary) : null;
}

function recordValues(record: JournalRecord, report: number | null): Value[] {
  const { id, at, node, run, type, level, message, data, source, address } = record;
  return [
    wellFormed(id),
    wellFormed(at),
    node === null ? null : wellFormed(node),
    run === null ? null : wellFormed(run),
    wellFormed(type),
    BigInt(recordLevels.indexOf(level)),
    wellFormed(shorten(message)),
    boundedJson(data, (bytes) => ({ truncated: true, bytes })),
    wellFormed(source),
    address === null ? null : wellFormed(address),
    report === null ? null : BigInt(report),
  ];
}

function runValues(run: RunSummary): Value[] {
  const { node, startedAt, lastSignAt, endedAt } = run;
  return [
    wellFormed(run.run),
    node === null ? null : wellFormed(node),
    wellFormed(startedAt),
    wellFormed(endedAt !== null && endedAt > lastSignAt ? endedAt : lastSignAt),
    endedAt === null ? null : wellFormed(endedAt),
    boundedJson(run, () => ({
      ...run,
      memory: null,
      reason: run.reason === null ? null : shorten(run.reason),
    })),
  ];
}

function shorten(text: string): string {
  if (text.length <= messageAtMost) return text;
  const start = text.slice(0, messageAtMost).replace(/[\ud800-\udbff]$/, '');
  return `${start} … (cut, ${text.length} characters in all)`;
}

/** What can not be JSON at all is said to be so: a record is worth more than its data. */
function boundedJson(value: unknown, smaller: (bytes: number) => unknown): string {
  const text = toJson(value);
  const bytes = Buffer.byteLength(text);
  return bytes <= dataAtMost ? text : toJson(smaller(bytes));
}

function toJson(value: unknown): string {
  try {
    // JSON spells half a pair as an escape. An escaped backslash before such letters is no escape.
    const text = JSON.stringify(value) ?? '{}';
    return text.replaceAll(/\\(?:ud[89a-f][0-9a-f]{2}|.)/g, (found) => (found.length > 2 ? '\ufffd' : found));
  } catch (error) {
    return JSON.stringify({ unreadable: wellFormed(error instanceof Error ? error.message : String(error)) });
  }
}

function toData(text: string): StoredRecord['data'] {
  const data = parseJson(text);
  return typeof data === 'object' && data !== null && !Array.isArray(data)
    ? (data as StoredRecord['data'])
    : { unreadable: 'the data is not a JSON object' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
