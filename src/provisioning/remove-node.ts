// Removes a node and, if that is wished, gives back the values that it holds. Nothing is given back unless it is said so.

import type { History } from '../ports/history.js';
import type { NodeRemoval, NodeStore } from '../ports/node-store.js';
import { ZtpError } from '../wire/ztp-error.js';
import { keepConfig } from './keep-config.js';
import type { PoolStores } from './pool-usage.js';
import { recordOperator } from './record-resources.js';
import { findHeld, type HeldValues, type ReleaseRecord, releaseEverywhere } from './release-values.js';
import { refuseHalfDone } from './replacement/find-holder.js';

/** A node that is gone. */
export interface RemovedNode extends HeldValues {
  readonly removed: NodeRemoval;
}

/**
 * Removes `nodes/<id>`, whose startup-config stays in its history; only when it is gone are its values freed, so that nobody gets one that a node still uses.
 * @returns with `release` the values that were freed, else those that the node still holds
 * @throws ZtpError `invalid-node-id`, `unknown-node`, `node-in-use`, `path-refused`, `read-failed`, `write-failed`; then nothing was changed
 */
export async function removeNode(
  parts: PoolStores & ReleaseRecord & { readonly nodes: NodeStore; readonly history: Pick<History, 'add'> },
  id: string,
  { release }: { readonly release: boolean },
): Promise<RemovedNode> {
  const { nodes, log, recorder } = parts;
  const removed = await nodes.exclusively(async () => {
    await refuseHalfDone(nodes, id, null);
    // What somebody changed by hand is in no version yet; what a link shows stays where it is.
    if ((await nodes.look(id)).kind === 'folder') await keepConfig(parts, id, id, 'hand');
    return nodes.remove(id);
  });
  if (removed === null) {
    throw new ZtpError(
      'unknown-node',
      `nodes/${id} is not there; \`ztps pool release --all ${id}\` gives back what values it may hold`,
    );
  }
  log.info(removed === 'folder' ? `nodes/${id} removed` : `nodes/${id} removed, a link`, { node: id });
  recordOperator(recorder, 'removed', `nodes/${id} removed`, { release }, id);
  if (release) return { removed, ...(await releaseEverywhere(parts, id, parts)) };
  const held = await findHeld(parts, id);
  for (const { pool, value } of held.values) log.info(`still holds ${value} of pool ${pool}`, { node: id });
  return { removed, ...held };
}
