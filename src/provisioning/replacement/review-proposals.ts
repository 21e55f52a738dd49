// What somebody does about proposed replacements: looks at them, accepts them, rejects them.

import type { Pair, Proposal, Proposals } from '../../ports/proposals.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { recordOperator } from '../record-resources.js';
import { objectFromJournal } from './judge-place.js';
import { type ReplacedNode, type ReplaceParts, replaceNode } from './replace-node.js';

/** What it works with: a part of `Site`, and the proposals. */
export interface ReviewParts extends ReplaceParts {
  readonly journal: ReplaceParts['journal'] & Parameters<typeof objectFromJournal>[0];
  readonly proposals: Proposals;
}

/** A proposal that waits for somebody's word. */
export interface PendingProposal extends Omit<Proposal, 'state'> {
  /** True if the new node has a folder already, which accepting would replace: that needs --force. */
  readonly folder: boolean;
  /** When the old node last gave a sign of life, as far as the journal knows. */
  readonly lastSignAt: string | null;
  /** Other nodes that the same box is cabled like: somebody has to say which. */
  readonly rivals: readonly string[];
  /** What speaks against it, in words. */
  readonly objections: readonly string[];
}

/** Proposals whose old node is still there and was not replaced by anybody. Throws ZtpError `read-failed` and its kind. */
export async function listPending(
  parts: ReviewParts,
  silentFor: number,
): Promise<readonly PendingProposal[]> {
  const pending = await findPending(parts);
  const found: PendingProposal[] = [];
  for (const { state: _, ...proposal } of pending) {
    const { sign, objection } = await objectFromJournal(parts.journal, proposal.old, silentFor);
    const rivals = pending
      .filter((it) => it.node === proposal.node && it.old !== proposal.old)
      .map(({ old }) => old);
    const { kind } = await parts.nodes.look(proposal.node);
    found.push({
      ...proposal,
      folder: kind !== 'none' && kind !== 'reserved',
      lastSignAt: sign && new Date(sign.at).toISOString(),
      rivals,
      objections: [
        ...(rivals.length === 0 ? [] : [`it is cabled like ${rivals.join(', ')} too`]),
        ...(objection ? [objection.words] : []),
      ],
    });
  }
  return found;
}

/**
 * Does what was proposed for a new node.
 * @throws ZtpError `unknown-node` if nothing, or more than one thing, was; and as `replaceNode`
 */
export async function acceptProposal(
  parts: ReviewParts,
  node: string,
  force: boolean,
): Promise<ReplacedNode> {
  const [proposal, another] = await findPendingFor(parts, node);
  if (another) {
    throw new ZtpError(
      'unknown-node',
      `${node} is proposed in the place of ${proposal.old} and of ${another.old}: say which, ztps replace ${proposal.old} ${node}`,
    );
  }
  const { old } = proposal;
  const wish = { old, new: node, force, facts: null, source: 'operator', why: null } as const;
  const done = await replaceNode(parts, wish);
  await forgetProposals(parts.proposals, { old, node });
  return done;
}

/** Says no: it is not proposed again. @returns the nodes that it was proposed for. Throws ZtpError `unknown-node` if for none */
export async function rejectProposal(parts: ReviewParts, node: string): Promise<readonly string[]> {
  const pending = await findPendingFor(parts, node);
  for (const proposal of pending) {
    await parts.proposals.put({ ...proposal, state: 'rejected' });
    const { old } = proposal;
    recordOperator(parts.recorder, 'rejected', `rejected as the replacement of ${old}`, { old }, node);
  }
  return pending.map(({ old }) => old);
}

/** A place was taken: who else was proposed for it, or to whom the new node was, is of no use any more. */
export async function forgetProposals(proposals: Proposals, { node, old }: Pair): Promise<void> {
  for (const it of await proposals.list()) {
    if (it.state === 'pending' && (it.old === old || it.node === node)) await proposals.remove(it);
  }
}

async function findPending({ proposals, nodes }: ReviewParts): Promise<readonly Proposal[]> {
  const found: Proposal[] = [];
  for (const proposal of await proposals.list()) {
    if (proposal.state !== 'pending') continue;
    if ((await nodes.find(proposal.old)) === null) continue;
    const by = await nodes.readReplacedBy(proposal.old);
    if (by === null || by === proposal.node) found.push(proposal);
  }
  return found;
}

async function findPendingFor(parts: ReviewParts, node: string): Promise<readonly [Proposal, ...Proposal[]]> {
  const [first, ...others] = (await findPending(parts)).filter((it) => it.node === node);
  if (first) return [first, ...others];
  throw new ZtpError(
    'unknown-node',
    `${node} is not proposed as a replacement: "ztps replace --pending" lists who is`,
  );
}
