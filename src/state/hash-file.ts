// Remembers hashes of big files in `hashes.json` of the state's folder, written whole and renamed. A file that can not be
// read or written costs time, never an answer.

import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log/log.js';
import type { FileDescription, HashMemory } from '../ports/file-hashes.js';

/** More files than this are not remembered: those that were hashed last are. */
const mostFiles = 2_000;
/** A larger file is none of ours. */
const largest = 16 * 1024 * 1024;

interface Remembered extends FileDescription {
  readonly version: string;
}

/** The hashes in one folder. Several processes may use it: who writes takes over what others have written. */
export class HashFile implements HashMemory {
  readonly #folder: string;
  readonly #path: string;
  readonly #log: Log;
  #loading: Promise<Map<string, Remembered>> | null = null;
  /** What this process worked out: it beats what is in the file. */
  readonly #own = new Map<string, Remembered>();
  #writing: Promise<void> | null = null;
  #isDirty = false;
  #hasFailed = false;
  #makesFolder = false;

  /** Reads and makes nothing yet. @param folder absolute (`[state] path`) */
  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#path = join(folder, 'hashes.json');
    this.#log = log;
  }

  /** From now on the folder is made where it lacks: by the server, whose user has to own it, never by a command. */
  makeFolder(): void {
    this.#makesFolder = true;
  }

  async find(path: string, version: string): Promise<FileDescription | null> {
    this.#loading ??= this.#load();
    const found = this.#own.get(path) ?? (await this.#loading).get(path);
    if (found?.version !== version) return null;
    const { size, sha1, sha256 } = found;
    return { size, sha1, sha256 };
  }

  keep(path: string, version: string, { size, sha1, sha256 }: FileDescription): void {
    this.#own.delete(path);
    this.#own.set(path, { version, size, sha1, sha256 });
    for (const oldest of this.#own.keys()) {
      if (this.#own.size <= mostFiles) break;
      this.#own.delete(oldest);
    }
    this.#isDirty = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      try {
        await this.#write();
        if (this.#hasFailed) this.#log.info(`${this.#path} is written again`);
        this.#hasFailed = false;
      } catch (error) {
        if (!this.#hasFailed) {
          const words = error instanceof Error ? error.message : String(error);
          const fate = 'hashes of big files are worked out again after a restart';
          this.#log.warning(`${this.#path} can not be written: ${words}; ${fate}`, {
            reason: 'write-failed',
          });
        }
        this.#hasFailed = true;
      }
    }
  }

  async #write(): Promise<void> {
    if (this.#makesFolder) await mkdir(this.#folder, { recursive: true });
    else if (!(await isThere(this.#folder))) return;
    const all = await this.#load();
    for (const [path, entry] of this.#own) {
      all.delete(path);
      all.set(path, entry);
    }
    const files = Object.fromEntries([...all].slice(-mostFiles));
    const aside = `${this.#path}.${randomBytes(8).toString('hex')}`;
    try {
      const handle = await open(aside, 'wx', 0o664);
      try {
        await handle.writeFile(`${JSON.stringify({ files }, null, 1)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(aside, this.#path);
    } catch (error) {
      await rm(aside, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async #load(): Promise<Map<string, Remembered>> {
    try {
      if ((await stat(this.#path)).size > largest) throw new Error(`it has more than ${largest} bytes`);
      return readEntries(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (error) {
      if (!isAbsent(error)) {
        const words = error instanceof Error ? error.message : String(error);
        this.#log.debug(`${this.#path} can not be read: ${words}; its hashes are worked out again`);
      }
      return new Map();
    }
  }
}

/** What has the shape of ours; everything else is left out. */
function readEntries(value: unknown): Map<string, Remembered> {
  const { files } = Object(value) as { readonly files?: unknown };
  const entries = new Map<string, Remembered>();
  for (const [path, entry] of Object.entries(Object(files) as Record<string, unknown>)) {
    const { version, size, sha1, sha256 } = Object(entry) as Record<string, unknown>;
    if (typeof version !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size)) continue;
    if (typeof sha1 !== 'string' || !/^[0-9a-f]{40}$/.test(sha1)) continue;
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) continue;
    entries.set(path, { version, size, sha1, sha256 });
  }
  return entries;
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    (error: unknown) => !isAbsent(error),
  );
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
