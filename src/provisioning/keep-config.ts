// A startup-config that is about to go, or to become another node's, enters the history.

import type { History, VersionSource } from '../ports/history.js';
import type { NodeStore } from '../ports/node-store.js';

/**
 * Brings the startup-config of one node's folder, if it has one, into the history of another, or into its own.
 * @throws ZtpError `read-failed`, `write-failed`
 */
export async function keepConfig(
  {
    nodes,
    history,
  }: {
    readonly nodes: Pick<NodeStore, 'readStartupConfig'>;
    readonly history: Pick<History, 'add'>;
  },
  from: string,
  node: string,
  source: VersionSource,
): Promise<void> {
  const config = await nodes.readStartupConfig(from);
  if (config) await history.add({ node, at: new Date().toISOString(), source, address: null, config });
}
