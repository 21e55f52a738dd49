// Who has the place of a node that was replaced: the one that took it, or whoever took it from that one.

import type { NodeStore, Reservation } from '../../ports/node-store.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { completing, findBegun } from './find-begun.js';

/** What became of a node's place. */
export type PlaceHolder =
  /** Another node has it: one after the other, each says that it took it from the one before. */
  | { readonly kind: 'held'; readonly by: string }
  /** Somebody was stopped who handed it on, or renamed a node that has it. */
  | { readonly kind: 'unfinished'; readonly by: string; readonly begun: Reservation }
  /** Who took it last is gone, or has another one's place by now. */
  | { readonly kind: 'lost'; readonly by: string };

/** What is asked here of the nodes. */
type Nodes = Pick<
  NodeStore,
  'look' | 'readReservation' | 'readReplacedBy' | 'readReplacement' | 'isRenamed' | 'findOldName'
>;

/** Longer chains are a circle that somebody made by hand. */
const longest = 100;

/** Null for a node that nobody replaced. Throws ZtpError `read-failed` and its kind. */
export async function findHolder(nodes: Nodes, id: string): Promise<PlaceHolder | null> {
  let at = id;
  for (let hop = 0; hop < longest; hop += 1) {
    const by = await nodes.readReplacedBy(at);
    if (by === null) return at === id ? null : { kind: 'held', by: at };
    const begun = await nodes.readReservation(by);
    if (begun) return { kind: 'unfinished', by, begun };
    if (!(await nodes.readReplacement(by)).places.includes(at)) return { kind: 'lost', by };
    at = by;
  }
  return { kind: 'lost', by: at };
}

/** As `findHolder`; and where one in the row is gone, all nodes are asked who has the place. */
export async function searchHolder(
  nodes: Nodes & Pick<NodeStore, 'list'>,
  id: string,
): Promise<PlaceHolder | null> {
  const holder = await findHolder(nodes, id);
  if (holder?.kind !== 'lost') return holder;
  for (const other of await nodes.list()) {
    const { replacedBy, places } = await nodes.readReplacement(other);
    if (replacedBy === null && other !== id && places.includes(id)) return { kind: 'held', by: other };
  }
  return holder;
}

/** What a node is part of that somebody began and was stopped in; null if of nothing. Throws `read-failed` and its kind. */
async function findHalfDone(nodes: Nodes, id: string): Promise<Reservation | null> {
  const begun = await findBegun(nodes, id);
  if (begun) return begun;
  const oldName = await nodes.findOldName(id);
  if (oldName !== null) return { to: 'rename', other: oldName, id };
  const holder = await findHolder(nodes, id);
  return holder?.kind === 'unfinished' ? holder.begun : null;
}

/**
 * What is half done is completed first, whatever is forced: else two nodes could have one place, or nobody has it.
 * @param wanted what may be gone on with; null for nothing
 * @throws ZtpError `node-in-use`
 */
export async function refuseHalfDone(nodes: Nodes, id: string, wanted: Reservation | null): Promise<void> {
  const half = await findHalfDone(nodes, id);
  if (!half || (wanted && completing(half) === completing(wanted))) return;
  throw new ZtpError(
    'node-in-use',
    `nodes/${id} is part of what was begun and not finished: ${completing(half)} completes it, and has to be run first`,
  );
}
