// What two versions of a node's startup-config differ by, as text to look at.

import { compareLines } from '../engine/diff/compare-lines.js';
import { makeHunks } from '../engine/diff/make-hunks.js';
import type { DiffLine, DiffReport } from '../wire/config-history.js';
import { ZtpError } from '../wire/ztp-error.js';
import { type FoundVersion, type NodesAndHistory, readVersion } from './config-history.js';
import { decodeConfig, maskLines, splitLines } from './show-config.js';

/** Which versions; null for those that are meant without saying. */
export interface DiffWish {
  readonly from: number | null;
  readonly to: number | null;
  /** Shows secrets too. */
  readonly secrets: boolean;
}

/**
 * Compares two versions byte for byte; a secret that changed shows as a changed line, masked or not.
 * @param wish without `from` the last two; without `to` the newest one
 * @throws ZtpError `missing-version`, `unknown-node`, `read-failed`
 */
export async function diffVersions(
  parts: NodesAndHistory,
  node: string,
  wish: DiffWish,
): Promise<DiffReport> {
  const to = await readVersion(parts, node, wish.to);
  const from = await readVersion(parts, node, wish.from ?? (await findBefore(parts, node, to)));
  const [before, after] = [linesOf(from, wish.secrets), linesOf(to, wish.secrets)];
  const differences = compareLines(before.exact, after.exact);
  const hunks = makeHunks(differences, before.exact.length).map(({ place, lines }) => ({
    place,
    lines: lines.map(({ kind, at }): DiffLine => {
      const line = (kind === 'added' ? after : before).shown[at] ?? '';
      const ended = line.endsWith('\n');
      return { kind, text: ended ? line.slice(0, -1) : line, ended };
    }),
  }));
  return { node, from: from.version, to: to.version, hunks };
}

/** The one before the newest. */
async function findBefore(parts: NodesAndHistory, node: string, { version }: FoundVersion): Promise<number> {
  const versions = await parts.history.versions(node);
  const before = versions.findLast(({ number }) => number < version.number);
  if (before) return before.number;
  throw new ZtpError(
    'missing-version',
    `the history of ${node} has version ${version.number} only: there is nothing to compare it with yet`,
  );
}

/** Lines as they are, byte for byte, and as they are shown: as many of both. */
function linesOf({ config }: FoundVersion, secrets: boolean) {
  const shown = splitLines(decodeConfig(config));
  return { exact: splitLines(config.toString('latin1')), shown: secrets ? shown : maskLines(shown) };
}
