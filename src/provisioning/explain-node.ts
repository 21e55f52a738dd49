// `ztps explain`: what a switch would be told and why, as plain data with its words. Writes nothing and logs nothing.

import type { NodeFacts } from '../engine/node-facts.js';
import type { Problem } from '../engine/problem.js';
import { describeGaveUp, describeGrant, describeMatch } from '../engine/topology/explain-words.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { type ReasonCode, reasonCodes } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';
import { judgeCabling } from './check-topology.js';
import { explainPattern, type PatternExplanation } from './explain-pattern.js';
import { factsOf } from './identify-node.js';
import { type NodeClaim, reportsNothing } from './node-claim.js';
import { planRegistration, type RegistrationPlan } from './plan-registration.js';
import type { Site } from './site.js';
import { type NeighbordbTrial, tryNeighbordb } from './try-neighbordb.js';

/** A refusal, or the words for what is none. */
export interface Verdict {
  /** The HTTP status. */
  readonly status: number;
  /** Null if it is no refusal. */
  readonly reason: ReasonCode | null;
  /** One line. */
  readonly message: string;
}

/** What a neighbordb makes of the node. */
export interface NeighbordbExplanation {
  /** Its path. */
  readonly file: string;
  readonly outcome: 'match' | 'no-match' | 'invalid';
  /** Why a node that is not known would be refused by it: also for a match whose files are missing. */
  readonly refusal: Verdict | null;
  /** Every error of an invalid one; none if it could not be read, which `refusal` says. */
  readonly errors: readonly Problem[];
  /** How many patterns were tried in vain; null for a match. */
  readonly tried: number | null;
  /** True if one pattern names the node, so that no other is tried. */
  readonly named: boolean;
  /** The pattern that matches; if none does, each that was tried, nearest miss first. */
  readonly patterns: readonly PatternExplanation[];
  /** What could not be compared within the limits. */
  readonly gaveUp: readonly string[];
  /** All of it in words, line by line. */
  readonly lines: readonly string[];
}

/** The topology check of a node that is known. */
export interface CablingExplanation extends Verdict {
  /** `nodes/<id>/pattern`. */
  readonly file: string;
  /** Null if there was nothing to compare. */
  readonly pattern: PatternExplanation | null;
}

/** What a switch would be told. */
export interface NodeExplanation {
  readonly node: string;
  /** Where its report was read. */
  readonly source: string;
  /**
   * True if the switch would be let in: registered, or known and cabled as its pattern wants. For a neighbordb that was named
   * only whether that one lets it in.
   */
  readonly accepted: boolean;
  /** The answer to POST /nodes. */
  readonly registration: Verdict;
  /** The topology check of GET /nodes/{id}; null for a node that is not known. */
  readonly cabling: CablingExplanation | null;
  /** Null if the node reports nothing, or brings its own startup-config. */
  readonly neighbordb: NeighbordbExplanation | null;
}

/**
 * Explains how a node would fare now.
 * @param other a neighbordb that is tried in place of the site's
 */
export async function explainNode(
  site: Site,
  { id, report, source }: NodeClaim,
  other: YamlDocument | null = null,
): Promise<NodeExplanation> {
  const facts = report && factsOf(report);
  const trial =
    facts && report.config === null
      ? await tryNeighbordb(site, id, facts, { neighbordb: other, most: Number.POSITIVE_INFINITY })
      : null;
  const registration = await planOrRefuse(
    site,
    id,
    report ?? reportsNothing,
    async () => trial ?? tryNeighbordb(site, id, factsOf(reportsNothing)),
  );
  const cabling = registration.kind === 'known' ? await explainCabling(site, id, facts) : null;
  const isLetIn = registration.kind !== 'refused' && (cabling?.reason ?? null) === null;
  return {
    node: id,
    source,
    accepted: other && trial ? trial.refusal === null : isLetIn,
    registration: sayRegistration(registration),
    cabling,
    neighbordb: facts && trial && explainTrial(id, facts, trial),
  };
}

/** As `planRegistration`, and what that throws is a refusal too: a folder that is a link out, or can not be read. */
async function planOrRefuse(...question: Parameters<typeof planRegistration>): Promise<RegistrationPlan> {
  try {
    return await planRegistration(...question);
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    return { kind: 'refused', refusal: error };
  }
}

function sayRegistration(plan: RegistrationPlan): Verdict {
  if (plan.kind === 'refused') return sayRefusal(plan.refusal);
  return { status: plan.kind === 'known' ? 409 : 201, reason: null, message: plan.words };
}

/** A refusal as an answer over HTTP. */
export function sayRefusal({ code, message }: ZtpError): Verdict {
  return { status: reasonCodes[code].http, reason: code, message };
}

async function explainCabling(site: Site, id: string, facts: NodeFacts | null): Promise<CablingExplanation> {
  const file = `nodes/${id}/pattern`;
  if (site.settings.disableTopologyValidation) {
    const message = 'not made: [default] disable_topology_validation is set';
    return { status: 200, reason: null, message, file, pattern: null };
  }
  try {
    const { verdict, refusal } = await judgeCabling(site, id, facts);
    const pattern = facts && explainPattern(facts, verdict);
    if (refusal) return { ...sayRefusal(refusal), file, pattern };
    return { status: 200, reason: null, message: `${file} matches`, file, pattern };
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    return { ...sayRefusal(error), file, pattern: null };
  }
}

function explainTrial(id: string, facts: NodeFacts, trial: NeighbordbTrial): NeighbordbExplanation {
  const { file, errors, result, refusal } = trial;
  const base = { file, refusal: refusal && sayRefusal(refusal), errors };
  if (result === null) {
    const found = errors.map(
      ({ line, reason }) => `${file}${line === null ? '' : ` line ${line}`}: ${reason}`,
    );
    const lines = found.length === 0 && refusal ? [refusal.message] : found;
    return { ...base, outcome: 'invalid', tried: 0, named: false, patterns: [], gaveUp: [], lines };
  }
  const gaveUp = describeGaveUp(result.gaveUp);
  const story = describeMatch(id, facts, result);
  if (result.kind === 'match') {
    const { pattern, verdict } = result;
    const lines = [...story, ...describeGrant(pattern)];
    const named = pattern.node !== null;
    const patterns = [explainPattern(facts, verdict)];
    return { ...base, outcome: 'match', tried: null, named, patterns, gaveUp, lines };
  }
  const { tried, named } = result;
  const patterns = result.nearest.map((it) => explainPattern(facts, it));
  return { ...base, outcome: 'no-match', tried, named, patterns, gaveUp, lines: story };
}
