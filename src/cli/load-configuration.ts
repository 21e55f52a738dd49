// The first steps of every command that works on a data root.

import type { Config } from '../config/config.js';
import { checkDataRoot, readConfig } from '../config/read-config.js';
import type { Log } from '../log/log.js';
import type { CliContext, GlobalOptions } from './context.js';

/**
 * Reads the configuration, makes sure of the data root, opens the log and says there what is odd about the
 * configuration.
 *
 * @throws ZtpError `invalid-config` or `read-failed`
 */
export async function loadConfiguration(
  options: GlobalOptions,
  context: CliContext,
): Promise<{ readonly config: Config; readonly log: Log }> {
  const config = await readConfig(options);
  await checkDataRoot(config);
  const log = context.createLog(config);
  for (const warning of config.warnings) log.warning(warning, { reason: 'invalid-config' });
  return { config, log };
}
