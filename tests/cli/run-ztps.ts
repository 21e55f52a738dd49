// Runs bin/ztps as a process of its own, for the suites of the command line.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export const ztps = path.resolve(import.meta.dirname, '../../bin/ztps');

export interface Finished {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Only what is given is in the environment, besides PATH and a configuration that is not the machine's. */
export function startZtps(words: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [ztps, ...words], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const finished = once(child, 'close').then(([status]): Finished => ({ status, out, err }));
  /** What it first says on standard output; rejects if it ends without a word. */
  const speaks = new Promise<string>((resolve, reject) => {
    child.stdout.once('data', resolve);
    finished.then(({ err: why }) => reject(new Error(`ended without a word: ${why}`)), reject);
  });
  speaks.catch(() => {});
  return { child, finished, speaks };
}

/** Runs to the end. */
export function runZtps(words: readonly string[], environment: Record<string, string> = {}) {
  return startZtps(words, environment).finished;
}
