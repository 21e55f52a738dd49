// One helper process of one plugin, and what is said between it and us: a call, questions while it runs, what it logs and
// prints, and an answer. Which helper gets which call is decided in plugin-crews.ts.

import type { JsonValue } from '../engine/json-value.js';
import type { Log } from '../log/log.js';
import { type StandingProcess, type StandingStart, startStanding } from '../processes/standing-process.js';
import type { PluginCall } from '../wire/plugin-call.js';
import { checkValue, maxValueBytes } from './plugin-value.js';

/** Reads and writes YAML for plugins whose language lacks it. Both throw in words. */
export interface YamlTexts {
  read(text: string, path: string): JsonValue;
  write(value: JsonValue): string;
}

/** What a helper has around it. */
export interface PluginSurroundings {
  readonly log: Log;
  readonly yaml: YamlTexts;
}

/** Room for a value as large as may be, and what stands around it. */
const maxMessageBytes = maxValueBytes + 1024;

/** How much of what one call logs and prints goes to the log: lines, and characters. */
const maxLines = 1000;
const maxCharacters = 64 * 1024;

interface CallInProgress {
  resolve(value: JsonValue): void;
  reject(error: Error): void;
}

/** A helper process with its plugin, once `start` has started it. Serves one call at a time. */
export class PluginProcess {
  /** False once it may get no further call. */
  isUsable = true;
  #process: StandingProcess | null = null;
  #call: CallInProgress | null = null;
  #nodeId = '';
  #linesLeft = 0;
  #charactersLeft = 0;

  constructor(
    private readonly plugin: string,
    private readonly around: PluginSurroundings,
  ) {}

  /** @throws what the system says when it can not */
  async start(start: Omit<StandingStart, 'maxMessageBytes'>): Promise<void> {
    this.#process = await startStanding(
      { ...start, maxMessageBytes },
      {
        message: (message) => this.#receive(message),
        printed: (stream, line) => this.#log(stream === 'output' ? 'info' : 'warning', line),
        ended: (how) => {
          this.isUsable = false;
          this.#call?.reject(new Error(`${how} before it gave a value`));
        },
      },
    );
  }

  /**
   * Has the plugin called, within a time.
   * @param seconds what is left of them
   * @throws Error in words
   */
  async call(call: PluginCall, seconds: number, limitSeconds: number): Promise<JsonValue> {
    this.#nodeId = call.nodeId;
    this.#linesLeft = maxLines;
    this.#charactersLeft = maxCharacters;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<JsonValue>((resolve, reject) => {
        this.#call = { resolve, reject };
        timer = setTimeout(() => {
          reject(new Error(`it gave no value within ${limitSeconds} s ([plugins] timeout) and was killed`));
          void this.end();
        }, seconds * 1000);
        this.#process?.send({ call });
      });
    } finally {
      clearTimeout(timer);
      this.#call = null;
      this.#process?.flushPrinted();
    }
  }

  /** Resolves when its process is gone. */
  async gone(): Promise<void> {
    await this.#process?.gone;
  }

  /** Kills it and what it started; resolves when it is gone. */
  async end(): Promise<void> {
    this.isUsable = false;
    await this.#process?.end();
  }

  #receive(message: unknown): void {
    if (!isObject(message)) this.#refuse();
    else if (isObject(message.log)) this.#receiveLog(message.log);
    else if (this.#call === null) this.#refuse();
    else if (isObject(message.ask)) this.#reply(message.ask);
    else if (isObject(message.failure)) this.#receiveFailure(this.#call, message.failure);
    else if ('value' in message) this.#receiveValue(this.#call, message.value);
    else this.#refuse();
  }

  /** What was printed before the answer may still be on its way here: it is read before the next turn. */
  #receiveValue({ resolve, reject }: CallInProgress, value: unknown): void {
    setImmediate(() => {
      try {
        resolve(checkValue(value));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #receiveFailure({ reject }: CallInProgress, failure: Readonly<Record<string, unknown>>): void {
    if (failure.final === true) this.isUsable = false;
    const { words, trace } = failure;
    setImmediate(() => {
      this.#process?.flushPrinted();
      for (const line of Array.isArray(trace) ? trace : []) this.#log('warning', String(line));
      reject(new Error(String(words)));
    });
  }

  #receiveLog({ level, message }: Readonly<Record<string, unknown>>): void {
    const known = level === 'debug' || level === 'warning' || level === 'error' ? level : 'info';
    for (const line of String(message).split('\n')) this.#log(known, line);
  }

  #reply(question: Readonly<Record<string, unknown>>): void {
    const { yaml } = this.around;
    try {
      const reply =
        question.do === 'read-yaml'
          ? yaml.read(String(question.text), String(question.path))
          : yaml.write(checkValue(question.value));
      this.#process?.send({ reply });
    } catch (error) {
      this.#process?.send({ refusal: error instanceof Error ? error.message : String(error) });
    }
  }

  /** What no host sends was sent by the plugin itself. */
  #refuse(): void {
    this.#call?.reject(new Error('it sent a message that is none on file descriptor 3, and was killed'));
    void this.end();
  }

  #log(level: 'debug' | 'info' | 'warning' | 'error', line: string): void {
    if (this.#linesLeft <= 0 || this.#charactersLeft <= 0) return;
    this.#linesLeft -= 1;
    this.#charactersLeft -= line.length;
    const { log } = this.around;
    log[level](`plugin ${this.plugin}: ${line}`, { node: this.#nodeId });
    if (this.#linesLeft > 0 && this.#charactersLeft > 0) return;
    log.warning(`plugin ${this.plugin}: what else this call prints is left out`, { node: this.#nodeId });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
