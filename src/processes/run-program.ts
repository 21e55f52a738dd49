// Runs someone else's program with limits: a time, a bound on what is kept of its output, no standard input, no shell.
// Knows nothing of what the program is for.

import { spawn } from 'node:child_process';

/** How the program ended and what it printed. */
export interface ProgramResult {
  /** `exited` with a status, `killed` by a signal, `timed-out` (and then killed), or `not-started` with the reason. */
  readonly outcome:
    | { readonly kind: 'exited'; readonly status: number }
    | { readonly kind: 'killed'; readonly signal: string }
    | { readonly kind: 'timed-out'; readonly seconds: number }
    | { readonly kind: 'not-started'; readonly reason: string };
  /** The first `maxOutputBytes` of standard output and standard error together, in the order they came. */
  readonly output: string;
}

/** What to run. */
export interface ProgramCall {
  /** Absolute path, run as it is; a text file without `#!` is run by `/bin/sh` (execvp's rule). */
  readonly path: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  readonly timeLimitSeconds: number;
  readonly maxOutputBytes: number;
}

/**
 * Runs a program to its end. Never throws: what went wrong is in the result. Over the time limit the program's whole
 * process group is killed. Children that it leaves behind do not delay the result once it has exited itself.
 */
export function runProgram(call: ProgramCall): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(call.path, [], {
      cwd: call.workingFolder,
      env: call.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const kept: Buffer[] = [];
    let room = call.maxOutputBytes;
    const keep = (chunk: Buffer) => {
      if (room > 0) kept.push(chunk.subarray(0, room));
      room -= chunk.length;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);

    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, call.timeLimitSeconds * 1000);
    const finish = (outcome: ProgramResult['outcome']) => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ outcome, output: Buffer.concat(kept).toString('utf8') });
    };
    child.on('error', (error) => finish({ kind: 'not-started', reason: error.message }));
    child.on('exit', (status, signal) => {
      const end = (): void => {
        if (timedOut) finish({ kind: 'timed-out', seconds: call.timeLimitSeconds });
        else if (signal) finish({ kind: 'killed', signal });
        else finish({ kind: 'exited', status: status ?? 0 });
      };
      // Output is complete once the pipes close; a child left behind may hold them open for ever.
      const patience = setTimeout(end, 500);
      child.once('close', () => {
        clearTimeout(patience);
        end();
      });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
