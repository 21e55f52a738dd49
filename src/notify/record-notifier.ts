// A notifier that sends each record by itself: filter, queue, masked secrets, and a transport to hand them to.

import { randomBytes } from 'node:crypto';
import type { NotifyCommon, TlsSettings } from '../config/notify-settings.js';
import type { Log } from '../log/log.js';
import { type JournalRecord, reaches } from '../wire/journal-record.js';
import type { Notifier } from '../wire/notifier.js';
import { Attempt } from './attempt.js';
import { explainFailure } from './explain-failure.js';
import { maskRecord } from './mask-secrets.js';
import { Outbox } from './outbox.js';
import { sizeOf } from './size-of.js';
import type { GiveBack, NotifyEnvironment, Transport } from './transport.js';

/** Puts a transport behind a queue. `connect` makes it, and is handed the way to give back what may not have arrived. */
export function createRecordNotifier(
  settings: NotifyCommon & { readonly tls: TlsSettings | null },
  log: Log,
  { limits }: NotifyEnvironment,
  connect: (giveBack: GiveBack<JournalRecord>) => Transport,
): Notifier {
  const transport = connect((records) => outbox.giveBack(records));
  const ca = settings.tls?.ca ?? null;
  const outbox = new Outbox<JournalRecord>({
    name: settings.name,
    receiver: transport.receiver,
    log,
    limits,
    ca,
    send: async (record, signal, isWritten) => transport.send(maskRecord(record), signal, isWritten),
    countOf: () => 1,
    sizeOf,
    makeNotice,
  });
  return {
    name: settings.name,
    tell(record) {
      if (passes(settings, record)) outbox.put(record);
    },
    test: () => testTransport(transport, makeNotice(testText), limits.attemptMs, ca),
    async close() {
      await outbox.close();
      await transport.close();
    },
  };
}

/** What a test message says. */
export const testText = 'This is a test message: notifications of this server arrive here';

/** True if the section asks for records like this. */
export function passes({ level, events }: NotifyCommon, record: JournalRecord): boolean {
  return reaches(record.level, level) && (events === null || events.includes(record.type));
}

/** A record of our own making, that is in no journal. */
export function makeNotice(message: string): JournalRecord {
  const now = Date.now();
  return {
    id: `${now.toString(36).padStart(9, '0')}000${randomBytes(4).toString('hex')}`,
    at: new Date(now).toISOString(),
    node: null,
    run: null,
    type: 'log',
    level: 'warning',
    message,
    data: {},
    source: 'server',
    address: null,
  };
}

/** Sends `item` within the limit of time. Rejects with one line: reason and mend. */
export async function testTransport<T>(
  transport: Transport<T>,
  item: T,
  limitMs: number,
  ca: string | null,
): Promise<string> {
  try {
    return await new Attempt().run(limitMs, (signal, isWritten) => transport.test(item, signal, isWritten));
  } catch (error) {
    throw new Error(explainFailure(error, ca), { cause: error });
  }
}
