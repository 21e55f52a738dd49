// About how much memory a record takes: enough to bound a queue by, and found without looking at all of it.

import type { JournalRecord } from '../wire/journal-record.js';

/** Values that are looked at; a record that has more counts as large as a report of a switch may be. */
const looks = 1_000;
const largest = 256 * 1024;
/** What a value takes besides its text. */
const overhead = 50;

/** Characters, roughly. */
export function sizeOf(record: JournalRecord): number {
  let size = record.message.length + 10 * overhead;
  const waiting: unknown[] = [record.data];
  for (let seen = 0; waiting.length > 0; seen += 1) {
    if (seen === looks || waiting.length > looks) return size + largest;
    const value = waiting.pop();
    size += overhead;
    if (typeof value === 'string') size += value.length;
    else if (Array.isArray(value)) waiting.push(...value.slice(0, looks + 1));
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        size += key.length;
        waiting.push(item);
      }
    }
  }
  return size;
}
