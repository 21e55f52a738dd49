// Asks the plugins for what a planned definition needs.

import type { ResourceCall } from '../engine/definitions/resource-call.js';
import type { JsonValue } from '../engine/json-value.js';
import type { PluginRegistry } from './plugin-registry.js';
import type { ResourceRequest } from './resource-plugin.js';

/**
 * Makes the calls one after the other, in their order: two values of one pool are always given out in the same order,
 * and after a failure nothing more is taken. What was taken before it stays with the node, which gets it again next time.
 * @returns the values by the calls' keys
 * @throws ZtpError of the first call that failed
 */
export async function resolveCalls(
  plugins: PluginRegistry,
  calls: readonly ResourceCall[],
  node: Omit<ResourceRequest, 'args'>,
): Promise<ReadonlyMap<string, JsonValue>> {
  const values = new Map<string, JsonValue>();
  for (const call of calls) {
    const { value } = await plugins.call(call.plugin, { ...node, args: call.args });
    values.set(call.key, value);
  }
  return values;
}
