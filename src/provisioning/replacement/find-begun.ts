// A replacement, or a renaming, that somebody began and was stopped in.

import type { NodeStore, Reservation } from '../../ports/node-store.js';
import { ZtpError } from '../../wire/ztp-error.js';

type Nodes = Pick<NodeStore, 'look' | 'readReservation' | 'readReplacedBy'>;

/**
 * What a name was promised for: it is kept, and the other node is marked. Null if nothing was begun: also for a name that was kept
 * by somebody who was stopped before anything else.
 * @throws ZtpError `read-failed` and its kind
 */
export async function findBegun(nodes: Nodes, id: string): Promise<Reservation | null> {
  if ((await nodes.look(id)).kind !== 'reserved') return null;
  const reservation = await nodes.readReservation(id);
  return reservation && (await nodes.readReplacedBy(reservation.other)) === id ? reservation : null;
}

/** The command that completes it. */
export function completing({ to, other }: Reservation, id: string): string {
  return to === 'replace' ? `ztps replace ${other} ${id}` : `ztps node rename ${other} ${id}`;
}

/** A name that was promised is kept, whatever is forced: two nodes would have handed on to one. Throws `node-exists`. */
export async function refusePromised(nodes: Nodes, id: string, wanted: Reservation): Promise<void> {
  const begun = await findBegun(nodes, id);
  if (!begun || (begun.other === wanted.other && begun.to === wanted.to)) return;
  const what = begun.to === 'replace' ? `take the place of ${begun.other}` : `be ${begun.other}, renamed`;
  throw new ZtpError(
    'node-exists',
    `${id} is to ${what}, which was begun and not finished: ${completing(begun, id)} completes it`,
  );
}
