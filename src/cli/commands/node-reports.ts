// `ztps node list` and `ztps node show`: nodes for people and for programs. Changes nothing.

import {
  describeNode,
  type NodeDescription,
  type NodeSketch,
  sketchNodes,
} from '../../provisioning/describe-node.js';
import { completing } from '../../provisioning/replacement/find-begun.js';
import type { CliContext, GlobalOptions } from '../context.js';
import { printableJson, printableLine } from '../printable.js';
import { tellTime } from '../tell-time.js';
import { type Colours, describeTerminal } from '../terminal.js';
import { useDataRoot } from '../use-data-root.js';

/** Prints a table of the folders of all nodes. */
export async function listNodes(options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async ({ nodes, config }) => {
    const found = await sketchNodes(nodes);
    if (options.json) context.print(`${printableJson({ nodes: found }, 2)}\n`);
    else if (found.length === 0) context.print(`There are no nodes in ${config.dataRoot}/nodes\n`);
    else context.print(writeTable(found, describeTerminal().colours));
    return 0;
  });
}

/** Prints all that is known of a node; 1 if something of it can not be read. */
export async function showNode(id: string, options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const node = await describeNode(root, id);
    const problems = [...node.problems, ...node.resources.failures.map(({ error }) => error)];
    context.print(
      options.json ? `${printableJson(node, 2)}\n` : writeDescription(node, describeTerminal().colours),
    );
    for (const problem of problems) context.printError(`ztps: ${printableLine(problem)}\n`);
    return problems.length === 0 ? 0 : 1;
  });
}

function writeTable(nodes: readonly NodeSketch[], { bold, red }: Colours): string {
  const rows = nodes.map((it) => [
    it.node,
    sayParts(it),
    printableLine(it.definition ?? '-'),
    printableLine(it.model ?? '-'),
    [...sayStanding(it), ...it.problems].map(printableLine).join('; '),
  ]);
  const titles = ['NODE', 'HAS', 'DEFINITION', 'MODEL', 'STANDING'];
  const widths = titles.map((title, at) =>
    rows.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const lines = rows.map((row, at) => ((nodes[at]?.problems.length ?? 0) > 0 ? red(line(row)) : line(row)));
  const count = `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
  return [bold(line(titles)), ...lines, count].map((text) => `${text}\n`).join('');
}

/** `ds-ac`: a letter for what it has. */
function sayParts({ parts }: NodeSketch): string {
  const flags = [
    ['d', parts?.definition],
    ['s', parts?.startupConfig],
    ['p', parts?.pattern],
    ['a', parts?.attributes],
    ['c', parts?.configHandler],
  ] as const;
  return flags.map(([letter, has]) => (has ? letter : '-')).join('');
}

function sayStanding({ link, replacedBy, replaces, reservation }: NodeSketch): readonly string[] {
  return [
    ...(link === null ? [] : [`a link to ${link}`]),
    ...(replacedBy === null ? [] : [`replaced-by ${replacedBy}`]),
    ...(replaces === null ? [] : [`took the place of ${replaces}`]),
    ...(reservation ? [`only its name is kept: ${completing(reservation)} completes that`] : []),
  ];
}

function writeDescription(node: NodeDescription, { bold, yellow }: Colours): string {
  const { facts, resources, run, config } = node;
  const parts = Object.entries(node.parts ?? {}).flatMap(([name, has]) => (has === true ? [name] : []));
  const spell = { startupConfig: 'startup-config', configHandler: 'config-handler', facts: '.node' };
  const rows: (readonly [string, string])[] = [
    ['holds', parts.map((name) => new Map(Object.entries(spell)).get(name) ?? name).join(', ') || 'nothing'],
    ['definition', node.definition ?? '-'],
    ['pattern', node.pattern ?? '-'],
    ['model', facts?.model ?? '-'],
    ['serial number', facts?.serialnumber ?? '-'],
    ['system MAC', facts?.systemmac ?? '-'],
    ['EOS', facts?.version ?? '-'],
    ['neighbors', sayNeighbors(facts?.neighbors ?? {})],
    [
      'values',
      resources.values.map(({ pool, value, owner }) => sayValue(pool, value, owner)).join(', ') || 'none',
    ],
    [
      'last run',
      run
        ? `${run.state}, began ${tellTime(run.startedAt)}${run.address ? ` from ${run.address}` : ''}`
        : 'none',
    ],
    [
      'config',
      config
        ? `version ${config.number}, ${config.bytes} bytes, ${tellTime(config.at)}, ${config.source}`
        : 'none in the history',
    ],
  ];
  const width = rows.reduce((most, [title]) => Math.max(most, title.length), 0);
  const lines = [
    bold(node.node),
    ...sayStanding(node).map((text) => yellow(`  ${printableLine(text)}`)),
    ...rows.map(([title, text]) => `  ${title.padEnd(width)}  ${printableLine(text)}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function sayNeighbors(neighbors: object): string {
  const peers = Object.entries(neighbors as Record<string, readonly { device: string; port: string }[]>).map(
    ([name, list]) =>
      `${name} ${list.map(({ device, port }) => `${device}:${port}`).join(' and ') || 'nothing'}`,
  );
  return peers.join(', ') || 'none';
}

function sayValue(pool: string, value: string, owner: string): string {
  const [, ...key] = owner.split('#');
  return `${pool}: ${value}${key.length === 0 ? '' : ` (${key.join('#')})`}`;
}
