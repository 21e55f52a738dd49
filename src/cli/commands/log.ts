// `ztps log`: what happened, from the journal, as it is or as it grows.

import { type Command, InvalidArgumentError } from 'commander';
import { readNodeId } from '../../provisioning/identify-node.js';
import { checkNode } from '../../provisioning/list-runs.js';
import { followRecords, type RecordsWish, readRecords } from '../../provisioning/read-records.js';
import { type RecordLevel, type RecordType, recordLevels, recordTypes } from '../../wire/journal-record.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { parseName, parseNames } from '../parse-names.js';
import { parseSince, wantedSince } from '../parse-since.js';
import { printableJson } from '../printable.js';
import { RecordLines } from '../record-lines.js';
import { describeTerminal } from '../terminal.js';
import { type OpenDataRoot, useDataRoot } from '../use-data-root.js';

/** Without --since, --run and --lines. */
const lastByDefault = 100;

const HELP = `
A line is: local time, level, node, what happened. What happened again in the same way is counted behind it. With NODE or
--run the lines that explain a refusal (which pattern wanted what) stand below it; for all nodes they are left out.

Without --since and --run the last ${lastByDefault} records are printed, with one of them all there are; --lines N prints the last N.
--level debug prints every record, without it those of info and above.
--follow goes on until Ctrl-C, and waits for a journal that is not there yet. What only repeats an earlier record is not
printed again: "ztps nodes" shows who still asks.

Types: ${wrap(recordTypes, 5)}

Examples:
  ztps log                                      the last ${lastByDefault} records
  ztps log JPE14140001                          one switch, and why it was refused
  ztps log --follow --level warning             what goes wrong, as it does
  ztps log --since 2h --type refused,failed     2h, 30m, 3d ago
  ztps log --since 2026-11-26T14:30             local time; 2026-11-26T13:30Z is UTC
  ztps log --run 0mwxpb3qf000787b88a0           one attempt ("ztps runs NODE" lists them)
  ztps log JPE14140001 --follow --json          a JSON object a line, for a program

Exit status: 0 done, 1 failed or the node is not known, 2 not understood.`;

interface LogOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly level: RecordLevel;
  readonly run?: string;
  readonly type?: readonly RecordType[];
  readonly lines?: number;
}

/** Adds `log`. */
export function addLogCommand(program: Command, run: RunCommand): void {
  program
    .command('log')
    .argument('[node]', 'only what is about this node')
    .option('-f, --follow', 'go on printing what comes, until Ctrl-C')
    .option('--since <when>', 'only since then: 2h, 30m, 3d ago, or a date or time', readSince)
    .option(
      '--level <level>',
      'only this level and above: debug, info, warning, error',
      (text) => parseName(text, recordLevels),
      'info',
    )
    .option('--run <id>', 'only what belongs to this run')
    .option('--type <types>', 'only these types, commas between', (text) => parseNames(text, recordTypes))
    .option('--lines <n>', 'only the last so many', readCount)
    .description('print what happened, from the journal')
    .addHelpText('after', HELP)
    .action((node: string | undefined, options: LogOptions) =>
      run((...world) => printLog(node ?? null, options, ...world)),
    );
}

async function printLog(
  name: string | null,
  wish: LogOptions,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const node = name === null ? null : readNodeId(root.config, name);
    const query = makeQuery(node, wish);
    const lines = new RecordLines(describeTerminal().colours, node !== null || wish.run !== undefined);
    const stop = new AbortController();
    const stopNow = (): void => stop.abort();
    // Nobody reads any more: `ztps log | head`.
    process.stdout.once('error', stopNow);
    if (wish.follow) void context.waitForStop().then(stopNow);
    const pieces = wish.follow
      ? followRecords(root.journal, query, stop.signal)
      : readRecords(root.journal, query);
    let isEmpty = true;
    for await (const records of pieces) {
      if (stop.signal.aborted) break;
      isEmpty = false;
      context.print(
        options.json
          ? records.map((record) => `${printableJson(record)}\n`).join('')
          : lines.write(records, Date.now()),
      );
    }
    process.stdout.removeListener('error', stopNow);
    if (isEmpty && !wish.follow) await explainNothing(root, node, context);
    return 0;
  });
}

function makeQuery(node: string | null, wish: LogOptions): RecordsWish {
  const { since, level, run, type, lines } = wish;
  const isNarrow = since !== undefined || run !== undefined;
  return {
    level,
    last: lines ?? (isNarrow ? null : lastByDefault),
    ...(node !== null && { node }),
    ...(run !== undefined && { run }),
    ...(type !== undefined && { types: type }),
    ...(since !== undefined && { since }),
  };
}

/** Throws `unknown-node`; else says on standard error why nothing was printed. */
async function explainNothing(root: OpenDataRoot, node: string | null, context: CliContext): Promise<void> {
  if (node !== null) await checkNode(root, node);
  const isEmpty = (await root.journal.records({ limit: 1 })).length === 0;
  context.printError(
    isEmpty
      ? 'ztps: the journal is empty: no switch has asked yet\n'
      : 'ztps: there is no such record in the journal; --level debug, a longer --since or fewer options show more\n',
  );
}

function readSince(text: string): string {
  return parseSince(text, Date.now()) ?? refuse(`wanted ${wantedSince}.`);
}

function readCount(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : refuse('wanted a number of records, such as 20.');
}

function refuse(reason: string): never {
  throw new InvalidArgumentError(reason);
}

function wrap(names: readonly string[], perLine: number): string {
  const lines: string[] = [];
  for (let at = 0; at < names.length; at += perLine) lines.push(names.slice(at, at + perLine).join(', '));
  return lines.join(',\n  ');
}
