// The runs of a node, and what is said of a node that nobody knows.

import { describe, expect, it } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import { checkNode, listRuns } from '../../src/provisioning/list-runs.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { silentLog } from '../fixtures/log.js';
import { MemoryJournal } from '../fixtures/memory-journal.js';

function makeParts(root: string, journal = new MemoryJournal()) {
  return { nodes: openDataRoot(root, [], silentLog).nodes, journal };
}

describe('listRuns', () => {
  it('gives them newest first, with how long they took, and not what only the server reads', async () => {
    const journal = new MemoryJournal(
      [],
      [
        { run: 'one', startedAt: '2026-11-26T10:00:00.000Z', endedAt: '2026-11-26T10:02:05.500Z' },
        { run: 'two', startedAt: '2026-11-26T11:00:00.000Z', lastSignAt: '2026-11-26T11:00:09.000Z' },
        { run: 'other', node: 'B1' },
      ],
    );
    const parts = makeParts(makeFolder(), journal);
    const runs = await listRuns(parts, 'A1', 10);
    expect(runs.map(({ run, duration }) => [run, duration])).toEqual([
      ['two', 9],
      ['one', 125.5],
    ]);
    expect(runs[0]).not.toHaveProperty('memory');
    expect(await listRuns(parts, 'A1', 1)).toHaveLength(1);
  });

  it('gives none for a known node that never asked', async () => {
    expect(await listRuns(makeParts(makeFolder({ 'nodes/A1': null })), 'A1', 10)).toEqual([]);
  });

  it('throws for a node that nobody knows, with the nearest id', async () => {
    const journal = new MemoryJournal([], [{ run: 'r', node: 'JPE14140001' }]);
    const parts = makeParts(makeFolder({ 'nodes/SSJ100': null }), journal);
    await expect(listRuns(parts, 'JPE14140002', 10)).rejects.toMatchObject({
      code: 'unknown-node',
      message: expect.stringContaining('did you mean JPE14140001? "ztps nodes" lists all'),
    });
    await expect(listRuns(parts, 'SSJ101', 10)).rejects.toThrow('did you mean SSJ100?');
    await expect(listRuns(parts, 'zzz', 10)).rejects.toThrow('; "ztps nodes" lists all');
  });
});

describe('checkNode', () => {
  it('is content with a folder, a run or a record', async () => {
    const journal = new MemoryJournal([{ node: 'B1' }], [{ run: 'r', node: 'C1' }]);
    const parts = makeParts(makeFolder({ 'nodes/A1': null }), journal);
    for (const node of ['A1', 'B1', 'C1']) await expect(checkNode(parts, node)).resolves.toBeUndefined();
    await expect(checkNode(parts, 'E1')).rejects.toMatchObject({ code: 'unknown-node' });
  });
});
