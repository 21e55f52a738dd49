// The table of `ztps nodes`: one line for each node, as wide as the terminal at most.

import { type NodeState, nodeStates } from '../wire/node-state.js';
import { printableLine } from './printable.js';
import { tellAge, tellBriefly } from './tell-time.js';
import type { Colours, Terminal } from './terminal.js';

/** The last column gets at least so much, or others are left out. */
const leastForNext = 24;

/** What is left out first where there is no room. */
const leftOut = ['ADDRESS', 'SINCE', 'DEFINITION'];

/** The table and a line that counts. There is at least one node. */
export function writeNodeTable(states: readonly NodeState[], terminal: Terminal, now: number): string {
  const { colours } = terminal;
  let columns = [
    column('NODE', (it) => it.node),
    column('STATE', (it) => it.state),
    column('LAST SIGN', (it) => (it.lastSignAt === null ? '' : tellAge(it.lastSignAt, now))),
    column('SINCE', (it) => (it.since === null ? '' : tellBriefly(it.since, now))),
    column('DEFINITION', (it) => printableLine(it.definition ?? '')),
    column('ADDRESS', (it) => printableLine(it.address ?? '')),
  ];
  const next = states.map(tellNext);
  const room = (): number =>
    (terminal.width ?? Infinity) - columns.reduce((sum, { width }) => sum + width + 2, 0);
  const wanted = Math.min(leastForNext, widest(next));
  const missing: string[] = [];
  for (const title of leftOut) {
    if (room() >= wanted) break;
    columns = columns.filter((it) => it.title !== title);
    missing.push(title);
  }
  const last = Math.max(room(), wanted);
  const rows = states.map((state, row) => {
    const paint = colourOf(state, colours);
    const cells = columns.map(({ title, cells, width }) => {
      const cell = (cells[row] ?? '').padEnd(width);
      return title === 'STATE' ? paint(cell) : cell;
    });
    return [...cells, clip(next[row] ?? '', last)].join('  ').trimEnd();
  });
  const heading = [...columns.map(({ title, width }) => title.padEnd(width)), 'NEXT, OR WHY'].join('  ');
  const lines = [colours.bold(heading), ...rows, count(states)];
  if (next.some((text) => text.length > last)) {
    lines.push(colours.dim('What is cut short here is whole in: ztps log NODE'));
  }
  if (missing.length > 0) {
    lines.push(colours.dim(`No room for ${missing.join(', ')}: a wider terminal or --json has them`));
  }
  return lines.map((line) => `${line}\n`).join('');

  function column(title: string, read: (state: NodeState) => string) {
    const cells = states.map((state) => read(state) || '-');
    return { title, cells, width: widest([title, ...cells]) };
  }
}

/** What should come next, or, where something went wrong, why. */
function tellNext(state: NodeState): string {
  const { node, folder, expected, reason, repeats } = state;
  if (reason !== null && state.state !== 'completed') {
    return printableLine(repeats === 0 ? reason : `${reason} (${repeats} more ${times(repeats)})`);
  }
  if (!folder && state.state === 'completed') return `there is no nodes/${node} any more`;
  return printableLine(expected ?? '');
}

function colourOf({ state, reason }: NodeState, colours: Colours): (text: string) => string {
  if (state === 'failed' || state === 'stalled') return colours.red;
  if (state === 'completed') return colours.green;
  // Refused, and asking again.
  if (reason !== null) return colours.red;
  return state === 'provisioning' ? colours.yellow : String;
}

/** `3 nodes: 1 failed, 2 completed`. */
function count(states: readonly NodeState[]): string {
  // What somebody has to look at comes first.
  const parts = [...nodeStates].reverse().flatMap((name) => {
    const number = states.filter(({ state }) => state === name).length;
    return number === 0 ? [] : [`${number} ${name}`];
  });
  return `${states.length} ${states.length === 1 ? 'node' : 'nodes'}: ${parts.join(', ')}`;
}

function times(number: number): string {
  return number === 1 ? 'time' : 'times';
}

function clip(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
