import { expect, it } from 'vitest';
import { isNearlyEmpty } from '../../../src/engine/pools/is-nearly-empty.js';

it.each([
  [10, 100, true],
  [11, 100, false],
  [0, 5, true],
  [1, 9, false],
  [1, 10, true],
  [0, 0, false],
])('%i free of %i: %s', (free, total, wanted) => {
  expect(isNearlyEmpty(free, total)).toBe(wanted);
});
