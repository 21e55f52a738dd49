// What every kind of notifier has from its queue: order, one at a time, repeats, the bound, the end.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Outbox } from '../../src/notify/outbox.js';
import { NotTaken, type OutboxLimits, Refused, RetryLater } from '../../src/notify/transport.js';
import { keepLog } from '../fixtures/log.js';
import { eventually } from './eventually.js';

const quick: OutboxLimits = {
  records: 50,
  characters: 1_000,
  attemptMs: 200,
  firstPauseMs: 1,
  longestPauseMs: 4,
  closeMs: 100,
};

/** An outbox of texts, and what its receiver has. `answer` throws for what is not taken. */
function makeOutbox(
  answer: (item: string, signal: AbortSignal) => void | Promise<void> = () => {},
  limits: Partial<OutboxLimits> = {},
) {
  const { log, logged } = keepLog();
  const arrived: string[] = [];
  let atOnce = 0;
  const outbox = new Outbox<string>({
    name: 'noc',
    receiver: 'there:1',
    log,
    limits: { ...quick, ...limits },
    async send(item, signal) {
      atOnce += 1;
      expect(atOnce).toBe(1);
      try {
        await answer(item, signal);
        arrived.push(item);
      } finally {
        atOnce -= 1;
      }
    },
    countOf: () => 1,
    sizeOf: (item) => item.length,
    makeNotice: (text) => text,
  });
  const lines = () => logged.map(({ level, message }) => `${level} ${message}`);
  return { outbox, arrived, lines };
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => `${number}`);

it('delivers in order, one at a time, after whoever puts something in has gone on', async () => {
  const { outbox, arrived, lines } = makeOutbox(() => sleep(1));
  for (const item of numbers(20)) outbox.put(item);
  expect(arrived).toEqual([]);
  await outbox.close();
  expect(arrived).toEqual(numbers(20));
  expect(lines()).toEqual([]);
});

it('lets others have their turn between two messages', async () => {
  const { outbox, arrived } = makeOutbox();
  for (const item of numbers(50)) outbox.put(item);
  let turns = 0;
  while (arrived.length < 50) {
    turns += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(turns).toBeGreaterThanOrEqual(50);
});

it('tries again until it arrives, in order, and says once that it fails and once that it is back', async () => {
  let fails = 12;
  const { outbox, arrived, lines } = makeOutbox(() => {
    fails -= 1;
    if (fails >= 0) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  });
  for (const item of numbers(5)) outbox.put(item);
  await eventually(() => arrived.length === 5);
  expect(arrived).toEqual(numbers(5));
  expect(lines()).toEqual([
    'warning [notify noc] there:1: can not be told: nothing listens there (ECONNREFUSED): check server and port; trying again until it can',
    expect.stringMatching(/^info \[notify noc\] there:1: is back: 5 delivered after \d+ s$/),
  ]);
  await outbox.close();
});

it('pauses longer after each failure, up to a limit', async () => {
  const times: number[] = [];
  const { outbox } = makeOutbox(
    () => {
      times.push(performance.now());
      throw new Error('no');
    },
    { firstPauseMs: 20, longestPauseMs: 80, closeMs: 1 },
  );
  outbox.put('x');
  await eventually(() => times.length === 6);
  await outbox.close();
  const pauses = times.slice(1, 6).map((time, index) => time - (times[index] ?? 0));
  // At least half of 20, 40, 80, 80, 80.
  expect(pauses.map((pause, index) => pause >= Math.min(80, 20 * 2 ** index) / 2 - 1)).not.toContain(false);
});

it('does not come back before the time that a receiver names', async () => {
  const times: number[] = [];
  const { outbox } = makeOutbox(() => {
    times.push(performance.now());
    if (times.length === 1) throw new RetryLater('busy', 150);
  });
  outbox.put('x');
  await eventually(() => times.length === 2);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(149);
  await outbox.close();
});

it('drops what is refused for good, and says so without a line for each', async () => {
  const { outbox, arrived, lines } = makeOutbox((item) => {
    if (item !== '3') throw new Refused('HTTP 400');
  });
  for (const item of numbers(10)) outbox.put(item);
  await outbox.close();
  expect(arrived).toEqual(['3']);
  expect(lines()).toEqual([
    'error [notify noc] there:1: 1 record was refused for good, and dropped: HTTP 400',
    'error [notify noc] there:1: 8 records were refused for good, and dropped: HTTP 400',
  ]);
});

it('does not count what was refused as delivered once the receiver is back', async () => {
  let isDown = true;
  const { outbox, lines } = makeOutbox((item) => {
    if (isDown) throw new Error('down');
    if (item !== '3') throw new Refused('HTTP 400');
  });
  for (const item of numbers(5)) outbox.put(item);
  await eventually(() => lines().length === 1);
  isDown = false;
  await outbox.close();
  expect(lines().filter((line) => line.includes('is back'))).toEqual([
    expect.stringMatching(/is back: 1 delivered after/),
  ]);
});

it('puts what is answered with no aside, each of several, and goes on at once when something new comes', async () => {
  let isDown = false;
  const { outbox, arrived, lines } = makeOutbox((item) => {
    if (isDown) throw new Error('down');
    if (/^[01]$/.test(item)) throw new NotTaken('HTTP 500', item === '0' && arrived.length > 0 ? 60_000 : 0);
  });
  for (const item of numbers(4)) outbox.put(item);
  await eventually(() => arrived.length === 2);
  expect(arrived).toEqual(['2', '3']);
  outbox.put('4');
  await eventually(() => arrived.length === 3);
  isDown = true;
  outbox.put('5');
  await eventually(() => lines().filter((line) => line.includes('can not be told: down')).length === 1);
  isDown = false;
  await eventually(() => arrived.length === 4);
  await outbox.close();
  expect(arrived).toEqual(['2', '3', '4', '5']);
  expect(lines().filter((line) => line.includes('not taken')).length).toBe(1);
  expect(lines().at(-1)).toContain('2 records were not delivered before the server ended');
});

it('ends an attempt that takes too long, and tells it so', async () => {
  const signals: AbortSignal[] = [];
  const { outbox, arrived, lines } = makeOutbox(
    (_item, signal) => {
      signals.push(signal);
      return signals.length === 1
        ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : undefined;
    },
    { attemptMs: 30 },
  );
  outbox.put('x');
  await eventually(() => arrived.length === 1);
  expect(signals[0]?.aborted).toBe(true);
  expect(lines()[0]).toContain('it did not answer within 0.03 s');
  await outbox.close();
});

it('drops beyond the bound, says so when it begins, and tells the receiver how many once it is back', async () => {
  let isDown = true;
  const { outbox, arrived, lines } = makeOutbox(() => {
    if (isDown) throw new Error('down');
  });
  for (const item of numbers(67)) outbox.put(item);
  expect(outbox.count).toBe(50);
  isDown = false;
  await eventually(() => arrived.length === 51);
  expect(arrived.filter((text) => text !== '17 messages were dropped: the queue was full')).toEqual(
    numbers(50),
  );
  expect(arrived).toContain('17 messages were dropped: the queue was full');
  expect(lines().filter((line) => line.includes('the queue is full'))).toEqual([
    'warning [notify noc] there:1: the queue is full (50 records): new ones are dropped until there is room',
  ]);
  await outbox.close();
});

it('is full by the size of what waits, too, and has room again once that was sent', async () => {
  const { outbox, arrived } = makeOutbox();
  for (const item of ['a'.repeat(600), 'b'.repeat(600), 'c']) outbox.put(item);
  expect(outbox.count).toBe(2);
  await eventually(() => arrived.length === 3);
  expect(arrived.slice(1)).toEqual(['1 message was dropped: the queue was full', 'c']);
  outbox.put('d'.repeat(1_000));
  await outbox.close();
  expect(arrived.length).toBe(4);
});

it('sends what is given back before what waits, in its order, also while another fails', async () => {
  let isDown = false;
  const { outbox, arrived } = makeOutbox(async (item) => {
    if (item === 'c' && isDown) {
      isDown = false;
      outbox.giveBack(['a', 'b']);
      throw new Error('the connection is gone');
    }
  });
  for (const item of ['a', 'b']) outbox.put(item);
  await eventually(() => arrived.length === 2);
  isDown = true;
  for (const item of ['c', 'd']) outbox.put(item);
  await eventually(() => arrived.length === 6);
  expect(arrived).toEqual(['a', 'b', 'a', 'b', 'c', 'd']);
  outbox.giveBack(['d']);
  await eventually(() => arrived.length === 7);
  expect(outbox.count).toBe(0);
  await outbox.close();
});

it('tries at once at the end, ends in time, and says how many were not delivered', async () => {
  const { outbox, lines } = makeOutbox(
    () => {
      throw new Error('down');
    },
    { firstPauseMs: 60_000, longestPauseMs: 60_000 },
  );
  for (const item of numbers(53)) outbox.put(item);
  await outbox.close();
  expect(lines().at(-1)).toBe(
    'warning [notify noc] there:1: 53 records were not delivered before the server ended',
  );
  outbox.put('late');
  expect(outbox.count).toBe(50);
});

it('ends in time although a receiver hangs', async () => {
  const { outbox, lines } = makeOutbox(() => new Promise(() => {}), { attemptMs: 60_000 });
  outbox.put('x');
  await outbox.close();
  expect(lines()).toContain(
    'warning [notify noc] there:1: 1 record was not delivered before the server ended',
  );
});

it('delivers at the end what had to wait for its next try', async () => {
  let fails = 1;
  const { outbox, arrived, lines } = makeOutbox(
    () => {
      fails -= 1;
      if (fails >= 0) throw new Error('down');
    },
    { firstPauseMs: 60_000, longestPauseMs: 60_000 },
  );
  outbox.put('x');
  await eventually(() => lines().length === 1);
  await outbox.close();
  expect(arrived).toEqual(['x']);
});
