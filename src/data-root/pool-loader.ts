// Reads pools: each version of a file once, and not before an editor is done with it. Writes nothing.

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ZtpError } from '../wire/ztp-error.js';
import type { ConfinedFile, ConfinedRoot } from './confined-path.js';
import { decodeYaml } from './decode-yaml.js';
import { type ExpectedFile, markOf } from './exchange-file.js';
import { codeOf, isAbsent, readFailed } from './file-errors.js';
import { isSettled, versionOf } from './file-version.js';
import { PoolFile } from './pool-file.js';
import { readBounded } from './read-bounded.js';
import { syncFolder } from './write-file.js';
import { YamlError } from './yaml-error.js';

/** One version of a pool's file, parsed. Whoever writes the file keeps it up to date. */
export interface LoadedPool {
  readonly file: PoolFile;
  version: string;
  settled: boolean;
  /** As `markOf` has it. */
  mark: string;
}

/** An edit by hand is let rest for this many milliseconds before it is read; it is waited for so often. */
const restAfterEdit = 50;
const restsAtMost = 20;

/** A file that is not valid and younger than this may be half written: it is read again so often, so many milliseconds apart. */
const maybeHalfWritten = 2_000;
const rereadsAtMost = 6;
const rereadPause = 60;

const poolsKept = 500;

/** Pools by the real paths of their files: two names may lead to one. */
export class PoolLoader {
  readonly #loaded = new Map<string, LoadedPool>();

  /** @param noticeEdit told of a version that somebody else wrote, with the one known before */
  constructor(
    private readonly root: ConfinedRoot,
    private readonly noticeEdit: (pool: string, real: string, before: PoolFile, after: PoolFile) => void,
  ) {}

  /**
   * The pool as its file is now; null if the pool's name leads elsewhere now. What is returned is durable.
   * @throws ZtpError `missing-pool`, `invalid-pool`, `path-refused`, `read-failed`
   */
  async load(pool: string, real: string): Promise<LoadedPool | null> {
    for (let [rests, rereads] = [0, 0]; ; ) {
      const known = this.#loaded.get(real);
      if (known?.settled && (await versionAt(real, pool)) === known.version) return known;
      const readAt = Date.now();
      const file = await this.root.open(nameFile(pool));
      if (!file) throw missing(pool);
      try {
        if (file.realPath !== real) return null;
        const bytes = await readBounded(file.handle, file.stats.size, nameFile(pool));
        const version = versionOf(await file.handle.stat({ bigint: true }));
        if (version === versionOf(file.stats)) {
          const read = { version, mark: markOf(file.stats), settled: isSettled(file.stats, readAt) };
          if (known?.file.hasBytes(bytes)) return Object.assign(known, read);
          const age = readAt - Number(file.stats.mtimeMs);
          if (age >= restAfterEdit || rests >= restsAtMost) {
            const parsed = parsePool(bytes, pool);
            if (parsed instanceof PoolFile) {
              await syncBoth(file);
              if (known) this.noticeEdit(pool, real, known.file, parsed);
              return this.#keep(real, { file: parsed, ...read });
            }
            if (age > maybeHalfWritten || rereads >= rereadsAtMost) throw parsed;
            rereads += 1;
            await delay(rereadPause - restAfterEdit / 2);
          }
        }
      } catch (error) {
        throw readFailed(nameFile(pool), error);
      } finally {
        await file.handle.close();
      }
      rests += 1;
      await delay(restAfterEdit / 2);
    }
  }

  /** To be read anew, and synced, before anything is answered from it. */
  forget(real: string): void {
    this.#loaded.delete(real);
  }

  #keep(real: string, loaded: LoadedPool): LoadedPool {
    this.#loaded.delete(real);
    this.#loaded.set(real, loaded);
    for (const oldest of this.#loaded.keys()) {
      if (this.#loaded.size <= poolsKept) break;
      this.#loaded.delete(oldest);
    }
    return loaded;
  }
}

/** A pool's file as messages name it. */
export function nameFile(pool: string): string {
  return `resources/${pool}`;
}

/** What has to be in a pool's place when it is replaced. */
export function expectedOf({ file, mark, settled }: LoadedPool): ExpectedFile {
  return { mark, hasBytes: settled ? null : (bytes) => file.hasBytes(bytes) };
}

/** The pool, or why its bytes are none. */
export function parsePool(bytes: Buffer, pool: string): PoolFile | ZtpError {
  try {
    const text = decodeYaml(bytes);
    if (!Buffer.from(text).equals(bytes)) throw new YamlError(1, 'the file is not UTF-8: save it as UTF-8');
    return PoolFile.parse(text);
  } catch (error) {
    return invalid(pool, error);
  }
}

/** `invalid-pool` at the line that a `YamlError` names; throws any other error. */
export function invalid(pool: string, error: unknown): ZtpError {
  if (!(error instanceof YamlError)) throw error;
  const { line, reason } = error;
  return new ZtpError('invalid-pool', `${nameFile(pool)} line ${line}: ${reason}`, {
    cause: error,
    place: { line, reason },
  });
}

/** `missing-pool`. */
export function missing(pool: string): ZtpError {
  return new ZtpError(
    'missing-pool',
    `${nameFile(pool)} is not there: add the file, a mapping of values to null`,
  );
}

async function versionAt(real: string, pool: string): Promise<string> {
  try {
    return versionOf(await stat(real, { bigint: true }));
  } catch (error) {
    if (isAbsent(error)) throw missing(pool);
    throw readFailed(nameFile(pool), error);
  }
}

/** What is answered from has to be durable, whoever wrote it. File systems that can not sync are taken as they are. */
async function syncBoth(file: ConfinedFile): Promise<void> {
  try {
    await file.handle.sync();
    await syncFolder(dirname(file.realPath));
  } catch (error) {
    if (codeOf(error) === 'EIO') throw error;
  }
}
