// Starts a program as the leader of a process group of its own, so that it can be ended with all that it started.
// Knows nothing of what is said to it.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** How a program is started. */
export interface GroupOptions extends Omit<SpawnOptions, 'detached'> {
  /** Whether what it started ends with it. If not, children that it leaves behind go on. */
  readonly endsWhole: boolean;
}

/**
 * Starts a program, resolves once it runs. Streams and `exit` are still to come then.
 * @throws what the system says (`ENOENT`, `EACCES`, `EMFILE`, …)
 */
export function startGroup(
  command: string,
  args: readonly string[],
  { endsWhole, ...options }: GroupOptions,
): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, detached: true });
    // Members of the group keep its number from being given to anybody else, also without their leader.
    if (endsWhole) child.once('exit', () => signalGroup(child));
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
  if (child.exitCode === null && child.signalCode === null) signalGroup(child);
}

/** Waits for the end of its standard input, which only the end of this process brings, and kills a group. */
const guardScript = 'read -r _; kill -KILL "-$1"';

/**
 * Has a program that `startGroup` started killed with its group if this process ends before it, however that comes. As well
 * as can be: where there is no /bin/sh, or no room for another process, nothing guards it.
 */
export function startGuard(child: ChildProcess): void {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  const dismiss = () => guard.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) child.once('exit', dismiss);
  else dismiss();
}

function signalGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
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
