// `ztps node remove`: takes a node out of the data root, and its values out of its hands if that is wished.

import type { Command } from 'commander';
import { removeNode } from '../../provisioning/remove-node.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { printable } from '../printable.js';
import { useDataRoot } from '../use-data-root.js';
import { sayFreed } from './pool-changes.js';

const REMOVE_HELP = `
Removes nodes/ID whole: definition, startup-config and all. If nodes/ID is a link, only the link. Is refused if other nodes
are links to it. The values of pools that the node holds stay its own unless --release is given; they are named.

Examples:
  ztps node remove JPE14140001
  ztps node remove JPE14140001 --release                and give back its values in all pools

Exit status: 0 done, 1 failed, 2 not understood.`;

/** Adds `node` and its subcommand. */
export function addNodeCommand(program: Command, run: RunCommand): void {
  const node = program
    .command('node')
    .description('remove nodes')
    .addHelpText(
      'after',
      '\nExamples:\n  ztps node remove JPE14140001                          remove a switch that is gone',
    );
  node
    .command('remove')
    .argument('<id>', 'the name of its folder in nodes/')
    .option('--release', 'give back the values that it holds in any pool')
    .description('remove the folder of a node')
    .addHelpText('after', REMOVE_HELP)
    .action((id: string, { release = false }: { readonly release?: boolean }) =>
      run((...world) => remove(id, release, ...world)),
    );
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
