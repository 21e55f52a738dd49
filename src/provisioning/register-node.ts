// POST /nodes: a switch says what it is, and becomes a known node or is refused with the reason.

import type { NodeFacts } from '../engine/node-facts.js';
import { describeGaveUp, describeMatch, explainNoMatch } from '../engine/topology/explain-words.js';
import { matchNeighbordb } from '../engine/topology/match.js';
import { writeNodePattern } from '../engine/topology/node-pattern.js';
import { namePattern, type Pattern } from '../engine/topology/pattern.js';
import type { NewNode } from '../ports/node-store.js';
import type { NodeReport } from '../wire/node-report.js';
import { ZtpError } from '../wire/ztp-error.js';
import { factsOf } from './identify-node.js';
import { runBoundedRegex } from './run-bounded-regex.js';
import { loadNeighbordb, type Site } from './site.js';

/** `created`: the node is new. `known`: it was there, its facts were rewritten. */
export type Registration = 'created' | 'known';

/**
 * Registers a node (device-api.md, POST /nodes, steps 1 to 4). A refusal leaves nothing behind.
 * @param id as `identifyNode` gave it
 * @throws ZtpError with the reason for a refusal
 */
export async function registerNode(site: Site, id: string, report: NodeReport): Promise<Registration> {
  const facts = factsOf(report);
  site.log.debug(describeReport(facts), { node: id });
  const parts = await site.nodes.find(id);
  if (parts?.definition || parts?.startupConfig) return updateFacts(site, id, facts);
  if (parts) {
    throw new ZtpError(
      'incomplete-node',
      `nodes/${id} is there with neither definition nor startup-config: add one of them, or remove the folder`,
    );
  }
  const node = report.config === null ? await matchNode(site, id, facts) : withConfig(report.config, facts);
  if (await site.nodes.create(id, node.files)) {
    site.log.info(`registered: ${node.words}`, { node: id });
    return 'created';
  }
  return updateFacts(site, id, facts);
}

/** What the switch says of itself, for those who look for a cable; not endless. */
function describeReport({ model, version, neighbors }: NodeFacts): string {
  const peers = [...neighbors].slice(0, 200).map(([name, list]) => {
    const names = list.slice(0, 10).map(({ device, port }) => `${device}:${port}`);
    return `${name} ${names.join(' and ') || 'nothing'}`;
  });
  return `reports model ${model ?? 'unknown'}, EOS ${version ?? 'unknown'}, neighbors: ${peers.join(', ') || 'none'}`;
}

async function updateFacts(site: Site, id: string, facts: NodeFacts): Promise<Registration> {
  await site.nodes.writeFacts(id, facts);
  site.log.info('known node: facts rewritten', { node: id });
  return 'known';
}

interface Made {
  readonly files: NewNode;
  readonly words: string;
}

function withConfig(config: string, facts: NodeFacts): Made {
  if (config === '')
    throw new ZtpError('invalid-body', 'config is empty, wanted the text of a startup-config');
  return {
    files: { facts, startupConfig: Buffer.from(config), pattern: { name: 'startup-config' } },
    words: 'it brought its own startup-config',
  };
}

async function matchNode(site: Site, id: string, facts: NodeFacts): Promise<Made> {
  const neighbordb = await loadNeighbordb(site);
  const file = site.settings.neighbordbFilename;
  if (neighbordb.invalid) {
    const errors = neighbordb.problems.filter((problem) => problem.severity === 'error');
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    const first = errors[0];
    throw new ZtpError('invalid-neighbordb', `${file} line ${first?.line ?? '?'}: ${first?.reason}${more}`);
  }
  const result = matchNeighbordb({ id, facts }, neighbordb, runBoundedRegex);
  for (const line of describeGaveUp(result.gaveUp)) site.log.warning(line, { node: id });
  for (const line of describeMatch(id, facts, result)) site.log.debug(line, { node: id });
  if (result.kind === 'no-match') {
    throw new ZtpError('no-pattern-matched', `${file}: ${explainNoMatch(id, facts, result)}`);
  }
  const { pattern } = result;
  const [definition, configHandler] = await Promise.all([
    readPart(site, 'definition', pattern),
    readPart(site, 'config-handler', pattern),
  ]);
  return {
    files: {
      facts,
      pattern: writeNodePattern(pattern),
      ...(definition && { definition }),
      ...(configHandler && { configHandler }),
    },
    words: `${namePattern(pattern.name)} (${file} line ${pattern.line}) matched, definition ${pattern.definition}`,
  };
}

async function readPart(
  site: Site,
  part: 'definition' | 'config-handler',
  pattern: Pattern,
): Promise<Buffer | null> {
  const path = part === 'definition' ? pattern.definition : pattern.configHandler;
  if (path === null) return null;
  const bytes = await site.files.readBytes(path);
  if (bytes) return bytes;
  throw new ZtpError(
    `missing-${part}`,
    `${namePattern(pattern.name)} (${site.settings.neighbordbFilename} line ${pattern.line}) matched, but its ${part} ${path} is not there: add the file, or name another`,
  );
}
