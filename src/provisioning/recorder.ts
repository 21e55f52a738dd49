// What happened goes to the journal, to the log and to whoever is to be told: here and nowhere else.

import { randomBytes } from 'node:crypto';
import type { Log, LogFields } from '../log/log.js';
import type { Journal } from '../ports/journal.js';
import type {
  JournalRecord,
  RecordData,
  RecordLevel,
  RecordSource,
  RecordType,
} from '../wire/journal-record.js';
import type { Notifier } from '../wire/notifier.js';

/** What is to be recorded; what is left out is `info`, the server's, and about nothing in particular. */
export interface Entry {
  readonly type: RecordType;
  readonly message: string;
  readonly level?: RecordLevel;
  readonly node?: string | null;
  readonly run?: string | null;
  readonly data?: RecordData;
  readonly source?: RecordSource;
  readonly address?: string | null;
  /** As `makeId` gives it; a new one if left out. */
  readonly id?: string;
  /** When it happened, in milliseconds since 1970; now if left out. */
  readonly at?: number;
  /** Its number in its run, if a switch reported it. */
  readonly report?: number;
}

/** Records what happens. Nobody who records ever waits or fails. */
export interface Recorder {
  /** Keeps it, logs it and tells it. @returns the record as made */
  record(entry: Entry): JournalRecord;
  /** As `record`, without a line in the log: where one speaks of it already. */
  recordQuietly(entry: Entry): JournalRecord;
}

/** The recorder of one process. */
export function createRecorder(parts: {
  readonly journal: Pick<Journal, 'append'>;
  readonly log: Log;
  readonly notifiers: readonly Notifier[];
}): Recorder {
  const { journal, log, notifiers } = parts;
  const keep = (entry: Entry): JournalRecord => {
    const record = makeRecord(entry);
    journal.append({ kind: 'record', record, report: entry.report ?? null });
    for (const notifier of notifiers) notifier.tell(record);
    return record;
  };
  return {
    recordQuietly: keep,
    record(entry) {
      const record = keep(entry);
      log[record.level](record.message, fieldsOf(record));
      return record;
    },
  };
}

function makeRecord(entry: Entry): JournalRecord {
  const now = entry.at ?? Date.now();
  return {
    id: entry.id ?? makeId(now),
    at: new Date(now).toISOString(),
    node: entry.node ?? null,
    run: entry.run ?? null,
    type: entry.type,
    level: entry.level ?? 'info',
    message: entry.message,
    data: entry.data ?? {},
    source: entry.source ?? 'server',
    address: entry.address ?? null,
  };
}

/** What a line of the log is about. */
function fieldsOf({ node, run, source }: JournalRecord): LogFields {
  return {
    ...(node !== null && { node }),
    ...(run !== null && { run }),
    ...(source === 'switch' && { source }),
  };
}

let lastMs = 0;
let counter = 0;

/** Sorts by time, within a millisecond by order, and is nobody else's: 9 + 3 digits, and 8 random ones. */
export function makeId(now: number): string {
  counter = now === lastMs ? counter + 1 : 0;
  lastMs = now;
  return `${now.toString(36).padStart(9, '0')}${counter.toString(36).padStart(3, '0')}${randomBytes(4).toString('hex')}`;
}
