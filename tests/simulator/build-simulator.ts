// The simulated switch as plain JavaScript in a folder that everybody can read: for tests that run it in a process of
// its own, also as another user. It compiles nothing else of the project.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGES = ['commander', 'js-yaml', 'picocolors', 'zod'];

const ENTRY = `
import { Command } from 'commander';
import { addSimulateSwitchCommand } from './src/cli/commands/simulate-switch.js';
const program = new Command('ztps').exitOverride();
addSimulateSwitchCommand(program);
await program.parseAsync().catch((error) => { process.exitCode = error.exitCode === 0 ? 0 : 2; });
process.exit();
`;

/**
 * Builds into an empty folder.
 * @returns path of a program for Node.js that takes the arguments of `ztps`, `simulate-switch` only
 */
export function buildSimulator(folder: string): string {
  const names = readdirSync(join(PROJECT, 'src/simulator')).map((name) => `src/simulator/${name}`);
  for (const name of [...names, 'src/cli/commands/simulate-switch.ts']) {
    const compiled = ts.transpileModule(readFileSync(join(PROJECT, name), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    });
    const target = join(folder, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, compiled.outputText);
  }
  for (const name of PACKAGES) {
    cpSync(join(PROJECT, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}\n');
  writeFileSync(join(folder, 'ztps.js'), ENTRY);
  return join(folder, 'ztps.js');
}
