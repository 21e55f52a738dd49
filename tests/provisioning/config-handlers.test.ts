import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { assemble } from '../../src/main.js';
import { createConfigHandlers, type HandlerResult } from '../../src/provisioning/config-handlers.js';
import { makeDataRoot, writeConfig } from '../fixtures/data-root.js';
import { keepLog } from '../fixtures/log.js';
import { MemoryHistory } from '../fixtures/memory-history.js';
import { MemoryJournal } from '../fixtures/memory-journal.js';

it('config-handlers that run are waited for at the end, and those that wait for them are not run any more', async () => {
  const root = makeDataRoot();
  const [begun, go] = [path.join(root, 'begun'), path.join(root, 'go')];
  const script = `echo "$ZTPS_CONFIG_VERSION" >> ${begun}; until [ -e ${go} ]; do sleep 0.02; done; echo done`;
  const { log, logged } = keepLog();
  const config = await readConfig({ file: writeConfig(makeDataRootOf(script)), debug: false }, {});
  const { site, close } = assemble(config, log, new MemoryJournal(), new MemoryHistory(9));
  onTestFinished(close);
  const handlers = createConfigHandlers(site, { PATH: process.env.PATH });
  const results: Record<string, HandlerResult | null> = {};
  const run = (id: string, version: number) =>
    handlers.run(id, { version, address: '192.0.2.1' }, (result) => {
      results[`${id} ${version}`] = result;
    });
  for (const version of [1, 2, 3]) run('N', version);
  await vi.waitFor(() => expect(existsSync(begun)).toBe(true), 20_000);
  const closed = handlers.close();
  run('NOBODY', 1);
  writeFileSync(go, '');
  await closed;
  expect(readFileSync(begun, 'utf8')).toBe('1\n');
  const reason = 'was not run: the server is stopping';
  const notRun = { status: null, outcome: 'not-started', reason, output: '', duration: 0 };
  expect(results).toEqual({
    'N 1': { status: 0, outcome: 'exited', reason: null, output: 'done', duration: expect.any(Number) },
    'N 2': notRun,
    'N 3': notRun,
    'NOBODY 1': null,
  });
  expect(logged.filter(({ message }) => message === `config-handler ${reason}`)).toHaveLength(2);
});

function makeDataRootOf(script: string): string {
  return makeDataRoot({ 'nodes/N/config-handler': `#!/bin/sh\n${script}\n` });
}
