// Where every node stands: those of the data root, and those that only asked. Reads, changes nothing.

import type { Journal } from '../ports/journal.js';
import type { NodeStore } from '../ports/node-store.js';
import type { NodeState } from '../wire/node-state.js';
import type { RunSummary } from '../wire/run-summary.js';
import { ZtpError } from '../wire/ztp-error.js';

/** Folders that are looked into at once. */
const folders = 16;

/**
 * All nodes, by id. A folder that can not be looked into is `incomplete`, with the reason.
 * @throws ZtpError `read-failed` if the journal or `nodes/` can not be read
 */
export async function listNodeStates({
  nodes,
  journal,
}: {
  readonly nodes: Pick<NodeStore, 'list' | 'find'>;
  readonly journal: Pick<Journal, 'runs'>;
}): Promise<readonly NodeState[]> {
  const [ids, runs] = await Promise.all([
    nodes.list(),
    journal.runs({ latest: true, limit: Number.MAX_SAFE_INTEGER }),
  ]);
  const present = new Set(ids);
  const states: NodeState[] = [];
  const asked = new Set<string>();
  for (const run of runs) {
    if (run.node === null || asked.has(run.node)) continue;
    asked.add(run.node);
    states.push(describeRun(run.node, present.has(run.node), run));
  }
  const silent = ids.filter((id) => !asked.has(id));
  for (let at = 0; at < silent.length; at += folders) {
    const batch = silent.slice(at, at + folders).map((id) => describeFolder(nodes, id));
    states.push(...(await Promise.all(batch)));
  }
  return states.sort((one, other) => (one.node < other.node ? -1 : 1));
}

function describeRun(node: string, folder: boolean, run: RunSummary): NodeState {
  const { state, lastSignAt, definition, step, expected, reason, repeats, address } = run;
  return {
    node,
    state,
    folder,
    run: run.run,
    since: run.endedAt ?? run.startedAt,
    lastSignAt,
    definition,
    step,
    expected,
    reason,
    repeats,
    address,
  };
}

async function describeFolder(nodes: Pick<NodeStore, 'find'>, node: string): Promise<NodeState> {
  const nothing = {
    ...{
      node,
      state: 'incomplete' as const,
      folder: true,
      run: null,
      since: null,
      lastSignAt: null,
      definition: null,
      step: null,
    },
    ...{ expected: null, reason: null, repeats: 0, address: null },
  };
  try {
    const parts = await nodes.find(node);
    if (parts?.definition || parts?.startupConfig) return { ...nothing, state: 'known' };
    const reason = 'there is neither definition nor startup-config in its folder';
    return { ...nothing, reason };
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    return { ...nothing, reason: error.message };
  }
}
