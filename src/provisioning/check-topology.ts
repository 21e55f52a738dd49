// GET /nodes/{id}, step 1: is the node cabled as its pattern wants?

import type { NodeFacts } from '../engine/node-facts.js';
import { describeGaveUp, describeVerdict, explainVerdict } from '../engine/topology/explain-words.js';
import { checkPattern } from '../engine/topology/match.js';
import { type CompiledNodePattern, compileNodePattern } from '../engine/topology/node-pattern.js';
import type { PatternVerdict } from '../engine/topology/verdict.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { ZtpError } from '../wire/ztp-error.js';
import { runBoundedRegex } from './run-bounded-regex.js';
import type { Site } from './site.js';

const compiled = new WeakMap<YamlDocument, CompiledNodePattern>();

/** How a node stands to its own pattern. */
export interface CablingCheck {
  /** The pattern's file, relative to the data root. */
  readonly file: string;
  readonly verdict: PatternVerdict;
  /** `topology-check-failed` in words; null if the pattern matches. */
  readonly refusal: ZtpError | null;
}

/**
 * Compares the facts in `.node` with the node's `pattern`.
 * @param reported facts to compare in their place
 * @throws ZtpError `missing-pattern`, `invalid-pattern`, `topology-check-failed`; `read-failed` and its kind
 */
export async function checkTopology(site: Site, id: string, reported?: NodeFacts): Promise<void> {
  const facts = reported ?? (await site.nodes.readFacts(id));
  const { verdict, refusal } = await judgeCabling(site, id, facts);
  for (const line of verdict.gaveUp ? describeGaveUp(verdict.gaveUp) : [])
    site.log.warning(line, { node: id });
  if (facts) for (const line of describeVerdict(facts, verdict)) site.log.debug(line, { node: id });
  if (refusal) throw refusal;
}

/**
 * Compares facts with the node's `pattern`.
 * @param facts null: there is no `.node`
 * @throws ZtpError as `checkTopology`, but for a pattern that does not match
 */
export async function judgeCabling(site: Site, id: string, facts: NodeFacts | null): Promise<CablingCheck> {
  const document = await site.nodes.readPattern(id);
  if (!document) {
    throw new ZtpError(
      'missing-pattern',
      `nodes/${id}/pattern is not there: write one (\`name: ${id}\` alone accepts any cabling), or set [default] disable_topology_validation`,
    );
  }
  const { pattern, problems } = compileOnce(document);
  if (!pattern) {
    const first = problems.find((problem) => problem.severity === 'error');
    throw new ZtpError('invalid-pattern', `${document.path} line ${first?.line ?? 1}: ${first?.reason}`);
  }
  if (!facts) {
    throw new ZtpError(
      'topology-check-failed',
      `nodes/${id}/.node is not there: the switch has to POST /nodes before its cabling can be checked`,
    );
  }
  const verdict = checkPattern(facts, pattern, runBoundedRegex);
  const refusal = verdict.matched
    ? null
    : new ZtpError('topology-check-failed', `${document.path}: ${explainVerdict(facts, verdict)}`, {
        explanation: describeVerdict(facts, verdict),
      });
  return { file: document.path, verdict, refusal };
}

function compileOnce(document: YamlDocument): CompiledNodePattern {
  const known = compiled.get(document);
  if (known) return known;
  const made = compileNodePattern(document.root);
  compiled.set(document, made);
  return made;
}
