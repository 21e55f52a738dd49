// Which node a question is about, and what that node reports: from a file that somebody hands over, or from a known node's
// folder. Claims only; nothing is concluded here.

import type { NodeParts } from '../ports/node-store.js';
import type { NodeReport } from '../wire/node-report.js';
import { parseNodeReport } from '../wire/node-report.js';
import { ZtpError } from '../wire/ztp-error.js';
import { identifyNode, readNodeId } from './identify-node.js';
import type { Site } from './site.js';

/** A node as it describes itself. */
export interface NodeClaim {
  readonly id: string;
  /** Null if nothing is known of what it reports: a folder without `.node`. */
  readonly report: NodeReport | null;
  /** The file that the report is from, for messages. */
  readonly source: string;
  /** True if that is the node's own `.node`. */
  readonly isStored: boolean;
}

/** For nodes of which nothing is known. */
export const reportsNothing: NodeReport = {
  ...{ model: null, serialnumber: null, systemmac: null, version: null, config: null },
  neighbors: new Map(),
  others: {},
};

/**
 * The claim in a body of POST /nodes, which a `.node` file is too.
 * @param source the file's path as typed
 * @throws ZtpError `invalid-body`, `invalid-node-id`, both naming the file
 */
export function readClaim(site: Site, bytes: Buffer, source: string): NodeClaim {
  const parsed = parseNodeReport(bytes);
  if (!parsed.ok) {
    throw new ZtpError(
      'invalid-body',
      `${source} is not what a switch posts to /nodes, and no .node: ${parsed.reason}`,
    );
  }
  try {
    return { id: identifyNode(site.settings, parsed.report), report: parsed.report, source, isStored: false };
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    throw new ZtpError(error.code, `${source}: ${error.message}`, { cause: error });
  }
}

/**
 * The claim of a node that has a folder. One that is a link out of the data root claims nothing, and is refused whatever is asked of it.
 * @throws ZtpError `invalid-node-id`, `unknown-node`, `invalid-node-file`, `read-failed`
 */
export async function findClaim(site: Site, text: string): Promise<NodeClaim> {
  const id = readNodeId(site.settings, text);
  const source = `nodes/${id}/.node`;
  const parts = await findOrRefuse(site, id);
  if (parts === 'refused') return { id, report: null, source, isStored: true };
  if (parts === null) {
    throw new ZtpError(
      'unknown-node',
      `there is no folder nodes/${id}: name a known node, or a file with what the switch reports (./${id}.json)`,
    );
  }
  const facts = await site.nodes.readFacts(id);
  return { id, report: facts && { ...facts, config: null }, source, isStored: true };
}

async function findOrRefuse(site: Site, id: string): Promise<NodeParts | null | 'refused'> {
  try {
    return await site.nodes.find(id);
  } catch (error) {
    if (error instanceof ZtpError && error.code === 'path-refused') return 'refused';
    throw error;
  }
}
