// What holds for every NodeStore, whatever it keeps nodes in.

import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../src/engine/node-facts.js';
import type { NodeStore } from '../../src/ports/node-store.js';

/** Facts as a switch reports them. */
export const someFacts: NodeFacts = {
  model: 'DCS-7050QX-32S',
  serialnumber: 'JPE14140001',
  systemmac: '001c73aabbcc',
  version: '4.30.1F',
  neighbors: new Map([
    ['Ethernet49', [{ device: 'pod1-spine1', port: 'Ethernet1/1' }]],
    ['Ethernet1', []],
    [
      'Management1',
      [
        { device: 'a', port: 'b' },
        { device: '"\'\n\u2028é', port: '' },
      ],
    ],
  ]),
  others: { arch: 'i386', deep: { list: [1, null, 'x'] } },
};

/** Runs the contract. `makeStore` gives an empty one. */
export function testNodeStore(makeStore: () => Promise<NodeStore>): void {
  describe('a node', () => {
    it('is not there before it was created', async () => {
      const store = await makeStore();
      expect(await store.find('A1')).toBeNull();
      expect(await store.list()).toEqual([]);
      expect(await store.readFacts('A1')).toBeNull();
      expect(await store.readDefinition('A1')).toBeNull();
      expect(await store.readPattern('A1')).toBeNull();
      expect(await store.readAttributes('A1')).toBeNull();
      expect(await store.readStartupConfig('A1')).toBeNull();
      expect(await store.findConfigHandler('A1')).toBeNull();
      expect(await store.writeStartupConfig('A1', Buffer.from('x'))).toBeNull();
      expect(await store.find('A1')).toBeNull();
    });

    it('has the parts that it was created with, and no others', async () => {
      const store = await makeStore();
      const definition = Buffer.from('name: leaf # kept\r\nactions: []\n');
      const pattern = {
        name: 'on',
        variables: { a: '1:30' },
        interfaces: [{ 'Ethernet1-2': { device: 'any', port: '01' } }],
      };
      expect(
        await store.create('A1', {
          facts: someFacts,
          definition,
          pattern,
          configHandler: Buffer.from('exit 0\n'),
        }),
      ).toBe(true);
      expect(await store.find('A1')).toEqual({
        definition: true,
        pattern: true,
        configHandler: true,
        facts: true,
        startupConfig: false,
        attributes: false,
      });
      expect(await store.readFacts('A1')).toEqual(someFacts);
      expect([...((await store.readFacts('A1'))?.neighbors.keys() ?? [])]).toEqual([
        'Ethernet49',
        'Ethernet1',
        'Management1',
      ]);
      expect((await store.readDefinition('A1'))?.value).toEqual({ name: 'leaf', actions: [] });
      expect((await store.readPattern('A1'))?.value).toEqual(pattern);
      expect(await store.findConfigHandler('A1')).toMatch(/A1\/config-handler$/);
      expect(await store.list()).toEqual(['A1']);
    });

    it('is created once: of many at the same time one does, the others find it there', async () => {
      const store = await makeStore();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.create('A1', { facts: someFacts, startupConfig: Buffer.from(`${i}`) }),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await store.readStartupConfig('A1')).toEqual(Buffer.from(`${outcomes.indexOf(true)}`));
      expect(await store.create('A1', { facts: someFacts })).toBe(false);
      expect(await store.list()).toEqual(['A1']);
    });

    it('gets new facts', async () => {
      const store = await makeStore();
      await store.create('A1', { facts: someFacts });
      const facts = { ...someFacts, model: null, version: '4.31', neighbors: new Map() };
      await store.writeFacts('A1', facts);
      expect(await store.readFacts('A1')).toEqual(facts);
    });

    it('keeps its startup-config byte for byte', async () => {
      const store = await makeStore();
      await store.create('A1', { facts: someFacts });
      const config = Buffer.from([0, 255, 13, 10, 0xc3, 0x28]);
      expect(await store.writeStartupConfig('A1', config)).toBe('created');
      expect(await store.readStartupConfig('A1')).toEqual(config);
      expect(await store.writeStartupConfig('A1', Buffer.from('b'))).toBe('replaced');
      expect(await store.readStartupConfig('A1')).toEqual(Buffer.from('b'));
    });

    it('takes a startup-config of 32 MiB', async () => {
      const store = await makeStore();
      const config = Buffer.alloc(32 * 1024 * 1024, 'x');
      await store.create('A1', { facts: someFacts });
      await store.writeStartupConfig('A1', config);
      expect((await store.readStartupConfig('A1'))?.equals(config)).toBe(true);
    });

    it('is removed whole, and may be created again', async () => {
      const store = await makeStore();
      await store.create('A1', { facts: someFacts, startupConfig: Buffer.from('x') });
      await store.create('B1', { facts: someFacts });
      expect(await store.readFacts('A1')).toEqual(someFacts);
      expect(await store.remove('A1')).toBe('folder');
      expect(await store.find('A1')).toBeNull();
      expect(await store.readFacts('A1')).toBeNull();
      expect(await store.readStartupConfig('A1')).toBeNull();
      expect(await store.list()).toEqual(['B1']);
      expect(await store.remove('A1')).toBeNull();
      expect(await store.create('A1', { facts: someFacts })).toBe(true);
      expect(await store.readStartupConfig('A1')).toBeNull();
    });

    it('may have any id that is one, and none that is not', async () => {
      const store = await makeStore();
      const ids = ['-', '001c73aabbcc', 'A'.repeat(128), '_', 'a.b'];
      for (const id of ids) expect(await store.create(id, { facts: someFacts })).toBe(true);
      expect(await store.list()).toEqual(ids);
      for (const id of ['', '.', '..', '.a', 'a/b', 'a\0b', 'A'.repeat(129)]) {
        await expect(store.find(id)).rejects.toMatchObject({ code: 'invalid-node-id' });
        await expect(store.remove(id)).rejects.toMatchObject({ code: 'invalid-node-id' });
        await expect(store.create(id, { facts: someFacts })).rejects.toMatchObject({
          code: 'invalid-node-id',
        });
      }
    });
  });

  describe('a node that takes the place of another', () => {
    const how = { over: false, facts: null };
    const definition = Buffer.from('name: leaf # kept\nactions: []\n');
    const config = Buffer.from([0, 255, 13, 10]);
    const makeOld = async (): Promise<NodeStore> => {
      const store = await makeStore();
      const configHandler = Buffer.from('exit 0\n');
      await store.create('old', { facts: someFacts, definition, pattern: { name: 'x' }, configHandler });
      await store.writeStartupConfig('old', config);
      return store;
    };

    it('has a name that is kept for it, which nobody can register or keep for less than a node', async () => {
      const store = await makeOld();
      expect(await store.look('new')).toEqual({ kind: 'none' });
      expect(await store.reserve({ to: 'replace', other: 'old', id: 'new' }, how)).toBe(true);
      expect(await store.look('new')).toEqual({ kind: 'reserved', holds: [] });
      expect(await store.readReservation('new')).toEqual({ to: 'replace', other: 'old', id: 'new' });
      expect(await store.readReplacement('new')).toEqual({ replacedBy: null, replaces: null, places: [] });
      expect(await store.writeStartupConfig('new', config)).toBeNull();
      expect(await store.create('new', { facts: someFacts })).toBe(false);
      expect(await store.reserve({ to: 'replace', other: 'old', id: 'new' }, how)).toBe(true);
      expect(await store.reserve({ to: 'replace', other: 'new', id: 'old' }, how)).toBe(false);
      expect(await store.look('old')).toEqual({ kind: 'folder' });
    });

    it('has a name that is kept at once in place of a folder, if that is wished', async () => {
      const store = await makeOld();
      await store.create('new', { facts: someFacts, startupConfig: config, definition });
      const reservation = { to: 'replace', other: 'old', id: 'new' } as const;
      expect(await store.reserve(reservation, { over: false, facts: null })).toBe(false);
      expect(await store.find('new')).toMatchObject({ definition: true });
      expect(await store.reserve(reservation, { over: true, facts: someFacts })).toBe(true);
      expect(await store.look('new')).toEqual({ kind: 'reserved', holds: [] });
      expect(await store.find('new')).toMatchObject({ definition: false, startupConfig: false, facts: true });
      expect(await store.readFacts('new')).toEqual(someFacts);
      expect(await store.list()).toEqual(['new', 'old']);
    });

    it('gets all that the other one has but its facts, and the other one keeps it', async () => {
      const store = await makeOld();
      await store.reserve({ to: 'replace', other: 'old', id: 'new' }, how);
      expect(await store.fill('new', 'old', null)).toBe(true);
      expect(await store.find('new')).toEqual({ ...(await store.find('old')), facts: false });
      expect((await store.readDefinition('new'))?.value).toEqual({ name: 'leaf', actions: [] });
      expect(await store.readStartupConfig('new')).toEqual(config);
      expect(await store.readFacts('new')).toBeNull();
      expect(await store.readReplacement('new')).toEqual({
        replacedBy: null,
        replaces: 'old',
        places: ['old'],
      });
      expect(await store.readReservation('new')).toBeNull();
      expect(await store.readStartupConfig('old')).toEqual(config);
      expect(await store.readFacts('old')).toEqual(someFacts);
    });

    it('has facts of its own: those that it said meanwhile, else those that are given', async () => {
      const store = await makeOld();
      const own = { ...someFacts, serialnumber: 'new' };
      await store.reserve({ to: 'replace', other: 'old', id: 'new' }, how);
      await store.fill('new', 'old', own);
      expect(await store.readFacts('new')).toEqual(own);
      await store.reserve({ to: 'replace', other: 'old', id: 'third' }, how);
      await store.writeFacts('third', { ...own, version: 'later' });
      await store.fill('third', 'old', own);
      expect((await store.readFacts('third'))?.version).toBe('later');
    });

    it('takes nothing that is not kept for it, or from nobody', async () => {
      const store = await makeOld();
      expect(await store.fill('new', 'old', null)).toBe(false);
      expect(await store.look('new')).toEqual({ kind: 'none' });
      await store.create('new', { facts: someFacts, startupConfig: Buffer.from('own') });
      expect(await store.fill('new', 'old', null)).toBe(false);
      expect(await store.readStartupConfig('new')).toEqual(Buffer.from('own'));
      await store.reserve({ to: 'replace', other: 'nobody', id: 'third' }, how);
      expect(await store.fill('third', 'nobody', null)).toBe(false);
    });

    it('is named by the other one, until that is taken back', async () => {
      const store = await makeOld();
      expect(await store.readReplacedBy('old')).toBeNull();
      expect(await store.markReplaced('old', 'new')).toBe(true);
      expect(await store.readReplacedBy('old')).toBe('new');
      expect(await store.markReplaced('old', 'other')).toBe(true);
      expect(await store.readReplacement('old')).toEqual({ replacedBy: 'other', replaces: null, places: [] });
      await store.markReplaced('old', null);
      expect(await store.readReplacedBy('old')).toBeNull();
      expect(await store.markReplaced('nobody', 'new')).toBe(false);
    });
  });

  describe('a node that is renamed', () => {
    const how = { over: false, facts: null };
    it('is the same node under a name that was kept for it', async () => {
      const store = await makeStore();
      await store.create('old', { facts: someFacts, startupConfig: Buffer.from('x') });
      expect(await store.rename('old', 'new')).toBe(false);
      await store.reserve({ to: 'rename', other: 'old', id: 'new' }, how);
      await store.markReplaced('old', 'new');
      expect(await store.rename('old', 'new')).toBe(true);
      expect(await store.readFacts('new')).toEqual(someFacts);
      expect(await store.readReservation('new')).toBeNull();
      expect(await store.readReplacedBy('new')).toBeNull();
      expect(await store.isRenamed('old', 'new')).toBe(true);
      expect(await store.findOldName('new')).toBe('old');
      // The old name is kept until that is ended, where the file system can swap names.
      expect(['reserved', 'none']).toContain((await store.look('old')).kind);
      await store.endRename('old', 'new');
      expect(await store.look('old')).toEqual({ kind: 'none' });
      expect(await store.isRenamed('old', 'new')).toBe(false);
      expect(await store.list()).toEqual(['new']);
      expect(await store.findOldName('new')).toBeNull();
      expect(await store.rename('old', 'new')).toBe(false);
    });

    it('does not take the place of a node that is there', async () => {
      const store = await makeStore();
      for (const id of ['A', 'B'])
        await store.create(id, { facts: someFacts, startupConfig: Buffer.from(id) });
      expect(await store.rename('A', 'B')).toBe(false);
      expect(await store.readStartupConfig('B')).toEqual(Buffer.from('B'));
      expect(await store.list()).toEqual(['A', 'B']);
    });
  });

  it('works exclusively for one after the other, also after a failure', async () => {
    const store = await makeStore();
    let inside = 0;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        store.exclusively(async () => {
          inside += 1;
          const most = inside;
          await store.list();
          inside -= 1;
          if (i === 3) throw new Error('failed');
          return most;
        }),
      ),
    );
    expect(outcomes.map((it) => (it.status === 'fulfilled' ? it.value : 'failed'))).toEqual([
      1,
      1,
      1,
      'failed',
      1,
      1,
      1,
      1,
      1,
      1,
    ]);
  });
}
