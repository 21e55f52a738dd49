// Takes in what is left of a request's body before it is refused: a client that is still sending when the connection
// closes never sees the answer.

import type { IncomingMessage } from 'node:http';

/** What is thrown away at most; who sends more, or slower, is cut off. */
const mostBytes = 64 * 1024 * 1024;
const mostMs = 10_000;

/** Resolves when the body has ended, has been cut off, or was too much. */
export function drainBody(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > mostBytes) finish();
    };
    const finish = (): void => {
      clearTimeout(timer);
      request.off('data', count).off('end', finish).off('close', finish).off('error', finish);
      resolve();
    };
    const timer = setTimeout(finish, mostMs);
    request.on('data', count).on('end', finish).on('close', finish).on('error', finish);
    request.resume();
  });
}
