// GET /nodes/{id}: the definition of a known node, its references and resources filled in.

import type { ResourceCall } from '../engine/definitions/resource-call.js';
import type { JsonObject, JsonValue } from '../engine/json-value.js';
import { resolveCalls } from '../plugins/resolve-calls.js';
import type { Links } from './links.js';
import { planNodeDefinition } from './plan-node-definition.js';
import type { Site } from './site.js';

/** A definition as the switch gets it. */
export interface BuiltDefinition {
  readonly definition: JsonObject;
  /** The resource calls in it, as written, and what they gave. */
  readonly resources: Readonly<Record<string, JsonValue>>;
}

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
): Promise<BuiltDefinition> {
  const plan = await planNodeDefinition(site, id, links);
  for (const warning of plan.warnings) site.log.warning(warning, { node: id });
  const values = await resolveCalls(site.plugins, plan.calls, {
    nodeId: id,
    facts: plan.facts,
    preview: !take,
  });
  const filled = plan.fill(values);
  if (take) site.log.info(describe(filled, plan.calls, values), { node: id });
  const resources = plan.calls.map(({ key, text }) => [text, values.get(key) ?? null] as const);
  return { definition: filled, resources: Object.fromEntries(resources) };
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
