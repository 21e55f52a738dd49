// A program that stays up and talks JSON lines on file descriptor 3, apart from all that it prints. Descriptor 4 carries
// nothing: when it ends, this process is gone and the helper ends itself. What is said is not known here.

import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { killGroup, startGroup, whenEnded } from './process-group.js';
import { LineReader } from './read-lines.js';

/** How a helper is started. */
export interface StandingStart {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  /** A longer message ends the helper. */
  readonly maxMessageBytes: number;
}

/** What a helper does by itself. */
export interface StandingEvents {
  /** A message. */
  message(message: unknown): void;
  /** A line on standard output or standard error; long ones come in pieces. */
  printed(stream: 'output' | 'error', line: string): void;
  /** It has ended, `how` in words (`it exited with status 3`). Said once, last of all. */
  ended(how: string): void;
}

/** The longest line of output that is handed on whole. */
const longestLine = 4096;

/** A running helper; `startStanding` makes it. */
export class StandingProcess {
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #messages: Duplex;
  readonly #printed: readonly LineReader[];
  /** Why it was killed for a bad message. */
  #fault: string | null = null;

  constructor(child: ChildProcess, start: StandingStart, events: StandingEvents) {
    this.#child = child;
    this.#messages = child.stdio[3] as Duplex;
    this.gone = new Promise((resolve) => child.once('exit', () => resolve()));
    for (const stream of child.stdio) stream?.on('error', () => undefined);
    const messages = new LineReader(start.maxMessageBytes, {
      line: (bytes) => this.#receive(bytes, events),
      piece: () => this.#fail(`it sent a message of more than ${start.maxMessageBytes} bytes`),
    });
    this.#messages.on('data', (chunk: Buffer) => messages.take(chunk));
    (child.stdio[4] as Readable).resume();
    this.#printed = ([1, 2] as const).map((descriptor) => {
      const print = (bytes: Buffer) =>
        events.printed(descriptor === 1 ? 'output' : 'error', bytes.toString('utf8').replace(/\r$/, ''));
      const lines = new LineReader(longestLine, { line: print, piece: print });
      (child.stdio[descriptor] as Readable).on('data', (chunk: Buffer) => lines.take(chunk));
      return lines;
    });
    whenEnded(child, (status, signal) => {
      this.flushPrinted();
      for (const stream of child.stdio) stream?.destroy();
      const how = signal ? `it was ended by ${signal}` : `it exited with status ${status}`;
      events.ended(this.#fault ?? how);
    });
  }

  /** Sends a message. */
  send(message: unknown): void {
    this.#messages.write(`${JSON.stringify(message)}\n`);
  }

  /** Hands on printed lines that have no end yet. */
  flushPrinted(): void {
    for (const lines of this.#printed) lines.flush();
  }

  /** Kills it and all that it started, and resolves when it is gone. */
  end(): Promise<void> {
    killGroup(this.#child);
    return this.gone;
  }

  #receive(bytes: Buffer, events: StandingEvents): void {
    if (this.#fault !== null) return;
    let message: unknown;
    try {
      message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      this.#fail('it sent something that is not JSON on file descriptor 3');
      return;
    }
    events.message(message);
  }

  #fail(fault: string): void {
    this.#fault ??= fault;
    killGroup(this.#child);
  }
}

/**
 * Starts a helper.
 * @throws what the system says when it can not
 */
export async function startStanding(start: StandingStart, events: StandingEvents): Promise<StandingProcess> {
  const child = await startGroup(start.command, start.args, {
    cwd: start.workingFolder,
    env: start.environment,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  return new StandingProcess(child, start, events);
}
