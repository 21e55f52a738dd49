// `SqliteJournal` and `SqliteHistory` for tests. They start a thread, which can not run TypeScript: so they are a copy compiled from
// src/ as it is now, once a test file; nothing in dist/ is used. And what else tests of the two need.

import type { ChildProcess } from 'node:child_process';
import Database from 'libsql';
import { onTestFinished } from 'vitest';
import type { SqliteHistory } from '../../src/state/sqlite-history.js';
import type { JournalLimits, SqliteJournal } from '../../src/state/sqlite-journal.js';
import type { JournalRecord } from '../../src/wire/journal-record.js';
import type { RunSummary } from '../../src/wire/run-summary.js';
import { CompiledCopy } from '../fixtures/compiled-copy.js';
import { keepLog } from '../fixtures/log.js';

const copy = new CompiledCopy(
  'state/sqlite-journal.js',
  'state/journal-worker.js',
  'state/sqlite-history.js',
  'state/history-worker.js',
);

/** The folder of the compiled copy: `state/sqlite-journal.js`, `state/sqlite-history.js` and what they need. */
export const compileJournal = (): string => copy.folder;

/** Runs the text of an ES module beside the compiled copy, in a process of its own that is gone when the test ends. */
export const runBesideJournal = (...start: Parameters<CompiledCopy['run']>): ChildProcess =>
  copy.run(...start);

/** What a test may choose. */
export interface OpenOptions {
  readonly keepDays?: number;
  readonly readOnly?: boolean;
  readonly limits?: Partial<JournalLimits>;
  readonly log?: ReturnType<typeof keepLog>['log'];
  /** Of a compiled copy. */
  readonly copy?: string;
}

/** Opens a journal until the test ends. */
export async function openJournal(folder: string, options: OpenOptions = {}): Promise<SqliteJournal> {
  const { copy: folderOfCopy, keepDays = 36_500, log = keepLog().log, ...others } = options;
  const { SqliteJournal } = await copy.load<typeof import('../../src/state/sqlite-journal.js')>(
    'state/sqlite-journal.js',
    folderOfCopy,
  );
  const journal = new SqliteJournal({ folder, keepDays, log, ...others });
  onTestFinished(() => journal.close());
  return journal;
}

/** Opens a history until the test ends. */
export async function openHistory(folder: string, keep = 100): Promise<SqliteHistory> {
  const { SqliteHistory } =
    await copy.load<typeof import('../../src/state/sqlite-history.js')>('state/sqlite-history.js');
  const history = new SqliteHistory({ folder, keep });
  onTestFinished(() => history.close());
  return history;
}

/** Rows of a query on the file, as arrays. */
export function query(path: string, sql: string, ...parameters: readonly (string | bigint)[]): unknown[][] {
  const db = new Database(path, { timeout: 30_000 });
  try {
    return db.prepare(sql).raw().all(parameters) as unknown[][];
  } finally {
    db.close();
  }
}

/** Runs a script on the file. */
export function execute(path: string, sql: string): void {
  const db = new Database(path, { timeout: 30_000 });
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

let made = 0;

/** A record of its own. */
export function makeRecord(fields: Partial<JournalRecord> = {}): JournalRecord {
  made += 1;
  return {
    id: `record-${made}`,
    at: new Date(1_790_000_000_000 + made).toISOString(),
    node: 'N1',
    run: null,
    type: 'log',
    level: 'info',
    message: `message ${made}`,
    data: {},
    source: 'server',
    address: null,
    ...fields,
  };
}

/** A run of its own. */
export function makeRun(fields: Partial<RunSummary> = {}): RunSummary {
  made += 1;
  const at = new Date(1_790_000_000_000 + made).toISOString();
  return {
    run: `run-${made}`,
    node: 'N1',
    state: 'contacted',
    address: '192.0.2.1',
    startedAt: at,
    lastSignAt: at,
    endedAt: null,
    definition: null,
    step: null,
    expected: 'POST /nodes',
    reason: null,
    repeats: 0,
    reports: false,
    memory: null,
    ...fields,
  };
}
