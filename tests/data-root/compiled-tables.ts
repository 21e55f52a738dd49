// `TablePoolStore` for tests. It starts a thread, which can not run TypeScript: so it is a copy compiled from src/ as it is
// now, once a test file; nothing in dist/ is used. And databases to try it on.

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, onTestFinished } from 'vitest';
import type { TablePoolStore } from '../../src/data-root/table-pool-store.js';
import { CompiledCopy } from '../fixtures/compiled-copy.js';
import { silentLog } from '../fixtures/log.js';
import { makeFolder } from './temporary-folder.js';

const copy = new CompiledCopy('data-root/table-pool-store.js', 'data-root/table-worker.js');

/** The folder of the compiled copy: `data-root/table-pool-store.js` and what it needs. */
export const compileTables = (): string => copy.folder;

/** Runs the text of an ES module beside the compiled copy, in a process of its own that is gone when the test ends. */
export const runBesideTables = (...start: Parameters<CompiledCopy['run']>): ChildProcess =>
  copy.run(...start);

/** Opens a store until the test ends. */
export async function openTables(
  path: string,
  folder = compileTables(),
  log = silentLog,
): Promise<TablePoolStore> {
  const { TablePoolStore } = await copy.load<typeof import('../../src/data-root/table-pool-store.js')>(
    'data-root/table-pool-store.js',
    folder,
  );
  const store = new TablePoolStore(path, 'db/resources.db', log);
  onTestFinished(() => store.close());
  return store;
}

/** Makes an SQLite file by a script, in a folder that goes with the test. */
export function makeDatabase(sql: string): string {
  const path = join(makeFolder(), 'resources.db');
  execute(path, sql);
  return path;
}

/** Runs a script on an SQLite file. */
export function execute(path: string, sql: string): void {
  const db = new Database(path, { timeout: 30_000 });
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

/** Rows of a query, as arrays. */
export function query(path: string, sql: string, ...parameters: readonly string[]): unknown[] {
  const db = new Database(path, { timeout: 30_000 });
  try {
    return db.prepare(sql).raw().all(parameters);
  } finally {
    db.close();
  }
}

/** Expects each of several requests to fail alike. */
export async function expectAll(promises: readonly Promise<unknown>[], code: string, words: string | RegExp) {
  for (const promise of promises) {
    await expect(promise).rejects.toMatchObject({
      name: 'ZtpError',
      code,
      message: typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
    });
  }
}
