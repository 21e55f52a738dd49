// One attempt to send something, within a limit of time. Decides nothing about what comes after it.

import type { IsWritten } from './transport.js';

/** An attempt that goes on. */
export class Attempt {
  readonly #controller = new AbortController();
  /** True once all was written, and only the confirmation is missing. */
  isWritten = false;

  /** Ends it at once. */
  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** Does the work. Rejects after `limitMs`; the work hears of that by its signal, and nobody waits for it any more. */
  async run<T>(limitMs: number, work: (signal: AbortSignal, isWritten: IsWritten) => Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    const patience = (ms: number, said: string) =>
      setTimeout(() => this.abort(new Error(`it ${said} within ${ms / 1000} s`)), ms).unref();
    let limit = patience(limitMs, 'did not answer');
    const isWritten = (confirmMs: number) => {
      if (signal.aborted) return;
      clearTimeout(limit);
      this.isWritten = true;
      limit = patience(confirmMs, 'was given all of it, and did not confirm it');
    };
    try {
      return await new Promise<T>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        work(signal, isWritten).then(resolve, reject);
      });
    } finally {
      clearTimeout(limit);
    }
  }
}
