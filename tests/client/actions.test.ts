// Runs the suites of the built-in actions (Python's unittest, tests/client/actions) on the Pythons of this machine.
// What the actions do is said there; here is only which interpreter runs what.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findPythons } from './pythons.js';

const folder = fileURLToPath(new URL('./actions/', import.meta.url));
const modules = readdirSync(folder)
  .filter((name) => /^test_.*\.py$/.test(name))
  .map((name) => name.replace(/\.py$/, ''));
const { chosen, missing } = findPythons();

describe.each(chosen)('the built-in actions on Python $version', ({ command }) => {
  it.each(modules)('%s', { timeout: 120_000 }, async (module) => {
    const { status, output } = await runUnittest(command, module);
    expect(status, output).toBe('passed');
  });
});

describe.each(missing)('the built-in actions on Python $version', ({ reason }) => {
  it('run', (context) => context.skip(`skipped: ${reason}`));
});

/** Runs one module of the suite; the output is Python's own account of what failed. */
function runUnittest(python: string, module: string): Promise<{ status: string; output: string }> {
  // Python 3.6 cannot open a file whose name is not ASCII in the C locale; later ones take UTF-8 there too.
  const options = { cwd: folder, timeout: 110_000, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
  return new Promise((resolve) => {
    execFile(python, ['-B', '-m', 'unittest', module], options, (error, stdout, stderr) => {
      resolve({ status: error ? `failed: ${error.message}` : 'passed', output: stdout + stderr });
    });
  });
}
