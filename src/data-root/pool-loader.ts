// Reads pools: each version of a file once, and not before an editor is done with it. Writes nothing.

import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ZtpError } from '../wire/ztp-error.js';
import type { ConfinedFile, ConfinedRoot } from './confined-path.js';
import { decodeYaml } from './decode-yaml.js';
import { type ExpectedFile, inodeOf, markOf } from './exchange-file.js';
import { codeOf, isAbsent, readFailed } from './file-errors.js';
import { isSettled, versionOf } from './file-version.js';
import type { OwnerChange } from './pool-edits.js';
import { PoolFile } from './pool-file.js';
import { readBounded } from './read-bounded.js';
import { isOpenForWriting } from './system-calls.js';
import { syncFolder } from './write-file.js';
import { YamlError } from './yaml-error.js';

/** One version of a pool's file, parsed. Whoever writes the file keeps it up to date. */
export interface LoadedPool {
  readonly file: PoolFile;
  version: string;
  settled: boolean;
  /** As `markOf` has it. */
  mark: string;
  /**
   * Changes of ours that somebody's version lacks because it was begun before them: to be made again before anything is
   * answered from it. By value; null if there are none.
   */
  owed: ReadonlyMap<string, OwnerChange> | null;
}

/** A version that somebody else wrote. */
export interface ForeignVersion {
  readonly file: PoolFile;
  /** When its inode was made, in ns; null if the version before had the same one, or the file system does not say. */
  readonly born: bigint | null;
}

/** How often a file that somebody is writing is looked at again, in milliseconds, and for how long it is waited for. */
const lookAgain = 25;
const waitForWriter = 5_000;

/** Where the kernel does not tell who has a file open, an edit is let rest for this many milliseconds before it is read … */
const restAfterEdit = 50;
const restAtMost = 500;

/** … and what is younger than this and not valid, or shorter than before, may be half written. */
const maybeHalfWritten = 2_000;

/** A file that is not valid all the same is read again for this long: some editors write in several goes. */
const rereadFor = 400;

const poolsKept = 500;

/** Pools by the real paths of their files: two names may lead to one. */
export class PoolLoader {
  readonly #loaded = new Map<string, LoadedPool>();

  /** @param noticeEdit told of a version that somebody else wrote, with the one known before; says what it lacks */
  constructor(
    private readonly root: ConfinedRoot,
    private readonly noticeEdit: (
      pool: string,
      real: string,
      before: LoadedPool,
      after: ForeignVersion,
    ) => LoadedPool['owed'],
  ) {}

  /**
   * The pool as its file is now, no half of it; null if the pool's name leads elsewhere now. What is returned is durable.
   * @throws ZtpError `missing-pool`, `invalid-pool`, `path-refused`, `read-failed`
   */
  async load(pool: string, real: string): Promise<LoadedPool | null> {
    const began = performance.now();
    for (;;) {
      const known = this.#loaded.get(real);
      if (known?.settled && (await versionAt(real, pool)) === known.version) return known;
      const found = await this.#read(pool, real, known, performance.now() - began);
      if (found !== 'again') return found;
      await delay(lookAgain);
    }
  }

  /** @param waited for how long, in ms: what is only waited for is taken as it is in the end */
  async #read(
    pool: string,
    real: string,
    known: LoadedPool | undefined,
    waited: number,
  ): Promise<LoadedPool | null | 'again'> {
    const readAt = Date.now();
    const file = await this.root.open(nameFile(pool));
    if (!file) throw missing(pool);
    try {
      if (file.realPath !== real) return null;
      const bytes = await readBounded(file.handle, file.stats.size, nameFile(pool));
      const version = versionOf(await file.handle.stat({ bigint: true }));
      const isOpen = isOpenForWriting(file.handle.fd);
      if (isOpen === true && waited > waitForWriter) throw beingWritten(pool, real);
      if (isOpen === true || version !== versionOf(file.stats)) return 'again';

      const { stats } = file;
      const mark = markOf(stats);
      const read = { version, mark, settled: isSettled(stats, readAt), owed: known?.owed ?? null };
      if (known?.file.hasBytes(bytes)) {
        if (known.version === '') await syncBoth(file);
        return Object.assign(known, read);
      }
      const age = readAt - Number(stats.mtimeMs);
      if (isOpen === null && age < restAfterEdit && waited < restAtMost) return 'again';
      const parsed = parsePool(bytes, pool);
      const isUnsure = isOpen === null && age < maybeHalfWritten && waited < maybeHalfWritten;
      if (!(parsed instanceof PoolFile)) {
        if (isUnsure || (age < maybeHalfWritten && waited < rereadFor)) return 'again';
        throw parsed;
      }
      if (isUnsure && known && (parsed.size < known.file.size || bytes.at(-1) !== 0x0a)) return 'again';
      await syncBoth(file);
      const born = known && inodeOf(known.mark) !== inodeOf(mark) ? stats.birthtimeNs || null : null;
      const owed = known ? this.noticeEdit(pool, real, known, { file: parsed, born }) : null;
      return this.#keep(real, { file: parsed, ...read, owed });
    } catch (error) {
      throw readFailed(nameFile(pool), error);
    } finally {
      await file.handle.close();
    }
  }

  /** To be read anew, and synced, before anything is answered from it; what was known serves to compare. */
  forget(real: string): void {
    const known = this.#loaded.get(real);
    if (known) Object.assign(known, { version: '', settled: false });
  }

  /**
   * Resolves once nobody has the file open for writing, as far as the kernel tells.
   * @throws ZtpError `read-failed` if somebody has it for long
   */
  async waitForWriters(pool: string, real: string): Promise<void> {
    const until = performance.now() + waitForWriter;
    while (await isBeingWritten(real)) {
      if (performance.now() > until) throw beingWritten(pool, real);
      await delay(lookAgain);
    }
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

async function isBeingWritten(real: string): Promise<boolean> {
  try {
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return isOpenForWriting(handle.fd) === true;
    } finally {
      await handle.close();
    }
  } catch {
    // Whoever needs the file says what is wrong with it.
    return false;
  }
}

function beingWritten(pool: string, real: string): ZtpError {
  const seconds = waitForWriter / 1000;
  return new ZtpError(
    'read-failed',
    `${nameFile(pool)} is being written by another program, which has had it open for ${seconds} s: see who with \`fuser -v ${real}\``,
  );
}

/** `missing-pool`. */
export function missing(pool: string): ZtpError {
  return new ZtpError(
    'missing-pool',
    `${nameFile(pool)} is not there: add the file, a mapping of values to null (\`ztps pool generate\` makes one)`,
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
