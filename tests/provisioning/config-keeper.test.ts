// Configs on their way into a history that can not be written, or that is slow.

import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigKeeper, type KeeperLimits } from '../../src/provisioning/config-keeper.js';
import { keepLog } from '../fixtures/log.js';
import { MemoryHistory } from '../fixtures/memory-history.js';
import { makeVersion } from '../ports/history-suite.js';

/** For what happens by itself, however busy the machine is. */
const patient = { timeout: 30_000 };

function makeKeeper(limits: Partial<KeeperLimits> = {}) {
  const history = new MemoryHistory();
  const { log, logged } = keepLog();
  const files = new Map<string, string>();
  const nodes = {
    readStartupConfig: async (node: string) => {
      const text = files.get(node);
      return text === undefined ? null : Buffer.from(text);
    },
  };
  const keeper = new ConfigKeeper({ history, nodes, log }, { pause: 5, longestPause: 10, ...limits });
  onTestFinished(() => keeper.close());
  const textsOf = async (node = 'N1') => {
    const versions = await history.versions(node);
    return Promise.all(versions.map(async ({ number }) => String(await history.read(node, number))));
  };
  return { history, keeper, logged, files, textsOf };
}

describe('configs of a history that can not be written', () => {
  it('wait in their order, are caught up by themselves, and the log says both once', async () => {
    const { history, keeper, logged, textsOf } = makeKeeper();
    await keeper.keep(makeVersion('one'));
    history.isBroken = true;
    for (const text of ['two', 'three', 'three', 'four']) {
      expect(await keeper.keep(makeVersion(text))).toBeNull();
    }
    expect(await keeper.keep(makeVersion('other', { node: 'N2' }))).toBeNull();
    history.isBroken = false;
    await expect.poll(() => textsOf(), patient).toEqual(['one', 'two', 'three', 'four']);
    await expect.poll(() => textsOf('N2'), patient).toEqual(['other']);
    await expect.poll(() => logged.length, patient).toBe(2);
    expect(logged).toMatchObject([
      {
        level: 'error',
        reason: 'write-failed',
        message:
          'the history can not be written: it is broken; startup-configs are stored all the same (versions that wait in memory until it can: 1)',
      },
      { level: 'info', message: 'the history is written again (versions caught up: 4)' },
    ]);
    expect((await keeper.keep(makeVersion('five')))?.number).toBe(5);
  });

  it('are caught up at the end, or the log names the nodes', async () => {
    const first = makeKeeper({ pause: 1_000_000 });
    first.history.isBroken = true;
    await first.keeper.keep(makeVersion('one'));
    first.history.isBroken = false;
    await first.keeper.close();
    expect(await first.textsOf()).toEqual(['one']);

    const second = makeKeeper({ pause: 1_000_000 });
    second.history.isBroken = true;
    await second.keeper.keep(makeVersion('one', { node: 'A' }));
    await second.keeper.keep(makeVersion('two', { node: 'B' }));
    await second.keeper.close();
    expect(second.logged.at(-1)).toMatchObject({
      level: 'error',
      message: expect.stringContaining('the history lacks configs of A, B: what stands in their folders'),
    });
  });

  it('take a bounded room; of those that were dropped the file as it stands comes into the history', async () => {
    const { history, keeper, files, textsOf } = makeKeeper({ waitingBytes: 3_000 });
    history.isBroken = true;
    await keeper.keep(makeVersion('a'.repeat(1_000), { node: 'A' }));
    files.set('A', 'the present one');
    await keeper.keep(makeVersion('b'.repeat(1_900), { node: 'B' }));
    history.isBroken = false;
    await expect.poll(() => textsOf('A'), patient).toEqual(['the present one']);
    expect(await textsOf('B')).toEqual(['b'.repeat(1_900)]);
  });
});

describe('a file in the folder of a node', () => {
  it('comes into the history if it is not the newest version', async () => {
    const { history, keeper, files, textsOf } = makeKeeper();
    await keeper.keepPresent('N1');
    expect(await textsOf()).toEqual([]);
    files.set('N1', 'one');
    await keeper.keepPresent('N1');
    await keeper.keepPresent('N1');
    expect(await history.versions('N1')).toMatchObject([{ number: 1, source: 'hand', address: null }]);
  });

  it('is told from what waits for the history, too', async () => {
    const { history, keeper, files, textsOf } = makeKeeper();
    history.isBroken = true;
    await keeper.keep(makeVersion('one'));
    files.set('N1', 'one');
    await keeper.keepPresent('N1');
    files.set('N1', 'two');
    await keeper.keepPresent('N1');
    history.isBroken = false;
    await expect.poll(() => textsOf(), patient).toEqual(['one', 'two']);
    expect(await history.versions('N1')).toMatchObject([{ source: 'put' }, { source: 'hand' }]);
  });
});

it('each node has its turns one after another, also behind one that failed; another node does not wait', async () => {
  const { keeper } = makeKeeper();
  const said: string[] = [];
  let go = (): void => {};
  const first = keeper.inTurn('A', async () => {
    await new Promise<void>((resolve) => {
      go = resolve;
    });
    said.push('first');
    throw new Error('alas');
  });
  const second = keeper.inTurn('A', async () => said.push('second'));
  await keeper.inTurn('B', async () => said.push('other'));
  go();
  await expect(first).rejects.toThrow('alas');
  await second;
  expect(said).toEqual(['other', 'first', 'second']);
});
