// `ztps init [DIR]`: makes a data root, or brings an old one up to date.

import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '../../config/read-config.js';
import { ZtpError } from '../../wire/ztp-error.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { type LaidFile, layFolder, layOnce, layShipped } from '../lay-files.js';
import { readReleases, readShippedFiles } from '../shipped-files.js';
import { dataRootFolders, startingBootstrapConf, startingNeighbordb } from '../starting-files.js';

const HELP = `
What becomes of each file:
  made       it was not there
  replaced   it was an earlier release's, unedited, and is this release's now
  unchanged  nothing was to do
  kept       it was edited: it stays, and this release's is laid beside it as NAME.new
  refused    it can not be laid without touching what is not the data root's

--conf FILE names the configuration that the data root and file names are taken from, --json prints JSON instead of
text, and both may stand before or behind init.

Examples:
  ztps init                                    the data root of /etc/ztpserver/ztpserver.conf
  ztps init /srv/ztp                           another one, made if it is not there
  ztps init --conf site.conf --json            the one that site.conf names, and tell a program what was done

Exit status: 0 done, 1 failed or something was refused, 2 not understood.`;

/** Adds `init`. */
export function addInitCommand(program: Command, run: RunCommand): void {
  program
    .command('init')
    .argument('[dir]', 'the data root (default: the configured one)')
    .description('make a data root, or bring an old one up to date')
    .addHelpText('after', HELP)
    .action((directory: string | undefined) => run((...world) => initDataRoot(directory, ...world)));
}

/**
 * Lays folders, bootstrap script, actions and starting files into `directory` (default: the configured data root) and
 * prints what became of each. 1 if something had to be refused, else 0.
 *
 * @throws ZtpError `write-failed` when a file or folder can not be made
 */
async function initDataRoot(
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
