// GET /nodes/{id}: the definition of a known node, its references and resources filled in.

import { planDefinition } from '../engine/definitions/plan-definition.js';
import type { ResourceCall } from '../engine/definitions/resource-call.js';
import type { JsonObject, JsonValue } from '../engine/json-value.js';
import { lineOfPath } from '../engine/source-path.js';
import { resolveCalls } from '../plugins/resolve-calls.js';
import { ZtpError } from '../wire/ztp-error.js';
import { checkTopology } from './check-topology.js';
import type { Links } from './links.js';
import type { Site } from './site.js';

/**
 * Builds a node's definition (device-api.md, GET /nodes/{id}).
 * @param take false: nothing is taken from any pool (HEAD)
 * @throws ZtpError with the reason for a refusal
 */
export async function buildDefinition(
  site: Site,
  id: string,
  links: Links,
  take: boolean,
): Promise<JsonObject> {
  const parts = await site.nodes.find(id);
  if (!parts)
    throw new ZtpError('unknown-node', `there is no folder nodes/${id}: the switch has to POST /nodes first`);
  if (!site.settings.disableTopologyValidation) await checkTopology(site, id);
  const [definition, attributes, facts] = await Promise.all([
    site.nodes.readDefinition(id),
    site.nodes.readAttributes(id),
    site.nodes.readFacts(id),
  ]);
  if (!definition && !parts.startupConfig) {
    throw new ZtpError(
      'missing-definition',
      `nodes/${id} has neither definition nor startup-config: add one of them`,
    );
  }
  const plan = planDefinition({
    nodeId: id,
    definition: definition?.value ?? null,
    attributes: attributes?.value ?? null,
    startupConfigUrl: parts.startupConfig ? links.startupConfig(id) : null,
  });
  if (plan.kind === 'invalid') {
    const document = plan.file === 'definition' ? definition : attributes;
    const line = lineOfPath(document?.root ?? null, plan.path);
    throw new ZtpError(
      plan.file === 'definition' ? 'invalid-definition' : 'invalid-node-file',
      `nodes/${id}/${plan.file}${line === null ? '' : ` line ${line}`}: ${plan.reason}`,
    );
  }
  for (const warning of plan.warnings) site.log.warning(warning, { node: id });
  const values = await resolveCalls(site.plugins, plan.calls, { nodeId: id, facts, preview: !take });
  const filled = plan.fill(values);
  if (filled === null) {
    throw new ZtpError(
      'invalid-definition',
      `nodes/${id}/definition would be over 32 MiB with the values of its resources: use large ones in fewer places`,
    );
  }
  if (take) site.log.info(describe(filled, plan.calls, values), { node: id });
  return filled;
}

/** What the log says: how much was sent, and which resources the node has. */
function describe(
  definition: JsonObject,
  calls: readonly ResourceCall[],
  values: ReadonlyMap<string, JsonValue>,
): string {
  const count = Array.isArray(definition.actions) ? definition.actions.length : 0;
  const given = calls.map(({ key, text }) => `, ${text} = ${JSON.stringify(values.get(key))}`);
  return `definition sent: ${count} ${count === 1 ? 'action' : 'actions'}${given.join('')}`;
}
