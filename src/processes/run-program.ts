// Runs someone else's program with limits: a time, a bound on what is kept of its output, no shell.
// Knows nothing of what the program is for.

import type { ChildProcess } from 'node:child_process';
import { pipeline, type Readable } from 'node:stream';
import { killGroup, startGroup, startGuard, whenEnded } from './process-group.js';

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
  /** The first `maxOutputBytes` of standard output alone. */
  readonly standardOutput: Buffer;
  /** The first `maxOutputBytes` of standard error alone. */
  readonly standardError: Buffer;
  /** The last 4,096 bytes of standard error. */
  readonly endOfStandardError: Buffer;
}

/** What to run. */
export interface ProgramCall {
  /** Absolute path, run as it is, or a name on the environment's PATH; a text without `#!` is run by `/bin/sh` (execvp's rule). */
  readonly path: string;
  readonly args?: readonly string[];
  /** What it reads on standard input; nothing if left out. A stream that fails ends there, and is destroyed with the program. */
  readonly input?: string | Readable;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  readonly timeLimitSeconds: number;
  readonly maxOutputBytes: number;
  /** True: what it started ends with it, and it ends with this process. Left out: children that it leaves behind go on. */
  readonly endsWhole?: boolean;
}

const endBytes = 4096;

/** How long a stream of which no more is kept rests after each chunk, so that its writer does not keep this process busy. */
const restMs = 4;

/**
 * Runs a program to its end. Never throws: what went wrong is in the result. Over the time limit the program's whole
 * process group is killed. Children that it leaves behind do not delay the result once it has exited itself.
 */
export async function runProgram(call: ProgramCall): Promise<ProgramResult> {
  const both = new Keeper(call.maxOutputBytes);
  const standardOutput = new Keeper(call.maxOutputBytes);
  const standardError = new Keeper(call.maxOutputBytes);
  let endOfStandardError: Buffer = Buffer.alloc(0);
  const resultOf = (outcome: ProgramResult['outcome']): ProgramResult => ({
    outcome,
    output: both.bytes().toString('utf8'),
    standardOutput: standardOutput.bytes(),
    standardError: standardError.bytes(),
    endOfStandardError,
  });

  let child: ChildProcess;
  try {
    child = await startGroup(call.path, call.args ?? [], {
      cwd: call.workingFolder,
      env: call.environment,
      stdio: [call.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      endsWhole: call.endsWhole === true,
    });
  } catch (error) {
    return resultOf({ kind: 'not-started', reason: error instanceof Error ? error.message : String(error) });
  }
  if (call.endsWhole) startGuard(child);
  // It need not read what it is given.
  child.stdin?.on('error', () => undefined);
  if (typeof call.input === 'string') child.stdin?.end(call.input);
  else if (call.input && child.stdin) pipeline(call.input, child.stdin, () => undefined);
  for (const [stream, own] of [
    [child.stdout, standardOutput],
    [child.stderr, standardError],
  ] as const) {
    stream?.on('data', (chunk: Buffer) => {
      both.keep(chunk);
      own.keep(chunk);
      if (own === standardError) {
        endOfStandardError = Buffer.concat([endOfStandardError, chunk]).subarray(-endBytes);
      }
      if (!own.isFull()) return;
      stream.pause();
      setTimeout(() => stream.resume(), restMs);
    });
  }
  return new Promise((resolve) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child);
    }, call.timeLimitSeconds * 1000);
    whenEnded(child, (status, signal) => {
      clearTimeout(timer);
      for (const stream of child.stdio) stream?.destroy();
      if (timedOut) resolve(resultOf({ kind: 'timed-out', seconds: call.timeLimitSeconds }));
      else if (signal) resolve(resultOf({ kind: 'killed', signal }));
      else resolve(resultOf({ kind: 'exited', status: status ?? 0 }));
    });
  });
}

/** Keeps the beginning of a stream. */
class Keeper {
  readonly #chunks: Buffer[] = [];
  #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  keep(chunk: Buffer): void {
    if (this.#room > 0) this.#chunks.push(chunk.subarray(0, this.#room));
    this.#room -= chunk.length;
  }

  isFull(): boolean {
    return this.#room <= 0;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
