// Waiting for something that another process does.

import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is neither null, undefined nor false; the test's own limit of time ends it otherwise. */
export async function eventually<T>(ask: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    await sleep(20);
  }
}
