// Lets so many calls of one plugin run at once; further ones wait their turn, for a while. Knows nothing of what they do.

import { ZtpError } from '../wire/ztp-error.js';

/** A plugin's calls: how many run, and who waits, longest first. */
interface Queue {
  running: number;
  readonly waiting: Set<{ grant(): void; refuse(error: Error): void }>;
}

/** Room for calls, by plugin: one that hangs delays no other. */
export class CallSlots {
  readonly #queues = new Map<string, Queue>();

  /**
   * @param limit calls of one plugin at once
   * @param longestWaitSeconds how long one may wait for its turn
   */
  constructor(
    private readonly limit: number,
    private readonly longestWaitSeconds: number,
  ) {}

  /**
   * Does a call's work once there is room. First come, first served.
   * @param work is told whether it had to wait
   * @throws ZtpError `plugin-busy` if there was no room in time; what `work` throws
   */
  async run<T>(plugin: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    const queue = this.#queues.get(plugin) ?? { running: 0, waiting: new Set() };
    this.#queues.set(plugin, queue);
    const waits = queue.running >= this.limit;
    if (waits) await this.#wait(queue);
    else queue.running += 1;
    try {
      return await work(waits);
    } finally {
      const [next] = queue.waiting;
      if (next) next.grant();
      else queue.running -= 1;
      if (queue.running === 0) this.#queues.delete(plugin);
    }
  }

  /** Refuses all that wait. */
  close(): void {
    for (const { waiting } of this.#queues.values()) {
      for (const waiter of waiting) waiter.refuse(new Error('the server is stopping'));
    }
  }

  /** Resolves with the room of a call that is done. */
  #wait({ waiting }: Queue): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        waiting.delete(waiter);
      };
      const waiter = {
        grant: () => {
          leave();
          resolve();
        },
        refuse: (error: Error) => {
          leave();
          reject(error);
        },
      };
      const busy = `its turn did not come within ${this.longestWaitSeconds} s: ${this.limit} calls of it run at once ([plugins] calls)`;
      const timer = setTimeout(
        () => waiter.refuse(new ZtpError('plugin-busy', busy)),
        this.longestWaitSeconds * 1000,
      );
      waiting.add(waiter);
    });
  }
}
