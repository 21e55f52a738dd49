// A replacement, or a renaming, that somebody began and was stopped in.

import type { NodeStore } from '../../ports/node-store.js';

/**
 * The node whose place `id` was to take, or whose name it was to become: its name is kept, and that node is marked. Null if nothing
 * was begun: also for a name that was kept by somebody who was stopped before anything else.
 * @throws ZtpError `read-failed` and its kind
 */
export async function findBegun(
  nodes: Pick<NodeStore, 'look' | 'readReplacement' | 'readReplacedBy' | 'list'>,
  id: string,
): Promise<string | null> {
  if ((await nodes.look(id)).kind !== 'reserved') return null;
  const { replaces } = await nodes.readReplacement(id);
  if (replaces !== null) return (await nodes.readReplacedBy(replaces)) === id ? replaces : null;
  // In the last step the file that says it goes first: the mark of the other node is still there.
  for (const other of await nodes.list()) {
    if ((await nodes.readReplacedBy(other)) === id) return other;
  }
  return null;
}
