import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    reporters: ['default', './scripts/summary-reporter.mjs'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Much of the time is spent waiting for processes and disks, so two at a time suit two cores.
    maxWorkers: 2,
  },
});
