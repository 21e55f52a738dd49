// Which names calls may use, and the words for a name that is nobody's. Knows the names of files only.

import { builtInNames, findFiles, readFileName } from './plugin-kinds.js';

/** Names that calls may use, sorted: those of built-in plugins and those of files. */
export function listNames(builtIn: readonly string[], files: readonly string[]): readonly string[] {
  const called = files.flatMap((file) => {
    const name = readFileName(file);
    return name.kind === 'called' && !builtInNames.includes(name.as) ? [name.as] : [];
  });
  return [...new Set([...builtIn, ...called])].sort();
}

/** Why no plugin has this name, in words: which there are, and which file was perhaps meant. */
export function sayUnknown(name: string, known: readonly string[], files: readonly string[]): string {
  const near = files.find((file) => {
    const read = readFileName(file);
    return read.kind === 'ending' && read.bare === name;
  });
  const mend =
    near === undefined
      ? ''
      : `; plugins/${near} is there: a program is named as it is called, without an extension`;
  return `there is no resource plugin '${name}', known are ${joinNames(known)}${mend}`;
}

/** Why a name is more than one file's, in words; null if it is not. */
export function sayAmbiguous(name: string, files: readonly string[]): string | null {
  const found = findFiles(name, files);
  if (found.length < 2) return null;
  return `${joinNames(found.map((file) => `plugins/${file}`))} have one name: remove or rename all but one`;
}

function joinNames(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), names.at(-1)].filter((it) => it !== '').join(' and ');
}
