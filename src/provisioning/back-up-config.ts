// PUT /nodes/{id}/startup-config: keeps a switch's config, then runs the node's config-handler.

import { ZtpError } from '../wire/ztp-error.js';
import type { ConfigHandlers } from './config-handlers.js';
import type { Site } from './site.js';

/**
 * Stores a node's startup-config, byte for byte, durably. The config-handler is started, not waited for.
 * @returns `created` the first time, `replaced` after
 * @throws ZtpError `missing-startup-config` for an empty body, `unknown-node` if the node has no folder; `write-failed`
 */
export async function backUpConfig(
  site: Site,
  handlers: ConfigHandlers,
  id: string,
  config: Buffer,
): Promise<'created' | 'replaced'> {
  if (config.length === 0) throw new ZtpError('invalid-body', 'the body is empty, wanted a startup-config');
  const outcome = await site.nodes.writeStartupConfig(id, config);
  if (!outcome) {
    throw new ZtpError(
      'unknown-node',
      `there is no folder nodes/${id}: a config is kept for known nodes only`,
    );
  }
  site.log.info(`startup-config ${outcome}, ${config.length} bytes`, { node: id });
  handlers.run(id);
  return outcome;
}
