import { expect, it } from 'vitest';
import { describeShortage } from '../../../src/engine/pools/describe-shortage.js';

it.each([
  [11, 100, null],
  [10, 100, '10 of 100 values are free: add values before a node is refused'],
  [1, 10, '1 of 10 values is free: add values before a node is refused'],
  [0, 5, 'every value is taken (5): the next node that asks is refused'],
  [0, 0, 'it has no values: the next node that asks is refused'],
])('%i free of %i', (free, total, words) => {
  expect(describeShortage(free, total)).toBe(words);
});
