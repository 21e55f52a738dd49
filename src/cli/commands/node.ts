// `ztps node …`: makes, lists, shows, renames and removes nodes.

import type { Command } from 'commander';
import { addNode } from '../../provisioning/add-node.js';
import { removeNode } from '../../provisioning/remove-node.js';
import { renameNode } from '../../provisioning/replacement/rename-node.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { printable } from '../printable.js';
import { readArgumentFile } from '../read-argument-file.js';
import { useDataRoot } from '../use-data-root.js';
import { listNodes, showNode } from './node-reports.js';
import { sayFreed } from './pool-changes.js';

const EXAMPLES = `
Examples:
  ztps node list                                        what the folders of nodes/ hold
  ztps node show JPE14140001                            all that is known of one
  ztps node add JPE14140001 --definition leaf           know a switch before it asks
  ztps node rename JPE14140001 JPE14140009              give it another id
  ztps node remove JPE14140001                          remove a switch that is gone

A switch that was swapped for another: ztps replace --help.`;

const ADD_HELP = `
Makes nodes/ID with a copy of a definition, or with a startup-config, and with a pattern that accepts any cabling. The switch
of that id then gets it, whatever the neighbordb says.

Examples:
  ztps node add JPE14140001 --definition leaf           definitions/leaf
  ztps node add JPE14140001 --config leaf1.cfg

Exit status: 0 done, 1 failed, 2 not understood.`;

const RENAME_HELP = `
Gives a node another id: its folder, its values of pools and the history of its config. The journal keeps what was recorded under
the old id. Is refused if there is a node of the new id, or if other nodes are links to it. If it is interrupted, run it again.

Example:
  ztps node rename JPE14140001 001c73aabbcc

Exit status: 0 done, 1 failed, 2 not understood.`;

const REMOVE_HELP = `
Removes nodes/ID whole: definition, startup-config and all. If nodes/ID is a link, only the link. Is refused if other nodes
are links to it. The values of pools that the node holds stay its own unless --release is given; they are named.

Examples:
  ztps node remove JPE14140001
  ztps node remove JPE14140001 --release                and give back its values in all pools

Exit status: 0 done, 1 failed, 2 not understood.`;

const LIST_HELP = `
One line for each folder of nodes/: what it holds (d definition, s startup-config, p pattern, a attributes, c config-handler),
and how it stands to others. Where each node stands, "ztps nodes" tells.

Examples:
  ztps node list
  ztps node list --json                                 {"nodes": [{"node", "parts", "link", "definition", …}]}

Exit status: 0 done, 1 failed, 2 not understood.`;

const SHOW_HELP = `
The files of its folder, what the switch said of itself, the values that it holds, its last run and the newest version of its
config.

Examples:
  ztps node show JPE14140001
  ztps node show JPE14140001 --json

Exit status: 0 done, 1 failed, 2 not understood.`;

/** As much as a switch may put. */
const mostConfig = 32 * 1024 * 1024;

const NAME = 'the name of its folder in nodes/';

/** Adds `node` and its subcommands. */
export function addNodeCommand(program: Command, run: RunCommand): void {
  const node = program
    .command('node')
    .description('make, list, show, rename and remove nodes')
    .addHelpText('after', EXAMPLES);
  node
    .command('list')
    .description('list the folders of nodes')
    .addHelpText('after', LIST_HELP)
    .action(() => run((...world) => listNodes(...world)));
  node
    .command('show')
    .argument('<id>', NAME)
    .description('show all that is known of a node')
    .addHelpText('after', SHOW_HELP)
    .action((id: string) => run((...world) => showNode(id, ...world)));
  node
    .command('add')
    .argument('<id>', "the switch's id, as [default] identifier says")
    .option('--definition <path>', 'copy this definition: a path below definitions/')
    .option('--config <file>', 'this file is its startup-config')
    .description('make a node for a switch that has not asked yet')
    .addHelpText('after', ADD_HELP)
    .action((id: string, from: { readonly definition?: string; readonly config?: string }) => {
      if ((from.definition === undefined) === (from.config === undefined)) {
        return node.error('error: give one of --definition and --config', { exitCode: 2 });
      }
      return run((...world) => add(id, from, ...world));
    });
  node
    .command('rename')
    .argument('<old>', NAME)
    .argument('<new>', 'its new name')
    .description('give a node another id')
    .addHelpText('after', RENAME_HELP)
    .action((old: string, id: string) => run((...world) => rename(old, id, ...world)));
  node
    .command('remove')
    .argument('<id>', NAME)
    .option('--release', 'give back the values that it holds in any pool')
    .description('remove the folder of a node')
    .addHelpText('after', REMOVE_HELP)
    .action((id: string, { release = false }: { readonly release?: boolean }) =>
      run((...world) => remove(id, release, ...world)),
    );
}

async function add(
  id: string,
  { definition, config }: { readonly definition?: string; readonly config?: string },
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async ({ site, config: { dataRoot } }) => {
    const source =
      config === undefined
        ? ({ kind: 'definition', path: definition ?? '' } as const)
        : ({ kind: 'config', config: await readArgumentFile(config, mostConfig) } as const);
    const path = await addNode({ ...site, dataRoot }, id, source);
    const words = path === null ? `startup-config of ${printable(config ?? '')}` : `copy of ${path}`;
    context.print(
      options.json
        ? `${JSON.stringify({ node: id, definition: path, config: config ?? null }, null, 2)}\n`
        : `nodes/${id} made: ${words}; any cabling passes\n`,
    );
    return 0;
  });
}

async function rename(old: string, id: string, options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async ({ site }) => {
    const done = await renameNode(site, old, id);
    const lines = [
      `nodes/${old} is nodes/${id} now`,
      ...done.moved.map(({ pool, value }) => `${pool}: ${printable(value)} passed on`),
    ];
    context.print(
      options.json ? `${JSON.stringify(done, null, 2)}\n` : lines.map((line) => `${line}\n`).join(''),
    );
    return 0;
  });
}

async function remove(
  id: string,
  release: boolean,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const { removed, values, failures } = await removeNode(root, id, { release });
    if (options.json) {
      const [released, held] = release ? [values, []] : [[], values];
      context.print(`${JSON.stringify({ node: id, removed, released, held, failures }, null, 2)}\n`);
    } else {
      const lines = [`nodes/${id} removed${removed === 'link' ? ', a link' : ''}`];
      if (release) {
        lines.push(...values.map((it) => `${it.pool}: ${sayFreed(it)}`));
        if (values.length === 0 && failures.length === 0) lines.push(`${id} holds no value of any pool`);
      } else if (values.length > 0) {
        lines.push(
          `${id} still holds:`,
          ...values.map((it) => `  ${it.pool}: ${printable(it.value)}`),
          `To give this back: ztps pool release --all ${id}`,
        );
      }
      context.print(lines.map((line) => `${line}\n`).join(''));
    }
    for (const { error } of failures) {
      context.printError(`ztps: could not look there for values of ${id}: ${error}\n`);
    }
    return failures.length === 0 ? 0 : 1;
  });
}
