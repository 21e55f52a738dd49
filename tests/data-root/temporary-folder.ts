// A folder of its own for a test, removed after it.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What to put there: bytes or text, null for a folder, `{link}` for a symbolic link. */
export type Content = string | Buffer | null | { readonly link: string };

/** Makes the folder and what is in it; keys are paths below it. */
export function makeFolder(content: Readonly<Record<string, Content>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ztps-data-root-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, what] of Object.entries(content)) {
    const path = join(folder, name);
    mkdirSync(what === null ? path : dirname(path), { recursive: true });
    if (what === null) continue;
    if (typeof what === 'object' && 'link' in what) symlinkSync(what.link, path);
    else writeFileSync(path, what);
  }
  return folder;
}
