import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDataRoot } from '../../src/data-root/data-root.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { silentLog } from '../fixtures/log.js';
import { testNodeStore } from './node-store-suite.js';

testNodeStore(async () => {
  const folder = makeFolder();
  mkdirSync(join(folder, 'nodes'));
  return openDataRoot(folder, [], silentLog).nodes;
});
