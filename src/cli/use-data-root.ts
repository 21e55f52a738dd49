// A data root for the length of one command: put together, used, and closed whatever happens.

import type { Config } from '../config/config.js';
import type { Log } from '../log/log.js';
import type { Assembly } from '../main.js';
import type { CliContext, GlobalOptions } from './context.js';
import { loadConfiguration } from './load-configuration.js';

/** What a command works on. */
export interface OpenDataRoot extends Assembly {
  readonly config: Config;
  readonly log: Log;
}

/** Resolves with what `use` gives, once background work has ended. Throws as `loadConfiguration` and `use`. */
export async function useDataRoot<T>(
  options: GlobalOptions,
  context: CliContext,
  use: (root: OpenDataRoot) => Promise<T>,
): Promise<T> {
  const { config, log } = await loadConfiguration(options, context);
  const assembly = (await context.loadAssemble())(config, log);
  try {
    return await use({ ...assembly, config, log });
  } finally {
    await assembly.close();
  }
}
