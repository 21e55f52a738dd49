// Reads the journal in pieces: to its end, or on and on as it grows. Changes nothing.

import { setTimeout as wait } from 'node:timers/promises';
import type { Journal, RecordQuery, StoredRecord } from '../ports/journal.js';

/** Which records; `last`: only the last so many of them, null for all. */
export interface RecordsWish extends Omit<RecordQuery, 'after' | 'limit'> {
  readonly last: number | null;
}

/** Records that are asked for at once. */
const piece = 1000;

/** Milliseconds between two looks for new records. */
const pauseMs = 500;

/**
 * The records that are there, in order, a piece at a time; never an empty one.
 * @throws ZtpError `read-failed`
 */
export async function* readRecords(
  journal: Pick<Journal, 'records'>,
  { last, ...query }: RecordsWish,
): AsyncGenerator<readonly StoredRecord[], void> {
  if (last !== null) {
    const records = last === 0 ? [] : await journal.records({ ...query, limit: last });
    if (records.length > 0) yield records;
    return;
  }
  yield* readBehind(journal, query, 0);
}

/**
 * As `readRecords`, and then what comes, until `signal` is aborted. A journal that is not there yet is waited for.
 * @throws ZtpError `read-failed`
 */
export async function* followRecords(
  journal: Pick<Journal, 'records'>,
  wish: RecordsWish,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredRecord[], void> {
  const { last: _, ...query } = wish;
  // Looked up before what matches is asked for, so nothing can slip in between unseen; and what does not match is not looked through again.
  let position = await findEnd(journal);
  for await (const records of readRecords(journal, wish)) {
    position = Math.max(position, endOf(records));
    yield records;
  }
  while (await pause(signal)) {
    const end = await findEnd(journal);
    if (end <= position) continue;
    for await (const records of readBehind(journal, query, position)) {
      position = Math.max(position, endOf(records));
      yield records;
      if (signal.aborted) return;
    }
    position = Math.max(position, end);
  }
}

async function* readBehind(
  journal: Pick<Journal, 'records'>,
  query: Omit<RecordQuery, 'after' | 'limit'>,
  position: number,
): AsyncGenerator<readonly StoredRecord[], void> {
  let wanted = query;
  for (let after = position; ; ) {
    const records = await journal.records({ ...wanted, after, limit: piece });
    if (records.length > 0) yield records;
    if (records.length < piece) return;
    after = endOf(records);
    // Looked up once: what stands behind a record of that time is of that time.
    const { since: _, ...others } = query;
    wanted = others;
  }
}

async function findEnd(journal: Pick<Journal, 'records'>): Promise<number> {
  return endOf(await journal.records({ limit: 1 }));
}

function endOf(records: readonly StoredRecord[]): number {
  return records.at(-1)?.position ?? 0;
}

/** False once it is time to stop. */
async function pause(signal: AbortSignal): Promise<boolean> {
  await wait(pauseMs, undefined, { signal }).catch(() => {});
  return !signal.aborted;
}
