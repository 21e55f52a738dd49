// `TablePoolStore` for tests. It starts a thread, which can not run TypeScript: so it is a copy compiled from src/ as it is
// now, once a test file; nothing in dist/ is used. And databases to try it on.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import ts from 'typescript';
import { afterAll, expect, onTestFinished } from 'vitest';
import type { TablePoolStore } from '../../src/data-root/table-pool-store.js';
import { silentLog } from '../fixtures/log.js';
import { makeFolder } from './temporary-folder.js';

const project = resolve(import.meta.dirname, '../..');

let compiled: string | null = null;
afterAll(() => {
  if (compiled) rmSync(compiled, { recursive: true });
});

/** The folder of the compiled copy: `data-root/table-pool-store.js` and what it needs. */
export function compileTables(): string {
  compiled ??= makeCompiled();
  return compiled;
}

/** Opens a store until the test ends. */
export async function openTables(
  path: string,
  folder = compileTables(),
  log = silentLog,
): Promise<TablePoolStore> {
  const url = pathToFileURL(join(folder, 'data-root/table-pool-store.js')).href;
  const module = (await import(url)) as typeof import('../../src/data-root/table-pool-store.js');
  const store = new module.TablePoolStore(path, 'db/resources.db', log);
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

/** Runs the text of an ES module beside the compiled copy, in a process of its own that is gone when the test ends. */
export function runBesideTables(program: string, args: readonly string[], uid?: number): ChildProcess {
  const folder = compileTables();
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
let programs = 0;

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
  const folder = mkdtempSync(join(tmpdir(), 'ztps-tables-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  const waiting = ['data-root/table-pool-store.js', 'data-root/table-worker.js'];
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
