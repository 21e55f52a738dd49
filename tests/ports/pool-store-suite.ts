// What holds for every PoolStore, whatever it keeps pools in.

import { describe, expect, it } from 'vitest';
import type { ClearablePoolStore, PoolStore } from '../../src/ports/pool-store.js';

/** Makes a store with these pools: values with their owners, null for free. */
export type MakePools<Store extends PoolStore = PoolStore> = (
  pools: Readonly<Record<string, readonly (readonly [string, string | null])[]>>,
) => Promise<Store>;

function values(count: number): [string, null][] {
  return Array.from({ length: count }, (_, i) => [`10.0.${i >> 8}.${i & 255}/24`, null]);
}

/** Runs the contract of every pool store. */
export function testPoolStore(makePools: MakePools): void {
  describe('a pool', () => {
    it('gives the first free value, the same one ever after, and keeps the order', async () => {
      const store = await makePools({
        p: [
          ['c', 'X'],
          ['b', null],
          ['a', null],
        ],
      });
      expect(await store.preview('p', 'A')).toBe('b');
      expect(await store.allocate('p', 'A')).toBe('b');
      expect(await store.allocate('p', 'A')).toBe('b');
      expect(await store.preview('p', 'A')).toBe('b');
      expect(await store.preview('p', 'B')).toBe('a');
      expect(await store.allocate('p', 'X')).toBe('c');
      expect(await store.allocate('p', 'A#key')).toBe('a');
      expect(await store.read('p')).toEqual({
        name: 'p',
        file: expect.any(String),
        problems: [],
        entries: [
          { value: 'c', owner: 'X' },
          { value: 'b', owner: 'A' },
          { value: 'a', owner: 'A#key' },
        ],
      });
    });

    it('takes nothing for a preview', async () => {
      const store = await makePools({ p: [['a', null]] });
      await store.preview('p', 'A');
      expect((await store.read('p')).entries).toEqual([{ value: 'a', owner: null }]);
    });

    it('has its first value for an owner of two', async () => {
      const store = await makePools({
        p: [
          ['a', null],
          ['b', 'X'],
          ['c', 'X'],
        ],
      });
      expect(await store.allocate('p', 'X')).toBe('b');
    });

    it('says when it is exhausted, and still gives what is owned', async () => {
      const store = await makePools({ p: [['a', 'X']] });
      for (const ask of [() => store.allocate('p', 'A'), () => store.preview('p', 'A')]) {
        await expect(ask()).rejects.toMatchObject({
          code: 'pool-exhausted',
          message: expect.stringContaining('A'),
        });
      }
      expect(await store.allocate('p', 'X')).toBe('a');
    });

    it('that is not there is missing', async () => {
      const store = await makePools({});
      for (const ask of [
        () => store.allocate('p', 'A'),
        () => store.preview('p', 'A'),
        () => store.read('p'),
        () => store.release('p', { kind: 'owner', owner: 'A' }),
        () => store.reassign('p', 'A', 'B'),
      ]) {
        await expect(ask()).rejects.toMatchObject({ code: 'missing-pool' });
      }
    });

    it('never shares a value: a thousand ask at once, each twice', async () => {
      const store = await makePools({ p: values(1000), q: values(3) });
      const owners = Array.from({ length: 1000 }, (_, i) => `N${i}`);
      const given = await Promise.all([...owners, ...owners].map((owner) => store.allocate('p', owner)));
      expect(new Set(given).size).toBe(1000);
      expect(given.slice(1000)).toEqual(given.slice(0, 1000));
      const { entries } = await store.read('p');
      for (const [i, owner] of owners.entries()) {
        expect(entries.find((entry) => entry.owner === owner)?.value).toBe(given[i]);
      }
      await expect(store.allocate('p', 'late')).rejects.toMatchObject({ code: 'pool-exhausted' });
    });

    it('that is too small goes to as many as it has values for', async () => {
      const store = await makePools({ p: values(10) });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 30 }, (_, i) => store.allocate('p', `N${i}`)),
      );
      const given = outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
      expect(new Set(given).size).toBe(10);
      expect(given).toHaveLength(10);
    });

    it.each([
      '001122334455',
      '0x10',
      '1e3',
      'yes',
      'null',
      'None',
      '~',
      '1:30',
      'a#b',
      'it\'s "x"',
      'é',
      'a: b',
      ' ',
    ])('keeps the owner %j as it is', async (owner) => {
      const store = await makePools({
        p: [
          ['a', null],
          ['b', null],
        ],
      });
      expect(await store.allocate('p', owner)).toBe('a');
      expect((await store.read('p')).entries[0]).toEqual({ value: 'a', owner });
      expect(await store.allocate('p', owner)).toBe('a');
      expect(await store.allocate('p', 'other')).toBe('b');
    });

    it.each(['10.0.0.1/24', '0010', '1:30', 'yes', '001122334455', '=', '2020-01-01', 'a b'])(
      'gives the value %j as it is',
      async (value) => {
        const store = await makePools({ p: [[value, null]] });
        expect(await store.allocate('p', 'A')).toBe(value);
      },
    );
  });

  describe('all pools', () => {
    it('are listed, sub-folders with a slash', async () => {
      const store = await makePools({ b: [['1', null]], 'a/c': [['1', null]] });
      expect(await store.list()).toEqual(['a/c', 'b']);
      expect(await store.allocate('a/c', 'A')).toBe('1');
    });
  });

  describe('a value that is given back', () => {
    const entries = [
      ['a', 'N'],
      ['b', 'N#key'],
      ['c', 'N1'],
      ['d', 'M#N'],
      ['e', null],
      ['f', 'N#key'],
    ] as const;

    it('is free, and it is said who had it', async () => {
      const store = await makePools({ p: entries });
      expect(await store.release('p', { kind: 'value', value: 'c' })).toEqual([{ value: 'c', owner: 'N1' }]);
      expect((await store.read('p')).entries.map(({ owner }) => owner)).toEqual([
        'N',
        'N#key',
        null,
        'M#N',
        null,
        'N#key',
      ]);
      expect(await store.allocate('p', 'new')).toBe('c');
    });

    it('is every one of a node, in the order of the pool, and nobody else’s', async () => {
      const store = await makePools({ p: entries });
      expect(await store.release('p', { kind: 'owner', owner: 'N' })).toEqual([
        { value: 'a', owner: 'N' },
        { value: 'b', owner: 'N#key' },
        { value: 'f', owner: 'N#key' },
      ]);
      expect((await store.read('p')).entries.filter(({ owner }) => owner !== null)).toEqual([
        { value: 'c', owner: 'N1' },
        { value: 'd', owner: 'M#N' },
      ]);
    });

    it('is one of a node if its key is named', async () => {
      const store = await makePools({ p: entries });
      expect(await store.release('p', { kind: 'owner', owner: 'N#key' })).toEqual([
        { value: 'b', owner: 'N#key' },
        { value: 'f', owner: 'N#key' },
      ]);
      expect(await store.allocate('p', 'N')).toBe('a');
      expect(await store.allocate('p', 'N#key')).toBe('b');
    });

    it('was nobody’s: nothing is said and nothing changes', async () => {
      const store = await makePools({ p: entries });
      for (const wish of [
        { kind: 'value', value: 'e' },
        { kind: 'value', value: 'z' },
        { kind: 'value', value: 'A' },
        { kind: 'owner', owner: 'stranger' },
        { kind: 'owner', owner: 'n' },
        { kind: 'owner', owner: '%' },
      ] as const) {
        expect(await store.release('p', wish)).toEqual([]);
      }
      expect((await store.read('p')).entries).toEqual(entries.map(([value, owner]) => ({ value, owner })));
    });

    it('goes to one other only, whoever asks meanwhile', async () => {
      const store = await makePools({ p: entries.map(([value]) => [value, 'N']) });
      const [released, ...outcomes] = await Promise.all([
        store.release('p', { kind: 'owner', owner: 'N' }),
        ...Array.from({ length: 20 }, (_, i) => store.allocate('p', `M${i}`).catch(() => null)),
      ]);
      expect(released).toHaveLength(6);
      const given = outcomes.filter((value) => value !== null);
      expect(new Set(given).size).toBe(given.length);
      const { entries: now } = await store.read('p');
      expect(now.filter(({ owner }) => owner !== null).map(({ value }) => value)).toEqual([...given].sort());
    });
  });

  describe('values that pass from one node to another', () => {
    const entries = [
      ['a', 'N'],
      ['b', 'M#x'],
      ['c', 'N#key'],
      ['d', 'N1'],
      ['e', null],
      ['f', 'M'],
      ['g', 'M#N'],
    ] as const;
    const ownersOf = async (store: PoolStore) => (await store.read('p')).entries.map(({ owner }) => owner);

    it('are all that it holds, with their keys, and nobody else’s', async () => {
      const store = await makePools({ p: entries });
      expect(await store.reassign('p', 'N', 'new')).toEqual({
        moved: [
          { value: 'a', from: 'N', to: 'new' },
          { value: 'c', from: 'N#key', to: 'new#key' },
        ],
        freed: [],
      });
      expect(await ownersOf(store)).toEqual(['new', 'M#x', 'new#key', 'N1', null, 'M', 'M#N']);
      expect(await store.allocate('p', 'new')).toBe('a');
      expect(await store.allocate('p', 'new#key')).toBe('c');
      expect(await store.allocate('p', 'N')).toBe('e');
    });

    it('take the place of what the other held under the same name; the rest stays its own', async () => {
      const store = await makePools({ p: entries });
      expect(await store.reassign('p', 'N', 'M')).toEqual({
        moved: [
          { value: 'a', from: 'N', to: 'M' },
          { value: 'c', from: 'N#key', to: 'M#key' },
        ],
        freed: [{ value: 'f', owner: 'M' }],
      });
      expect(await ownersOf(store)).toEqual(['M', 'M#x', 'M#key', 'N1', null, null, 'M#N']);
      expect(await store.allocate('p', 'M')).toBe('a');
    });

    it('pass once: asked again, nothing passes and nothing is freed', async () => {
      const store = await makePools({ p: entries });
      await store.reassign('p', 'N', 'M');
      const owners = await ownersOf(store);
      expect(await store.reassign('p', 'N', 'M')).toEqual({ moved: [], freed: [] });
      expect(await store.reassign('p', 'M', 'M')).toEqual({ moved: [], freed: [] });
      expect(await store.reassign('p', 'stranger', 'M')).toEqual({ moved: [], freed: [] });
      expect(await ownersOf(store)).toEqual(owners);
    });

    it('keep names that look like something else', async () => {
      const store = await makePools({ p: [['a', '001122#1:30']] });
      await store.reassign('p', '001122', '0x10');
      expect(await ownersOf(store)).toEqual(['0x10#1:30']);
    });
  });

  describe('values that are added', () => {
    it('are free and come last, in their order', async () => {
      const store = await makePools({ p: [['b', 'X']] });
      expect(await store.add('p', ['d', 'c'])).toEqual({ made: false, added: 2, present: 0 });
      expect((await store.read('p')).entries).toEqual([
        { value: 'b', owner: 'X' },
        { value: 'd', owner: null },
        { value: 'c', owner: null },
      ]);
      expect(await store.allocate('p', 'A')).toBe('d');
    });

    it('keep their owners if the pool has them already, and none is there twice', async () => {
      const store = await makePools({
        p: [
          ['a', 'X'],
          ['b', null],
        ],
      });
      expect(await store.add('p', ['c', 'a', 'b'])).toEqual({ made: false, added: 1, present: 2 });
      expect(await store.add('p', ['d', 'd'])).toMatchObject({ added: 1 });
      expect((await store.read('p')).entries.map(({ value, owner }) => [value, owner])).toEqual([
        ['a', 'X'],
        ['b', null],
        ['c', null],
        ['d', null],
      ]);
    });

    it('are kept as they are', async () => {
      const odd = ['0010', '1:30', 'yes', '~', '10.0.0.1/24', 'a b', '#', 'é', "it's", '1e3'];
      const store = await makePools({ p: [['first', 'X']] });
      expect(await store.add('p', odd)).toMatchObject({ added: odd.length, present: 0 });
      expect((await store.read('p')).entries.map(({ value }) => value)).toEqual(['first', ...odd]);
      expect(await store.allocate('p', 'A')).toBe('0010');
    });

    it('are none: nothing changes', async () => {
      const store = await makePools({ p: [['a', 'X']] });
      expect(await store.add('p', [])).toEqual({ made: false, added: 0, present: 0 });
      expect((await store.read('p')).entries).toEqual([{ value: 'a', owner: 'X' }]);
    });
  });
}

/** Runs the contract of pool stores that can be cleared. */
export function testClearablePoolStore(makePools: MakePools<ClearablePoolStore>): void {
  describe('all pools', () => {
    it('are freed at once, and it is said whose they were', async () => {
      const store = await makePools({
        a: [
          ['1', 'A'],
          ['2', null],
          ['3', 'B'],
        ],
        b: [['1', null]],
        c: [['1', 'A']],
      });
      expect(await store.clear()).toEqual(
        new Map([
          [
            'a',
            [
              { value: '1', owner: 'A' },
              { value: '3', owner: 'B' },
            ],
          ],
          ['b', []],
          ['c', [{ value: '1', owner: 'A' }]],
        ]),
      );
      for (const name of ['a', 'b', 'c']) {
        expect((await store.read(name)).entries.every(({ owner }) => owner === null)).toBe(true);
      }
      expect(await store.allocate('a', 'C')).toBe('1');
    });
  });
}
