// All resource plugins by name, and one kind of error for whatever goes wrong in them. Knows no definition.

import type { PoolStore } from '../ports/pool-store.js';
import { type ReasonCode, reasonCodes } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';
import { createAllocatePlugin } from './allocate-plugin.js';
import type { ResourceAnswer, ResourcePlugin, ResourceRequest } from './resource-plugin.js';
import { testPlugin } from './test-plugin.js';

/** The plugins that definitions can call. */
export interface PluginRegistry {
  /** Names that calls may use, sorted. */
  readonly names: readonly string[];
  /** Why a call with these arguments would fail whatever is in the pools, in words; null if it would not. */
  checkCall(plugin: string, args: readonly string[]): string | null;
  /**
   * @throws ZtpError `unknown-plugin`; `plugin-failed` for wrong arguments and for a plugin that gave no reason code; else
   *   the plugin's own code. The message names plugin, arguments and node
   */
  call(plugin: string, request: ResourceRequest): Promise<ResourceAnswer>;
}

/** The registry of the built-in plugins. */
export function createPluginRegistry(parts: { readonly pools: PoolStore }): PluginRegistry {
  const plugins = new Map<string, ResourcePlugin>([
    ['allocate', createAllocatePlugin(parts.pools)],
    ['test', testPlugin],
  ]);
  const names = [...plugins.keys()].sort();

  return {
    names,
    checkCall(plugin, args) {
      const known = plugins.get(plugin);
      return known === undefined ? sayUnknown(plugin, names) : known.checkArguments(args);
    },
    async call(plugin, request) {
      const title = `${plugin}(${request.args.map((arg) => `'${arg}'`).join(', ')}) for node ${request.nodeId}`;
      const known = plugins.get(plugin);
      if (known === undefined) throw new ZtpError('unknown-plugin', `${title}: ${sayUnknown(plugin, names)}`);
      const mistake = known.checkArguments(request.args);
      if (mistake !== null) throw new ZtpError('plugin-failed', `${title}: ${plugin} ${mistake}`);
      try {
        return await known.call(request);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new ZtpError(codeOf(error), `${title}: ${reason}`, { cause: error });
      }
    },
  };
}

/** A switch that asks for its definition hears 400 or, if the server itself failed, 5xx: never the 404 of a file's code. */
function codeOf(error: unknown): ReasonCode {
  return error instanceof ZtpError && reasonCodes[error.code].http !== 404 ? error.code : 'plugin-failed';
}

function sayUnknown(plugin: string, names: readonly string[]): string {
  return `there is no resource plugin '${plugin}', known are ${names.join(' and ')}`;
}
