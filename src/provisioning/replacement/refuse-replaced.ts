// A node whose place was taken is refused by name wherever it asks.

import type { NodeStore } from '../../ports/node-store.js';
import { ZtpError } from '../../wire/ztp-error.js';

/** The refusal of a node that was replaced; null if it was not. Throws `read-failed`. */
export async function refuseReplaced(
  nodes: Pick<NodeStore, 'readReplacedBy'>,
  id: string,
): Promise<ZtpError | null> {
  const by = await nodes.readReplacedBy(id);
  if (by === null) return null;
  return new ZtpError(
    'replaced',
    `nodes/${id} is replaced-by ${by}, which has its place, config and values; mend: ztps replace ${by} ${id} (gives the place back) or ztps node remove ${id} (lets it in as a new switch)`,
  );
}
