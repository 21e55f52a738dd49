// Which runs a node had, and whether there is such a node at all. Reads, changes nothing.

import { nearestName } from '../engine/nearest-name.js';
import type { Journal } from '../ports/journal.js';
import type { NodeStore } from '../ports/node-store.js';
import type { RunReport } from '../wire/node-state.js';
import type { RunSummary } from '../wire/run-summary.js';
import { ZtpError } from '../wire/ztp-error.js';

/** Where nodes and their runs are found. */
export interface NodesAndRuns {
  readonly nodes: Pick<NodeStore, 'list' | 'find'>;
  readonly journal: Pick<Journal, 'runs' | 'records'>;
}

/**
 * The runs of a node, newest first, at most so many.
 * @throws ZtpError `unknown-node` as `checkNode`, `read-failed`
 */
export async function listRuns(
  parts: NodesAndRuns,
  node: string,
  limit: number,
): Promise<readonly RunReport[]> {
  const runs = await parts.journal.runs({ node, limit });
  if (runs.length === 0) await checkNode(parts, node);
  return runs.map(describeRun);
}

/**
 * Makes sure that there is a folder, a run or a record of the node.
 * @throws ZtpError `unknown-node` with the nearest id, `read-failed`
 */
export async function checkNode({ nodes, journal }: NodesAndRuns, node: string): Promise<void> {
  const ids = await nodes.list();
  if (ids.includes(node)) return;
  if ((await journal.records({ node, limit: 1 })).length > 0) return;
  const runs = await journal.runs({ latest: true, limit: Number.MAX_SAFE_INTEGER });
  const known = new Set([...ids, ...runs.flatMap((run) => run.node ?? [])]);
  if (known.has(node)) return;
  const near = nearestName(node, known);
  const mend = near === null ? '"ztps nodes" lists all' : `did you mean ${near}? "ztps nodes" lists all`;
  throw new ZtpError(
    'unknown-node',
    `there is no folder nodes/${node}, and the journal knows nothing of ${node}; ${mend}`,
  );
}

function describeRun({ memory: _, ...run }: RunSummary): RunReport {
  const until = run.endedAt ?? run.lastSignAt;
  return { ...run, duration: Math.max(0, Date.parse(until) - Date.parse(run.startedAt)) / 1000 };
}
