// `ztps runs`: every attempt of one node, newest first.

import { type Command, InvalidArgumentError } from 'commander';
import { readNodeId } from '../../provisioning/identify-node.js';
import { listRuns } from '../../provisioning/list-runs.js';
import type { RunReport } from '../../wire/node-state.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { printableJson, printableLine } from '../printable.js';
import { tellLength, tellTime } from '../tell-time.js';
import { type Colours, describeTerminal } from '../terminal.js';
import { useDataRoot } from '../use-data-root.js';

/** Without --limit. */
const defaultLimit = 20;

const HELP = `
A run is one attempt of a switch, from its first request to success, failure or silence. TOOK is how long it took, or how long ago
it began if it goes on. Below a run stands why it ended as it did, or why it was refused and how often.

Examples:
  ztps runs JPE14140001
  ztps runs JPE14140001 --limit 1               only the latest
  ztps runs JPE14140001 --json                  {"node", "runs": [{"run", "state", "startedAt", …}, …]}
  ztps log --run 0mwxpb3qf000787b88a0           what happened in one of them

Exit status: 0 done, also if there was none yet, 1 failed or the node is not known, 2 not understood.`;

/** Adds `runs`. */
export function addRunsCommand(program: Command, run: RunCommand): void {
  program
    .command('runs')
    .argument('<node>', 'its id')
    .option('--limit <n>', 'only the newest so many', readLimit, defaultLimit)
    .description('list the attempts of a node, newest first')
    .addHelpText('after', HELP)
    .action((node: string, { limit }: { readonly limit: number }) =>
      run((...world) => printRuns(node, limit, ...world)),
    );
}

async function printRuns(
  name: string,
  limit: number,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const node = readNodeId(root.config, name);
    const runs = await listRuns(root, node, limit);
    if (options.json) context.print(`${printableJson({ node, runs }, 2)}\n`);
    else if (runs.length > 0) context.print(writeRuns(runs, describeTerminal().colours, Date.now()));
    else context.print(`${node} has not asked yet: there is no run of it in the journal\n`);
    return 0;
  });
}

function writeRuns(runs: readonly RunReport[], colours: Colours, now: number): string {
  const titles = ['RUN', 'BEGAN', 'TOOK', 'STATE', 'DEFINITION', 'HOW FAR'];
  const rows = runs.map((run) => [
    run.run,
    tellTime(run.startedAt),
    tellTook(run, now),
    run.state,
    printableLine(run.definition ?? '-'),
    tellHowFar(run),
  ]);
  const widths = titles.map((_, column) =>
    Math.max(...[titles, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const write = (cells: readonly string[], paint: (text: string) => string): string =>
    cells
      .map((cell, column) => {
        const padded = column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0);
        return titles[column] === 'STATE' ? paint(padded) : padded;
      })
      .join('  ');
  const lines = [colours.bold(write(titles, String))];
  for (const [index, run] of runs.entries()) {
    const state = { completed: colours.green, failed: colours.red, stalled: colours.red }[
      run.state as string
    ];
    lines.push(write(rows[index] ?? [], state ?? String));
    const why = tellWhy(run);
    if (why !== null) lines.push(`    ${printableLine(why)}`);
  }
  lines.push(colours.dim(`What happened in one: ztps log --run ${runs[0]?.run}`));
  return lines.map((line) => `${line}\n`).join('');
}

function tellTook({ endedAt, duration, startedAt }: RunReport, now: number): string {
  return endedAt === null ? `${tellLength(now - Date.parse(startedAt))} so far` : tellLength(duration * 1000);
}

function tellHowFar({ step, expected }: RunReport): string {
  if (step) return printableLine(`action ${step.index} of ${step.of}, ${step.action}`);
  return expected === null ? '-' : printableLine(`waits for ${expected}`);
}

function tellWhy({ reason, repeats }: RunReport): string | null {
  if (repeats === 0) return reason;
  return `${reason ?? 'the same'} (${repeats} more ${repeats === 1 ? 'time' : 'times'})`;
}

function readLimit(text: string): number {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit < 1) throw new InvalidArgumentError('wanted a number of runs, such as 5.');
  return limit;
}
