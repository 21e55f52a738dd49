// Makes a static node: one that is known before its switch asks, whatever its cabling.

import { resolveSitePath } from '../engine/topology/site-path.js';
import type { NodeStore } from '../ports/node-store.js';
import type { SiteFiles } from '../ports/site-files.js';
import { ZtpError } from '../wire/ztp-error.js';
import { recordOperator } from './record-resources.js';
import type { Recorder } from './recorder.js';
import { checkNodeId } from './replacement/replace-node.js';

/** What the node is made of. */
export type NodeSource =
  /** As a pattern's `definition`: a path below `definitions/`. */
  | { readonly kind: 'definition'; readonly path: string }
  | { readonly kind: 'config'; readonly config: Buffer };

/**
 * Makes `nodes/<id>` with a copy of the definition or with the startup-config, and a pattern that accepts any cabling.
 * @returns the path of the definition in the data root; null for a config
 * @throws ZtpError `invalid-node-id`, `missing-definition`, `invalid-body` for an empty config, `node-exists`; `write-failed` and its kind
 */
export async function addNode(
  parts: {
    readonly nodes: NodeStore;
    readonly files: SiteFiles;
    readonly recorder: Recorder;
    readonly dataRoot: string;
  },
  id: string,
  source: NodeSource,
): Promise<string | null> {
  checkNodeId(id);
  const pattern = { name: id };
  if (source.kind === 'config') {
    if (source.config.length === 0) {
      throw new ZtpError('invalid-body', 'the config is empty, wanted the text of a startup-config');
    }
    await create(parts, id, { pattern, startupConfig: source.config });
    recordOperator(parts.recorder, 'added', `nodes/${id} made of a startup-config`, {}, id);
    return null;
  }
  const path = resolveSitePath(source.path, 'definitions', parts.dataRoot);
  if (!path.ok) throw new ZtpError('missing-definition', `definition: ${path.reason}`);
  const definition = await parts.files.readBytes(path.value);
  if (!definition) {
    throw new ZtpError('missing-definition', `${path.value} is not there: add the file, or name another`);
  }
  await create(parts, id, { pattern, definition });
  recordOperator(
    parts.recorder,
    'added',
    `nodes/${id} made of ${path.value}`,
    { definition: path.value },
    id,
  );
  return path.value;
}

async function create(
  { nodes }: { readonly nodes: NodeStore },
  id: string,
  node: Parameters<NodeStore['create']>[1],
): Promise<void> {
  if (await nodes.create(id, node)) return;
  throw new ZtpError('node-exists', `there is a node nodes/${id} already: ztps node show ${id} shows it`);
}
