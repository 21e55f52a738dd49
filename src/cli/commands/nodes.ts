// `ztps nodes`: where every node stands.

import type { Command } from 'commander';
import { listNodeStates } from '../../provisioning/list-node-states.js';
import { type NodeStateName, nodeStates } from '../../wire/node-state.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { writeNodeTable } from '../node-table.js';
import { parseNames } from '../parse-names.js';
import { printableJson } from '../printable.js';
import { describeTerminal } from '../terminal.js';
import { useDataRoot } from '../use-data-root.js';

const HELP = `
Every folder of nodes/ is listed, and every switch that asked, also one that was refused. A state is
  incomplete    its folder has neither definition nor startup-config
  known         it has a folder, and no run in the journal
  contacted     it has fetched the bootstrap script
  registered    it said what it is, and may fetch its definition
  provisioning  it has its definition and works on it
  completed, failed, stalled
                its run has ended; failed also: it was refused, and asks again; stalled: it gave no sign of life
                for [journal] stalled_after

LAST SIGN is how long ago the switch last gave a sign of life, SINCE when its run ended, or began if it goes on.
A silent switch becomes stalled while a server runs: without one only the age tells.
A terminal that is too narrow gets fewer columns, a file or pipe always gets all of them.

Examples:
  ztps nodes
  ztps nodes --state failed,stalled             those that somebody has to look at
  ztps nodes --json --conf site.conf            {"nodes": [{"node", "state", "run", "lastSignAt", …}, …]}
  ztps log JPE14140001                          what happened to one of them

Exit status: 0 done, also if there are none, 1 failed, 2 not understood.`;

/** Adds `nodes`. */
export function addNodesCommand(program: Command, run: RunCommand): void {
  program
    .command('nodes')
    .option('--state <states>', 'only nodes in these states, commas between', (text) =>
      parseNames(text, nodeStates),
    )
    .description('list all nodes and where they stand')
    .addHelpText('after', HELP)
    .action(({ state = null }: { readonly state?: readonly NodeStateName[] | null }) =>
      run((...world) => printNodes(state, ...world)),
    );
}

async function printNodes(
  wanted: readonly NodeStateName[] | null,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const all = await listNodeStates(root);
    const nodes = wanted === null ? all : all.filter(({ state }) => wanted.includes(state));
    if (options.json) {
      context.print(`${printableJson({ nodes }, 2)}\n`);
    } else if (nodes.length > 0) {
      context.print(writeNodeTable(nodes, describeTerminal(), Date.now()));
    } else if (all.length > 0) {
      context.print(`None of the ${all.length} nodes is ${wanted?.join(' or ')}\n`);
    } else {
      context.print(
        `There are no nodes yet, and no switch has asked; "ztps log --follow" shows the first one that does\n`,
      );
    }
    return 0;
  });
}
