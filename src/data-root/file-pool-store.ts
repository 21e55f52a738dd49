// Resource pools as files below `resources/`. The file is the truth: it is looked at before every answer, and every value
// that is given out is in it, durably, before the answer leaves.

import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolState, PoolStore } from '../ports/pool-store.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { ConfinedFile, ConfinedRoot } from './confined-path.js';
import { decodeYaml } from './decode-yaml.js';
import { codeOf, isAbsent, readFailed, writeFailed } from './file-errors.js';
import { isSettled, versionOf } from './file-version.js';
import { PoolFile } from './pool-file.js';
import { readBounded } from './read-bounded.js';
import { replaceFile, syncFolder } from './write-file.js';
import { YamlError } from './yaml-error.js';

/** One version of a pool's file, parsed. Kept up to date by this store's own writes. */
interface Loaded {
  readonly file: PoolFile;
  bytes: Buffer;
  version: string;
  settled: boolean;
}

/** Somebody who waits for a value. */
interface Claim {
  readonly owner: string;
  resolve(value: string): void;
  reject(error: unknown): void;
}

/** The claims on one pool that the next commit takes together. */
interface Queue {
  waiting: Claim[];
  running: boolean;
}

/** An edit by hand is let rest for this many milliseconds before anything is written over it; it is waited for so often. */
const restAfterEdit = 50;
const restsAtMost = 20;

/** A file that is not valid and younger than this may be half written: it is read again so often, so many milliseconds apart. */
const maybeHalfWritten = 2_000;
const rereadsAtMost = 6;
const rereadPause = 60;

/** How often a commit is begun anew because somebody else changed the file meanwhile. */
const commitsAtMost = 50;

const poolsKept = 500;

/** The pools of a data root. */
export class FilePoolStore implements PoolStore {
  readonly #queues = new Map<string, Queue>();
  /** By real path, like the locks: two names may lead to one file. */
  readonly #loaded = new Map<string, Loaded>();
  readonly #locks = new Map<string, Promise<unknown>>();

  constructor(private readonly root: ConfinedRoot) {}

  allocate(pool: string, owner: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(pool) ?? { waiting: [], running: false };
      this.#queues.set(pool, queue);
      queue.waiting.push({ owner, resolve, reject });
      if (!queue.running) void this.#work(pool, queue);
    });
  }

  async preview(pool: string, owner: string): Promise<string> {
    return this.#look(pool, ({ file }) => {
      const place = file.placeOf(owner) ?? file.freePlace();
      if (place === null) throw exhausted(pool, owner, file);
      return file.valueAt(place);
    });
  }

  async read(pool: string): Promise<PoolState> {
    return this.#look(pool, ({ file }) => ({
      name: pool,
      entries: file.entries(),
      problems: file.repeated().map(({ value, line }) => ({
        severity: 'warning',
        line,
        reason: `${value} is listed again further down: that line counts, this one does not`,
      })),
    }));
  }

  async list(): Promise<readonly string[]> {
    return this.root.list('resources');
  }

  async clear(): Promise<ReadonlyMap<string, number>> {
    const names = await this.list();
    for (const name of names) await this.#look(name, () => undefined);
    const freed = new Map<string, number>();
    for (const name of names) freed.set(name, await this.#clearOne(name));
    return freed;
  }

  async #clearOne(pool: string): Promise<number> {
    for (let attempt = 0; attempt < commitsAtMost; attempt += 1) {
      const count = await this.#withPool(pool, async (real, loaded) => {
        const places = loaded.file.takenPlaces();
        if (places.length === 0) return 0;
        const text = loaded.file.write(new Map(places.map((place) => [place, null])));
        const written = await this.#write(pool, real, loaded, Buffer.from(text));
        this.#loaded.delete(real);
        return written === null ? null : places.length;
      });
      if (count !== null) return count;
    }
    throw changedTooOften(pool);
  }

  async #look<T>(pool: string, use: (loaded: Loaded) => T): Promise<T> {
    for (let attempt = 0; attempt < commitsAtMost; attempt += 1) {
      const found = await this.#withPool(pool, async (_real, loaded) => ({ value: use(loaded) }));
      if (found) return found.value;
    }
    throw changedTooOften(pool);
  }

  /** Commits what is waiting, all of it at once, until nothing is. One at a time per pool. */
  async #work(pool: string, queue: Queue): Promise<void> {
    queue.running = true;
    while (queue.waiting.length > 0) {
      const claims = queue.waiting.splice(0);
      try {
        await this.#commit(pool, claims);
      } catch (error) {
        for (const claim of claims) claim.reject(error);
      }
    }
    this.#queues.delete(pool);
  }

  async #commit(pool: string, claims: readonly Claim[]): Promise<void> {
    for (let attempt = 0; attempt < commitsAtMost; attempt += 1) {
      const done = await this.#withPool(pool, (real, loaded) => this.#decide(pool, real, loaded, claims));
      if (done) return;
    }
    throw changedTooOften(pool);
  }

  /** Gives every claim its answer; null, and no answer to those who would get a fresh value, if the file was changed meanwhile. */
  async #decide(pool: string, real: string, loaded: Loaded, claims: readonly Claim[]): Promise<true | null> {
    const { file } = loaded;
    const planned = new Map<number, string>();
    const placeOf = new Map<string, number>();
    const fresh: { claim: Claim; place: number }[] = [];
    const refused: Claim[] = [];
    let next = 0;
    for (const claim of claims) {
      const held = file.placeOf(claim.owner);
      if (held !== null) {
        claim.resolve(file.valueAt(held));
        continue;
      }
      const place = placeOf.get(claim.owner) ?? file.freePlace(next);
      if (place === null) {
        refused.push(claim);
        continue;
      }
      planned.set(place, claim.owner);
      placeOf.set(claim.owner, place);
      next = Math.max(next, place + 1);
      fresh.push({ claim, place });
    }
    if (planned.size > 0) {
      const text = file.write(planned);
      const bytes = Buffer.from(text);
      const written = await this.#write(pool, real, loaded, bytes);
      if (written === null) return null;
      file.take(planned, text);
      Object.assign(loaded, { bytes, version: written, settled: false });
    }
    for (const { claim, place } of fresh) claim.resolve(file.valueAt(place));
    for (const claim of refused) claim.reject(exhausted(pool, claim.owner, file));
    return true;
  }

  /**
   * Replaces the file unless it is no longer what was loaded. What remains: an edit between the two calls of the system that
   * look and rename, and an editor that opened the old file before and writes into it after.
   * @returns the new version; null if nothing was written
   */
  async #write(pool: string, real: string, loaded: Loaded, bytes: Buffer): Promise<string | null> {
    try {
      const written = await replaceFile(real, bytes, () => isStill(real, loaded));
      if (!written) return null;
      const now = await stat(real, { bigint: true });
      const isOurs = now.ino === written.ino && now.size === written.size && now.mtimeNs === written.mtimeNs;
      return isOurs ? versionOf(now) : '';
    } catch (error) {
      // It may have been renamed and not synced: what is read anew is synced before anybody is told of it.
      this.#loaded.delete(real);
      throw writeFailed(shown(pool), error);
    }
  }

  /** Works on a pool's present version, alone; null if the pool was moved meanwhile, or `use` says that it was changed. */
  async #withPool<T>(
    pool: string,
    use: (real: string, loaded: Loaded) => Promise<T | null>,
  ): Promise<T | null> {
    const real = await this.root.resolve(shown(pool));
    if (real === null) throw missing(pool);
    const before = this.#locks.get(real) ?? Promise.resolve();
    const turn = before.then(async () => {
      const loaded = await this.#load(pool, real);
      return loaded && use(real, loaded);
    });
    const settled = turn.catch(() => undefined);
    this.#locks.set(real, settled);
    try {
      return await turn;
    } finally {
      if (this.#locks.get(real) === settled) this.#locks.delete(real);
    }
  }

  async #load(pool: string, real: string): Promise<Loaded | null> {
    for (let [rests, rereads] = [0, 0]; ; ) {
      const known = this.#loaded.get(real);
      if (known?.settled && (await versionAt(real, pool)) === known.version) return known;
      const readAt = Date.now();
      const file = await this.root.open(shown(pool));
      if (!file) throw missing(pool);
      try {
        if (file.realPath !== real) return null;
        const bytes = await readBounded(file.handle, file.stats.size, shown(pool));
        const version = versionOf(await file.handle.stat({ bigint: true }));
        const settled = isSettled(file.stats, readAt);
        if (version === versionOf(file.stats)) {
          if (known?.bytes.equals(bytes)) return Object.assign(known, { version, settled });
          const age = readAt - Number(file.stats.ctimeMs);
          if (age >= restAfterEdit || rests >= restsAtMost) {
            const parsed = parsePool(bytes, pool);
            if (parsed instanceof PoolFile) {
              await syncBoth(file);
              return this.#keep(real, { file: parsed, bytes, version, settled });
            }
            if (age > maybeHalfWritten || rereads >= rereadsAtMost) throw parsed;
            rereads += 1;
            await delay(rereadPause - restAfterEdit / 2);
          }
        }
      } catch (error) {
        throw readFailed(shown(pool), error);
      } finally {
        await file.handle.close();
      }
      rests += 1;
      await delay(restAfterEdit / 2);
    }
  }

  #keep(real: string, loaded: Loaded): Loaded {
    this.#loaded.delete(real);
    this.#loaded.set(real, loaded);
    for (const oldest of this.#loaded.keys()) {
      if (this.#loaded.size <= poolsKept) break;
      this.#loaded.delete(oldest);
    }
    return loaded;
  }
}

function shown(pool: string): string {
  return `resources/${pool}`;
}

async function versionAt(real: string, pool: string): Promise<string> {
  try {
    return versionOf(await stat(real, { bigint: true }));
  } catch (error) {
    if (isAbsent(error)) throw missing(pool);
    throw readFailed(shown(pool), error);
  }
}

function isStill(real: string, loaded: Loaded): boolean {
  const stats = statSync(real, { bigint: true, throwIfNoEntry: false });
  if (!stats || versionOf(stats) !== loaded.version) return false;
  return loaded.settled || readFileSync(real).equals(loaded.bytes);
}

/** The pool, or why its bytes are none. */
function parsePool(bytes: Buffer, pool: string): PoolFile | ZtpError {
  try {
    const text = decodeYaml(bytes);
    if (!Buffer.from(text).equals(bytes)) throw new YamlError(1, 'the file is not UTF-8: save it as UTF-8');
    return PoolFile.parse(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, reason } = error;
    return new ZtpError('invalid-pool', `${shown(pool)} line ${line}: ${reason}`, {
      cause: error,
      place: { line, reason },
    });
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

function missing(pool: string): ZtpError {
  return new ZtpError(
    'missing-pool',
    `${shown(pool)} is not there: add the file, a mapping of values to null`,
  );
}

function exhausted(pool: string, owner: string, file: PoolFile): ZtpError {
  return new ZtpError(
    'pool-exhausted',
    `${shown(pool)} has no free value for ${owner}, all ${file.entries().length} are taken: add values, or set the owner of one to null`,
  );
}

function changedTooOften(pool: string): ZtpError {
  return new ZtpError(
    'write-failed',
    `${shown(pool)} was changed by somebody else each time it was to be written`,
  );
}
