// Starts a program as the leader of a process group of its own, so that it can be ended with all that it started.
// Knows nothing of what is said to it.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/**
 * Starts a program, resolves once it runs. Streams and `exit` are still to come then.
 * @throws what the system says (`ENOENT`, `EACCES`, `EMFILE`, …)
 */
export function startGroup(
  command: string,
  args: readonly string[],
  options: Omit<SpawnOptions, 'detached'>,
): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, detached: true });
    child.once('spawn', () => {
      child.off('error', reject);
      // Later ones are of signals that came too late.
      child.on('error', () => undefined);
      resolve(child);
    });
    child.once('error', reject);
  });
}

/** Kills a program that `startGroup` started, and all of its group. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

/** How long output may still be on its way once a program has ended: a child left behind may hold its pipes open for ever. */
const patienceMs = 500;

/** Calls back once, when the program has ended and its output is complete, or as complete as can be waited for. */
export function whenEnded(
  child: ChildProcess,
  callback: (status: number | null, signal: NodeJS.Signals | null) => void,
): void {
  child.once('exit', (status, signal) => {
    const patience = setTimeout(() => {
      child.off('close', end);
      callback(status, signal);
    }, patienceMs);
    const end = () => {
      clearTimeout(patience);
      callback(status, signal);
    };
    child.once('close', end);
  });
}
