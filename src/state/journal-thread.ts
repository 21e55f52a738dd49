// Keeps the thread of a journal: started when something is asked, begun anew when it is spent or was lost. Knows no SQL.

import { Worker } from 'node:worker_threads';
import type {
  JournalAnswer,
  JournalRequest,
  JournalValue,
  JournalWork,
  JournalWorkerData,
} from './journal-request.js';

/** Somebody who waits for an answer. */
interface Asker {
  readonly request: JournalRequest;
  attempts: number;
  resolve(value: JournalValue): void;
  reject(error: Error): void;
}

/** How often a request is begun anew because the file was replaced by another meanwhile. */
const attemptsAtMost = 10;

/** The compiled module beside this one: tests run a compiled copy of the room. */
const program = new URL('./journal-worker.js', import.meta.url);

/** The thread that works on one file. */
export class JournalThread {
  readonly #data: JournalWorkerData;
  #worker: Worker | null = null;
  /** In the order in which they are answered. */
  #asked: Asker[] = [];
  #renewing: Promise<void> | null = null;
  #ended = false;
  /** Called once all have their answers. */
  #idle: () => void = () => undefined;

  constructor(path: string) {
    this.#data = { path, stop: new Int32Array(new SharedArrayBuffer(4)) };
  }

  /** Rejects with the reason in words. While nothing is asked the thread does not keep the process alive. */
  ask<Kind extends keyof JournalWork>(request: JournalRequest<Kind>): Promise<JournalValue<Kind>> {
    if (this.#ended) return Promise.reject(new Error('the journal was closed before'));
    return new Promise<JournalValue>((resolve, reject) => {
      this.#asked.push({ request: request as JournalRequest, attempts: 0, resolve, reject });
      if (!this.#renewing) this.#post([request as JournalRequest]);
    }) as Promise<JournalValue<Kind>>;
  }

  /**
   * Ends the thread, which closes the file. Waits for what it is at, and not for a lock: libsql aborts the process if its thread
   * is terminated while it works. Whoever still waits is told.
   */
  async end(): Promise<void> {
    this.#ended = true;
    Atomics.store(this.#data.stop, 0, 1);
    Atomics.notify(this.#data.stop, 0);
    await this.#renewing;
    if (this.#worker && this.#asked.length > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #post(requests: readonly JournalRequest[]): void {
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      for (const request of requests) this.#worker.postMessage(request);
    } catch (error) {
      this.#fail(error);
    }
  }

  #start(): Worker {
    const worker = new Worker(program, { workerData: this.#data });
    let cause: unknown = 'it ended';
    worker.on('message', (answer: JournalAnswer) => {
      if (this.#worker === worker) this.#settle(answer);
    });
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#fail(cause);
    });
    return worker;
  }

  #settle(answer: JournalAnswer): void {
    const asker = this.#asked.shift();
    if (!asker) return;
    if (answer.kind === 'done') asker.resolve(answer.value);
    else if (answer.kind === 'failed') asker.reject(new Error(answer.reason));
    else if (asker.attempts++ < attemptsAtMost) this.#asked.unshift(asker);
    else asker.reject(new Error('it was replaced by another file each time'));
    if (answer.spent) this.#renewing ??= this.#renew();
    else if (this.#asked.length === 0) this.#rest();
  }

  #rest(): void {
    this.#worker?.unref();
    this.#idle();
  }

  async #renew(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    this.#renewing = null;
    if (this.#asked.length > 0) this.#post(this.#asked.map(({ request }) => request));
    else this.#rest();
  }

  #fail(cause: unknown): void {
    const words = cause instanceof Error ? cause.message : String(cause);
    for (const { reject } of this.#asked.splice(0)) {
      reject(new Error(`the thread that works on it was lost: ${words}`));
    }
    this.#rest();
  }
}
