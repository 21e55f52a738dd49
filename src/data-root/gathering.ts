// Work that takes all that has come while the work before was under way. What the work is, is not known here.

/** Things that wait for work, which is done by one at a time. */
export class Gathering<T> {
  #waiting: T[] = [];
  #busy = false;

  /** @param work takes what waits whenever it is ready for it, once at least. Must not throw */
  constructor(private readonly work: (take: () => readonly T[]) => Promise<void>) {}

  add(items: readonly T[]): void {
    this.#waiting.push(...items);
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) await this.work(() => this.#waiting.splice(0));
    this.#busy = false;
  }
}
