// What a file in plugins/ is, by its name and its first bytes, and which calls reach it. Opens and runs nothing.

import { posix } from 'node:path';
import type { PluginFile } from '../ports/plugin-files.js';

/** How a file is run. */
export type PluginKind = 'javascript' | 'python' | 'program';

/** Plugins that are built in: files of these names are never called. */
export const builtInNames: readonly string[] = ['allocate', 'sqlite', 'test'];

/** A call's name, with nothing behind it or one of these endings, is the file's. */
const endings = ['', '.js', '.mjs', '.py'];

/** A file's name taken apart: by which name calls reach it, or why none does. */
export type FileCall =
  | { readonly kind: 'called'; readonly as: string }
  /** A program with an ending, such as `ipam.sh`; `bare` is the name without it. */
  | { readonly kind: 'ending'; readonly bare: string }
  /** A name that no call can have, such as `my-plugin`. */
  | { readonly kind: 'spelling' };

/** Tells by which name calls reach a file. */
export function readFileName(file: string): FileCall {
  const [, bare = '', ending = ''] = /^(.*?)(\.[^.]*)?$/.exec(file) ?? [];
  if (!endings.includes(ending)) return { kind: 'ending', bare };
  return isCallName(bare) ? { kind: 'called', as: bare } : { kind: 'spelling' };
}

/** True for what may stand before the parenthesis of a call. Nothing of it leads out of a folder. */
export function isCallName(name: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(name);
}

/** The files that a call of this name reaches, of these: one if all is well. */
export function findFiles(name: string, files: readonly string[]): readonly string[] {
  if (!isCallName(name)) return [];
  return endings.map((ending) => name + ending).filter((file) => files.includes(file));
}

/** How a file is run: by its ending; without one it is Python, unless it is a binary or its `#!` names something else. */
export function kindOf({ name, head }: PluginFile): PluginKind {
  if (/\.m?js$/.test(name)) return 'javascript';
  if (name.endsWith('.py')) return 'python';
  if (head.includes(0)) return 'program';
  const interpreter = findInterpreter(head);
  return interpreter === null || /^python[0-9.]*$/.test(interpreter) ? 'python' : 'program';
}

/** The name of the program that a `#!` names, past `env` and its options; null if there is no `#!`. */
function findInterpreter(head: Buffer): string | null {
  const line = /^#!(.*)/.exec(head.toString('latin1'))?.[1];
  if (line === undefined) return null;
  const [first = '', ...rest] = line.trim().split(/\s+/);
  const name = posix.basename(first);
  if (name !== 'env') return name;
  return posix.basename(rest.find((word) => !word.startsWith('-') && !word.includes('=')) ?? '');
}

/** True if the file says, in a comment of a line of its own near its top, that it understands `preview`. */
export function declaresPreview({ head }: PluginFile): boolean {
  return /^[ \t]*(?:#+|\/\/|--|;+|\/?\*+)[ \t]*ztps:[ \t]*preview[ \t]*(?:\*\/)?[ \t]*\r?$/m.test(
    head.toString('latin1'),
  );
}
