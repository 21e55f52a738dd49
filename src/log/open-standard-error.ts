// Standard error as the log's output: nobody waits for it, and nothing that happens to it ends the process.

import { write } from 'node:fs';
import { isatty } from 'node:tty';

/** Where lines go. `write` takes whole lines and neither throws nor blocks. */
export interface LogOutput {
  readonly isTerminal: boolean;
  write(line: string): void;
}

/** The process's standard error. */
export interface StandardError extends LogOutput {
  /** Resolves when everything is written, or after a second if it is not taken. To be awaited before an exit. */
  flush(): Promise<void>;
}

/** Bytes kept for a reader that does not read; lines beyond are dropped. */
const LONGEST_BACKLOG = 16 * 1024 * 1024;
/** How long a full, non-blocking pipe is left alone before the next try. */
const RETRY_PAUSE_MS = 50;
const FLUSH_LIMIT_MS = 1000;

/**
 * Opens standard error. Lines wait in memory while it takes none, up to a limit, and are dropped once its reader is gone or
 * when it can not take them (a full disk).
 */
export function openStandardError(): StandardError {
  let waiting: Buffer[] = [];
  let size = 0;
  let writing = false;
  let gone = false;
  let whenEmpty: (() => void)[] = [];

  const pump = () => {
    if (waiting.length === 0) {
      writing = false;
      for (const resolve of whenEmpty) resolve();
      whenEmpty = [];
      return;
    }
    writing = true;
    const chunk = Buffer.concat(waiting);
    waiting = [];
    write(2, chunk, (error, written) => {
      if (error === null) {
        size -= written;
        if (written < chunk.length) waiting.unshift(chunk.subarray(written));
        pump();
      } else if (error.code === 'EAGAIN') {
        waiting.unshift(chunk);
        setTimeout(pump, RETRY_PAUSE_MS);
      } else {
        gone = ['EPIPE', 'EBADF', 'EIO'].includes(error.code ?? '');
        waiting = [];
        size = 0;
        pump();
      }
    });
  };

  return {
    isTerminal: isatty(2),
    write(line) {
      const bytes = Buffer.from(line);
      if (gone || size + bytes.length > LONGEST_BACKLOG) return;
      waiting.push(bytes);
      size += bytes.length;
      if (!writing) pump();
    },
    flush() {
      if (!writing) return Promise.resolve();
      return new Promise((resolve) => {
        const limit = setTimeout(resolve, FLUSH_LIMIT_MS);
        whenEmpty.push(() => {
          clearTimeout(limit);
          resolve();
        });
      });
    },
  };
}
