// The table of nodes: what stands where, and what a narrow terminal leaves out.

import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { writeNodeTable } from '../../src/cli/node-table.js';
import type { NodeState } from '../../src/wire/node-state.js';

const now = new Date(2026, 10, 26, 14, 44, 5).getTime();
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
const plain = picocolors.createColors(false);

function makeState(parts: Partial<NodeState>): NodeState {
  return {
    ...{ node: 'JPE14140001', state: 'known', folder: true, run: null, since: null, lastSignAt: null },
    ...{ definition: null, step: null, expected: null, reason: null, repeats: 0, address: null },
    ...parts,
  };
}

const site: readonly NodeState[] = [
  makeState({
    ...{ node: 'JPE14140001', state: 'provisioning', run: 'r1', since: ago(65), lastSignAt: ago(12) },
    ...{ definition: 'pod1-leaf', expected: 'action 2 of 3, add_config', address: '192.0.2.100' },
  }),
  makeState({
    ...{
      node: 'JPE14140002',
      state: 'contacted',
      folder: false,
      run: 'r2',
      since: ago(600),
      lastSignAt: ago(20),
    },
    ...{ expected: 'POST /nodes', address: '192.0.2.101', repeats: 17 },
    reason:
      'no pattern matched; nearest miss: pattern leaf (line 12): Ethernet49 has no neighbour, wanted spine1',
  }),
  makeState({ node: 'SSJ1' }),
];

describe('writeNodeTable', () => {
  it('writes a line for each node and counts them, whole where it is no terminal', () => {
    expect(writeNodeTable(site, { colours: plain, width: null }, now)).toBe(
      [
        'NODE         STATE         LAST SIGN  SINCE     DEFINITION  ADDRESS      NEXT, OR WHY',
        'JPE14140001  provisioning  12 s ago   14:43:00  pod1-leaf   192.0.2.100  action 2 of 3, add_config',
        'JPE14140002  contacted     20 s ago   14:34:05  -           192.0.2.101  no pattern matched; nearest miss: pattern leaf (line 12): Ethernet49 has no neighbour, wanted spine1 (17 more times)',
        'SSJ1         known         -          -         -           -',
        '3 nodes: 1 provisioning, 1 contacted, 1 known',
        '',
      ].join('\n'),
    );
  });

  it.each([40, 60, 80, 100, 120])('fits into %d columns', (width) => {
    const lines = writeNodeTable(site, { colours: plain, width }, now).trimEnd().split('\n');
    const table = lines.slice(0, 4);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 63));
    expect(table[1]).toMatch(/^JPE14140001 {2}provisioning {2}12 s ago .* {2}action 2 of 3, /);
  });

  it('leaves out on 80 columns what matters least, and says so', () => {
    const text = writeNodeTable(site, { colours: plain, width: 80 }, now);
    expect(text).toContain('NODE         STATE         LAST SIGN  DEFINITION  NEXT, OR WHY\n');
    expect(text).toMatch(/ no pattern matched; nearest m…\n/);
    expect(text).toContain('\nWhat is cut short here is whole in: ztps log NODE\n');
    expect(text).toContain('\nNo room for ADDRESS, SINCE: a wider terminal or --json has them\n');
  });

  it('is red where somebody has to look, green where all is well, yellow while it works', () => {
    const colours = picocolors.createColors(true);
    const paint = (parts: Partial<NodeState>) =>
      writeNodeTable([makeState(parts)], { colours, width: 120 }, now).split('\n')[1];
    expect(paint({ state: 'failed' })).toContain(colours.red('failed'));
    expect(paint({ state: 'stalled' })).toContain(colours.red('stalled'));
    expect(paint({ state: 'contacted', reason: 'refused' })).toContain(colours.red('contacted'));
    expect(paint({ state: 'completed' })).toContain(colours.green('completed'));
    expect(paint({ state: 'provisioning' })).toContain(colours.yellow('provisioning'));
    expect(paint({ state: 'known' })).not.toContain('\x1b');
  });

  it('says of a node that was removed after it was done that its folder is gone', () => {
    const gone = makeState({ state: 'completed', folder: false, run: 'r', lastSignAt: ago(1) });
    expect(writeNodeTable([gone], { colours: plain, width: null }, now)).toContain(
      'there is no nodes/JPE14140001 any more',
    );
  });

  it('escapes what strangers wrote', () => {
    const text = writeNodeTable(
      [makeState({ definition: 'a\x1b[2J', expected: 'x\ny', address: '\r' })],
      { colours: plain, width: null },
      now,
    );
    expect(text.split('\n')[1]).toMatch(/a\\u001b\[2J {2}\\r .*x\\ny$/);
  });
});
