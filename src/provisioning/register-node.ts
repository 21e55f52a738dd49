// POST /nodes: a switch says what it is, and becomes a known node or is refused with the reason.

import type { NodeFacts } from '../engine/node-facts.js';
import { describeGaveUp, describeMatch } from '../engine/topology/explain-words.js';
import type { NewNode } from '../ports/node-store.js';
import type { NodeReport } from '../wire/node-report.js';
import { factsOf } from './identify-node.js';
import { planRegistration } from './plan-registration.js';
import { recordRefusal, recordRegistration } from './record-steps.js';
import type { Run } from './runs/run.js';
import type { Site } from './site.js';
import { type NeighbordbTrial, tryNeighbordb } from './try-neighbordb.js';

/** `created`: the node is new. `known`: it was there, its facts were rewritten. */
export type Registration = 'created' | 'known';

/** What was concluded, for the record. */
interface Conclusion {
  readonly registration: Registration;
  readonly pattern: string | null;
  readonly definition: string | null;
}

/**
 * Registers a node (device-api.md, POST /nodes, steps 1 to 4). A refusal leaves nothing behind but its record.
 * @param id as `identifyNode` gave it
 * @param run as `arrive` gave it
 * @throws ZtpError with the reason for a refusal
 */
export async function registerNode(
  site: Site,
  id: string,
  report: NodeReport,
  run: Run,
): Promise<Registration> {
  try {
    const { registration, pattern, definition } = await register(site, id, report, run);
    recordRegistration(site.runs, run, { known: registration === 'known', pattern, definition });
    return registration;
  } catch (error) {
    recordRefusal(site.runs, run, 'refused', error);
    throw error;
  }
}

async function register(site: Site, id: string, report: NodeReport, run: Run): Promise<Conclusion> {
  const facts = factsOf(report);
  site.log.debug(describeReport(facts), { node: id });
  const newcomer = { id, facts, address: run.address };
  const isAlone = report.config === null;
  const old = isAlone ? await site.byPosition.takePlace(newcomer) : null;
  if (old !== null) return { registration: 'created', pattern: null, definition: null };
  let wasTried = false;
  const plan = await planRegistration(site, id, report, async () => {
    wasTried = true;
    const trial = await tryNeighbordb(site, id, facts);
    tellTrial(site, id, facts, trial);
    return trial;
  });
  // Only who is not known is tried; what comes of this changes no answer.
  if (wasTried) site.byPosition.consider(newcomer);
  if (plan.kind === 'refused') throw plan.refusal;
  if (plan.kind === 'known' || !(await create(site, id, plan.files, run.address))) {
    await site.nodes.writeFacts(id, facts);
    site.byPosition.note(id, facts);
    site.log.info('known node: facts rewritten', { node: id });
    return { registration: 'known', pattern: null, definition: null };
  }
  site.byPosition.note(id, facts);
  site.log.info(`registered: ${plan.words}`, { node: id });
  return { registration: 'created', pattern: plan.pattern, definition: plan.definition };
}

/** A config that it brings is the first version of its history. @returns false if the node is there already */
async function create(site: Site, id: string, files: NewNode, address: string | null): Promise<boolean> {
  const { startupConfig: config } = files;
  if (!config) return site.nodes.create(id, files);
  return site.configs.inTurn(id, async () => {
    const created = await site.nodes.create(id, files);
    const at = new Date().toISOString();
    if (created) await site.configs.keep({ node: id, at, source: 'registered', address, config });
    return created;
  });
}

/** What the switch says of itself, for those who look for a cable; not endless. */
function describeReport({ model, version, neighbors }: NodeFacts): string {
  const peers = [...neighbors].slice(0, 200).map(([name, list]) => {
    const names = list.slice(0, 10).map(({ device, port }) => `${device}:${port}`);
    return `${name} ${names.join(' and ') || 'nothing'}`;
  });
  return `reports model ${model ?? 'unknown'}, EOS ${version ?? 'unknown'}, neighbors: ${peers.join(', ') || 'none'}`;
}

/** How it fared against the patterns, line by line. */
function tellTrial(site: Site, id: string, facts: NodeFacts, { result }: NeighbordbTrial): void {
  if (!result) return;
  for (const line of describeGaveUp(result.gaveUp)) site.log.warning(line, { node: id });
  for (const line of describeMatch(id, facts, result)) site.log.debug(line, { node: id });
}
