// Proposals as small files of the state folder, one for each pair of nodes, so that a server and commands beside it never write the
// same file at once, but for one pair's.

import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mostForOne, mostProposals, type Pair, type Proposal, type Proposals } from '../ports/proposals.js';
import { ZtpError } from '../wire/ztp-error.js';

const suffix = '.json';

/** What a killed process left is older than this many milliseconds. */
const leftoverAge = 10 * 60 * 1000;

/** The proposals of one state folder; the folder is made when it is needed. */
export class FileProposals implements Proposals {
  readonly #folder: string;
  /** Changes of one process, one after the other: the limits count what is there. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param stateFolder absolute (`Config.stateFolder`) */
  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, 'replacements');
  }

  async list(): Promise<readonly Proposal[]> {
    return this.#look(async () => {
      const found = await Promise.all((await this.#names()).map((name) => this.#read(name)));
      return found
        .flatMap((it) => it ?? [])
        .sort((one, other) => compare(one.since, other.since) || compare(one.node, other.node));
    });
  }

  async find(pair: Pair): Promise<Proposal | null> {
    return this.#look(() => this.#read(nameOf(pair)));
  }

  async add(proposal: Proposal): Promise<boolean> {
    return this.#change(async () => {
      const name = nameOf(proposal);
      if (await isThere(join(this.#folder, name))) return false;
      await this.#makeRoom(proposal.old);
      return this.#write(name, proposal, async (aside, file) => {
        try {
          await link(aside, file);
          return true;
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        }
      });
    });
  }

  async put(proposal: Proposal): Promise<void> {
    await this.#change(() =>
      this.#write(nameOf(proposal), proposal, async (aside, file) => {
        await rename(aside, file);
        return true;
      }),
    );
  }

  async remove(pair: Pair): Promise<void> {
    await this.#change(async () => {
      await rm(join(this.#folder, nameOf(pair)), { force: true });
      if (await isThere(this.#folder)) await syncFolder(this.#folder);
    });
  }

  /** What is pending goes before what was rejected, which is not to be proposed again. */
  async #makeRoom(old: string): Promise<void> {
    const names = await this.#names();
    const own = names.filter((name) => name.startsWith(`${hash(old)}-`));
    for (const [all, most] of [
      [own, mostForOne],
      [names, mostProposals],
    ] as const) {
      if (all.length < most) continue;
      const found = await Promise.all(all.map(async (name) => ({ name, it: await this.#read(name) })));
      found.sort(
        (one, other) =>
          compare(one.it?.state ?? '', other.it?.state ?? '') ||
          compare(one.it?.since ?? '', other.it?.since ?? ''),
      );
      for (const { name } of found.slice(0, all.length - most + 1)) {
        await rm(join(this.#folder, name), { force: true });
      }
    }
  }

  async #write(
    name: string,
    proposal: Proposal,
    place: (aside: string, file: string) => Promise<boolean>,
  ): Promise<boolean> {
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
    const aside = join(this.#folder, `.new-${randomBytes(8).toString('hex')}`);
    try {
      const handle = await open(aside, 'wx', 0o640);
      try {
        await handle.writeFile(`${JSON.stringify(proposal)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      const isPlaced = await place(aside, join(this.#folder, name));
      if (isPlaced) await syncFolder(this.#folder);
      return isPlaced;
    } finally {
      await rm(aside, { force: true });
    }
  }

  async #names(): Promise<readonly string[]> {
    try {
      const names = await readdir(this.#folder);
      for (const name of names.filter((it) => it.startsWith('.new-')))
        await removeOld(join(this.#folder, name));
      return names.filter((name) => name.endsWith(suffix));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** Null if there is none, or if what is there is no proposal: it is made anew then. */
  async #read(name: string): Promise<Proposal | null> {
    const file = join(this.#folder, name);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
    // Loaded only where there are any: most commands look at none.
    const { parseProposal } = await import('./parse-proposal.js');
    const proposal = parseProposal(text);
    if (!proposal) await rm(file, { force: true });
    return proposal;
  }

  async #look<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new ZtpError('read-failed', `${this.#folder} can not be read: ${wordsOf(error)}`, {
        cause: error,
      });
    }
  }

  async #change<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    try {
      return await turn;
    } catch (error) {
      throw new ZtpError('write-failed', `${this.#folder} can not be written: ${wordsOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** Ids are longer together than the name of a file may be. */
function nameOf({ node, old }: Pair): string {
  return `${hash(old)}-${hash(node)}${suffix}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

async function removeOld(file: string): Promise<void> {
  const stats = await stat(file).catch(() => null);
  if (stats && Date.now() - stats.mtimeMs > leftoverAge) await rm(file, { force: true });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
