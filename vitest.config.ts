import { defineConfig } from 'vitest/config';

/** Folders whose test files leave nothing behind in their process, so that they need not load everything anew. */
const together = '{architecture,client,config,e2e,engine,http,log,plugins,processes,provisioning,wire}';

export default defineConfig({
  test: {
    reporters: ['default', './scripts/summary-reporter.mjs'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Much of the time is spent waiting for processes and disks, so two at a time suit two cores.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'together', include: [`tests/${together}/**/*.test.ts`], isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['tests/**/*.test.ts'],
          exclude: [`tests/${together}/**`],
        },
      },
    ],
  },
});
