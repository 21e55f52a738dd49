// The history of the nodes' configs in an SQLite file. A thread alone opens the file (history-worker.ts). Knows no SQL.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { AddedVersion, ConfigVersion, History, HistoryNote, NewVersion } from '../ports/history.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { HistoryWork } from './history-request.js';
import { SqliteThread } from './sqlite-thread.js';

/** What a history is opened with. */
export interface HistoryOptions {
  /** Absolute; made, and the file in it, by the first write. */
  readonly folder: string;
  /** So many versions of each node; at least 1. */
  readonly keep: number;
}

/** The file of the history in its folder. */
export function historyFile(folder: string): string {
  return join(folder, 'history.db');
}

/** How long the end waits for what is under way, in milliseconds. */
const closeMs = 5_000;

/** The compiled module beside this one: tests run a compiled copy of the room. */
const program = new URL('./history-worker.js', import.meta.url);

/** A history in `history.db`. Other processes may write into the same file at the same time. */
export class SqliteHistory implements History {
  readonly #file: string;
  readonly #keep: number;
  readonly #thread: SqliteThread<HistoryWork>;
  /** What is under way. */
  readonly #asked = new Set<Promise<unknown>>();

  /** Opens nothing yet. */
  constructor({ folder, keep }: HistoryOptions) {
    this.#file = historyFile(folder);
    this.#keep = keep;
    this.#thread = new SqliteThread(program, this.#file);
  }

  add(version: NewVersion): Promise<AddedVersion> {
    const sha256 = createHash('sha256').update(version.config).digest('hex');
    // Of a Buffer that is a part of a larger memory the whole would be copied over.
    const config = Uint8Array.from(version.config);
    return this.#write(() =>
      this.#thread.ask<'add'>({ kind: 'add', version: { ...version, config, sha256 }, keep: this.#keep }),
    );
  }

  newest(node: string): Promise<ConfigVersion | null> {
    return this.#read(null, () => this.#thread.ask<'newest'>({ kind: 'newest', node }));
  }

  versions(node: string): Promise<readonly ConfigVersion[]> {
    return this.#read([], () => this.#thread.ask<'versions'>({ kind: 'versions', node }));
  }

  versionsAfter(position: number, limit: number): Promise<readonly ConfigVersion[]> {
    return this.#read([], () =>
      this.#thread.ask<'versionsAfter'>({ kind: 'versionsAfter', position, limit }),
    );
  }

  async read(node: string, number: number): Promise<Buffer | null> {
    if (!Number.isSafeInteger(number)) return null;
    const bytes = await this.#read(null, () => this.#thread.ask<'read'>({ kind: 'read', node, number }));
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async note(notes: readonly HistoryNote[]): Promise<void> {
    if (notes.length > 0) await this.#write(() => this.#thread.ask<'note'>({ kind: 'note', notes }));
  }

  notes(node: string): Promise<readonly HistoryNote[]> {
    return this.#read([], () => this.#thread.ask<'notes'>({ kind: 'notes', node }));
  }

  async move(from: string, to: string, at: string): Promise<number> {
    if (!this.#mayExist()) return 0;
    return this.#write(() => this.#thread.ask<'move'>({ kind: 'move', from, to, at }));
  }

  async close(): Promise<void> {
    let limit: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.allSettled(this.#asked),
      new Promise((resolve) => (limit = setTimeout(resolve, closeMs))),
    ]);
    clearTimeout(limit);
    await this.#thread.end();
  }

  async #write<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await this.#follow(ask());
    } catch (error) {
      throw new ZtpError('write-failed', `${this.#file} can not be written: ${wordsOf(error)}`, {
        cause: error,
      });
    }
  }

  async #follow<T>(asked: Promise<T>): Promise<T> {
    this.#asked.add(asked);
    try {
      return await asked;
    } finally {
      this.#asked.delete(asked);
    }
  }

  /** Where there is no history, no thread is started to say so. */
  async #read<T>(none: T, ask: () => Promise<T>): Promise<T> {
    try {
      return this.#mayExist() ? await this.#follow(ask()) : none;
    } catch (error) {
      throw new ZtpError('read-failed', `${this.#file} can not be read: ${wordsOf(error)}`, { cause: error });
    }
  }

  /** False only where it is certain; the thread has words for what else there may be. */
  #mayExist(): boolean {
    try {
      return statSync(this.#file, { throwIfNoEntry: false }) !== undefined;
    } catch {
      return true;
    }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
