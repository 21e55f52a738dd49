// What people do at command lines is recorded by other processes: here the server finds it in the journal, for those who
// are to be told.

import type { Journal } from '../ports/journal.js';
import type { Notifier } from '../wire/notifier.js';

/** How often is looked, in milliseconds. */
const lookEveryMs = 2_000;
/** Records that are told at a time. */
const atOnce = 1_000;

/** Tells notifiers from now on; `close` ends it. */
export function followOperators(
  journal: Pick<Journal, 'records'>,
  notifiers: readonly Notifier[],
): { close(): Promise<void> } {
  let position: number | null = null;
  let looking: Promise<void> = Promise.resolve();
  let isClosed = false;
  const look = async (): Promise<void> => {
    const [last] = await journal.records({ limit: 1 });
    // The positions of a new journal begin at the time, so that one which is put back is not told all over again.
    const end = last?.position ?? Date.now();
    const after = position ?? end;
    if (end > after) {
      const found = await journal.records({ after, source: 'operator', limit: atOnce });
      for (const record of found) for (const notifier of notifiers) notifier.tell(record);
      position = found.length === atOnce ? (found.at(-1)?.position ?? end) : end;
    } else position = end;
  };
  const again = (): void => {
    // A journal that can not be read is looked at again; what is wrong with it is the journal's to say.
    looking = looking.then(look).catch(() => {});
  };
  again();
  const timer = setInterval(() => {
    if (!isClosed) again();
  }, lookEveryMs).unref();
  return {
    async close() {
      isClosed = true;
      clearInterval(timer);
      await looking;
    },
  };
}
