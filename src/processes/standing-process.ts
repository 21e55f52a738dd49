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

/** What a helper does by itself. An exception of any of them ends the helper, and nothing else. */
export interface StandingEvents {
  /** So many bytes have come, on any of its streams; said before they are looked at. */
  arrived(stream: 'messages' | 'output' | 'error', bytes: number): void;
  /** A message. */
  message(message: unknown): void;
  /** Whether anybody wants what it prints; if not, it is dropped unread. */
  wantsPrinted(): boolean;
  /** A line on standard output or standard error; long ones come in pieces. */
  printed(stream: 'output' | 'error', line: string): void;
  /** It has ended, `how` in words (`it exited with status 3`). Said once, last of all. */
  ended(how: string): void;
}

/** The longest line of output that is handed on whole. */
const longestLine = 4096;

/** How long a stream that nobody wants rests after each chunk: its writer is slowed down by that, not this process. */
const restMs = 4;

/** A running helper; `startStanding` makes it. */
export class StandingProcess {
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #events: StandingEvents;
  readonly #messages: Duplex;
  readonly #printed: readonly LineReader[];
  /** Why it was killed for what it sent. */
  #fault: string | null = null;

  constructor(child: ChildProcess, start: StandingStart, events: StandingEvents) {
    this.#child = child;
    this.#events = events;
    this.#messages = child.stdio[3] as Duplex;
    this.gone = new Promise((resolve) => child.once('exit', () => resolve()));
    for (const stream of child.stdio) stream?.on('error', () => undefined);
    this.#readMessages(start.maxMessageBytes);
    (child.stdio[4] as Readable).resume();
    this.#printed = [this.#readPrinted(1, 'output'), this.#readPrinted(2, 'error')];
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
    for (const lines of this.#printed) this.#guard(() => lines.flush());
  }

  /** Kills it and all that it started, and resolves when it is gone. */
  end(): Promise<void> {
    killGroup(this.#child);
    return this.gone;
  }

  /** Kills it and all that it started for what it did; `ended` is told the words. */
  fail(fault: string): void {
    this.#fault ??= fault;
    killGroup(this.#child);
  }

  #readMessages(maxBytes: number): void {
    const lines = new LineReader(maxBytes, {
      wants: () => this.#fault === null,
      line: (bytes) => this.#receive(bytes),
      piece: () => this.fail(`it sent a message of more than ${maxBytes} bytes`),
    });
    const stream = this.#messages;
    stream.on('data', (chunk: Buffer) => {
      this.#guard(() => {
        this.#events.arrived('messages', chunk.length);
        lines.take(chunk);
      });
      // A chunk holds many messages: what else waits in this process goes in between.
      stream.pause();
      if (this.#fault === null) setImmediate(() => stream.resume());
      else setTimeout(() => stream.resume(), restMs);
    });
  }

  #readPrinted(descriptor: 1 | 2, name: 'output' | 'error'): LineReader {
    const events = this.#events;
    const print = (bytes: Buffer) => events.printed(name, bytes.toString('utf8').replace(/\r$/, ''));
    const lines = new LineReader(longestLine, {
      wants: () => this.#fault === null && events.wantsPrinted(),
      line: print,
      piece: print,
    });
    const stream = this.#child.stdio[descriptor] as Readable;
    stream.on('data', (chunk: Buffer) => {
      this.#guard(() => {
        events.arrived(name, chunk.length);
        lines.take(chunk);
        if (events.wantsPrinted()) return;
        stream.pause();
        setTimeout(() => stream.resume(), restMs);
      });
    });
    return lines;
  }

  #receive(bytes: Buffer): void {
    let message: unknown;
    try {
      message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      this.fail('it sent something that is not JSON on file descriptor 3');
      return;
    }
    this.#events.message(message);
  }

  /** Whatever a helper sends, it is the helper that ends of it. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(
        `what it sent could not be taken: ${error instanceof Error ? error.message : 'unknown error'}`,
      );
    }
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
    endsWhole: true,
  });
  return new StandingProcess(child, start, events);
}
