// Who was proposed to take whose place, and what was said to it. One contract suite (tests/ports/proposals-suite.ts) holds for every
// implementation.

/** A pair of nodes: `node` stands where `old` stood. */
export interface Pair {
  readonly node: string;
  readonly old: string;
}

/** A proposal. */
export interface Proposal extends Pair {
  /** When it was made: RFC 3339 in UTC with milliseconds. */
  readonly since: string;
  /** Where the new switch asked from. */
  readonly address: string | null;
  /** Why it is proposed, in words. */
  readonly why: string;
  /** `rejected`: somebody said no, and it is not made again. */
  readonly state: 'pending' | 'rejected';
}

/** Proposals of so many switches are kept for one node; the oldest ones go first. */
export const mostForOne = 8;

/** So many are kept in all. */
export const mostProposals = 500;

/** The proposals. Changes are durable when a promise resolves. Throws ZtpError `read-failed` or `write-failed`. */
export interface Proposals {
  /** Oldest first. Empty if there is nothing yet. */
  list(): Promise<readonly Proposal[]>;
  find(pair: Pair): Promise<Proposal | null>;
  /** Keeps a proposal that is new. Drops the oldest ones beyond the limits. @returns false, and nothing changed, if there is one of this pair */
  add(proposal: Proposal): Promise<boolean>;
  /** Keeps it, whatever there was of the pair. */
  put(proposal: Proposal): Promise<void>;
  /** Nothing happens if there is none. */
  remove(pair: Pair): Promise<void>;
}
