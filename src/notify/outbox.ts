// What waits for one receiver: bounded, in order, one at a time, tried again until it arrives. Knows nothing of how it is sent,
// and nothing that goes wrong here reaches whoever puts something in.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../log/log.js';
import { Attempt } from './attempt.js';
import { explainFailure } from './explain-failure.js';
import { type IsWritten, NotTaken, type OutboxLimits, Refused, RetryLater } from './transport.js';

/** What an outbox is made of. */
export interface OutboxParts<T> {
  /** Of the section [notify NAME]. */
  readonly name: string;
  readonly receiver: string;
  readonly log: Log;
  readonly limits: OutboxLimits;
  /** What its certificates are checked by: for the words in which a failure is explained. */
  readonly ca?: string | null;
  /** As `Transport.send`. */
  send(item: T, signal: AbortSignal, isWritten: IsWritten): Promise<void>;
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
/** After so many answers that one item is not taken, others go first. */
const mostAnswers = 5;

/** A time in which the receiver could not be reached. */
interface Outage {
  readonly since: number;
  delivered: number;
  /** These, and what was refused. */
  settled: number;
  /** How many have to be settled for it to be over; null while nothing arrives. */
  backlog: number | null;
}

/** The queue of one receiver, and who empties it. */
export class Outbox<T> {
  // Sent again before everything else, in this order: what failed, and before it what was given back.
  #again: T[] = [];
  #waiting: T[] = [];
  #head = 0;
  /** What the receiver did not take, although it answers: sent when nothing else waits, so that it holds up nobody. */
  #aside: T[] = [];
  #asideCount = 0;
  /** How often in a row it answered that it does not take the first of those that wait. */
  #answers = 0;
  #isAside = false;
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
  #attempt: Attempt | null = null;
  #wake: (() => void) | null = null;
  /** Records that were on their way to the end when the end came. */
  #unsure = 0;

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
    // Nobody waits behind what is put aside.
    if (this.#isAside) this.#wake?.();
    this.#start();
  }

  /** Counts records for which there was no room, since there are as many here and `elsewhere`. */
  drop(count: number, elsewhere = 0): void {
    this.#dropped += count;
    if (this.#dropped > count) return;
    this.#say(
      'warning',
      `the queue is full (${this.#count + elsewhere} records): new ones are dropped until there is room`,
    );
  }

  /** Takes back what was sent and may not have arrived: it is sent again, before everything else. */
  giveBack(items: readonly T[]): void {
    if (items.length === 0) return;
    if (this.#isOver) {
      this.#sayUnsure(items.reduce((sum, item) => sum + this.parts.countOf(item), 0));
      return;
    }
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
    if (this.#unsure > 0) this.#sayUnsure(this.#unsure);
    const lost = this.#count - this.#unsure + this.#dropped;
    if (lost > 0) this.#say('warning', `${lost} ${records(lost)} not delivered before the server ended`);
  }

  #sayUnsure(count: number): void {
    this.#say(
      'warning',
      `${count} ${count === 1 ? 'record' : 'records'} may not have arrived: the server ended`,
    );
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
    if (first !== undefined) {
      this.#isAside = false;
      return first;
    }
    const item = this.#waiting[this.#head];
    if (item === undefined) {
      this.#waiting = [];
      this.#head = 0;
      const aside = this.#aside.shift();
      this.#isAside = aside !== undefined;
      if (aside !== undefined) this.#asideCount -= this.parts.countOf(aside);
      return aside;
    }
    this.#isAside = false;
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
      return this.#failed(error, item);
    } finally {
      this.#isSending = false;
      if (this.#returned.length > 0) this.#again = [...this.#returned, ...this.#again];
      this.#returned = [];
    }
  }

  async #attemptOnce(item: T): Promise<void> {
    const attempt = new Attempt();
    this.#attempt = attempt;
    try {
      await attempt.run(this.parts.limits.attemptMs, (signal, isWritten) =>
        this.parts.send(item, signal, isWritten),
      );
    } catch (error) {
      if (this.#isOver && attempt.isWritten) this.#unsure = this.parts.countOf(item);
      throw error;
    } finally {
      this.#attempt = null;
    }
  }

  #arrived(item: T, delivered = this.parts.countOf(item)): void {
    const count = this.parts.countOf(item);
    this.#failures = 0;
    this.#answers = 0;
    this.#count -= count;
    this.#size -= this.parts.sizeOf(item);
    const outage = this.#outage;
    if (outage) {
      outage.delivered += delivered;
      outage.settled += count;
      outage.backlog ??= outage.settled + this.#count - this.#asideCount;
      if (outage.settled >= outage.backlog) {
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
    this.#lastRefusal = explainFailure(error, this.parts.ca);
    if (now - this.#lastRefusalAt > sayAgainAfterMs) {
      this.#lastRefusalAt = now;
      this.#sayRefused();
    }
    this.#arrived(item, 0);
  }

  #sayRefused(): void {
    const some = `${this.#refused} ${records(this.#refused)} refused for good, and dropped`;
    this.#say('error', `${some}: ${this.#lastRefusal}`);
    this.#refused = 0;
  }

  #failed(error: unknown, item: T): number {
    const isAnswer = error instanceof NotTaken;
    this.#answers = isAnswer ? this.#answers + 1 : 0;
    if (this.#isAside || this.#answers === mostAnswers) this.#putAside(item, error);
    else this.#returned.push(item);
    // That what was put aside is not taken was said, and says nothing of the others.
    const isNews = !(this.#isAside && isAnswer);
    if (this.#outage && isNews) {
      this.#outage.backlog = null;
    } else if (isNews && !this.#isOver) {
      this.#outage = { since: performance.now(), delivered: 0, settled: 0, backlog: null };
      this.#say(
        'warning',
        `can not be told: ${explainFailure(error, this.parts.ca)}; trying again until it can`,
      );
    }
    const { firstPauseMs, longestPauseMs } = this.parts.limits;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    const asked = error instanceof RetryLater ? Math.min(error.afterMs, longestRetryAfterMs) : 0;
    // Jitter, so that many servers do not come back at once.
    return Math.max(asked, pauseMs * (0.5 + Math.random() / 2));
  }

  #putAside(item: T, error: unknown): void {
    if (!this.#isAside && this.#aside.length === 0) {
      const tries = `after ${mostAnswers} tries it is tried again when nothing else waits`;
      this.#say('warning', `one message is not taken: ${explainFailure(error, this.parts.ca)}; ${tries}`);
    }
    this.#answers = 0;
    this.#aside.push(item);
    this.#asideCount += this.parts.countOf(item);
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
