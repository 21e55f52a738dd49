// `ztps init [DIR]`: makes a data root, or brings an old one up to date.

import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readConfig } from '../../config/read-config.js';
import { ZtpError } from '../../wire/ztp-error.js';
import type { CliContext, GlobalOptions } from '../context.js';
import { type LaidFile, layFolder, layOnce, layShipped } from '../lay-files.js';
import { readReleases, readShippedFiles } from '../shipped-files.js';
import { dataRootFolders, startingBootstrapConf, startingNeighbordb } from '../starting-files.js';

/**
 * Lays folders, bootstrap script, actions and starting files into `directory` (default: the configured data root) and
 * prints what became of each. 1 if something had to be refused, else 0.
 *
 * @throws ZtpError `write-failed` when a file or folder can not be made
 */
export async function initDataRoot(
  directory: string | undefined,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  const config = await readConfig(options);
  const dataRoot = directory === undefined ? config.dataRoot : resolve(directory);
  let files: readonly LaidFile[];
  try {
    files = await layDataRoot(dataRoot, config.bootstrapFilename, config.neighbordbFilename);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ZtpError('write-failed', `${dataRoot}: can not be made a data root: ${reason}`, {
      cause: error,
    });
  }
  const ok = files.every(({ outcome }) => outcome !== 'refused');
  context.print(
    options.json ? `${JSON.stringify({ dataRoot, ok, files }, null, 2)}\n` : write(dataRoot, files),
  );
  return ok ? 0 : 1;
}

async function layDataRoot(
  dataRoot: string,
  bootstrapFilename: string,
  neighbordbFilename: string,
): Promise<readonly LaidFile[]> {
  const [shipped, findRelease] = await Promise.all([readShippedFiles(), readReleases()]);
  await mkdir(dataRoot, { recursive: true, mode: 0o775 });
  const root = await realpath(dataRoot);
  const laid: LaidFile[] = [];
  for (const folder of dataRootFolders) {
    const made = await layFolder(root, folder);
    if (made) laid.push(made);
  }
  for (const { name, content } of shipped) {
    const path = name === 'bootstrap' ? join('bootstrap', bootstrapFilename) : name;
    laid.push(await layShipped(root, { path, content }, (found) => findRelease(name, found)));
  }
  for (const [path, text] of [
    ['bootstrap/bootstrap.conf', startingBootstrapConf],
    [neighbordbFilename, startingNeighbordb],
  ] as const) {
    laid.push(await layOnce(root, { path, content: Buffer.from(text) }));
  }
  return laid;
}

function write(dataRoot: string, files: readonly LaidFile[]): string {
  const lines = files.map(
    ({ path, outcome, note }) => `  ${outcome.padEnd(9)}  ${path}${note === null ? '' : `  (${note})`}`,
  );
  return [`Data root ${dataRoot}`, ...lines, ''].join('\n');
}
