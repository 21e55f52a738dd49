import { openDataRoot } from '../../src/data-root/data-root.js';
import { quoteYamlText } from '../../src/data-root/write-yaml.js';
import type { ClearablePoolStore } from '../../src/ports/pool-store.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { silentLog } from '../fixtures/log.js';
import { type MakePools, testClearablePoolStore, testPoolStore } from './pool-store-suite.js';

const makePools: MakePools<ClearablePoolStore> = async (pools) => {
  const lines = (entries: readonly (readonly [string, string | null])[]) =>
    entries
      .map(([value, owner]) => `${quoteYamlText(value)}: ${owner === null ? '' : quoteYamlText(owner)}\n`)
      .join('');
  const files = Object.entries(pools).map(([name, entries]) => [`resources/${name}`, lines(entries)]);
  return openDataRoot(makeFolder(Object.fromEntries(files)), [], silentLog).pools;
};

testPoolStore(makePools);
testClearablePoolStore(makePools);
