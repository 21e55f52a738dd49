// A data root that commands are run on.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { makeDataRoot, writeConfig } from '../fixtures/data-root.js';
import { runZtps } from './run-ztps.js';

/** A data root with these files, and `ztps` on it. */
export function makeCliSite(files: Readonly<Record<string, string>>) {
  const root = makeDataRoot(files);
  const conf = writeConfig(root);
  const run = (...words: string[]) => runZtps(['--conf', conf, ...words]);
  return {
    root,
    conf,
    run,
    /** What it prints for programs. */
    async json(...words: string[]) {
      return JSON.parse((await run(...words, '--json')).out) as Record<string, unknown>;
    },
    read: (file: string) => readFileSync(path.join(root, file), 'utf8'),
    has: (file: string) => existsSync(path.join(root, file)),
    names: (folder: string) => readdirSync(path.join(root, folder)).sort(),
  };
}
