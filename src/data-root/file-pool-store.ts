// Resource pools as files below `resources/`. The file is the truth: it is looked at before every answer, and every value
// that is given out is in it, durably, before the answer leaves.

import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log/log.js';
import type {
  AddedValues,
  ClearablePoolStore,
  OnGiven,
  PoolState,
  ReassignedValues,
  ReleasedValue,
  ReleaseWish,
} from '../ports/pool-store.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { ConfinedRoot } from './confined-path.js';
import { exchangeFile } from './exchange-file.js';
import { writeFailed } from './file-errors.js';
import { FolderLock } from './folder-lock.js';
import { Gathering } from './gathering.js';
import { LateEdits } from './late-edits.js';
import { makeFile } from './make-file.js';
import { NearlyEmptyPools } from './nearly-empty-pools.js';
import {
  answerHolder,
  type Claim,
  exhausted,
  fitting,
  type Plan,
  planAddition,
  planClaims,
  planReassignment,
  planRelease,
  tooLarge,
} from './plan-pool-changes.js';
import { findLostOwners, type LostOwner, mergeLateEdit, type OwnerChange } from './pool-edits.js';
import { type OwnerChanges, PoolFile, writeFreeLines } from './pool-file.js';
import {
  expectedOf,
  type ForeignVersion,
  type LoadedPool,
  missing,
  nameFile,
  PoolLoader,
  parsePool,
} from './pool-loader.js';
import { maxWholeFile } from './read-bounded.js';
import { RecentChanges } from './recent-changes.js';

/** The claims on one pool: those that are to be looked up, and those whose owners have nothing yet. */
interface Claims {
  readonly lookUps: Gathering<Claim>;
  readonly commits: Gathering<Claim>;
}

/** What is known about a file that was replaced: what we changed since it was read. */
interface Replaced {
  readonly pool: string;
  readonly real: string;
  readonly since: Map<string, OwnerChange>;
  /** More than owners was changed after that, or by somebody else: an edit of the old text can not be merged. */
  isTextChanged: boolean;
}

/** How often a commit is begun anew because somebody else changed the file meanwhile. */
const commitsAtMost = 50;

/** Values that an edit took from their owners and that are named one by one. */
const namedAtMost = 20;

/** The pools of a data root. */
export class FilePoolStore implements ClearablePoolStore {
  readonly #loader: PoolLoader;
  readonly #late = new LateEdits<Replaced>((about, edit, isLast) => this.#merge(about, edit, isLast));
  readonly #claims = new Map<string, Claims>();
  readonly #recent = new RecentChanges();
  /** Whose turn it is, by real path. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #locks = new Map<string, FolderLock>();
  /** Pools whose files were there. */
  readonly #seen = new Set<string>();
  readonly #nearlyEmpty: NearlyEmptyPools;

  constructor(
    private readonly root: ConfinedRoot,
    private readonly log: Log,
    private readonly onGiven?: OnGiven,
  ) {
    this.#nearlyEmpty = new NearlyEmptyPools(log);
    this.#loader = new PoolLoader(root, (...edit) => this.#noticeEdit(...edit));
  }

  allocate(pool: string, owner: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#claimsOf(pool).lookUps.add([{ owner, resolve, reject }]);
    });
  }

  async preview(pool: string, owner: string): Promise<string> {
    return this.#look(pool, ({ file }) => {
      const place = file.placeOf(owner) ?? file.freePlaces(1)[0];
      if (place === undefined) throw exhausted(pool, owner, file);
      return file.valueAt(place);
    });
  }

  async read(pool: string): Promise<PoolState> {
    return this.#look(pool, ({ file }) => ({
      name: pool,
      file: nameFile(pool),
      entries: Array.from(file.entries(), ({ value, owner }) => ({ value, owner })),
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

  async release(pool: string, wish: ReleaseWish): Promise<readonly ReleasedValue[]> {
    return this.#change(pool, (file) => planRelease(file, wish));
  }

  async reassign(pool: string, from: string, to: string): Promise<ReassignedValues> {
    return this.#change(pool, (file) => planReassignment(file, from, to));
  }

  async add(pool: string, values: readonly string[]): Promise<AddedValues> {
    for (let attempt = 0; attempt < commitsAtMost; attempt += 1) {
      if ((await this.root.resolve(nameFile(pool))) !== null) {
        return this.#change(pool, (file) => planAddition(pool, file, values));
      }
      const bytes = fitting(pool, writeFreeLines(values));
      const parsed = parsePool(bytes, pool);
      if (!(parsed instanceof PoolFile)) throw parsed;
      if (await makeFile(this.root, nameFile(pool), bytes))
        return { made: true, added: parsed.size, present: 0 };
    }
    throw inTheWay(pool);
  }

  async clear(): Promise<ReadonlyMap<string, readonly ReleasedValue[]>> {
    const names = await this.list();
    for (const name of names) await this.#look(name, () => undefined);
    const freed = new Map<string, readonly ReleasedValue[]>();
    for (const name of names) {
      freed.set(name, await this.#change(name, (file) => planRelease(file, null)));
    }
    return freed;
  }

  async close(): Promise<void> {
    await this.#late.close();
  }

  #claimsOf(pool: string): Claims {
    const known = this.#claims.get(pool);
    if (known) return known;
    const commits = new Gathering<Claim>((take) => this.#commitClaims(pool, take));
    const lookUps = new Gathering<Claim>((take) => this.#lookUp(pool, take, commits));
    const claims = { lookUps, commits };
    this.#claims.set(pool, claims);
    return claims;
  }

  /** Values that are held need no writing, so those who hold them wait for no other process. */
  async #lookUp(pool: string, take: () => readonly Claim[], commits: Gathering<Claim>): Promise<void> {
    const claims: Claim[] = [];
    try {
      const asking = await this.#look(pool, ({ file }) => {
        claims.push(...take());
        return claims.filter((claim) => !answerHolder(file, claim));
      });
      commits.add(asking);
    } catch (error) {
      if (claims.length === 0) claims.push(...take());
      for (const claim of claims) claim.reject(error);
    }
  }

  /** All that wait when a commit begins share it. */
  async #commitClaims(pool: string, take: () => readonly Claim[]): Promise<void> {
    const claims: Claim[] = [];
    try {
      const { answers, newOwners } = await this.#change(pool, (file) => {
        claims.push(...take());
        return planClaims(pool, file, claims);
      });
      for (const { value, owner } of newOwners) this.onGiven?.(pool, value, owner);
      for (const answer of answers) answer();
    } catch (error) {
      if (claims.length === 0) claims.push(...take());
      for (const claim of claims) claim.reject(error);
    }
  }

  /** Answers from a pool's present version. */
  async #look<T>(pool: string, use: (loaded: LoadedPool) => T): Promise<T> {
    for (let attempt = 0; attempt < commitsAtMost; attempt += 1) {
      const found = await this.#withFile(pool, (real) =>
        this.#takeTurn(real, async () => {
          const loaded = await this.#loader.load(pool, real);
          return loaded && (loaded.owed ? 'owed' : { value: use(loaded) });
        }),
      );
      if (found === 'owed') await this.#change(pool, () => ({ changes: new Map(), result: null }));
      else if (found) return found.value;
    }
    throw changedTooOften(pool);
  }

  /** Changes a pool. `plan` is asked anew if somebody else changed the file meanwhile. */
  async #change<T>(pool: string, plan: (file: PoolFile) => Plan<T>): Promise<T> {
    for (let attempt = 0; attempt < commitsAtMost; attempt += 1) {
      const done = await this.#withFile(pool, (real) =>
        // The lock first: who only looks need not wait for it.
        this.#lockOf(real).hold(() =>
          this.#takeTurn(real, async () => {
            const loaded = await this.#loader.load(pool, real);
            if (!loaded) return null;
            await this.#loader.waitForWriters(pool, real);
            if (!(await this.#payWhatIsOwed(pool, real, loaded))) return null;
            const planned = plan(loaded.file);
            const isDone =
              'parts' in planned
                ? (await this.#replace(pool, real, loaded, planned.parts, null)) !== null
                : await this.#commit(pool, real, loaded, planned.changes);
            return isDone ? { result: planned.result } : null;
          }),
        ),
      );
      if (done) return done.result;
      await delay(Math.min(attempt, 10) * 5);
    }
    throw changedTooOften(pool);
  }

  /** What a version lacks that was begun before values were given goes into it. @returns false if the file was changed meanwhile */
  async #payWhatIsOwed(pool: string, real: string, loaded: LoadedPool): Promise<boolean> {
    if (!loaded.owed) return true;
    const { changes, clashes } = mergeLateEdit(loaded.file, loaded.owed);
    const given = [...changes].map(([place, owner]) => `${loaded.file.valueAt(place)} ${owner ?? 'free'}`);
    if (!(await this.#commit(pool, real, loaded, changes))) return false;
    loaded.owed = null;
    const named = given.slice(0, namedAtMost).join(', ');
    this.log.warning(
      `${nameFile(pool)}: an edit was begun before values were given out or freed, which it lacks; put back: ${named}`,
    );
    for (const clash of clashes) this.log.warning(`${nameFile(pool)}: ${clash}`);
    return true;
  }

  /** Gives values other owners. @returns false, and nothing changed, if the file is no longer what was loaded */
  async #commit(pool: string, real: string, loaded: LoadedPool, changes: OwnerChanges): Promise<boolean> {
    if (changes.size === 0) return true;
    const draft = loaded.file.draft(changes);
    const since = new Map(
      Array.from(changes, ([place, now]) => [
        loaded.file.valueAt(place),
        { was: loaded.file.ownerAt(place), now },
      ]),
    );
    const at = await this.#replace(pool, real, loaded, draft.parts, since);
    if (at === null) return false;
    loaded.file.apply(draft);
    this.#recent.remember(real, since, at);
    this.#nearlyEmpty.note(nameFile(pool), loaded.file.freeCount, loaded.file.size);
    return true;
  }

  /**
   * Puts bytes in the pool's place, and has what they replaced watched.
   * @returns when, by the clock of the file system; null if the file is no longer what was loaded
   * @param since the owners that these bytes change; null if they are another text, which `loaded` does not stand for
   */
  async #replace(
    pool: string,
    real: string,
    loaded: LoadedPool,
    parts: readonly Buffer[],
    since: Map<string, OwnerChange> | null,
  ): Promise<bigint | null> {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    if (size > maxWholeFile) throw tooLarge(pool, size);
    try {
      const written = await exchangeFile(real, parts, expectedOf(loaded));
      if (!written) return null;
      const { displaced, at, ...read } = written;
      for (const earlier of this.#late.about()) {
        if (earlier.real !== real) continue;
        if (since) addChanges(earlier.since, since);
        else earlier.isTextChanged = true;
      }
      const about = { pool, real, since: since ?? new Map(), isTextChanged: since === null };
      if (displaced) this.#late.watch(displaced, about);
      if (since) Object.assign(loaded, read);
      else this.#loader.forget(real);
      return at;
    } catch (error) {
      // It may have been replaced and not synced: what is read anew is synced before anybody is told of it.
      this.#loader.forget(real);
      throw writeFailed(nameFile(pool), error);
    }
  }

  /** What somebody wrote into a file that had just been replaced goes into the one that replaced it. */
  async #merge(about: Replaced, edit: Buffer | Error, isLast: boolean): Promise<boolean> {
    const { pool, since } = about;
    try {
      if (edit instanceof Error) throw edit;
      if (edit.length > maxWholeFile) throw tooLarge(pool, edit.length);
      const edited = parsePool(edit, pool);
      if (!(edited instanceof PoolFile)) {
        if (!isLast) return false;
        throw edited;
      }
      const clashes = await this.#change(pool, () => {
        if (about.isTextChanged) throw changedAgain(pool);
        const { changes, clashes } = mergeLateEdit(edited, since);
        return { parts: edited.draft(changes).parts, result: clashes };
      });
      this.log.info(`${nameFile(pool)}: an edit that was saved while the file was being replaced was merged`);
      for (const clash of clashes) this.log.warning(`${nameFile(pool)}: ${clash}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warning(
        `${nameFile(pool)}: an edit that was saved while the file was being replaced is lost, save it again: ${reason}`,
      );
    }
    return true;
  }

  #noticeEdit(
    pool: string,
    real: string,
    before: LoadedPool,
    { file: after, born }: ForeignVersion,
  ): LoadedPool['owed'] {
    for (const about of this.#late.about()) if (about.real === real) about.isTextChanged = true;
    const since = new Map([...(before.owed ?? []), ...(born === null ? [] : this.#recent.after(real, born))]);
    const isOwed = since.size > 0 && mergeLateEdit(after, since).changes.size > 0;
    const lost = findLostOwners(before.file, after).filter(
      ({ value, owner }) => !isOwed || since.get(value)?.now !== owner,
    );
    this.#sayLost(pool, real, lost);
    this.#recent.forget(real, new Set(lost.map(({ value }) => value)));
    return isOwed ? since : null;
  }

  #sayLost(pool: string, real: string, lost: readonly LostOwner[]): void {
    const given = this.#recent.after(real, 0n);
    for (const { value, owner, fate } of lost.slice(0, namedAtMost)) {
      const [node = owner] = owner.split('#');
      const said = `no longer has ${value} of ${nameFile(pool)}: an edit, or another process, ${fate}`;
      if (given.get(value)?.now === owner) {
        const mend =
          'it was given that a short while ago: if the edit was made on an older copy, put it back';
        this.log.warning(`${said}; ${mend}`, { node });
      } else this.log.info(said, { node });
    }
    const more = lost.length - namedAtMost;
    if (more > 0) this.log.info(`${nameFile(pool)}: ${more} more values were taken from their owners`);
  }

  /** Works on the file that a pool's name leads to; null if `use` says that it was changed meanwhile. */
  async #withFile<T>(pool: string, use: (real: string) => Promise<T | null>): Promise<T | null> {
    let real = await this.root.resolve(nameFile(pool));
    // Some editors take the old file away before they put the new one there.
    for (let looks = 0; real === null && looks < 5 && this.#seen.has(pool); looks += 1) {
      await delay(50);
      real = await this.root.resolve(nameFile(pool));
    }
    if (real === null) {
      this.#seen.delete(pool);
      throw missing(pool);
    }
    this.#seen.add(pool);
    return use(real);
  }

  /** One after the other. */
  async #takeTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(key, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === settled) this.#turns.delete(key);
    }
  }

  #lockOf(real: string): FolderLock {
    const folder = dirname(real);
    const lock =
      this.#locks.get(folder) ??
      new FolderLock(folder, () =>
        this.log.warning(
          `${folder}: its file system has no locks, so only one process at a time may change pools there`,
        ),
      );
    this.#locks.set(folder, lock);
    return lock;
  }
}

/** Later changes on top of earlier ones. */
function addChanges(earlier: Map<string, OwnerChange>, later: ReadonlyMap<string, OwnerChange>): void {
  for (const [value, { was, now }] of later) {
    earlier.set(value, { was: earlier.has(value) ? (earlier.get(value)?.was ?? null) : was, now });
  }
}

function inTheWay(pool: string): ZtpError {
  return new ZtpError(
    'write-failed',
    `${nameFile(pool)} can not be made: something of that name is there and is no file, a folder or a link that leads nowhere`,
  );
}

function changedTooOften(pool: string): ZtpError {
  return new ZtpError(
    'write-failed',
    `${nameFile(pool)} was changed by somebody else each time it was to be written`,
  );
}

function changedAgain(pool: string): ZtpError {
  return new ZtpError('write-failed', `${nameFile(pool)} was changed by somebody else since`);
}
