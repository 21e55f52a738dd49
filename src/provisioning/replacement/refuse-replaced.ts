// A node whose place was taken is refused by name wherever it asks.

import type { NodeStore } from '../../ports/node-store.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { completing } from './find-begun.js';
import { findHolder } from './find-holder.js';

/** The refusal of a node that was replaced; null if it was not. Throws `read-failed`. */
export async function refuseReplaced(nodes: NodeStore, id: string): Promise<ZtpError | null> {
  const by = await nodes.readReplacedBy(id);
  if (by === null) return null;
  return new ZtpError('replaced', `nodes/${id} is replaced-by ${by}${await explain(nodes, id, by)}`);
}

async function explain(nodes: NodeStore, id: string, by: string): Promise<string> {
  const holder = await findHolder(nodes, id);
  const letIn = `ztps node remove ${id} (lets it in as a new switch)`;
  switch (holder?.kind) {
    case 'held': {
      const who = holder.by === by ? ', which has' : `, and ${holder.by} has by now`;
      return `${who} its place, config and values; mend: ztps replace ${holder.by} ${id} (gives the place back) or ${letIn}`;
    }
    case 'unfinished':
      return `, which was begun and not finished; mend: ${completing(holder.begun)} completes it`;
    default: {
      const who = holder && holder.by !== by ? `, and that by ${holder.by}` : '';
      return `${who}, which is gone, or has another place by now; mend: ${letIn}`;
    }
  }
}
