// Who has the place of a node that was replaced: the one that took it, or whoever took it from that one.

import type { NodeStore, Reservation } from '../../ports/node-store.js';
import { findBegun } from './find-begun.js';

/** What became of a node's place. */
export type PlaceHolder =
  /** Another node has it: one after the other, each says that it took it from the one before. */
  | { readonly kind: 'held'; readonly by: string }
  /** It is being handed on to `by`, by somebody who was stopped. */
  | { readonly kind: 'unfinished'; readonly by: string; readonly begun: Reservation }
  /** Who took it last is gone, or has another one's place by now. */
  | { readonly kind: 'lost'; readonly by: string };

/** Longer chains are a circle that somebody made by hand. */
const longest = 100;

/** Null for a node that nobody replaced. Throws ZtpError `read-failed` and its kind. */
export async function findHolder(
  nodes: Pick<NodeStore, 'look' | 'readReservation' | 'readReplacedBy' | 'readReplacement'>,
  id: string,
): Promise<PlaceHolder | null> {
  let at = id;
  for (let hop = 0; hop < longest; hop += 1) {
    const by = await nodes.readReplacedBy(at);
    if (by === null) return at === id ? null : { kind: 'held', by: at };
    const begun = await findBegun(nodes, by);
    if (begun?.other === at) return { kind: 'unfinished', by, begun };
    if ((await nodes.readReplacement(by)).replaces !== at) return { kind: 'lost', by };
    at = by;
  }
  return { kind: 'lost', by: at };
}
