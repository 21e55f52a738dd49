// What each kind of notifier has to bring: the way to its receiver. It knows nothing of queues, filters or secrets: those are
// outbox.ts, record-notifier.ts and mask-secrets.ts, and what it is given is masked already.

import type { JournalRecord } from '../wire/journal-record.js';

/** A way to one receiver. */
export interface Transport<T = JournalRecord> {
  /** What messages call the receiver: `syslog.example.com:6514`. */
  readonly receiver: string;
  /**
   * Resolves once the receiver has it, as far as that can be known. Rejects with `Refused` if it never will take this one, with
   * `RetryLater` if it says when to come again, with `NotTaken` if it answered that it does not take this one now; after anything
   * else it is tried again. Never called twice at once. When `signal` aborts, nobody waits any more: the attempt has to end, with
   * its connection. `isWritten` is to be called if the receiver has all of it and may take long to confirm it.
   */
  send(item: T, signal: AbortSignal, isWritten: IsWritten): Promise<void>;
  /** Sends one over a connection of its own, and says in words what happened; rejects with the reason and the mend. */
  test(item: T, signal: AbortSignal, isWritten: IsWritten): Promise<string>;
  /** Lets go of the connection. Nothing is sent any more. */
  close(): Promise<void>;
}

/** The attempt may take so many milliseconds more: all was written, and only the confirmation is missing. */
export type IsWritten = (confirmMs: number) => void;

/** Takes back what was sent and may not have arrived: it is sent again, before everything else. */
export type GiveBack<T> = (items: readonly T[]) => void;

/** The receiver will never take this one. The message says what it answered. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The receiver is not to be asked before `afterMs` milliseconds have passed. */
export class RetryLater extends Error {
  override readonly name: string = 'RetryLater';

  constructor(
    message: string,
    readonly afterMs: number,
  ) {
    super(message);
  }
}

/** The receiver answered, and does not take this one now. Others it may take. */
export class NotTaken extends RetryLater {
  override readonly name = 'NotTaken';

  constructor(message: string, afterMs = 0) {
    super(message, afterMs);
  }
}

/** What differs from one machine, or one test, to the other. */
export interface NotifyEnvironment {
  /** What messages call this machine. */
  readonly hostname: string;
  readonly limits: OutboxLimits;
}

/** How much waits, and for how long. */
export interface OutboxLimits {
  /** Records that wait for one receiver; what comes beyond them is dropped and counted. */
  readonly records: number;
  /** The same for the characters in them, as far as `sizeOf` looks. */
  readonly characters: number;
  /** An attempt that takes longer has failed. */
  readonly attemptMs: number;
  /** The pause after a failed attempt doubles from the first to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** How long the end waits for what was not sent yet. */
  readonly closeMs: number;
}
