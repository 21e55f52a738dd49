// Where nodes stand: of folders, of runs, and of both.

import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import { listNodeStates } from '../../src/provisioning/list-node-states.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { silentLog } from '../fixtures/log.js';
import { MemoryJournal } from '../fixtures/memory-journal.js';

function list(root: string, journal: MemoryJournal) {
  return listNodeStates({ nodes: openDataRoot(root, [], silentLog).nodes, journal });
}

describe('listNodeStates', () => {
  it('lists folders and those that only asked, by id', async () => {
    const root = makeFolder({
      'nodes/C1/definition': 'actions: []',
      'nodes/B1/startup-config': 'hostname b',
      'nodes/D1/pattern': 'name: x',
      'nodes/.hidden/definition': '',
      'nodes/no folder': '',
    });
    const journal = new MemoryJournal(
      [],
      [{ run: 'r1', node: 'A1', state: 'contacted', reason: 'no pattern matched', repeats: 4 }],
    );
    const states = await list(root, journal);
    expect(states.map(({ node, state, folder }) => [node, state, folder])).toEqual([
      ['A1', 'contacted', false],
      ['B1', 'known', true],
      ['C1', 'known', true],
      ['D1', 'incomplete', true],
    ]);
    expect(states[0]).toMatchObject({ reason: 'no pattern matched', repeats: 4, run: 'r1' });
    expect(states[1]).toEqual({
      ...{ node: 'B1', state: 'known', folder: true, run: null, since: null, lastSignAt: null },
      ...{ definition: null, step: null, expected: null, reason: null, repeats: 0, address: null },
    });
    expect(states[3]?.reason).toContain('neither definition nor startup-config');
  });

  it('takes the run that began last, not those of nobody, and keeps what only the server reads to itself', async () => {
    const root = makeFolder({ 'nodes/A1/definition': 'actions: []' });
    const journal = new MemoryJournal(
      [],
      [
        {
          run: 'old',
          state: 'failed',
          startedAt: '2026-11-25T00:00:00.000Z',
          endedAt: '2026-11-27T00:00:00.000Z',
        },
        {
          ...{ run: 'new', state: 'provisioning', startedAt: '2026-11-26T00:00:00.000Z', definition: 'leaf' },
          ...{ step: { index: 2, of: 3, action: 'add_config' }, expected: 'action 2 of 3, add_config' },
        },
        { run: 'nobody', node: null, startedAt: '2026-11-28T00:00:00.000Z' },
      ],
    );
    const states = await list(root, journal);
    expect(states).toEqual([
      {
        ...{ node: 'A1', state: 'provisioning', folder: true, run: 'new', since: '2026-11-26T00:00:00.000Z' },
        ...{ lastSignAt: '2026-11-26T00:00:00.000Z', definition: 'leaf', reason: null, repeats: 0 },
        ...{ step: { index: 2, of: 3, action: 'add_config' }, expected: 'action 2 of 3, add_config' },
        ...{ address: '192.0.2.100' },
      },
    ]);
  });

  it('says since when a run is over', async () => {
    const journal = new MemoryJournal(
      [],
      [{ run: 'r', state: 'completed', endedAt: '2026-11-27T00:00:00.000Z', expected: null }],
    );
    expect(await list(makeFolder(), journal)).toMatchObject([
      { state: 'completed', folder: false, since: '2026-11-27T00:00:00.000Z' },
    ]);
  });

  it('shows a folder that leads out of the data root as incomplete, and the others all the same', async () => {
    const root = makeFolder({ 'nodes/B1/definition': 'actions: []' });
    symlinkSync('/etc', join(root, 'nodes/A1'));
    const [first, second] = await list(root, new MemoryJournal());
    expect(first).toMatchObject({ node: 'A1', state: 'incomplete' });
    expect(first?.reason).toMatch(/nodes\/A1/);
    expect(second).toMatchObject({ node: 'B1', state: 'known' });
  });

  it('fails if nodes/ can not be read', async ({ skip, onTestFinished }) => {
    skip(process.getuid?.() === 0, 'root may read everything: run the suite as an ordinary user');
    const root = makeFolder({ 'nodes/A1/definition': '' });
    chmodSync(join(root, 'nodes'), 0);
    onTestFinished(() => chmodSync(join(root, 'nodes'), 0o755));
    await expect(list(root, new MemoryJournal())).rejects.toMatchObject({ code: 'read-failed' });
  });

  it('gets through more folders than it looks into at once', async () => {
    const ids = Array.from({ length: 300 }, (_, number) => `N${String(number).padStart(4, '0')}`);
    const root = makeFolder(Object.fromEntries(ids.map((id) => [`nodes/${id}/definition`, 'actions: []'])));
    const states = await list(root, new MemoryJournal());
    expect(states.map(({ node }) => node)).toEqual(ids);
  });
});
