// All resource plugins by name, and one kind of error for whatever goes wrong in them. Knows no definition.

import { nearestName } from '../engine/nearest-name.js';
import type { PluginFile, PluginFiles } from '../ports/plugin-files.js';
import type { PoolStore } from '../ports/pool-store.js';
import { type ReasonCode, reasonCodes } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';
import { type CustomPluginParts, CustomPlugins } from './custom-plugins.js';
import { builtInNames, findFiles } from './plugin-kinds.js';
import { listNames, sayAmbiguous, sayUnknown } from './plugin-names.js';
import { createPoolPlugin } from './pool-plugin.js';
import type { ResourceAnswer, ResourcePlugin, ResourceRequest } from './resource-plugin.js';
import { type PluginSurvey, surveyPlugins } from './survey-plugins.js';
import { testPlugin } from './test-plugin.js';

/** The plugins that definitions can call. */
export interface PluginRegistry {
  /**
   * @throws ZtpError `unknown-plugin`; `plugin-failed` for wrong arguments and for a plugin that gave no reason code; else
   *   the plugin's own code. The message names plugin, arguments and node
   */
  call(plugin: string, request: ResourceRequest): Promise<ResourceAnswer>;
  /** What validation has to know of the plugins as they are now. None is called. */
  survey(): Promise<PluginSurvey>;
  /** Ends helper processes; resolves when none is left. Nothing may be called any more. */
  close(): Promise<void>;
}

/** What the registry is made of. */
export interface PluginRegistryParts extends CustomPluginParts {
  /** For `allocate`. */
  readonly pools: PoolStore;
  /** For `sqlite`, which is not known without it. */
  readonly tables: PoolStore | null;
  readonly files: PluginFiles;
}

/** The registry of the built-in plugins and of those in plugins/. */
export function createPluginRegistry(parts: PluginRegistryParts): PluginRegistry {
  const { pools, tables, files } = parts;
  const builtIn = new Map<string, ResourcePlugin>([
    ['allocate', createPoolPlugin('allocate', pools)],
    ...(tables === null ? [] : [['sqlite', createPoolPlugin('sqlite', tables)] as const]),
    ['test', testPlugin],
  ]);
  const custom = new CustomPlugins(parts);

  const locate = async (plugin: string): Promise<PluginFile> => {
    const names = await files.list();
    const ambiguity = sayAmbiguous(plugin, names);
    if (ambiguity !== null) throw new ZtpError('plugin-failed', ambiguity);
    const [name] = findFiles(plugin, names);
    const file = name === undefined || builtInNames.includes(plugin) ? null : await files.find(name);
    if (file !== null) return file;
    const known = listNames([...builtIn.keys()], names);
    const nearest = nearestName(plugin, known);
    const said = sayUnknown(plugin, known, names);
    // A file that is called by another name is the better hint.
    const hasHint = nearest === null || nearest === plugin || said.includes(';');
    throw new ZtpError('unknown-plugin', hasHint ? said : `${said}; is ${nearest} meant?`);
  };

  return {
    async call(plugin, request) {
      const title = `${plugin}(${request.args.map((arg) => `'${arg}'`).join(', ')}) for node ${request.nodeId}`;
      const known = builtIn.get(plugin);
      const mistake = known?.checkArguments(request.args) ?? null;
      if (mistake !== null) throw new ZtpError('plugin-failed', `${title}: ${plugin} ${mistake}`);
      try {
        if (known !== undefined) return await known.call(request);
        return await custom.call(plugin, request, () => locate(plugin));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new ZtpError(codeOf(error), `${title}: ${reason}`, { cause: error });
      }
    },
    survey: () => surveyPlugins(builtIn, parts),
    close: () => custom.close(),
  };
}

/** What the system says when it can start no process. */
const noRoom = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'];

/** A switch that asks for its definition hears 400 or, if the server itself failed, 5xx: never the 404 of a file's code. */
function codeOf(error: unknown): ReasonCode {
  if (error instanceof Error && 'code' in error && noRoom.includes(String(error.code))) return 'plugin-busy';
  return error instanceof ZtpError && reasonCodes[error.code].http !== 404 ? error.code : 'plugin-failed';
}
