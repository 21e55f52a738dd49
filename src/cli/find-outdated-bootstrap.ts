// Notices a bootstrap script that today's EOS can not run. Changes nothing.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { isOutdatedBootstrap } from '../provisioning/read-bootstrap.js';

/**
 * One sentence for the log if the data root's bootstrap imports sleekxmpp, with the mend; null if it does not, or is
 * not there (switches are told that when they ask).
 */
export async function findOutdatedBootstrap(
  config: Pick<Config, 'dataRoot' | 'bootstrapFilename'>,
): Promise<string | null> {
  const file = join(config.dataRoot, 'bootstrap', config.bootstrapFilename);
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  const script = isFile ? await readFile(file).catch(() => null) : null;
  if (script === null || !isOutdatedBootstrap(script)) return null;
  return (
    `${file} imports sleekxmpp, which EOS no longer has, so today's switches can not run it; ` +
    `"ztps init ${config.dataRoot}" lays the current one beside it as ${config.bootstrapFilename}.new`
  );
}
