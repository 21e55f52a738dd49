// `ztps explain`: which pattern a node matches and why, or what each lacks. Changes nothing.

import type { Command } from 'commander';
import { explainNode, type NodeExplanation, type Verdict } from '../../provisioning/explain-node.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { printableJson, printableLine } from '../printable.js';
import { readArgumentFile, readNodeArgument } from '../read-argument-file.js';
import { type Colours, describeTerminal } from '../terminal.js';
import { useDataRoot } from '../use-data-root.js';

const HELP = `
NODE is a file with what a switch posts to /nodes, or a .node file; or the id of a node that has a folder in nodes/. What holds a
slash, ends in .json or is there is a file. Nothing is written, and no switch is asked.

Said of a node: what POST /nodes would be answered; for one that is known, whether it passes the topology check of its own pattern;
and the pattern of the neighbordb that matches, or all that were tried, nearest miss first, with what each of them lacks.

Examples:
  ztps explain leaf.json                        why was it refused?
  ztps explain JPE14140001                      a node that is known
  ztps explain JPE14140001 --neighbordb next    would it match in the file that is to be deployed?
  ztps explain leaf.json --json                 {"node", "accepted", "registration", "cabling", "neighbordb"}

Exit status: 0 it would be accepted, 1 refused or failed, 2 not understood. With --neighbordb: whether that file accepts it.`;

/** As much as the server takes of a YAML file. */
const mostNeighbordb = 16 * 1024 * 1024;

/** Adds `explain`. */
export function addExplainCommand(program: Command, run: RunCommand): void {
  program
    .command('explain')
    .argument('<node>', 'a JSON file, or the id of a known node')
    .option('--neighbordb <file>', 'try this file in place of the neighbordb')
    .description('say which pattern a switch matches and why, or what each lacks')
    .addHelpText('after', HELP)
    .action((node: string, { neighbordb }: { readonly neighbordb?: string }) =>
      run((...world) => explain(node, neighbordb ?? null, ...world)),
    );
}

async function explain(
  argument: string,
  other: string | null,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async ({ site, parseDocument }) => {
    const neighbordb =
      other === null ? null : parseDocument(await readArgumentFile(other, mostNeighbordb), other);
    const explanation = await explainNode(site, await readNodeArgument(site, argument), neighbordb);
    context.print(
      options.json
        ? `${printableJson(explanation, 2)}\n`
        : writeExplanation(explanation, describeTerminal().colours),
    );
    return explanation.accepted ? 0 : 1;
  });
}

function writeExplanation(explanation: NodeExplanation, colours: Colours): string {
  const { node, registration, cabling, neighbordb } = explanation;
  const headline = (text: string, { reason }: Verdict): string =>
    (reason === null ? colours.green : colours.red)(printableLine(text));
  const lines = [headline(`${node}: POST /nodes ${sayAnswer(registration)}`, registration)];
  if (cabling) {
    lines.push(headline(`topology check of GET /nodes/${node}: ${sayCheck(cabling)}`, cabling));
    lines.push(...(cabling.pattern?.lines ?? []).map(printableLine));
  }
  if (neighbordb) {
    const { file, refusal, outcome } = neighbordb;
    // Refused for something else than what the neighbordb says: its folder is incomplete, or can not be looked at.
    const isIdle =
      cabling !== null || (registration.reason !== null && registration.message !== refusal?.message);
    const title = isIdle ? `${file}, which a known node is not tried against` : file;
    lines.push(colours.bold(`${printableLine(title)}:`));
    lines.push(...neighbordb.lines.map(printableLine));
    // What else is refused is told by these lines, or by the answer to POST /nodes.
    if (isIdle && outcome === 'match' && refusal) lines.push(printableLine(refusal.message));
  }
  return lines.map((line) => `${line}\n`).join('');
}

function sayAnswer({ status, reason, message }: Verdict): string {
  if (reason !== null) return `would be refused, ${status} ${reason}: ${message}`;
  return status === 409 ? `would be answered 409, known: ${message}` : `would register it, 201: ${message}`;
}

function sayCheck({ reason, message }: Verdict): string {
  return reason === null ? message : `fails, ${reason}: ${message}`;
}
