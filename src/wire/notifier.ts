// Who is told of what happens. Whoever tells does not wait, and nothing that goes wrong in a notifier reaches it.

import type { JournalRecord } from './journal-record.js';

/** Hears every record, in order; keeps to itself which of them it passes on. */
export interface Notifier {
  readonly name: string;
  /** Takes a record; neither throws nor waits. */
  tell(record: JournalRecord): void;
  /** Sends one message now, whatever its queue holds, and says in words what happened. Rejects with the reason if it did not arrive. */
  test(): Promise<string>;
  /** Sends what waits, within a limit of time, and ends; says in the log what was lost. */
  close(): Promise<void>;
}
