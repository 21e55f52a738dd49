// Resource pools as tables of an SQLite file. Keeps nothing and knows no SQL: it queues what is asked for a thread of its
// own (table-worker.ts), which is asked again, with all that has gathered, once it has answered.

import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Log } from '../log/log.js';
import type {
  AddedValues,
  OnGiven,
  PoolState,
  PoolStore,
  PoolValue,
  ReassignedValues,
  ReleasedValue,
  ReleaseWish,
} from '../ports/pool-store.js';
import { ZtpError } from '../wire/ztp-error.js';
import { NearlyEmptyPools } from './nearly-empty-pools.js';
import {
  isWrite,
  type TableAnswer,
  type TableMessage,
  type TableRequest,
  type TableValue,
  type TableWorkerData,
} from './table-request.js';

/** Somebody who waits for an answer. */
interface Asker {
  readonly request: TableRequest;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * The thread is ended, and with it the file closed, when nothing was asked for this many milliseconds. An idle server so holds
 * no file that an operator may copy or replace, and leaves no write-ahead log beside it, which belongs to the file that it
 * was written for.
 */
const endAfter = 1_000;

/** The compiled module beside this one: tests run a compiled copy of the room. */
const program = new URL('./table-worker.js', import.meta.url);

/** The tables of one SQLite file that have the columns `key` and `node_id`. Neither the file nor a table is ever made. */
export class TablePoolStore implements PoolStore {
  readonly #options: TableWorkerData;
  readonly #nearlyEmpty: NearlyEmptyPools;
  #worker: Worker | null = null;
  /** What the worker is at. */
  #asked: readonly Asker[] = [];
  #waiting: Asker[] = [];
  #idle: NodeJS.Timeout | undefined;
  #ending: Promise<unknown> = Promise.resolve();
  #closed: (() => void) | null = null;

  /**
   * Opens nothing yet.
   * @param path absolute
   * @param file the file as messages show it
   */
  constructor(
    path: string,
    file: string,
    log: Log,
    private readonly onGiven?: OnGiven,
  ) {
    this.#options = { path, file };
    this.#nearlyEmpty = new NearlyEmptyPools(log);
  }

  allocate(pool: string, owner: string): Promise<PoolValue> {
    return this.#ask({ kind: 'allocate', pool, owner });
  }

  preview(pool: string, owner: string): Promise<PoolValue> {
    return this.#ask({ kind: 'preview', pool, owner });
  }

  read(pool: string): Promise<PoolState> {
    return this.#ask({ kind: 'read', pool });
  }

  /** Where there is no such file, as on most sites, no thread is started to say so. */
  async list(): Promise<readonly string[]> {
    return existsSync(this.#options.path) ? this.#ask({ kind: 'list' }) : [];
  }

  release(pool: string, wish: ReleaseWish): Promise<readonly ReleasedValue[]> {
    return this.#ask({ kind: 'release', pool, wish });
  }

  reassign(pool: string, from: string, to: string): Promise<ReassignedValues> {
    return this.#ask({ kind: 'reassign', pool, from, to });
  }

  add(pool: string, values: readonly string[]): Promise<AddedValues> {
    return this.#ask({ kind: 'add', pool, values });
  }

  async close(): Promise<void> {
    if (this.#asked.length > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
    clearTimeout(this.#idle);
    this.#end();
    await this.#ending;
  }

  #end(): void {
    if (this.#worker) this.#ending = this.#worker.terminate();
    this.#worker = null;
  }

  #ask<T>(request: TableRequest): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#asked.length === 0) this.#send();
    }) as Promise<T>;
  }

  /** Hands over all that waits. An idle worker does not keep the process alive. */
  #send(): void {
    clearTimeout(this.#idle);
    this.#asked = this.#waiting.splice(0);
    if (this.#asked.length === 0) {
      this.#worker?.unref();
      this.#idle = setTimeout(() => this.#end(), endAfter).unref();
      this.#closed?.();
      return;
    }
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage(this.#asked.map(({ request }) => request));
    } catch (error) {
      this.#fail(error);
    }
  }

  #start(): Worker {
    const worker = new Worker(program, { workerData: this.#options });
    let cause: unknown = new Error('it ended');
    worker.on('message', ({ answers, counts }: TableMessage) => {
      for (const { pool, free, total } of counts) {
        this.#nearlyEmpty.note(`${this.#options.file} table ${pool}`, free, total);
      }
      this.#settle((_request, index) => answers[index]);
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

  /** Answers those whose worker is lost; the next request gets a new one. */
  #fail(cause: unknown): void {
    const words = cause instanceof Error ? cause.message : String(cause);
    const message = `${this.#options.file}: the thread that works on it was lost: ${words}`;
    this.#settle((request) => ({ code: isWrite(request) ? 'write-failed' : 'read-failed', message }));
  }

  #settle(answerTo: (request: TableRequest, index: number) => TableAnswer | undefined): void {
    const given = new Set<string>();
    for (const [index, { request, resolve, reject }] of this.#asked.entries()) {
      const answer = answerTo(request, index);
      if (answer && 'value' in answer) {
        if (answer.isNew) this.#tell(request, answer.value, given);
        resolve(answer.value);
      } else reject(new ZtpError(answer?.code ?? 'internal-error', answer?.message ?? 'no answer'));
    }
    this.#send();
  }

  /** Two may have asked for the same owner at once: that is told of once. */
  #tell(request: TableRequest, value: TableValue, given: Set<string>): void {
    if (!('owner' in request) || typeof value === 'object') return;
    const key = `${request.pool}#${request.owner}`;
    if (!given.has(key)) this.onGiven?.(request.pool, value, request.owner);
    given.add(key);
  }
}
