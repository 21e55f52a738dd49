// How many big files are on their way at once. Who finds no place waits, first come first served, for a while; who waited in
// vain and comes again goes before others. Knows neither files nor HTTP.

/** How long anybody waits, and is remembered. */
export interface SlotLimits {
  /** Milliseconds until who waits is told to come again. */
  readonly patience: number;
  /** Milliseconds until who does not come again is forgotten. */
  readonly memory: number;
  /** More than this are not remembered. */
  readonly mostRemembered: number;
}

const usual: SlotLimits = { patience: 20_000, memory: 10 * 60_000, mostRemembered: 10_000 };

/** What becomes of a request for a place. */
export type SlotOutcome =
  /** It is the caller's, until it is released. */
  | 'granted'
  /** None became free in time. */
  | 'busy'
  /** It was released before. */
  | 'given-up';

/** A place, or a request for one. */
export interface Slot {
  /** False if the place was free at once. */
  readonly waits: boolean;
  readonly outcome: Promise<SlotOutcome>;
  /** Gives the place back, or gives up waiting. May be called again. */
  readonly release: () => void;
}

interface Waiting {
  /** When the same caller first waited in vain; later than any other if it did not. */
  readonly since: number;
  readonly settle: (outcome: SlotOutcome) => void;
}

interface Told {
  readonly since: number;
  readonly at: number;
}

/** The places of one server. */
export class DownloadSlots {
  readonly #places: number;
  readonly #limits: SlotLimits;
  #taken = 0;
  #isClosed = false;
  /** In the order in which they are served. */
  readonly #queue: Waiting[] = [];
  /** Who waited in vain, the last one last. */
  readonly #told = new Map<string, Told>();

  constructor(places: number, limits: SlotLimits = usual) {
    this.#places = places;
    this.#limits = limits;
  }

  /** Asks for a place. @param who who is to be known again: a node's id or an address */
  take(who: string): Slot {
    if (this.#taken < this.#places) {
      this.#taken += 1;
      this.#told.delete(who);
      return { waits: false, outcome: Promise.resolve('granted'), release: once(() => this.#free()) };
    }
    if (this.#isClosed) return { waits: false, outcome: Promise.resolve('busy'), release: () => {} };
    const since = this.#recall(who)?.since ?? Number.POSITIVE_INFINITY;
    const { promise, resolve } = withResolver<SlotOutcome>();
    let isGranted = false;
    const settle = (outcome: SlotOutcome): void => {
      clearTimeout(patience);
      isGranted = outcome === 'granted';
      if (isGranted) this.#told.delete(who);
      resolve(outcome);
    };
    const waiting: Waiting = { since, settle };
    const patience = setTimeout(() => {
      this.#leave(waiting);
      this.#remember(who);
      settle('busy');
    }, this.#limits.patience);
    const place = this.#queue.findIndex((other) => other.since > since);
    this.#queue.splice(place === -1 ? this.#queue.length : place, 0, waiting);
    const release = once(() => {
      if (isGranted) {
        this.#free();
      } else if (this.#leave(waiting)) {
        settle('given-up');
      }
    });
    return { waits: true, outcome: promise, release };
  }

  /** Whoever waits, or would have to, is told to come again, so that nobody holds up the end. */
  close(): void {
    this.#isClosed = true;
    for (const { settle } of this.#queue.splice(0)) settle('busy');
  }

  #free(): void {
    const next = this.#queue.shift();
    if (next) next.settle('granted');
    else this.#taken -= 1;
  }

  /** @returns false if it had left before */
  #leave(waiting: Waiting): boolean {
    const place = this.#queue.indexOf(waiting);
    if (place === -1) return false;
    this.#queue.splice(place, 1);
    return true;
  }

  #recall(who: string): Told | undefined {
    this.#forget();
    return this.#told.get(who);
  }

  #remember(who: string): void {
    const at = performance.now();
    const since = this.#told.get(who)?.since ?? at;
    this.#told.delete(who);
    this.#told.set(who, { since, at });
    this.#forget();
  }

  #forget(): void {
    const oldest = performance.now() - this.#limits.memory;
    for (const [who, { at }] of this.#told) {
      if (at >= oldest && this.#told.size <= this.#limits.mostRemembered) break;
      this.#told.delete(who);
    }
  }
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}

function withResolver<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
