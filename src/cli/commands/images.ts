// `ztps images`: the images below files/, and who names them.

import type { Command } from 'commander';
import { type ListedImage, listImages, type OnHashing } from '../../provisioning/list-images.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { printableJson, printableLine } from '../printable.js';
import { type Colours, describeTerminal } from '../terminal.js';
import { useDataRoot } from '../use-data-root.js';

const HELP = `
Listed are the images (.swi) and extensions (.swix) below files/, and what else an install_image names, with size, SHA-256,
the version in their names, and the definitions that name them: in definitions/, and those of nodes, with their attributes.
What is named and not there is listed as missing. VERSION is what the name says; nobody looks into the file.

Hashes are remembered in [state] path: only what is new or has changed is read.

Examples:
  ztps images
  ztps images --json                            {"images": [{"path", "present", "size", "sha256", "usedBy", …}, …], …}
  ztps images --json | jq -r '.images[] | select(.usedBy == []).path'
                                                images that no definition names

Exit status: 0 done, 1 failed or an image is missing or can not be read, 2 not understood.`;

/** More users than this are only counted. */
const mostUsers = 5;
/** Who waits longer than this is told for what, in milliseconds. */
const patience = 2_000;
/** Between two words about it. */
const pause = 200;

/** Adds `images`. */
export function addImagesCommand(program: Command, run: RunCommand): void {
  program
    .command('images')
    .description('list the images, their hashes, and which definitions use them')
    .addHelpText('after', HELP)
    .action(() => run(printImages));
}

async function printImages(options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async ({ site, hashes, config }) => {
    const progress = showProgress(context);
    const list = await listImages({ ...site, hashes }, config.serverUrls, progress.tell).finally(
      progress.end,
    );
    for (const problem of list.problems) context.printError(`ztps: ${printableLine(problem)}\n`);
    if (options.json) context.print(`${printableJson(list, 2)}\n`);
    else context.print(writeList(list.images, describeTerminal().colours));
    return list.problems.length > 0 || list.images.some(({ problem }) => problem !== null) ? 1 : 0;
  });
}

/** Says on a terminal what is being hashed, if that takes long. */
function showProgress({ printError }: CliContext): { readonly tell: OnHashing; readonly end: () => void } {
  const begin = performance.now();
  let last = begin + patience - pause;
  let isThere = false;
  return {
    tell(path, bytes) {
      const now = performance.now();
      if (!process.stderr.isTTY || now - last < pause) return;
      last = now;
      isThere = true;
      const text = printableLine(`hashing ${path}: ${tellSize(bytes)}`);
      printError(`\r${text.slice(0, (process.stderr.columns || 80) - 1)}\x1b[K`);
    },
    end() {
      if (isThere) printError('\r\x1b[K');
    },
  };
}

function writeList(images: readonly ListedImage[], { bold, dim, red }: Colours): string {
  if (images.length === 0) return 'There are no images below files/, and no definition names one\n';
  const rows = images.map(({ path, size, version, present, problem }) => [
    printableLine(path),
    present ? (size === null ? 'unreadable' : tellSize(size)) : 'missing',
    version ?? '-',
    problem,
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(...[['IMAGE', 'SIZE', 'VERSION'], ...rows].map((row) => (row[column] ?? '').length)),
  );
  const join = (cells: readonly (string | null)[]) =>
    widths
      .map((width, column) => (cells[column] ?? '').padEnd(width))
      .join('  ')
      .trimEnd();
  const lines = [bold(join(['IMAGE', 'SIZE', 'VERSION']))];
  for (const [index, { sha256, usedBy, problem, present }] of images.entries()) {
    const line = join(rows[index] ?? []);
    lines.push(problem === null ? line : red(line));
    if (sha256 !== null) lines.push(dim(`  sha256 ${sha256}`));
    if (problem !== null && present) lines.push(red(`  ${printableLine(problem)}`));
    lines.push(`  ${usedBy.length === 0 ? dim('no definition names it') : `used by ${tellUsers(usedBy)}`}`);
  }
  const missing = images.filter(({ present }) => !present).length;
  const count = `${images.length} ${images.length === 1 ? 'image' : 'images'}`;
  lines.push(missing === 0 ? count : `${count}, ${missing} missing`);
  return lines.map((line) => `${line}\n`).join('');
}

function tellUsers(usedBy: readonly string[]): string {
  const shown = usedBy.slice(0, mostUsers).map(printableLine).join(', ');
  return usedBy.length > mostUsers ? `${shown} and ${usedBy.length - mostUsers} more` : shown;
}

/** As the client says sizes: 300.0 kB. */
function tellSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${bytes} bytes` : `${size.toFixed(1)} ${units[unit]}`;
}
