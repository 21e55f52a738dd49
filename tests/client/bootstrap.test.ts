// Runs the bootstrap client's own suites (Python's unittest, tests/client/bootstrap) on the Pythons of this machine.
// What the client does is said there; here is only which interpreter runs what.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findPythons } from './pythons.js';

const folder = fileURLToPath(new URL('./bootstrap/', import.meta.url));
const modules = readdirSync(folder)
  .filter((name) => /^test_.*\.py$/.test(name))
  .map((name) => name.replace(/\.py$/, ''));
const { chosen, missing } = findPythons();

describe.each(chosen)('the bootstrap client on Python $version', ({ command }) => {
  it.concurrent.each(modules)('%s', { timeout: 120_000 }, async (module) => {
    const { status, output } = await run(command, ['-B', '-m', 'unittest', module]);
    expect(status, output).toBe(0);
  });
});

describe.each(missing)('the bootstrap client on Python $version', ({ reason }) => {
  it('runs', (context) => context.skip(`skipped: ${reason}`));
});

it('finds a Python to run the client on', () => {
  expect(chosen, 'no Python found (apt-get install python3)').not.toEqual([]);
});

function run(command: string, args: readonly string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}
