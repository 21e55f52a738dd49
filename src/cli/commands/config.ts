// `ztps config`: the versions of a node's startup-config.

import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { readHistory, readVersion, restoreVersion } from '../../provisioning/config-history.js';
import { diffVersions } from '../../provisioning/diff-versions.js';
import { exportHistory } from '../../provisioning/export-history.js';
import { readNodeId } from '../../provisioning/identify-node.js';
import { decodeConfig, splitLines } from '../../provisioning/show-config.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { printableJson, printableLine } from '../printable.js';
import { describeTerminal } from '../terminal.js';
import { useDataRoot } from '../use-data-root.js';
import { writeDiff, writeHistory } from './config-reports.js';

const HELP = `
Every startup-config that a switch saves is a version, if it differs from the one before; so is one that was changed by hand in
nodes/NODE, found before the next one replaces it. Versions count from 1 for each node.

Examples:
  ztps config history JPE14140001               which versions there are
  ztps config diff JPE14140001                  what changed last
  ztps config show JPE14140001 3 > old.cfg      one of them, byte for byte
  ztps config restore JPE14140001 3             the switch gets it when it is provisioned next
  ztps config export /srv/configs               all of them as a git repository`;

const STATUS = `

Exit status: 0 done, 1 failed or there is no such version or node, 2 not understood.`;

const HISTORY_HELP = `
The newest comes first. SOURCE is how it came to be: put (the switch saved it), hand (it was changed in nodes/NODE), registered (the switch
brought it), restored, replaced (it is that of the node whose place it took).

Examples:
  ztps config history JPE14140001
  ztps config history JPE14140001 --json        {"node", "versions": [{"number", "at", "source", …}, …], "notes", "present"}${STATUS}`;

const SHOW_HELP = `
Prints it byte for byte, with its secrets, unless standard output is a terminal: there, what could move the cursor is escaped.

Examples:
  ztps config show JPE14140001                  the newest version
  ztps config show JPE14140001 3 > old.cfg
  ztps config show JPE14140001 3 --json         {"node", "number", …, "encoding": "utf-8" or "base64", "config"}${STATUS}`;

const DIFF_HELP = `
Without versions the last two are compared; with one, that one and the newest. Secrets are shown as ***, so a line that looks the same
before and after differs in its secret. Lines are compared byte for byte, and shown with what is no text escaped (\\r at the end
of a line of Windows).

Examples:
  ztps config diff JPE14140001                  what changed last
  ztps config diff JPE14140001 3                what changed since version 3
  ztps config diff JPE14140001 3 5 --secrets
  ztps config diff JPE14140001 --json           {"node", "from", "to", "hunks": [{"place", "lines": [{"kind", "text", …}]}]}

Exit status: 0 done, whether they differ or not, 1 failed or there is no such version or node, 2 not understood.`;

const RESTORE_HELP = `
Writes that version to nodes/NODE/startup-config, which the switch gets when it is provisioned next: a switch that runs is not
touched. What stands there is in the history first, and what is restored becomes the newest version.

Examples:
  ztps config restore JPE14140001 3
  ztps config restore JPE14140001 3 --json      {"node", "restored": 3, "version", "changed"}${STATUS}`;

const EXPORT_HELP = `
Makes a git repository with one commit for each version of each node, in the order of time, as NODE/startup-config. Run again, it adds what
is new. The folder has to be empty, or made by an earlier export; needs git. Configs hold secrets: keep it private.

Examples:
  ztps config export /srv/configs
  git -C /srv/configs log -p JPE14140001

Exit status: 0 done, 1 failed or the folder is something else, 2 not understood.`;

const NODE = 'its id';

/** Adds `config` and its subcommands. */
export function addConfigCommand(program: Command, run: RunCommand): void {
  const config = program
    .command('config')
    .description('show, compare and restore versions of the configs of nodes')
    .addHelpText('after', HELP);
  config
    .command('history')
    .argument('<node>', NODE)
    .description('list the versions')
    .addHelpText('after', HISTORY_HELP)
    .action((node: string) => run((...world) => printHistory(node, ...world)));
  config
    .command('show')
    .argument('<node>', NODE)
    .argument('[version]', 'its number (default: the newest)', readNumber)
    .description('print a version')
    .addHelpText('after', SHOW_HELP)
    .action((node: string, number?: number) => run((...world) => show(node, number ?? null, ...world)));
  config
    .command('diff')
    .argument('<node>', NODE)
    .argument('[a]', 'a version (default: the last but one)', readNumber)
    .argument('[b]', 'another one (default: the newest)', readNumber)
    .option('--secrets', 'show passwords and keys too')
    .description('say what differs between two versions')
    .addHelpText('after', DIFF_HELP)
    .action((node: string, a: number | undefined, b: number | undefined, options: DiffOptions) =>
      run((...world) => diff(node, a ?? null, b ?? null, options.secrets ?? false, ...world)),
    );
  config
    .command('restore')
    .argument('<node>', NODE)
    .argument('<version>', 'its number', readNumber)
    .description('have the switch get a version again')
    .addHelpText('after', RESTORE_HELP)
    .action((node: string, number: number) => run((...world) => restore(node, number, ...world)));
  config
    .command('export')
    .argument('<dir>', 'a folder')
    .description('write all versions to a git repository')
    .addHelpText('after', EXPORT_HELP)
    .action((folder: string) => run((...world) => exportAll(folder, ...world)));
}

interface DiffOptions {
  readonly secrets?: boolean;
}

async function printHistory(name: string, options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const report = await readHistory(root, readNodeId(root.config, name));
    context.print(
      options.json ? `${printableJson(report, 2)}\n` : writeHistory(report, describeTerminal().colours),
    );
    return 0;
  });
}

async function show(
  name: string,
  number: number | null,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const node = readNodeId(root.config, name);
    const { version, config } = await readVersion(root, node, number);
    if (options.json) {
      const [encoding, text] = isUtf8(config)
        ? ['utf-8', config.toString('utf8')]
        : ['base64', config.toString('base64')];
      context.print(`${printableJson({ node, ...version, encoding, config: text }, 2)}\n`);
    } else if (describeTerminal().width === null) context.print(config);
    else context.print(splitLines(decodeConfig(config)).map(escapeLine).join(''));
    return 0;
  });
}

async function diff(
  name: string,
  from: number | null,
  to: number | null,
  secrets: boolean,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const report = await diffVersions(root, readNodeId(root.config, name), { from, to, secrets });
    if (options.json) context.print(`${printableJson(report, 2)}\n`);
    else if (report.hunks.length > 0) context.print(writeDiff(report, describeTerminal().colours));
    else
      context.printError(
        `ztps: versions ${report.from.number} and ${report.to.number} of ${report.node} are the same\n`,
      );
    return 0;
  });
}

async function restore(
  name: string,
  number: number,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const report = await restoreVersion(root.site, readNodeId(root.config, name), number);
    const { node, version, changed } = report;
    const words = changed
      ? `nodes/${node}/startup-config is version ${number} again, as version ${version}; the switch gets it when it is provisioned next`
      : `nodes/${node}/startup-config is that already: nothing was changed`;
    context.print(options.json ? `${printableJson(report, 2)}\n` : `${words}\n`);
    return 0;
  });
}

async function exportAll(folder: string, options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async ({ history, config }) => {
    const report = await exportHistory(history, resolve(folder), config.environment);
    const words =
      report.commits === 0
        ? `${printableLine(report.folder)}: nothing is new`
        : `${printableLine(report.folder)}: ${report.commits} ${report.commits === 1 ? 'version' : 'versions'} added`;
    context.print(options.json ? `${printableJson(report, 2)}\n` : `${words}\n`);
    return 0;
  });
}

function escapeLine(line: string): string {
  return line.endsWith('\n') ? `${printableLine(line.slice(0, -1))}\n` : printableLine(line);
}

function readNumber(text: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number < 1) throw new InvalidArgumentError('wanted the number of a version, such as 3.');
  return number;
}
