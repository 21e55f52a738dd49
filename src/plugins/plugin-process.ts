// One helper process of one plugin, and what is said between it and us: a call, questions while it runs, what it logs and
// prints, and an answer. Which helper gets which call is decided in plugin-crews.ts.

import type { JsonValue } from '../engine/json-value.js';
import type { OrderedValue } from '../engine/ordered-value.js';
import type { Log } from '../log/log.js';
import { type StandingProcess, type StandingStart, startStanding } from '../processes/standing-process.js';
import type { PluginCall } from '../wire/plugin-call.js';
import {
  type PluginMessage,
  type PluginQuestion,
  packValue,
  readMessage,
  unpackValue,
} from './plugin-messages.js';
import { PluginOutput } from './plugin-output.js';
import { checkValue, maxValueBytes } from './plugin-value.js';

/** Reads and writes YAML for plugins whose language lacks it. Both throw in words. */
export interface YamlTexts {
  read(text: string, path: string): OrderedValue;
  write(value: OrderedValue): string;
}

/** What a helper has around it. */
export interface PluginSurroundings {
  readonly log: Log;
  readonly yaml: YamlTexts;
}

/** Thrown for a call that did certainly not begin: another helper may be asked. */
export class CallNotBegun extends Error {}

/** Room for a value as large as may be, and what stands around it. */
const maxMessageBytes = maxValueBytes + 1024;

/** What a helper may send while a call runs. */
const callAllowance = { messages: 10_000, bytes: 64 * 1024 * 1024 };

/** What may come while no call runs, printed or sent: pipes may still hold a call's last words. */
const idleAllowance = { messages: 1000, bytes: 512 * 1024 };

const maxWords = 2000;

interface CallInProgress {
  readonly number: number;
  /** True once the helper has said that it has it. */
  isBegun: boolean;
  /** True once it has an outcome. */
  isAnswered: boolean;
  resolve(value: JsonValue): void;
  reject(error: Error): void;
}

/** A helper process with its plugin, once `start` has started it. Serves one call at a time. */
export class PluginProcess {
  /** False once it may get no further call. */
  isUsable = true;
  readonly #output: PluginOutput;
  #process: StandingProcess | null = null;
  #call: CallInProgress | null = null;
  /** Calls so far: the number of the last one. */
  #calls = 0;
  #left = idleAllowance;

  constructor(
    plugin: string,
    private readonly around: PluginSurroundings,
  ) {
    this.#output = new PluginOutput(plugin, around.log);
  }

  /** @throws what the system says when it can not */
  async start(start: Omit<StandingStart, 'maxMessageBytes'>): Promise<void> {
    this.#process = await startStanding(
      { ...start, maxMessageBytes },
      {
        arrived: (stream, bytes) => this.#count(stream === 'messages' || this.#call === null ? bytes : 0, 0),
        message: (message) => this.#receive(message),
        wantsPrinted: () => this.#output.hasRoom(),
        printed: (stream, line) => this.#output.write(stream === 'output' ? 'info' : 'warning', line),
        ended: (how) => {
          this.isUsable = false;
          this.#failCall(`${how} before it gave a value`);
        },
      },
    );
  }

  /**
   * Has the plugin called, within a time.
   * @param seconds what is left of them
   * @throws CallNotBegun, or another Error in words
   */
  async call(call: PluginCall, seconds: number, limitSeconds: number): Promise<JsonValue> {
    this.#output.begin(call.nodeId);
    this.#calls += 1;
    this.#left = callAllowance;
    const number = this.#calls;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<JsonValue>((resolve, reject) => {
        const present = { number, isBegun: false, isAnswered: false, resolve, reject };
        this.#call = present;
        timer = setTimeout(() => {
          const words = `it gave no value within ${limitSeconds} s ([plugins] timeout) and was killed`;
          const isHeldUp = !present.isBegun && number > 1;
          reject(
            new Error(isHeldUp ? `something that an earlier call left running held it up: ${words}` : words),
          );
          void this.end();
        }, seconds * 1000);
        if (this.isUsable) this.#process?.send({ number, call });
        else this.#failCall('its process has ended');
      });
    } finally {
      clearTimeout(timer);
      this.#call = null;
      this.#left = idleAllowance;
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

  #receive(received: unknown): void {
    this.#count(0, 1);
    const message = readMessage(received);
    if (message === null) this.#refuse('it sent a message that is none on file descriptor 3');
    else if ('log' in message) this.#receiveLog(message.log);
    else if (this.#call?.number === message.number && !this.#call.isAnswered) this.#take(this.#call, message);
    else if ('failure' in message && message.number <= this.#calls) this.#receiveStray(message.failure.words);
    else this.#refuse('it sent a message of a call that does not run');
  }

  #take(call: CallInProgress, message: Exclude<PluginMessage, { log: unknown }>): void {
    if ('began' in message) call.isBegun = true;
    else if ('ask' in message) this.#reply(message.ask);
    else if ('failure' in message) {
      const { words, trace, final } = message.failure;
      if (final) this.isUsable = false;
      this.#settle(call, () => {
        for (const line of trace) this.#output.write('warning', line);
        call.reject(new Error(words.slice(0, maxWords)));
      });
    } else this.#settle(call, () => call.resolve(checkValue(message.value)));
  }

  /** What was printed before the answer may still be on its way here: one whole turn of the event loop reads it. */
  #settle(call: CallInProgress, settle: () => void): void {
    call.isAnswered = true;
    const finish = () => {
      this.#process?.flushPrinted();
      try {
        settle();
      } catch (error) {
        call.reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    setImmediate(() => setImmediate(finish));
  }

  /** An earlier call has left something running, and that ends the process. */
  #receiveStray(said: string): void {
    const words = said.slice(0, maxWords);
    if (this.#call === null || this.#call.isAnswered) {
      this.#output.say(`its process was ended by something that a call left running: ${words}`);
    } else if (this.#call.isBegun) {
      this.#call.isAnswered = true;
      this.#call.reject(
        new Error(`its process was ended by something that an earlier call left running: ${words}`),
      );
    } else this.#failCall(words);
    void this.end();
  }

  #receiveLog({ level, message }: Extract<PluginMessage, { log: unknown }>['log']): void {
    for (const line of this.#output.hasRoom() ? message.split('\n') : []) this.#output.write(level, line);
  }

  #reply(asked: PluginQuestion): void {
    const { yaml } = this.around;
    const { question } = asked;
    try {
      const reply =
        asked.do === 'read-yaml'
          ? packValue(yaml.read(asked.text, asked.path))
          : yaml.write(unpackValue(asked.value));
      this.#process?.send({ question, reply });
    } catch (error) {
      this.#process?.send({
        question,
        refusal: error instanceof Error ? error.message : 'it can not be read',
      });
    }
  }

  /** What no host sends was sent by the plugin itself, or by something that it started. */
  #refuse(words: string): void {
    this.#failCall(`${words}, and was killed`);
    this.isUsable = false;
    this.#process?.fail(words);
  }

  #failCall(words: string): void {
    const call = this.#call;
    if (call === null || call.isAnswered) return;
    call.isAnswered = true;
    if (call.number === 1) call.reject(new Error(words));
    else if (call.isBegun)
      call.reject(new Error(`${words}; something that an earlier call left running may have done that`));
    else call.reject(new CallNotBegun(words));
  }

  /** Ends a helper that sends without end, or prints while it has nothing to do. */
  #count(bytes: number, messages: number): void {
    if (!this.isUsable) return;
    this.#left = { messages: this.#left.messages - messages, bytes: this.#left.bytes - bytes };
    if (this.#left.messages >= 0 && this.#left.bytes >= 0) return;
    if (this.#call !== null) {
      const { messages: most, bytes: size } = callAllowance;
      this.#refuse(`it sent more than ${most} messages or ${size} bytes on file descriptor 3`);
    } else {
      this.#output.say('its process printed on and on while no call ran, and was killed');
      void this.end();
    }
  }
}
