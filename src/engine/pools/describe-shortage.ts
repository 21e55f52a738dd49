// The words for a pool that wants more values: for the log and for validation.

import { isNearlyEmpty } from './is-nearly-empty.js';

/** What is wrong with so few free values, and the mend; null if there are enough. */
export function describeShortage(free: number, total: number): string | null {
  if (total === 0) return 'it has no values: the next node that asks is refused';
  if (free === 0) return `every value is taken (${total}): the next node that asks is refused`;
  if (!isNearlyEmpty(free, total)) return null;
  return `${free} of ${total} values ${free === 1 ? 'is' : 'are'} free: add values before a node is refused`;
}
