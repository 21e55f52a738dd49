// A node's definition up to the point where resources are asked for: what GET /nodes/{id} and a preview of it have in common.
// Takes nothing and writes nothing.

import { type DefinitionPlan, planDefinition } from '../engine/definitions/plan-definition.js';
import type { JsonObject, JsonValue } from '../engine/json-value.js';
import type { NodeFacts } from '../engine/node-facts.js';
import { lineOfPath } from '../engine/source-path.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { ZtpError } from '../wire/ztp-error.js';
import { checkTopology } from './check-topology.js';
import type { Links } from './links.js';
import { refuseKept } from './replacement/find-begun.js';
import { refuseReplaced } from './replacement/refuse-replaced.js';
import type { Site } from './site.js';

/** What a node's definition is made of. */
export interface DefinitionSources {
  /** Null: there is none, which is fine with a startup-config only. */
  readonly definition: YamlDocument | null;
  readonly attributes: YamlDocument | null;
  readonly hasStartupConfig: boolean;
}

/** A definition that waits for the values of its resources. */
export interface PlannedDefinition extends Omit<DefinitionPlan, 'kind'> {
  /**
   * The definition as the switch gets it.
   * @param values by the calls' keys
   * @throws ZtpError `invalid-definition` if they make it grow beyond 32 MiB
   */
  fill(values: ReadonlyMap<string, JsonValue>): JsonObject;
}

/**
 * Plans the definition of a known node, if it is cabled as it should be (device-api.md, GET /nodes/{id}).
 * @param reported what it reports now; if it is left out, what its `.node` says
 * @throws ZtpError with the reason for a refusal
 */
export async function planNodeDefinition(
  site: Site,
  id: string,
  links: Links,
  reported?: NodeFacts,
): Promise<PlannedDefinition & { readonly facts: NodeFacts | null }> {
  const parts = await site.nodes.find(id);
  if (!parts)
    throw new ZtpError('unknown-node', `there is no folder nodes/${id}: the switch has to POST /nodes first`);
  const replaced = await refuseReplaced(site.nodes, id);
  const refusal = replaced ?? (await refuseKept(site.nodes, id));
  if (refusal) throw refusal;
  if (!site.settings.disableTopologyValidation) await checkTopology(site, id, reported);
  const [definition, attributes, facts] = await Promise.all([
    site.nodes.readDefinition(id),
    site.nodes.readAttributes(id),
    reported ?? site.nodes.readFacts(id),
  ]);
  const sources = { definition, attributes, hasStartupConfig: parts.startupConfig };
  return { ...planFromSources(id, sources, links), facts };
}

/**
 * Plans the definition that these files give a node.
 * @throws ZtpError `missing-definition`, `invalid-definition`, `invalid-node-file`
 */
export function planFromSources(
  id: string,
  { definition, attributes, hasStartupConfig }: DefinitionSources,
  links: Links,
): PlannedDefinition {
  if (!definition && !hasStartupConfig) {
    throw new ZtpError(
      'missing-definition',
      `nodes/${id} has neither definition nor startup-config: add one of them`,
    );
  }
  const plan = planDefinition({
    nodeId: id,
    definition: definition?.value ?? null,
    attributes: attributes?.value ?? null,
    startupConfigUrl: hasStartupConfig ? links.startupConfig(id) : null,
  });
  if (plan.kind === 'invalid') {
    const document = plan.file === 'definition' ? definition : attributes;
    const line = lineOfPath(document?.root ?? null, plan.path);
    throw new ZtpError(
      plan.file === 'definition' ? 'invalid-definition' : 'invalid-node-file',
      `${document?.path ?? `nodes/${id}/${plan.file}`}${line === null ? '' : ` line ${line}`}: ${plan.reason}`,
    );
  }
  return {
    calls: plan.calls,
    warnings: plan.warnings,
    fill(values) {
      const filled = plan.fill(values);
      if (filled !== null) return filled;
      throw new ZtpError(
        'invalid-definition',
        `${definition?.path ?? `nodes/${id}/definition`} would be over 32 MiB with the values of its resources: use large ones in fewer places`,
      );
    },
  };
}
