// `SqliteJournal` and `SqliteHistory` for tests. They start a thread, which can not run TypeScript: so they are a copy compiled from
// src/ as it is now, once a test file; nothing in dist/ is used. And what else tests of the two need.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import ts from 'typescript';
import { afterAll, onTestFinished } from 'vitest';
import type { SqliteHistory } from '../../src/state/sqlite-history.js';
import type { JournalLimits, SqliteJournal } from '../../src/state/sqlite-journal.js';
import type { JournalRecord } from '../../src/wire/journal-record.js';
import type { RunSummary } from '../../src/wire/run-summary.js';
import { keepLog } from '../fixtures/log.js';

const project = resolve(import.meta.dirname, '../..');

let compiled: string | null = null;
afterAll(() => {
  if (compiled) rmSync(compiled, { recursive: true });
});

/** The folder of the compiled copy: `state/sqlite-journal.js`, `state/sqlite-history.js` and what they need. */
export function compileJournal(): string {
  compiled ??= makeCompiled();
  return compiled;
}

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
  const { copy = compileJournal(), keepDays = 36_500, log = keepLog().log, ...others } = options;
  const url = pathToFileURL(join(copy, 'state/sqlite-journal.js')).href;
  const module = (await import(url)) as typeof import('../../src/state/sqlite-journal.js');
  const journal = new module.SqliteJournal({ folder, keepDays, log, ...others });
  onTestFinished(() => journal.close());
  return journal;
}

/** Opens a history until the test ends. */
export async function openHistory(folder: string, keep = 100): Promise<SqliteHistory> {
  const url = pathToFileURL(join(compileJournal(), 'state/sqlite-history.js')).href;
  const module = (await import(url)) as typeof import('../../src/state/sqlite-history.js');
  const history = new module.SqliteHistory({ folder, keep });
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

let programs = 0;

/** Runs the text of an ES module beside the compiled copy, in a process of its own that is gone when the test ends. */
export function runBesideJournal(program: string, args: readonly string[], uid?: number): ChildProcess {
  const folder = compileJournal();
  const name = `program-${programs++}.js`;
  writeFileSync(join(folder, name), program);
  const child = spawn(process.execPath, [name, ...args], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Resolves with all that a process printed once it has ended. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  for await (const chunk of child.stdout ?? []) output += String(chunk);
  return output;
}

/** Resolves once a process has printed `text`. */
export async function waitForOutput(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  await new Promise<void>((done, fail) => {
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
      if (output.includes(text)) done();
    });
    child.once('exit', () => fail(new Error(`it ended and had printed: ${output}`)));
  });
}

function makeCompiled(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ztps-journal-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  const waiting = ['journal', 'history'].flatMap((kind) => [
    `state/sqlite-${kind}.js`,
    `state/${kind}-worker.js`,
  ]);
  for (const file of waiting) {
    const text = readFileSync(join(project, 'src', file.replace(/\.js$/, '.ts')), 'utf8');
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), outputText);
    for (const [, path = ''] of outputText.matchAll(/from '(\.[^']+)'/g)) {
      const imported = join(dirname(file), path);
      if (!waiting.includes(imported)) waiting.push(imported);
    }
  }
  return folder;
}
