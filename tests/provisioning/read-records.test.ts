// Reading the journal to its end, and on as it grows.

import { describe, expect, it, onTestFinished } from 'vitest';
import type { StoredRecord } from '../../src/ports/journal.js';
import { followRecords, readRecords } from '../../src/provisioning/read-records.js';
import { MemoryJournal } from '../fixtures/memory-journal.js';

async function collect(pieces: AsyncIterable<readonly StoredRecord[]>): Promise<string[]> {
  const messages: string[] = [];
  for await (const records of pieces) messages.push(...records.map(({ message }) => message));
  return messages;
}

/** Takes what is told one record at a time. */
function follow(journal: MemoryJournal, wish: Parameters<typeof followRecords>[1]) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const pieces = followRecords(journal, wish, stop.signal);
  const waiting: StoredRecord[] = [];
  return {
    stop: () => stop.abort(),
    async next(): Promise<string | null> {
      while (waiting.length === 0) {
        const { value, done } = await pieces.next();
        if (done) return null;
        waiting.push(...value);
      }
      return waiting.shift()?.message ?? null;
    },
  };
}

describe('readRecords', () => {
  it('gives the last so many, or all, in order', async () => {
    const journal = new MemoryJournal(Array.from({ length: 2500 }, () => ({})));
    expect(await collect(readRecords(journal, { last: 2 }))).toEqual(['message 2499', 'message 2500']);
    expect(await collect(readRecords(journal, { last: 0 }))).toEqual([]);
    const all = await collect(readRecords(journal, { last: null }));
    expect(all).toHaveLength(2500);
    expect(all[0]).toBe('message 1');
    expect(all[2499]).toBe('message 2500');
  });

  it('gives only what matches', async () => {
    const journal = new MemoryJournal([
      { level: 'debug' },
      { level: 'error' },
      { node: 'B1', level: 'error' },
    ]);
    expect(await collect(readRecords(journal, { last: null, node: 'A1', level: 'info' }))).toEqual([
      'message 2',
    ]);
    expect(await collect(readRecords(journal, { last: 5, types: ['refused'] }))).toEqual([]);
  });
});

describe('followRecords', () => {
  it('waits for a journal that is still empty, and gives each record once', async () => {
    const journal = new MemoryJournal();
    const following = follow(journal, { last: 100 });
    const first = following.next();
    journal.add({});
    expect(await first).toBe('message 1');
    journal.add({});
    journal.add({});
    expect(await following.next()).toBe('message 2');
    expect(await following.next()).toBe('message 3');
    const end = following.next();
    following.stop();
    expect(await end).toBeNull();
  });

  it('begins with the last so many', async () => {
    const journal = new MemoryJournal([{}, {}, {}]);
    const following = follow(journal, { last: 1 });
    expect(await following.next()).toBe('message 3');
    journal.add({});
    expect(await following.next()).toBe('message 4');
  });

  it('begins with none if none is wanted', async () => {
    const journal = new MemoryJournal([{}, {}]);
    const following = follow(journal, { last: 0 });
    const next = following.next();
    while (journal.asked < 2) await new Promise(setImmediate);
    journal.add({});
    expect(await next).toBe('message 3');
  });

  it('gives only what matches, also when much comes at once', async () => {
    const journal = new MemoryJournal([{ level: 'error' }]);
    const following = follow(journal, { last: 100, level: 'error' });
    expect(await following.next()).toBe('message 1');
    for (let number = 2; number <= 3001; number += 1) journal.add({ level: number % 2 ? 'error' : 'info' });
    for (let number = 3; number <= 3001; number += 2)
      expect(await following.next()).toBe(`message ${number}`);
    journal.add({ level: 'error' });
    expect(await following.next()).toBe('message 3002');
  });
});
