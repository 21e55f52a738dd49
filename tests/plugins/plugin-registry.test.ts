// The built-in resource plugins, and what a failure of one looks like. Pools are kept in memory: their files have tests of their own.

import { beforeEach, describe, expect, it } from 'vitest';
import { parseResourceCall, type ResourceCall } from '../../src/engine/definitions/resource-call.js';
import { createPluginRegistry, type PluginRegistry } from '../../src/plugins/plugin-registry.js';
import { resolveCalls } from '../../src/plugins/resolve-calls.js';
import type { PoolStore } from '../../src/ports/pool-store.js';
import { ZtpError } from '../../src/wire/ztp-error.js';
import { silentLog } from '../fixtures/log.js';

/** Pools in memory: value → owner. */
class MemoryPools implements PoolStore {
  readonly pools = new Map<string, Map<string, string | null>>();
  /** Thrown by the next call. */
  failure: unknown = null;

  async allocate(pool: string, owner: string): Promise<string> {
    const value = await this.preview(pool, owner);
    this.pools.get(pool)?.set(value, owner);
    return value;
  }

  async preview(pool: string, owner: string): Promise<string> {
    if (this.failure !== null) throw this.failure;
    const entries = this.pools.get(pool);
    if (entries === undefined) throw new ZtpError('missing-pool', `there is no pool resources/${pool}`);
    const held = [...entries].find(([, it]) => it === owner) ?? [...entries].find(([, it]) => it === null);
    if (held === undefined) throw new ZtpError('pool-exhausted', `every value of resources/${pool} is taken`);
    return held[0];
  }

  async read(pool: string) {
    const entries = [...(this.pools.get(pool) ?? [])].map(([value, owner]) => ({ value, owner }));
    return { name: pool, file: `resources/${pool}`, entries, problems: [] };
  }

  async list() {
    return [...this.pools.keys()].sort();
  }

  async release() {
    return [];
  }

  async reassign() {
    return { moved: [], freed: [] };
  }

  async add() {
    return { made: false, added: 0, present: 0 };
  }

  async close() {}
}

/** A registry without plugins of its own. */
function makeRegistry(pools: PoolStore, tables: PoolStore | null): PluginRegistry {
  return createPluginRegistry({
    pools,
    tables,
    files: { list: async () => [], find: async () => null },
    log: silentLog,
    limits: { calls: 4, timeoutSeconds: 10 },
    hosts: { javascript: '/none', python: '/none' },
    environment: {},
    settings: { dataRoot: '/none', identifier: 'serialnumber', serverUrls: ['http://ztp:8080'] },
    yaml: { read: () => null, write: () => '' },
  });
}

const node = { nodeId: 'JPE1', facts: null, preview: false };

function callsOf(...texts: string[]): ResourceCall[] {
  return texts.map((text) => {
    const call = parseResourceCall(text);
    if (call === null) throw new Error(text);
    return call;
  });
}

describe('resource plugins', () => {
  let pools: MemoryPools;
  let plugins: PluginRegistry;

  beforeEach(() => {
    pools = new MemoryPools();
    pools.pools.set(
      'mgmt',
      new Map([
        ['10.0.0.1', 'JPE0'],
        ['10.0.0.2', null],
        ['10.0.0.3', null],
      ]),
    );
    pools.pools.set('pods/1/loopbacks', new Map([['192.0.2.1', null]]));
    plugins = makeRegistry(pools, null);
  });

  it('are allocate, test and, where there are tables, sqlite', async () => {
    expect((await plugins.survey()).names).toEqual(['allocate', 'test']);
    expect((await makeRegistry(pools, pools).survey()).names).toEqual(['allocate', 'sqlite', 'test']);
  });

  it("sqlite('table') takes from the tables what allocate('pool') takes from the pools", async () => {
    const tables = new MemoryPools();
    tables.pools.set('mgmt', new Map([['7', null]]));
    const registry = makeRegistry(pools, tables);
    const answer = await registry.call('sqlite', { ...node, args: ['mgmt', 'k'] });
    expect(answer).toEqual({ value: '7', taken: { pool: 'mgmt', value: '7', key: 'k' } });
    expect(tables.pools.get('mgmt')?.get('7')).toBe('JPE1#k');
    expect(pools.pools.get('mgmt')?.get('10.0.0.2')).toBeNull();
    await expect(registry.call('sqlite', { ...node, args: ['a', 'b', 'c'] })).rejects.toMatchObject({
      code: 'plugin-failed',
      message: expect.stringContaining(
        "takes a table and at most a key, which is not empty: sqlite('table', 'key')",
      ),
    });
  });

  it("test('x') answers with node id and text, and takes nothing", async () => {
    const answer = await plugins.call('test', { ...node, args: ['x'] });
    expect(answer).toEqual({ value: 'JPE1:x', taken: null });
  });

  it("allocate('pool') takes the first free value for the node and gives it again", async () => {
    const answer = { value: '10.0.0.2', taken: { pool: 'mgmt', value: '10.0.0.2', key: null } };
    expect(await plugins.call('allocate', { ...node, args: ['mgmt'] })).toEqual(answer);
    expect(await plugins.call('allocate', { ...node, args: ['mgmt'] })).toEqual(answer);
    expect(pools.pools.get('mgmt')?.get('10.0.0.2')).toBe('JPE1');
  });

  it("allocate('pool', 'key') takes one value a key, owned by node id and key", async () => {
    const first = await plugins.call('allocate', { ...node, args: ['mgmt', 'vlan10'] });
    const second = await plugins.call('allocate', { ...node, args: ['mgmt', 'vlan20'] });
    expect([first.value, second.value]).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(first.taken).toEqual({ pool: 'mgmt', value: '10.0.0.2', key: 'vlan10' });
    expect(pools.pools.get('mgmt')?.get('10.0.0.3')).toBe('JPE1#vlan20');
  });

  it('take nothing in a preview', async () => {
    const answer = await plugins.call('allocate', { ...node, preview: true, args: ['mgmt'] });
    expect(answer).toEqual({ value: '10.0.0.2', taken: null });
    expect(pools.pools.get('mgmt')?.get('10.0.0.2')).toBeNull();
  });

  it('keep the reason code of a pool, with plugin, arguments and node in the message', async () => {
    const request = { ...node, args: ['nowhere', 'k'] };
    await expect(plugins.call('allocate', request)).rejects.toMatchObject({
      name: 'ZtpError',
      code: 'missing-pool',
      message: "allocate('nowhere', 'k') for node JPE1: there is no pool resources/nowhere",
    });
  });

  it.each([
    [new ZtpError('write-failed', 'disk full'), 'write-failed'],
    [new ZtpError('path-refused', 'leads out'), 'path-refused'],
    [new ZtpError('missing-file', 'not there'), 'plugin-failed'],
    [new TypeError('x is not a function'), 'plugin-failed'],
    ['a thrown text', 'plugin-failed'],
  ])('turn %s into %s', async (failure, code) => {
    pools.failure = failure;
    const refusal = expect(plugins.call('allocate', { ...node, args: ['mgmt'] })).rejects;
    await refusal.toMatchObject({ name: 'ZtpError', code, cause: failure });
  });

  it.each(['sqlite', 'nothing', 'constructor', '__proto__'])(
    'do not include %s, and the refusal says which there are',
    async (name) => {
      const refusal = expect(plugins.call(name, { ...node, args: ['x'] })).rejects;
      await refusal.toMatchObject({
        code: 'unknown-plugin',
        message: `${name}('x') for node JPE1: there is no resource plugin '${name}', known are allocate and test`,
      });
      expect((await plugins.survey()).checkCall(name, ['x'])).toContain('known are allocate and test');
    },
  );

  it.each([
    ['test', ['a', 'b']],
    ['allocate', ['a', 'b', 'c']],
    ['allocate', ['a', '']],
  ])('%s refuses %j, in words', async (name, args) => {
    const refusal = expect(plugins.call(name, { ...node, args })).rejects;
    await refusal.toMatchObject({ code: 'plugin-failed', message: expect.stringContaining('takes') });
    const { checkCall } = await plugins.survey();
    expect(checkCall(name, args)).toContain('takes');
    expect(checkCall(name, args.slice(0, 1))).toBeNull();
  });

  it('are asked in the order of the definition', async () => {
    const calls = callsOf("allocate('mgmt','b')", "allocate('mgmt','a')", "test('x')");
    const values = await resolveCalls(plugins, calls, node);
    expect([...values]).toEqual(
      calls.map((call, index) => [call.key, ['10.0.0.2', '10.0.0.3', 'JPE1:x'][index]]),
    );
  });

  it('are not asked further after a failure, and what was taken before stays with the node', async () => {
    const calls = callsOf("allocate('mgmt')", "allocate('gone')", "allocate('pods/1/loopbacks')");
    await expect(resolveCalls(plugins, calls, node)).rejects.toMatchObject({ code: 'missing-pool' });
    expect(pools.pools.get('mgmt')?.get('10.0.0.2')).toBe('JPE1');
    expect(pools.pools.get('pods/1/loopbacks')?.get('192.0.2.1')).toBeNull();
  });
});
