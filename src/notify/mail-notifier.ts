// Gathers records into mails: one for each run, when it ends, and one for each node where there is no run. Nobody wants a mail
// for every step of a thousand switches.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MailSettings } from '../config/notify-settings.js';
import type { Log } from '../log/log.js';
import type { JournalRecord } from '../wire/journal-record.js';
import type { Notifier } from '../wire/notifier.js';
import { type Digest, isEnd, longestDigest } from './mail-digest.js';
import { createMailTransport } from './mail-transport.js';
import { maskRecord } from './mask-secrets.js';
import { Outbox } from './outbox.js';
import { makeNotice, passes, testText, testTransport } from './record-notifier.js';
import { sizeOf } from './size-of.js';
import type { NotifyEnvironment, Transport } from './transport.js';

/** How long a mail waits for the end of its run, and for more about its node where there is no run. */
const runMs = 15 * 60_000;
const nodeMs = 60_000;

/** Runs that are over and may still have something to say, such as that a configuration was saved. */
const mostOver = 10_000;

/** Records that are masked before something else has its turn. */
const slice = 20;

interface Gathering {
  readonly records: JournalRecord[];
  more: number;
  readonly timer: NodeJS.Timeout;
}

/** The notifier of a section of type mail. */
export function createMailNotifier(
  settings: MailSettings,
  log: Log,
  environment: NotifyEnvironment,
): Notifier {
  const { limits } = environment;
  const ca = settings.tls?.ca ?? null;
  const transport: Transport<Digest> = createMailTransport(settings, environment, (digests) =>
    outbox.giveBack(digests),
  );
  const outbox = new Outbox<Digest>({
    name: settings.name,
    receiver: transport.receiver,
    log,
    limits,
    ca,
    send: async (digest, signal, isWritten) => transport.send(await maskDigest(digest), signal, isWritten),
    countOf: ({ records }) => records.length,
    sizeOf: sizeOfAll,
    makeNotice: (text) => digestOf(makeNotice(text)),
  });
  const gatherings = new Map<string, Gathering>();
  /** Records in all of them, and their characters. */
  let gathered = 0;
  let gatheredSize = 0;

  const over = new Set<string>();

  /** Whose mail a record belongs in: its run's; its node's if there is no run, or if that has had its mail. */
  const findKey = (record: JournalRecord) => {
    const { run, node, type } = record;
    if (run === null || (over.has(run) && !isEnd(record))) return `node ${node}`;
    if (type === 'completed' || type === 'failed') over.add(run);
    const [oldest] = over;
    if (over.size > mostOver && oldest !== undefined) over.delete(oldest);
    return `run ${run}`;
  };

  const finish = (key: string) => {
    const gathering = gatherings.get(key);
    if (!gathering) return;
    const { records, more, timer } = gathering;
    gatherings.delete(key);
    clearTimeout(timer);
    gathered -= records.length;
    gatheredSize -= sizeOfAll({ records });
    outbox.put({ records, more, to: null });
  };

  const add = (key: string, record: JournalRecord) => {
    const gathering = gatherings.get(key);
    if (gathering && gathering.records.length === longestDigest) {
      gathering.more += 1;
      return;
    }
    const size = sizeOf(record);
    if (!outbox.hasRoom(gathered + 1, gatheredSize + size)) {
      outbox.drop(1, gathered);
      return;
    }
    gathered += 1;
    gatheredSize += size;
    if (gathering) {
      gathering.records.push(record);
    } else {
      const timer = setTimeout(() => finish(key), key.startsWith('run ') ? runMs : nodeMs).unref();
      gatherings.set(key, { records: [record], more: 0, timer });
    }
  };

  return {
    name: settings.name,
    tell(record) {
      const key = findKey(record);
      if (passes(settings, record)) add(key, record);
      if (isEnd(record)) finish(key);
    },
    test: () => testTransport(transport, digestOf(makeNotice(testText)), limits.attemptMs, ca),
    async close() {
      for (const key of [...gatherings.keys()]) finish(key);
      await outbox.close();
      await transport.close();
    },
  };
}

function sizeOfAll({ records }: Pick<Digest, 'records'>): number {
  return records.reduce((sum, record) => sum + sizeOf(record), 0);
}

function digestOf(record: JournalRecord): Digest {
  return { records: [record], more: 0, to: null };
}

async function maskDigest(digest: Digest): Promise<Digest> {
  const records: JournalRecord[] = [];
  for (const record of digest.records) {
    if (records.length % slice === slice - 1) await nextTurn();
    records.push(maskRecord(record));
  }
  return { ...digest, records };
}
