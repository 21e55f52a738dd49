// What a history asks of its thread, and what comes back.

import type { AddedVersion, ConfigVersion, HistoryNote, NewVersion } from '../ports/history.js';

/** A version on its way to the thread: bytes arrive there as they are, but not as a Buffer. */
export interface SentVersion extends Omit<NewVersion, 'config'> {
  readonly config: Uint8Array;
  readonly sha256: string;
}

/** What may be asked, by its kind: the request and what it yields. */
export interface HistoryWork {
  /** Keeps `keep` versions of the node. */
  readonly add: readonly [{ readonly version: SentVersion; readonly keep: number }, AddedVersion];
  readonly newest: readonly [{ readonly node: string }, ConfigVersion | null];
  readonly versions: readonly [{ readonly node: string }, readonly ConfigVersion[]];
  readonly versionsAfter: readonly [
    { readonly position: number; readonly limit: number },
    readonly ConfigVersion[],
  ];
  readonly read: readonly [{ readonly node: string; readonly number: number }, Uint8Array | null];
  readonly note: readonly [{ readonly notes: readonly HistoryNote[] }, null];
  readonly notes: readonly [{ readonly node: string }, readonly HistoryNote[]];
  readonly move: readonly [{ readonly from: string; readonly to: string; readonly at: string }, number];
}
