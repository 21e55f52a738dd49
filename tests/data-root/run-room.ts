// Runs a small program over this room in a process of its own, one that can be killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { makeFolder } from './temporary-folder.js';

const project = resolve(import.meta.dirname, '../..');

/** Compiles the room and what it imports, without checking types, into a folder that goes away after the test. */
export function compileRoom(): string {
  const folder = makeFolder({ 'package.json': '{"type": "module"}' });
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  for (const room of ['data-root', 'engine', 'ports', 'wire']) {
    for (const file of readdirSync(join(project, 'src', room), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const { outputText } = ts.transpileModule(readFileSync(join(project, 'src', room, file), 'utf8'), {
        compilerOptions: {
          target: ts.ScriptTarget.ES2023,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
        },
      });
      const out = join(folder, room, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(out), { recursive: true });
      writeFileSync(out, outputText);
    }
  }
  return folder;
}

/** Starts a program (the text of an ES module) in a folder that `compileRoom` made. */
export function runProgram(folder: string, program: string, args: readonly string[]): ChildProcess {
  writeFileSync(join(folder, 'program.js'), program);
  return spawn(process.execPath, ['program.js', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
