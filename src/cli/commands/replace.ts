// `ztps replace`: a new box takes the place of another, because somebody says so or because it stands where the other one stood.

import type { Command } from 'commander';
import { type ReplacedNode, replaceNode } from '../../provisioning/replacement/replace-node.js';
import {
  acceptProposal,
  forgetProposals,
  listPending,
  type PendingProposal,
  rejectProposal,
} from '../../provisioning/replacement/review-proposals.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { printable, printableJson, printableLine } from '../printable.js';
import { tellTime } from '../tell-time.js';
import { describeTerminal } from '../terminal.js';
import { useDataRoot } from '../use-data-root.js';

const HELP = `
NEW gets the definition, pattern, attributes, config-handler and last startup-config of OLD, and every value of any pool that OLD
holds. The folder of OLD stays as it is, but a switch of that id is refused from then on. NEW may not be there yet, which is
usual: it boots after this. If it has a folder or values of its own, nothing is done without --force, which names what is lost.
If it is interrupted, run it again.

A server proposes a switch that nobody knows as the replacement of one of the same model that is cabled the same
([replacement] by_position): --pending lists these proposals, and what speaks against each.

Examples:
  ztps replace JPE14140001 JPE14140009           JPE14140009 is put in the place of JPE14140001
  ztps replace JPE14140009 JPE14140001           the old box comes back
  ztps replace --pending
  ztps replace --accept JPE14140009              do what was proposed for it
  ztps replace --reject JPE14140009              never mind, and do not propose it again

Exit status: 0 done, 1 failed, 2 not understood.`;

interface ReplaceOptions {
  readonly force?: boolean;
  readonly pending?: boolean;
  readonly accept?: string;
  readonly reject?: string;
}

/** Adds `replace`. */
export function addReplaceCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('replace')
    .argument('[old]', 'the node whose place is taken')
    .argument('[new]', 'the id of the new box')
    .option('--force', 'also if NEW has a folder or values of its own')
    .option('--pending', 'list what is proposed')
    .option('--accept <new>', 'do what is proposed for this box')
    .option('--reject <new>', 'say no to what is proposed for this box')
    .description('put a new box in the place of another')
    .addHelpText('after', HELP);
  command.action((old: string | undefined, id: string | undefined, options: ReplaceOptions) => {
    const { force = false, pending = false, accept, reject } = options;
    const wishes = [pending, accept !== undefined, reject !== undefined, old !== undefined];
    if (wishes.filter(Boolean).length !== 1) {
      return command.error('error: give OLD and NEW, or one of --pending, --accept NEW, --reject NEW');
    }
    if (pending) return run((...world) => showPending(...world));
    if (accept !== undefined) return run((...world) => accepted(accept, force, ...world));
    if (reject !== undefined) return run((...world) => rejected(reject, ...world));
    if (old === undefined || id === undefined) return command.error('error: NEW is missing');
    return run((...world) => replace(old, id, force, ...world));
  });
}

async function replace(
  old: string,
  id: string,
  force: boolean,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async ({ site }) => {
    const wish = { old, new: id, force, facts: null, source: 'operator', why: null } as const;
    const done = await replaceNode(site, wish);
    await forgetProposals(site.proposals, { old, node: id });
    context.print(options.json ? `${JSON.stringify(done, null, 2)}\n` : writeDone(done));
    return 0;
  });
}

async function accepted(
  id: string,
  force: boolean,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async ({ site }) => {
    const done = await acceptProposal(site, id, force);
    context.print(options.json ? `${JSON.stringify(done, null, 2)}\n` : writeDone(done));
    return 0;
  });
}

async function rejected(id: string, options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async ({ site }) => {
    const old = await rejectProposal(site, id);
    context.print(
      options.json
        ? `${JSON.stringify({ new: id, rejected: old }, null, 2)}\n`
        : `${id} is not proposed as the replacement of ${old.join(', ')} any more\n`,
    );
    return 0;
  });
}

async function showPending(options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async ({ site, config }) => {
    const pending = await listPending(site, config.silentFor);
    if (options.json) context.print(`${printableJson({ pending }, 2)}\n`);
    else if (pending.length > 0) context.print(pending.map(writePending).join(''));
    else {
      const off = config.byPosition === 'off' ? ' ([replacement] by_position is off)' : '';
      context.print(`Nothing is proposed${off}\n`);
    }
    return 0;
  });
}

function writeDone({ old, new: id, outcome, moved, freed, kept }: ReplacedNode): string {
  if (outcome === 'already') return `${id} has the place of ${old} already\n`;
  const lines = [
    `${id} has the place of ${old}${outcome === 'completed' ? ', which was begun before' : ''}`,
    ...moved.map(({ pool, value }) => `  ${pool}: ${printable(value)} passed on`),
    ...freed.map(({ pool, value }) => `  ${pool}: ${printable(value)} freed, ${id} had it`),
    ...kept.map(({ pool, value }) => `  ${pool}: ${printable(value)} was its own, and stays so`),
    `A switch ${old} is refused from now on`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function writePending({
  node,
  old,
  since,
  address,
  why,
  folder,
  lastSignAt,
  rivals,
  objections,
}: PendingProposal): string {
  const { bold, yellow } = describeTerminal().colours;
  const accept = rivals.length === 0 ? `--accept ${node}` : `${old} ${node}`;
  const heard = lastSignAt === null ? 'never heard of' : `last heard of ${tellTime(lastSignAt)}`;
  const lines = [
    bold(`${node} for ${old}`),
    `  since ${tellTime(since)}${address === null ? '' : `, from ${printableLine(address)}`}: ${printableLine(why)}`,
    `  ${old}: ${heard}`,
    ...objections.map((words) => yellow(`  but ${printableLine(words)}`)),
    ...(folder ? [yellow(`  but nodes/${node} is there already, and accepting needs --force`)] : []),
    `  ztps replace ${accept}${folder ? ' --force' : ''}   or   ztps replace --reject ${node}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}
