// What one mail says: some records of one run, or of one node, as subject and plain text. Opens no connection.

import type { JournalRecord, RecordType } from '../wire/journal-record.js';
import { recordLevels } from '../wire/journal-record.js';
import { oneLine } from './describe-record.js';

/** Records that become one mail. */
export interface Digest {
  /** In the order in which they were told; at most `longestDigest`. */
  readonly records: readonly JournalRecord[];
  /** How many more there were. */
  readonly more: number;
  /** Whom it still has to reach; null for everybody. */
  readonly to: readonly string[] | null;
}

/** Lines of a mail. */
export const longestDigest = 500;

const longestSubject = 150;
const ends: readonly RecordType[] = ['completed', 'failed', 'stalled'];

/** True for the last record of a run. */
export function isEnd(record: JournalRecord): boolean {
  return record.run !== null && ends.includes(record.type);
}

/** One line: whose, how it ended, and why; without an end, the first of the gravest records. */
export function writeSubject({ records, more }: Digest): string {
  const end = records.findLast(isEnd);
  const main = end ?? gravest(records);
  if (!main) return 'ztps';
  const who = nodeOf(records) ?? main.address ?? '';
  const { reason } = main.data;
  const others = end ? 0 : records.length - 1 + more;
  const said = end
    ? `${end.type}: ${typeof reason === 'string' && reason !== '' ? reason : end.message}`
    : `${main.message}${others > 0 ? ` (and ${others} more)` : ''}`;
  const separator = who === '' ? '' : end ? ' ' : ': ';
  return oneLine(`ztps: ${who}${separator}${said}`, longestSubject);
}

/** A line for each record, with time and level. */
export function writeBody({ records, more }: Digest): string {
  const about = (name: string, value: string | null | undefined) =>
    value === null || value === undefined ? [] : [`${name}: ${oneLine(value, 200)}`];
  const heads = [
    ...about('Node', nodeOf(records)),
    ...about('Address', records.findLast((record) => record.address !== null)?.address),
    ...about('Run', records[0]?.run),
  ];
  const lines = records.map(
    ({ at, level, message }) =>
      `${at.slice(0, 19).replace('T', ' ')} UTC  ${level.padEnd(7)}  ${oneLine(message)}`,
  );
  if (more > 0) lines.push(`and ${more} more`);
  return `${[...heads, ...(heads.length > 0 ? [''] : []), ...lines].join('\n')}\n`;
}

function nodeOf(records: readonly JournalRecord[]): string | null {
  return records.find(({ node }) => node !== null)?.node ?? null;
}

function gravest(records: readonly JournalRecord[]): JournalRecord | undefined {
  return recordLevels
    .toReversed()
    .flatMap((level) => records.find((record) => record.level === level) ?? [])
    .at(0);
}
