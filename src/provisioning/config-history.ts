// The versions of a node's startup-config: which there are, what one holds, and an older one again.

import { createHash } from 'node:crypto';
import { nearestName } from '../engine/nearest-name.js';
import type { ConfigVersion, History } from '../ports/history.js';
import type { NodeStore } from '../ports/node-store.js';
import type { HistoryReport, RestoreReport, VersionReport } from '../wire/config-history.js';
import { ZtpError } from '../wire/ztp-error.js';
import { recordOperator } from './record-resources.js';
import type { Site } from './site.js';

/** Where configs and their versions are found. */
export interface NodesAndHistory {
  readonly nodes: Pick<NodeStore, 'list' | 'find' | 'readStartupConfig'>;
  readonly history: Pick<History, 'newest' | 'versions' | 'read' | 'notes'>;
}

/** A version with its bytes. */
export interface FoundVersion {
  readonly version: VersionReport;
  readonly config: Buffer;
}

/**
 * A node's history as it stands.
 * @throws ZtpError `unknown-node` if it has neither history nor folder, `read-failed`
 */
export async function readHistory(parts: NodesAndHistory, node: string): Promise<HistoryReport> {
  const { nodes, history } = parts;
  const [versions, notes] = await Promise.all([history.versions(node), history.notes(node)]);
  if (versions.length === 0 && notes.length === 0) await checkNode(parts, node);
  const config = await nodes.readStartupConfig(node);
  const newest = versions.at(-1);
  const sha256 = config && hash(config);
  return {
    node,
    versions: versions.map(describeVersion),
    notes: notes.map(({ at, kind, other }) => ({ at, kind, other })),
    present:
      config && sha256
        ? { sha256, bytes: config.length, version: newest?.sha256 === sha256 ? newest.number : null }
        : null,
  };
}

/**
 * One version of a node.
 * @param number null for the newest one
 * @throws ZtpError `missing-version`, `unknown-node`, `read-failed`
 */
export async function readVersion(
  parts: NodesAndHistory,
  node: string,
  number: number | null,
): Promise<FoundVersion> {
  const versions = await parts.history.versions(node);
  const version = number === null ? versions.at(-1) : versions.find((each) => each.number === number);
  const config = version && (await parts.history.read(node, version.number));
  if (version && config) return { version: describeVersion(version), config };
  if (versions.length === 0) await checkNode(parts, node);
  throw missingVersion(node, number, versions);
}

/**
 * Gives a node an older version again: its switch gets it when it is provisioned next. What stands there is in the history first.
 * @throws ZtpError `missing-version`, `unknown-node`, `read-failed`, `write-failed`; then nothing was changed, but for what the
 *   message says
 */
export async function restoreVersion(site: Site, node: string, number: number): Promise<RestoreReport> {
  const { nodes, history } = site;
  const { config } = await readVersion(site, node, number);
  return site.configs.inTurn(node, async () => {
    if ((await nodes.find(node)) === null) {
      throw new ZtpError(
        'unknown-node',
        `there is no folder nodes/${node} to restore version ${number} to; \`ztps config show ${node} ${number}\` prints it`,
      );
    }
    const at = new Date().toISOString();
    const present = await nodes.readStartupConfig(node);
    if (present) await history.add({ node, at, source: 'hand', address: null, config: present });
    const changed = !present?.equals(config);
    if (changed && !(await nodes.writeStartupConfig(node, config))) {
      throw new ZtpError('unknown-node', `there is no folder nodes/${node} any more: nothing was restored`);
    }
    const { version } = await history.add({ node, at, source: 'restored', address: null, config });
    if (changed) {
      recordOperator(
        site.recorder,
        'restored',
        `startup-config is version ${number} again, as version ${version.number}`,
        { restored: number, version: version.number, sha256: version.sha256 },
        node,
      );
    }
    return { node, restored: number, version: version.number, changed };
  });
}

/** Without what only the history itself needs. */
export function describeVersion(version: ConfigVersion): VersionReport {
  const { number, at, source, address, sha256, bytes } = version;
  return { number, at, source, address, sha256, bytes };
}

/** Says which versions there are. */
function missingVersion(
  node: string,
  number: number | null,
  versions: readonly { readonly number: number }[],
): ZtpError {
  const [first, last] = [versions[0]?.number, versions.at(-1)?.number];
  const wanted = number === null ? 'version' : `version ${number}`;
  const there =
    first === undefined
      ? 'it has none yet'
      : `it has ${first === last ? first : `${first} to ${last}`}; "ztps config history ${node}" lists them`;
  return new ZtpError('missing-version', `the history of ${node} has no ${wanted}: ${there}`);
}

async function checkNode({ nodes }: NodesAndHistory, node: string): Promise<void> {
  if ((await nodes.find(node)) !== null) return;
  const near = nearestName(node, await nodes.list());
  const mend = near === null ? '"ztps nodes" lists all' : `did you mean ${near}? "ztps nodes" lists all`;
  throw new ZtpError('unknown-node', `there is no folder nodes/${node}, and no version of ${node}; ${mend}`);
}

function hash(config: Buffer): string {
  return createHash('sha256').update(config).digest('hex');
}
