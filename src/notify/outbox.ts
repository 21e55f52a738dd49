// What waits for one receiver: bounded, in order, one at a time, tried again until it arrives. Knows nothing of how it is sent,
// and nothing that goes wrong here reaches whoever puts something in.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../log/log.js';
import { explainFailure } from './explain-failure.js';
import { type OutboxLimits, Refused, RetryLater } from './transport.js';

/** What an outbox is made of. */
export interface OutboxParts<T> {
  /** Of the section [notify NAME]. */
  readonly name: string;
  readonly receiver: string;
  readonly log: Log;
  readonly limits: OutboxLimits;
  /** As `Transport.send`. */
  send(item: T, signal: AbortSignal): Promise<void>;
  /** How many records an item stands for. */
  countOf(item: T): number;
  /** How much memory it takes, roughly, in characters. */
  sizeOf(item: T): number;
  /** An item that says `text` to the receiver. */
  makeNotice(text: string): T;
}

/** The longest that a receiver may ask us to stay away. */
const longestRetryAfterMs = 300_000;
/** How often, at most, refusals are logged and the receiver is told of dropped records. */
const sayAgainAfterMs = 60_000;

/** A time in which the receiver could not be reached. */
interface Outage {
  readonly since: number;
  delivered: number;
  /** How many have to be delivered for it to be over; null while nothing arrives. */
  backlog: number | null;
}

/** The queue of one receiver, and who empties it. */
export class Outbox<T> {
  // Sent again before everything else, in this order: what failed, and before it what was given back.
  #again: T[] = [];
  #waiting: T[] = [];
  #head = 0;
  /** Records in all of them, and in the item that is being sent. */
  #count = 0;
  #size = 0;
  /** What was given back while an attempt was going on. */
  #returned: T[] = [];
  #isSending = false;
  #running: Promise<void> | null = null;

  #dropped = 0;
  #lastNoticeAt = Number.NEGATIVE_INFINITY;
  #refused = 0;
  #lastRefusal = '';
  #lastRefusalAt = Number.NEGATIVE_INFINITY;
  #outage: Outage | null = null;
  #failures = 0;

  #isClosing = false;
  #isOver = false;
  #attempt: AbortController | null = null;
  #wake: (() => void) | null = null;

  constructor(private readonly parts: OutboxParts<T>) {}

  /** Records that wait or are being sent. */
  get count(): number {
    return this.#count;
  }

  /** True if so many records, of so many characters, may be put in. */
  hasRoom(count: number, size: number): boolean {
    const { limits } = this.parts;
    return this.#count + count <= limits.records && this.#size + size <= limits.characters;
  }

  /** Takes an item; drops and counts it if there is no room. Neither throws nor waits. */
  put(item: T): void {
    if (this.#isClosing) return;
    const [count, size] = [this.parts.countOf(item), this.parts.sizeOf(item)];
    if (!this.hasRoom(count, size)) {
      this.drop(count);
      return;
    }
    this.#waiting.push(item);
    this.#count += count;
    this.#size += size;
    this.#start();
  }

  /** Counts records for which there was no room. */
  drop(count: number): void {
    this.#dropped += count;
    if (this.#dropped > count) return;
    this.#say(
      'warning',
      `the queue is full (${this.#count} records): new ones are dropped until there is room`,
    );
  }

  /** Takes back what was sent and may not have arrived: it is sent again, before everything else. */
  giveBack(items: readonly T[]): void {
    if (this.#isOver || items.length === 0) return;
    for (const item of items) {
      this.#count += this.parts.countOf(item);
      this.#size += this.parts.sizeOf(item);
    }
    if (this.#isSending) this.#returned = [...items, ...this.#returned];
    else this.#again = [...items, ...this.#again];
    this.#start();
  }

  /** Tries for a limited time to send what waits; says in the log what was not delivered. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake?.();
    const limit = setTimeout(() => {
      this.#isOver = true;
      this.#attempt?.abort(new Error('the server ends'));
      this.#wake?.();
    }, this.parts.limits.closeMs);
    await this.#running;
    clearTimeout(limit);
    this.#isOver = true;
    if (this.#refused > 0) this.#sayRefused();
    const lost = this.#count + this.#dropped;
    if (lost > 0) this.#say('warning', `${lost} ${records(lost)} not delivered before the server ended`);
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      // Whoever put something in goes first, and so does everything else that the process has to do.
      await nextTurn();
      const item = this.#isOver ? undefined : this.#take();
      if (item === undefined) break;
      const pauseMs = await this.#deliver(item);
      if (pauseMs > 0 && !this.#isOver) await this.#pause(pauseMs);
    }
    this.#running = null;
  }

  #take(): T | undefined {
    const first = this.#again.shift();
    if (first !== undefined) return first;
    const item = this.#waiting[this.#head];
    if (item === undefined) {
      this.#waiting = [];
      this.#head = 0;
      return undefined;
    }
    this.#head += 1;
    if (this.#head === 1_000) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** @returns for how long to leave the receiver alone */
  async #deliver(item: T): Promise<number> {
    this.#isSending = true;
    try {
      await this.#attemptOnce(item);
      this.#arrived(item);
      return 0;
    } catch (error) {
      if (error instanceof Refused) {
        this.#saidNo(error, item);
        return 0;
      }
      this.#returned.push(item);
      return this.#failed(error);
    } finally {
      this.#isSending = false;
      if (this.#returned.length > 0) this.#again = [...this.#returned, ...this.#again];
      this.#returned = [];
    }
  }

  #attemptOnce(item: T): Promise<void> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const { attemptMs } = this.parts.limits;
    const limit = setTimeout(
      () => attempt.abort(new Error(`it did not answer within ${attemptMs / 1000} s`)),
      attemptMs,
    ).unref();
    return new Promise<void>((resolve, reject) => {
      attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason), { once: true });
      this.parts.send(item, attempt.signal).then(resolve, reject);
    }).finally(() => {
      clearTimeout(limit);
      this.#attempt = null;
    });
  }

  #arrived(item: T): void {
    const count = this.parts.countOf(item);
    this.#failures = 0;
    this.#count -= count;
    this.#size -= this.parts.sizeOf(item);
    const outage = this.#outage;
    if (outage) {
      outage.delivered += count;
      outage.backlog ??= outage.delivered + this.#count;
      if (outage.delivered >= outage.backlog) {
        const seconds = Math.round((performance.now() - outage.since) / 1000);
        this.#say('info', `is back: ${outage.delivered} delivered after ${seconds} s`);
        this.#outage = null;
      }
    }
    const now = performance.now();
    if (this.#dropped > 0 && (this.#count === 0 || now - this.#lastNoticeAt > sayAgainAfterMs)) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#lastNoticeAt = now;
      this.giveBack([this.parts.makeNotice(`${dropped} ${messages(dropped)} dropped: the queue was full`)]);
    }
  }

  #saidNo(error: Refused, item: T): void {
    this.#refused += this.parts.countOf(item);
    const now = performance.now();
    this.#lastRefusal = explainFailure(error);
    if (now - this.#lastRefusalAt > sayAgainAfterMs) {
      this.#lastRefusalAt = now;
      this.#sayRefused();
    }
    this.#arrived(item);
  }

  #sayRefused(): void {
    const some = `${this.#refused} ${records(this.#refused)} refused for good, and dropped`;
    this.#say('error', `${some}: ${this.#lastRefusal}`);
    this.#refused = 0;
  }

  #failed(error: unknown): number {
    if (this.#outage) {
      this.#outage.backlog = null;
    } else if (!this.#isOver) {
      this.#outage = { since: performance.now(), delivered: 0, backlog: null };
      this.#say('warning', `can not be told: ${explainFailure(error)}; trying again until it can`);
    }
    const { firstPauseMs, longestPauseMs } = this.parts.limits;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    const asked = error instanceof RetryLater ? Math.min(error.afterMs, longestRetryAfterMs) : 0;
    // Jitter, so that many servers do not come back at once.
    return Math.max(asked, pauseMs * (0.5 + Math.random() / 2));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(end, ms).unref();
      this.#wake = end;
    });
  }

  #say(level: 'info' | 'warning' | 'error', text: string): void {
    this.parts.log[level](`[notify ${this.parts.name}] ${this.parts.receiver}: ${text}`);
  }
}

function records(count: number): string {
  return count === 1 ? 'record was' : 'records were';
}

function messages(count: number): string {
  return count === 1 ? 'message was' : 'messages were';
}
