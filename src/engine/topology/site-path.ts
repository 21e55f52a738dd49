// Resolves what `definition` and `config-handler` of a pattern name (neighbordb.md). Looks at no file.

import { type Parsed, parsed, refused } from './parsed.js';
import { showText } from './show-text.js';

/**
 * The path relative to the data root, with `/` and without `.` and `..`.
 * @param typed relative to `folder`; with a leading `/` from the data root, whose own path may stand in front
 * @param folder relative to the data root
 * @param dataRoot absolute
 */
export function resolveSitePath(typed: string, folder: string, dataRoot: string): Parsed<string> {
  if (typed.includes('\0')) return refused(`the path ${showText(typed)} holds a NUL character`);
  const steps: string[] = [];
  for (const step of fromDataRoot(typed, folder, dataRoot).split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) {
      return refused(`the path ${showText(typed)} leads out of the data root; wanted one below ${folder}/`);
    }
  }
  if (steps.length === 0 || typed.endsWith('/')) {
    return refused(`the path ${showText(typed)} names a folder; wanted a file below ${folder}/`);
  }
  return parsed(steps.join('/'));
}

function fromDataRoot(typed: string, folder: string, dataRoot: string): string {
  if (!typed.startsWith('/')) return `${folder}/${typed}`;
  const root = dataRoot.replace(/\/+$/, '');
  return typed === root || typed.startsWith(`${root}/`) ? typed.slice(root.length) : typed;
}
