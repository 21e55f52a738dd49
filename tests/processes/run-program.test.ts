import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/processes/run-program.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ztps-program-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string, mode = 0o755): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode });
  return file;
}

const run = (file: string, limits: { seconds?: number; bytes?: number; endsWhole?: boolean } = {}) =>
  runProgram({
    path: file,
    environment: { PATH: process.env.PATH, GREETING: 'hello' },
    workingFolder: folder,
    timeLimitSeconds: limits.seconds ?? 30,
    maxOutputBytes: limits.bytes ?? 1000,
    endsWhole: limits.endsWhole ?? false,
  });

describe('runProgram', () => {
  it('gives the exit status and the output of both streams', async () => {
    const file = write('p', '#!/bin/sh\necho "$GREETING"; echo oops >&2; exit 3\n');
    const result = await run(file);
    expect(result.outcome).toEqual({ kind: 'exited', status: 3 });
    expect(result.output.split('\n').sort()).toEqual(['', 'hello', 'oops']);
  });

  it('runs a text without #! by /bin/sh, by the very path it was given, without arguments and input', async () => {
    const file = write('p', 'echo "$0 $#"; cat\n');
    expect(await run(file)).toMatchObject({ outcome: { kind: 'exited', status: 0 }, output: `${file} 0\n` });
  });

  it('says why a program could not be started', async () => {
    const { outcome } = await run(write('p', '#!/bin/sh\n', 0o644));
    expect(outcome).toEqual({ kind: 'not-started', reason: expect.stringContaining('EACCES') });
    expect((await run(path.join(folder, 'gone'))).outcome.kind).toBe('not-started');
  });

  it('kills the whole process group of a program that runs over its time', async () => {
    const file = write('p', `#!/bin/sh\nsleep 1000 & echo $! > ${folder}/child; wait\n`);
    expect((await run(file, { seconds: 0.3 })).outcome).toEqual({ kind: 'timed-out', seconds: 0.3 });
    const child = Number(readFileSync(path.join(folder, 'child'), 'utf8'));
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it('does not wait for a child that the program leaves behind', async () => {
    const file = write('p', `#!/bin/sh\nsleep 1000 & echo $! > ${folder}/child; echo done\n`);
    const result = await run(file);
    process.kill(Number(readFileSync(path.join(folder, 'child'), 'utf8')));
    expect(result).toMatchObject({ outcome: { kind: 'exited', status: 0 }, output: 'done\n' });
  });

  it('ends what the program leaves behind, if it is to end whole', async () => {
    const file = write('p', `#!/bin/sh\nsleep 1000 & echo $! > ${folder}/child; echo done\n`);
    const result = await run(file, { endsWhole: true });
    const child = Number(readFileSync(path.join(folder, 'child'), 'utf8'));
    expect(result).toMatchObject({ outcome: { kind: 'exited', status: 0 }, output: 'done\n' });
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it('gives the end of standard error, however long that is', async () => {
    const { endOfStandardError } = await run(
      write('p', '#!/bin/sh\n(yes | head -c 1000000; echo last) >&2\n'),
    );
    expect(endOfStandardError).toHaveLength(4096);
    expect(endOfStandardError.toString()).toMatch(/y\nlast\n$/);
  });

  it('keeps no more of the output than asked for', async () => {
    const result = await run(write('p', '#!/bin/sh\nyes | head -c 1000000\n'), { bytes: 10 });
    expect(result).toMatchObject({ outcome: { kind: 'exited', status: 0 }, output: 'y\ny\ny\ny\ny\n' });
  });

  it('gives standard output and standard error apart, each within the limit', async () => {
    const file = write('p', '#!/bin/sh\nyes | head -c 1000000\nyes no | head -c 1000000 >&2\n');
    const { standardOutput, standardError } = await run(file, { bytes: 4 });
    expect([standardOutput.toString(), standardError.toString()]).toEqual(['y\ny\n', 'no\nn']);
  });

  it('hands in standard input and arguments, also to a program that does not read', async () => {
    const input = 'x'.repeat(1_000_000);
    const runWith = (path: string, args: string[]) =>
      runProgram({
        path,
        args,
        input,
        environment: { PATH: process.env.PATH },
        workingFolder: folder,
        timeLimitSeconds: 30,
        maxOutputBytes: 2_000_000,
      });
    expect(await runWith('cat', ['-', write('more', 'end')])).toMatchObject({ output: `${input}end` });
    expect(await runWith('true', [])).toMatchObject({ outcome: { kind: 'exited', status: 0 }, output: '' });
  });

  it('names the signal that ended a program', async () => {
    expect((await run(write('p', '#!/bin/sh\nkill -TERM $$\n'))).outcome).toEqual({
      kind: 'killed',
      signal: 'SIGTERM',
    });
  });
});

/** False for a process that is gone or only waits to be reaped. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
