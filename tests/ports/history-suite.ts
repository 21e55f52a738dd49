// What holds for every History, whatever it keeps versions in.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { History, NewVersion } from '../../src/ports/history.js';

/** Opens an empty history that keeps so many versions of each node, until the test ends. */
export type OpenHistory = (keep: number) => Promise<History>;

let made = 0;

/** A version of its own. */
export function makeVersion(config: string | Buffer, fields: Partial<NewVersion> = {}): NewVersion {
  made += 1;
  return {
    node: 'N1',
    at: new Date(1_790_000_000_000 + made).toISOString(),
    source: 'put',
    address: '192.0.2.1',
    config: Buffer.from(config),
    ...fields,
  };
}

/** Runs the contract of every history. */
export function testHistory(open: OpenHistory): void {
  const numbersOf = async (history: History, node = 'N1') =>
    (await history.versions(node)).map(({ number }) => number);

  const note = (node: string, kind: 'replaced' | 'replaced-by', other: string) => ({
    node,
    kind,
    other,
    at: '2026-11-26T14:44:05.123Z',
  });

  describe('a history', () => {
    it('that nothing was ever put into is empty', async () => {
      const history = await open(100);
      expect(await history.newest('N1')).toBeNull();
      expect(await history.versions('N1')).toEqual([]);
      expect(await history.versionsAfter(0, 100)).toEqual([]);
      expect(await history.read('N1', 1)).toBeNull();
      expect(await history.notes('N1')).toEqual([]);
      expect(await history.move('N1', 'N2', new Date().toISOString())).toBe(0);
      await history.note([]);
    });

    it('numbers the versions of each node from 1, and says of each what is known', async () => {
      const history = await open(100);
      const first = makeVersion('one');
      const second = makeVersion('two', { source: 'hand', address: null });
      const other = makeVersion('one', { node: 'N2', source: 'registered' });
      for (const version of [first, other, second]) await history.add(version);
      const describeVersion = ({ config, ...fields }: NewVersion, number: number) => ({
        ...fields,
        number,
        sha256: createHash('sha256').update(config).digest('hex'),
        bytes: config.length,
        position: expect.any(Number),
      });
      expect(await history.versions('N1')).toEqual([describeVersion(first, 1), describeVersion(second, 2)]);
      expect(await history.versions('N2')).toEqual([describeVersion(other, 1)]);
      expect(await history.newest('N1')).toEqual(describeVersion(second, 2));
      const all = await history.versionsAfter(0, 100);
      expect(all.map(({ node, number }) => [node, number])).toEqual([
        ['N1', 1],
        ['N2', 1],
        ['N1', 2],
      ]);
      expect(await history.versionsAfter(all[0]?.position ?? 0, 1)).toEqual([all[1]]);
      expect(await history.versionsAfter(all[2]?.position ?? 0, 100)).toEqual([]);
    });

    it('makes no version of what the newest one is already, but does of what an older one was', async () => {
      const history = await open(100);
      const first = await history.add(makeVersion('one'));
      expect(first.added).toBe(true);
      expect(await history.add(makeVersion('one'))).toEqual({ version: first.version, added: false });
      expect((await history.add(makeVersion('two'))).version.number).toBe(2);
      expect(await history.add(makeVersion('one'))).toMatchObject({ version: { number: 3 }, added: true });
      expect(await numbersOf(history)).toEqual([1, 2, 3]);
    });

    it('makes one version of the same config given many times at once, and keeps the order of different ones', async () => {
      const history = await open(100);
      const same = await Promise.all(Array.from({ length: 8 }, () => history.add(makeVersion('same'))));
      expect(same.filter(({ added }) => added)).toHaveLength(1);
      expect(new Set(same.map(({ version }) => version.number))).toEqual(new Set([1]));
      const texts = ['a', 'b', 'c', 'd'];
      const different = await Promise.all(texts.map((text) => history.add(makeVersion(text))));
      expect(different.map(({ version }) => version.number)).toEqual([2, 3, 4, 5]);
      expect(String(await history.read('N1', 4))).toBe('c');
    });

    it('gives every byte back as it was', async () => {
      const history = await open(10_000);
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
          const { version } = await history.add(makeVersion(Buffer.from(bytes)));
          expect(await history.read('N1', version.number)).toEqual(Buffer.from(bytes));
        }),
        { numRuns: 40 },
      );
      for (const config of [Buffer.alloc(0), Buffer.from([0, 0xff, 0xc3, 0x28, 0x0d, 0x0a, 0])]) {
        const { version } = await history.add(makeVersion(config));
        expect(await history.read('N1', version.number)).toEqual(config);
        expect(version.bytes).toBe(config.length);
      }
    });

    it('takes a config of 32 MiB', async () => {
      const history = await open(100);
      const config = Buffer.alloc(32 * 1024 * 1024, 'interface Ethernet1\n');
      const { version } = await history.add(makeVersion(config));
      expect((await history.read('N1', version.number))?.equals(config)).toBe(true);
    });

    it('drops the oldest ones beyond those that are to be kept, and gives no number twice', async () => {
      const history = await open(3);
      for (const text of ['1', '2', '3', '4', '5']) await history.add(makeVersion(text));
      await history.add(makeVersion('other', { node: 'N2' }));
      expect(await numbersOf(history)).toEqual([3, 4, 5]);
      expect(await history.read('N1', 2)).toBeNull();
      expect(String(await history.read('N1', 3))).toBe('3');
      expect(await numbersOf(history, 'N2')).toEqual([1]);
      expect((await history.add(makeVersion('6'))).version.number).toBe(6);
    });

    it('knows no version that is not there', async () => {
      const history = await open(3);
      await history.add(makeVersion('1'));
      for (const number of [0, -1, 2, 1.5, Number.NaN, 2 ** 60]) {
        expect(await history.read('N1', number)).toBeNull();
      }
      expect(await history.read('n1', 1)).toBeNull();
    });

    it('keeps notes, and not twice in a row what is the same', async () => {
      const history = await open(100);
      const both = [note('NEW', 'replaced', 'OLD'), note('OLD', 'replaced-by', 'NEW')];
      await history.note(both);
      await history.note(both.map((each) => ({ ...each, at: '2027-01-01T00:00:00.000Z' })));
      expect(await history.notes('NEW')).toEqual([both[0]]);
      expect(await history.notes('OLD')).toEqual([both[1]]);
      const back = note('OLD', 'replaced', 'NEW');
      await history.note([back]);
      await history.note([note('OLD', 'replaced-by', 'NEW')]);
      expect(await history.notes('OLD')).toEqual([both[1], back, both[1]]);
    });

    it('moves to another name with its numbers and notes, and both names say so', async () => {
      const history = await open(100);
      const at = '2026-11-27T10:00:00.000Z';
      for (const text of ['1', '2', '3']) await history.add(makeVersion(text));
      await history.note([note('N1', 'replaced', 'N0')]);
      expect(await history.move('N1', 'N2', at)).toBe(3);
      expect(await history.versions('N1')).toEqual([]);
      expect(await numbersOf(history, 'N2')).toEqual([1, 2, 3]);
      expect(String(await history.read('N2', 2))).toBe('2');
      expect(await history.notes('N2')).toEqual([
        note('N2', 'replaced', 'N0'),
        { node: 'N2', at, kind: 'renamed-from', other: 'N1' },
      ]);
      expect(await history.notes('N1')).toEqual([{ node: 'N1', at, kind: 'renamed-to', other: 'N2' }]);
      expect((await history.add(makeVersion('4', { node: 'N2' }))).version.number).toBe(4);
      expect((await history.add(makeVersion('new'))).version.number).toBe(1);
      expect(await history.move('N3', 'N4', at)).toBe(0);
      expect(await history.notes('N4')).toEqual([]);
    });

    it('moves behind the versions that the other name has had, and loses none', async () => {
      const history = await open(3);
      for (const text of ['a', 'b']) await history.add(makeVersion(text, { node: 'N2' }));
      for (const text of ['1', '2', '3', '4']) await history.add(makeVersion(text));
      expect(await history.move('N1', 'N2', '2026-11-27T10:00:00.000Z')).toBe(3);
      expect(await numbersOf(history, 'N2')).toEqual([1, 2, 4, 5, 6]);
      expect(String(await history.read('N2', 6))).toBe('4');
      expect((await history.newest('N2'))?.number).toBe(6);
      expect((await history.add(makeVersion('4', { node: 'N2' }))).added).toBe(false);
    });

    it('moves nothing to its own name', async () => {
      const history = await open(3);
      await history.add(makeVersion('1'));
      expect(await history.move('N1', 'N1', '2026-11-27T10:00:00.000Z')).toBe(0);
      expect(await numbersOf(history)).toEqual([1]);
      expect(await history.notes('N1')).toEqual([]);
    });

    it('takes text that is none', async () => {
      const history = await open(3);
      const node = 'half \ud800 a pair';
      await history.add(makeVersion('1', { node, address: '\udfff\0' }));
      expect(await numbersOf(history, node)).toEqual([1]);
      await history.note([note(node, 'replaced', '\ud800')]);
      await history.note([note(node, 'replaced', '\ud800')]);
      expect(await history.notes(node)).toHaveLength(1);
    });
  });
}
