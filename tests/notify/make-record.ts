// Records for tests.

import type { JournalRecord } from '../../src/wire/journal-record.js';

let made = 0;

/** A record that differs from all others in its id; what is given stands in it. */
export function makeRecord(given: Partial<JournalRecord> = {}): JournalRecord {
  made += 1;
  return {
    id: `0mhz000${String(made).padStart(8, '0')}`,
    at: '2026-11-26T14:44:05.123Z',
    node: 'JPE14140001',
    run: null,
    type: 'registered',
    level: 'info',
    message: 'matched pattern leaf',
    data: {},
    source: 'server',
    address: '10.0.0.1',
    ...given,
  };
}

/** `count` of them, each with its number in its message: `number 17.`. */
export function makeNumbered(count: number, given: Partial<JournalRecord> = {}): JournalRecord[] {
  return Array.from({ length: count }, (_, number) => makeRecord({ message: `number ${number}.`, ...given }));
}

/** The numbers of these that are in `text`, in order, without repeats. */
export function numbersIn(text: string): number[] {
  return [...new Set([...text.matchAll(/number (\d+)\./g)].map(([, number]) => Number(number)))];
}
