// Where the versions of each node's startup-config are kept. One contract suite (tests/ports/history-suite.ts) holds for every
// implementation.

/** How a version came to be. `docs/config-history.md` explains each. */
export const versionSources = ['registered', 'put', 'hand', 'restored', 'replaced'] as const;

/**
 * `registered`: in POST /nodes; `put`: from the switch; `hand`: found in the node's folder; `restored`: an older one again;
 * `replaced`: that of the node whose place it took.
 */
export type VersionSource = (typeof versionSources)[number];

/** A startup-config to be kept. */
export interface NewVersion {
  readonly node: string;
  /** When it became the node's: RFC 3339 in UTC with milliseconds. */
  readonly at: string;
  readonly source: VersionSource;
  /** The IP address that it came from; null if from none. */
  readonly address: string | null;
  /** Kept exactly, whatever it is; may be empty. */
  readonly config: Buffer;
}

/** A version that is kept, without its bytes. */
export interface ConfigVersion {
  readonly node: string;
  /** From 1 for each node; never given twice, also after the oldest ones were dropped. */
  readonly number: number;
  readonly at: string;
  readonly source: VersionSource;
  readonly address: string | null;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
  /** Its size. */
  readonly bytes: number;
  /** Grows with every version that is kept, of whichever node. */
  readonly position: number;
}

/** What came of `add`. */
export interface AddedVersion {
  /** The node's newest version, which has these bytes. */
  readonly version: ConfigVersion;
  /** False if the newest one had them already: then nothing was changed. */
  readonly added: boolean;
}

/** Something else that happened to a node's history. Its other node's says the opposite. */
export interface HistoryNote {
  readonly node: string;
  readonly at: string;
  /** `replaced`: it took the place of `other`; `replaced-by`: `other` took its place. `renamed-from`, `renamed-to`: see `move`. */
  readonly kind: 'replaced' | 'replaced-by' | 'renamed-from' | 'renamed-to';
  /** Another node's id. */
  readonly other: string;
}

/**
 * The history of the nodes' configs. It knows nothing of folders: a node that was removed keeps its history. What is changed
 * is durable, and whole or not at all, when a promise resolves. Throws ZtpError `read-failed` or `write-failed` when it could not
 * look or write.
 */
export interface History {
  /** Keeps a version, unless the node's newest one has the same bytes. Drops the oldest ones beyond those that are to be kept. */
  add(version: NewVersion): Promise<AddedVersion>;
  /** The node's newest version; null if it has none. */
  newest(node: string): Promise<ConfigVersion | null>;
  /** Those of one node in the order of their numbers. Empty if there are none. */
  versions(node: string): Promise<readonly ConfigVersion[]>;
  /** Those of all nodes behind a position, in the order of their positions: the first so many. */
  versionsAfter(position: number, limit: number): Promise<readonly ConfigVersion[]>;
  /** The bytes of one version, exactly; null if it is not there (any more). */
  read(node: string, number: number): Promise<Buffer | null>;
  /** Keeps all of the notes or none. One that says what the node's last one said already is left out. */
  note(notes: readonly HistoryNote[]): Promise<void>;
  /** Those of one node, oldest first. */
  notes(node: string): Promise<readonly HistoryNote[]>;
  /**
   * Gives the history of `from`, notes too, to `to`: numbers stay, unless `to` has had versions of its own: then they go on
   * behind its last number. Both note it. Nothing happens if `from` has none.
   * @returns how many versions were given
   */
  move(from: string, to: string, at: string): Promise<number>;
  /** Ends what is under way and closes. Nothing may be asked any more. */
  close(): Promise<void>;
}
