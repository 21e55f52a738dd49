// A replacement, or a renaming, that somebody began and was stopped in.

import type { NodeStore, Reservation } from '../../ports/node-store.js';
import { ZtpError } from '../../wire/ztp-error.js';

/** What is asked here of the nodes. */
type Nodes = Pick<NodeStore, 'look' | 'readReservation' | 'readReplacedBy' | 'isRenamed'>;

/**
 * What a name is kept for; null if it is not, and if nothing was begun, since who kept it was stopped before anything else.
 * @throws ZtpError `read-failed` and its kind
 */
export async function findBegun(nodes: Nodes, id: string): Promise<Reservation | null> {
  if ((await nodes.look(id)).kind !== 'reserved') return null;
  const reservation = await nodes.readReservation(id);
  if (!reservation) return null;
  // The folder has its new name already, and this is what is left under the old one.
  if (reservation.id !== id) return (await nodes.isRenamed(id, reservation.id)) ? reservation : null;
  return (await nodes.readReplacedBy(reservation.other)) === id ? reservation : null;
}

/** The command that completes it. */
export function completing({ to, other, id }: Reservation): string {
  return to === 'replace' ? `ztps replace ${other} ${id}` : `ztps node rename ${other} ${id}`;
}

/** The refusal of who asks under a name that is only kept; null if it is not. Throws `read-failed` and its kind. */
export async function refuseKept(nodes: Nodes, id: string): Promise<ZtpError | null> {
  const kept = await describeKept(nodes, id);
  return kept === null ? null : new ZtpError('incomplete-node', `nodes/${id} is no node yet: ${kept}`);
}

/** What a name is kept for, and what to do; null if it is not. */
export async function describeKept(nodes: Nodes, id: string): Promise<string | null> {
  const reservation = await nodes.readReservation(id);
  if (!reservation) return null;
  return (await findBegun(nodes, id))
    ? `its name is kept for what was begun and not finished: ${completing(reservation)} completes it`
    : `its name is kept by what was stopped before it began: ${completing(reservation)} does it, ztps node remove ${id} gives the name up`;
}
