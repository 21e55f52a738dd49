// What holds for every Proposals, whatever it keeps them in.

import { describe, expect, it } from 'vitest';
import { mostForOne, mostProposals, type Proposal, type Proposals } from '../../src/ports/proposals.js';

function make(node: string, old = 'old', parts: Partial<Proposal> = {}): Proposal {
  const since = '2026-11-26T14:44:05.123Z';
  return {
    node,
    old,
    since,
    address: '192.0.2.9',
    why: 'the same "neighbors"\n',
    state: 'pending',
    ...parts,
  };
}

const at = (second: number): { since: string } => ({
  since: new Date(Date.UTC(2026, 10, 26, 0, 0, second)).toISOString(),
});

/** Runs the contract. `makeProposals` gives empty ones. */
export function testProposals(makeProposals: () => Promise<Proposals>): void {
  describe('a proposal', () => {
    it('is not there before it was made', async () => {
      const proposals = await makeProposals();
      expect(await proposals.list()).toEqual([]);
      expect(await proposals.find({ node: 'new', old: 'old' })).toBeNull();
      await proposals.remove({ node: 'new', old: 'old' });
      expect(await proposals.list()).toEqual([]);
    });

    it('is kept as it was made first', async () => {
      const proposals = await makeProposals();
      expect(await proposals.add(make('new'))).toBe(true);
      expect(await proposals.add(make('new', 'old', { why: 'another' }))).toBe(false);
      expect(await proposals.find({ node: 'new', old: 'old' })).toEqual(make('new'));
      expect(await proposals.find({ node: 'old', old: 'new' })).toBeNull();
    });

    it('is made once of many at the same time', async () => {
      const proposals = await makeProposals();
      const made = await Promise.all(Array.from({ length: 20 }, () => proposals.add(make('new'))));
      expect(made.filter(Boolean)).toHaveLength(1);
    });

    it('that is rejected stays so, and is not made again', async () => {
      const proposals = await makeProposals();
      await proposals.add(make('new'));
      await proposals.put(make('new', 'old', { state: 'rejected' }));
      expect(await proposals.add(make('new'))).toBe(false);
      expect((await proposals.find({ node: 'new', old: 'old' }))?.state).toBe('rejected');
    });

    it('is removed, and may be made again', async () => {
      const proposals = await makeProposals();
      await proposals.add(make('new'));
      await proposals.add(make('new', 'other'));
      await proposals.remove({ node: 'new', old: 'old' });
      expect(await proposals.list()).toEqual([make('new', 'other')]);
      expect(await proposals.add(make('new'))).toBe(true);
    });

    it('may be about the longest ids', async () => {
      const proposals = await makeProposals();
      const [node, old] = ['n'.repeat(128), 'o'.repeat(128)];
      await proposals.add(make(node, old));
      expect(await proposals.find({ node, old })).toEqual(make(node, old));
    });
  });

  describe('all proposals', () => {
    it('are listed oldest first', async () => {
      const proposals = await makeProposals();
      for (const [node, second] of [
        ['b', 3],
        ['a', 2],
        ['c', 1],
      ] as const) {
        await proposals.add(make(node, 'old', at(second)));
      }
      expect((await proposals.list()).map(({ node }) => node)).toEqual(['c', 'a', 'b']);
    });

    it('for one node are bounded: the oldest go, but what was rejected last of all', async () => {
      const proposals = await makeProposals();
      await proposals.put(make('no', 'old', { ...at(0), state: 'rejected' }));
      await proposals.add(make('bystander', 'other', at(0)));
      for (let i = 1; i <= mostForOne + 3; i += 1) await proposals.add(make(`n${i}`, 'old', at(i)));
      const kept = (await proposals.list()).filter(({ old }) => old === 'old').map(({ node }) => node);
      expect(kept).toHaveLength(mostForOne);
      expect(kept).toContain('no');
      expect(kept).toContain(`n${mostForOne + 3}`);
      expect(kept).not.toContain('n1');
      expect(await proposals.find({ node: 'bystander', old: 'other' })).not.toBeNull();
    });

    it('are bounded', async () => {
      const proposals = await makeProposals();
      for (let i = 0; i < mostProposals + 5; i += 1) await proposals.add(make('n', `o${i}`, at(i)));
      expect(await proposals.list()).toHaveLength(mostProposals);
      expect(await proposals.find({ node: 'n', old: 'o0' })).toBeNull();
      expect(await proposals.find({ node: 'n', old: `o${mostProposals + 4}` })).not.toBeNull();
    });
  });
}
