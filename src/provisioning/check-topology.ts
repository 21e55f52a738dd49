// GET /nodes/{id}, step 1: is the node cabled as its pattern wants?

import { describeGaveUp, describeVerdict, explainVerdict } from '../engine/topology/explain-words.js';
import { checkPattern } from '../engine/topology/match.js';
import { type CompiledNodePattern, compileNodePattern } from '../engine/topology/node-pattern.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { ZtpError } from '../wire/ztp-error.js';
import { runBoundedRegex } from './run-bounded-regex.js';
import type { Site } from './site.js';

const compiled = new WeakMap<YamlDocument, CompiledNodePattern>();

/**
 * Compares the facts in `.node` with the node's `pattern`.
 * @throws ZtpError `missing-pattern`, `invalid-pattern`, `topology-check-failed`; `read-failed` and its kind
 */
export async function checkTopology(site: Site, id: string): Promise<void> {
  const [document, facts] = await Promise.all([site.nodes.readPattern(id), site.nodes.readFacts(id)]);
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
  for (const line of verdict.gaveUp ? describeGaveUp(verdict.gaveUp) : [])
    site.log.warning(line, { node: id });
  for (const line of describeVerdict(facts, verdict)) site.log.debug(line, { node: id });
  if (!verdict.matched) {
    throw new ZtpError('topology-check-failed', `${document.path}: ${explainVerdict(facts, verdict)}`);
  }
}

function compileOnce(document: YamlDocument): CompiledNodePattern {
  const known = compiled.get(document);
  if (known) return known;
  const made = compileNodePattern(document.root);
  compiled.set(document, made);
  return made;
}
