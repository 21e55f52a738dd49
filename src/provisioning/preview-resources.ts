// The values that a definition's resources would be, taken from nobody: what GET would give, were it asked now.

import type { ResourceCall } from '../engine/definitions/resource-call.js';
import type { JsonValue } from '../engine/json-value.js';
import type { ResourceRequest } from '../plugins/resource-plugin.js';
import type { PoolStore } from '../ports/pool-store.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { Site } from './site.js';

/** One resource of a definition. */
export interface PreviewedResource {
  /** In its plain spelling: `allocate('mgmt', 'vlan10')`. */
  readonly call: string;
  /** What it would be; the call itself if it can not be previewed. */
  readonly value: JsonValue;
  /** False: only the call is known, since its plugin can not say without giving. */
  readonly previewed: boolean;
}

/** The resources in their order, and their values by the calls' keys. */
export interface ResourcePreview {
  readonly resources: readonly PreviewedResource[];
  readonly values: ReadonlyMap<string, JsonValue>;
}

/** @throws ZtpError of the first call that would fail */
export async function previewResources(
  site: Site,
  calls: readonly ResourceCall[],
  node: Pick<ResourceRequest, 'nodeId' | 'facts'>,
): Promise<ResourcePreview> {
  const promises = new Promises(site);
  const resources: PreviewedResource[] = [];
  const values = new Map<string, JsonValue>();
  for (const call of calls) {
    const answer = await site.plugins.call(call.plugin, { ...node, args: call.args, preview: true });
    const value = await promises.settle(call, node.nodeId, answer.value);
    values.set(call.key, value);
    resources.push({ call: call.text, value, previewed: value !== call.text });
  }
  return { resources, values };
}

/**
 * The values of pools that earlier calls of the same definition would have taken by now. A preview knows nothing of them: it
 * gives two keys of a node the same free value.
 */
class Promises {
  readonly #site: Site;
  /** Plugin and pool → values. */
  readonly #promised = new Map<string, Set<string>>();

  constructor(site: Site) {
    this.#site = site;
  }

  /** The value that the call gets, `previewed` unless an earlier one would get that. */
  async settle({ plugin, args, text }: ResourceCall, id: string, previewed: JsonValue): Promise<JsonValue> {
    const store = this.#storeOf(plugin);
    if (store === null) return previewed;
    const [pool] = args;
    const key = `${plugin} ${plugin === 'sqlite' ? pool.toLowerCase() : pool}`;
    const promised = this.#promised.get(key) ?? new Set();
    this.#promised.set(key, promised);
    if (!promised.has(String(previewed))) {
      promised.add(String(previewed));
      return previewed;
    }
    const { file, entries } = await store.read(pool);
    const held = new Set(entries.flatMap(({ value, owner }) => (owner === null ? [] : [value])));
    const next = entries.find(({ value }) => !held.has(value) && !promised.has(value));
    if (next === undefined) {
      const reason = `${file} has no more free value, this definition takes ${promised.size}: add values`;
      throw new ZtpError('pool-exhausted', `${text} for node ${id}: ${reason}`);
    }
    promised.add(next.value);
    return typeof previewed === 'number' ? Number(next.value) : next.value;
  }

  #storeOf(plugin: string): PoolStore | null {
    if (plugin === 'allocate') return this.#site.pools;
    return plugin === 'sqlite' ? this.#site.tables : null;
  }
}
