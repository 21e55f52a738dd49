// Keeps the thread that works on one SQLite file: started when something is asked, begun anew when it is spent or was lost.
// Knows no SQL.

import { Worker } from 'node:worker_threads';
import type { SqliteAnswer, SqliteRequest, SqliteValue, SqliteWorkerData } from './sqlite-request.js';

/** Somebody who waits for an answer. */
interface Asker<Work> {
  readonly request: SqliteRequest<Work>;
  attempts: number;
  resolve(value: SqliteValue<Work>): void;
  reject(error: Error): void;
}

/** How often a request is begun anew because the file was replaced by another meanwhile. */
const attemptsAtMost = 10;

/** The thread that works on one file. `Work`: what may be asked of it, by kind the request and what it yields. */
export class SqliteThread<Work> {
  readonly #program: URL;
  readonly #data: SqliteWorkerData;
  #worker: Worker | null = null;
  /** In the order in which they are answered. */
  #asked: Asker<Work>[] = [];
  #renewing: Promise<void> | null = null;
  #ended = false;
  /** Called once all have their answers. */
  #idle: () => void = () => undefined;

  /** @param program the compiled module that it runs @param path of the file */
  constructor(program: URL, path: string) {
    this.#program = program;
    this.#data = { path, stop: new Int32Array(new SharedArrayBuffer(4)) };
  }

  /** Rejects with the reason in words. While nothing is asked the thread does not keep the process alive. */
  ask<Kind extends keyof Work>(request: SqliteRequest<Work, Kind>): Promise<SqliteValue<Work, Kind>> {
    if (this.#ended) return Promise.reject(new Error('it was closed before'));
    return new Promise<SqliteValue<Work>>((resolve, reject) => {
      this.#asked.push({ request, attempts: 0, resolve, reject });
      if (!this.#renewing) this.#post([request]);
    }) as Promise<SqliteValue<Work, Kind>>;
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

  #post(requests: readonly SqliteRequest<Work>[]): void {
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      for (const request of requests) this.#worker.postMessage(request);
    } catch (error) {
      this.#fail(error);
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { workerData: this.#data });
    let cause: unknown = 'it ended';
    worker.on('message', (answer: SqliteAnswer<SqliteValue<Work>>) => {
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

  #settle(answer: SqliteAnswer<SqliteValue<Work>>): void {
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
