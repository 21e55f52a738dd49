// PUT /nodes/{id}/startup-config: keeps a switch's config and its history, then runs the node's config-handler.

import { createHash } from 'node:crypto';
import { ZtpError } from '../wire/ztp-error.js';
import type { Caller } from './caller.js';
import type { ConfigHandlers } from './config-handlers.js';
import { refuseKept } from './replacement/find-begun.js';
import { refuseReplaced } from './replacement/refuse-replaced.js';
import type { Site } from './site.js';

/** What became of a config. */
interface Stored {
  readonly outcome: 'created' | 'replaced';
  /** Its number in the history; null if it waits to be written there. */
  readonly version: number | null;
}

/**
 * Stores a node's startup-config, byte for byte, durably; a new one is a version of its history. The config-handler is started,
 * not waited for; the record waits for it.
 * @returns `created` the first time, `replaced` after
 * @throws ZtpError `missing-startup-config` for an empty body, `unknown-node` if the node has no folder, `incomplete-node` if its name is only
 *   kept, `replaced` if another has its place; `read-failed` if what stands there can not be read, `write-failed`
 */
export async function backUpConfig(
  site: Site,
  handlers: ConfigHandlers,
  id: string,
  config: Buffer,
  caller: Caller,
): Promise<'created' | 'replaced'> {
  if (config.length === 0) throw new ZtpError('invalid-body', 'the body is empty, wanted a startup-config');
  const { address } = caller;
  const { outcome, version } = await site.configs.inTurn(id, () => store(site, id, config, address));
  const run = site.runs.attribute({ ...caller, node: id });
  site.log.info(`startup-config ${outcome}, ${config.length} bytes`, {
    node: id,
    ...(run && { run: run.id }),
  });
  if (run) {
    site.runs.touch(run, address);
    if (run.isDone) site.runs.complete(run);
  }
  const at = Date.now();
  const sha256 = createHash('sha256').update(config).digest('hex');
  handlers.run(id, { version, address }, (handler) => {
    const reason = handler?.reason ?? null;
    const words = reason === null ? '' : `; its config-handler ${reason}`;
    site.recorder.recordQuietly({
      type: 'config-saved',
      level: reason === null ? 'info' : 'error',
      message: `startup-config ${outcome}, ${config.length} bytes${words}`,
      node: id,
      run: run?.id ?? null,
      at,
      address,
      data: { version, sha256, bytes: config.length, ...(handler && { handler }) },
    });
  });
  return outcome;
}

/** What stands there is in the history before it is replaced; and what replaces it only once it is on disk. */
async function store(site: Site, id: string, config: Buffer, address: string): Promise<Stored> {
  const refusal = (await refuseReplaced(site.nodes, id)) ?? (await refuseKept(site.nodes, id));
  if (refusal) throw refusal;
  await site.configs.keepPresent(id);
  const outcome = await site.nodes.writeStartupConfig(id, config);
  if (!outcome) {
    throw new ZtpError(
      'unknown-node',
      `there is no folder nodes/${id}: a config is kept for known nodes only`,
    );
  }
  const at = new Date().toISOString();
  const kept = await site.configs.keep({ node: id, at, source: 'put', address, config });
  return { outcome, version: kept?.number ?? null };
}
