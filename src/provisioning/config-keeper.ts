// Brings the nodes' startup-configs into the history, one node's in their order. A history that can not be written holds nobody
// up: what belongs there waits in memory, within a bound, and is tried again.

import { createHash } from 'node:crypto';
import type { Log } from '../log/log.js';
import type { ConfigVersion, History, NewVersion } from '../ports/history.js';
import type { NodeStore } from '../ports/node-store.js';

/** Amounts and times (in milliseconds) that tests shorten. */
export interface KeeperLimits {
  /** The most that waits; then the oldest are dropped. */
  readonly waitingBytes: number;
  /** Between attempts to write: the first pause, each twice the one before, and the longest. */
  readonly pause: number;
  readonly longestPause: number;
  /** How often the log is told that it still can not be written. */
  readonly remind: number;
}

const usualLimits: KeeperLimits = {
  waitingBytes: 128 * 1_024 * 1_024,
  pause: 1_000,
  longestPause: 30_000,
  remind: 60_000,
};

/** What one that waits takes besides its bytes. */
const ownBytes = 1_024;

/** The way into the history for one process. */
export class ConfigKeeper {
  readonly #history: History;
  readonly #nodes: Pick<NodeStore, 'readStartupConfig'>;
  readonly #log: Log;
  readonly #limits: KeeperLimits;
  /** Each node's last turn. */
  readonly #turns = new Map<string, Promise<void>>();
  /** In the order in which they are to be written. While there are any, nothing passes by them. */
  #waiting: NewVersion[] = [];
  #waitingBytes = 0;
  /** Of each node the last one of those. */
  readonly #lastWaiting = new Map<string, NewVersion>();
  /** Nodes of which something was dropped: their file may be a version that the history lacks. */
  readonly #dropped = new Set<string>();
  #caughtUp = 0;
  #loggedAt = 0;
  #retry: NodeJS.Timeout | undefined;
  #pause: number;
  #attempt: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    parts: {
      readonly history: History;
      readonly nodes: Pick<NodeStore, 'readStartupConfig'>;
      readonly log: Log;
    },
    limits: Partial<KeeperLimits> = {},
  ) {
    this.#history = parts.history;
    this.#nodes = parts.nodes;
    this.#log = parts.log;
    this.#limits = { ...usualLimits, ...limits };
    this.#pause = this.#limits.pause;
  }

  /** Does something with a node's startup-config behind whatever else is done with it here. Turns do not nest. */
  async inTurn<T>(node: string, use: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(node) ?? Promise.resolve();
    const result = before.then(use);
    const turn = result.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(node, turn);
    try {
      return await result;
    } finally {
      if (this.#turns.get(node) === turn) this.#turns.delete(node);
    }
  }

  /**
   * Keeps a version, in the node's turn. Never throws.
   * @returns the node's newest version, which has these bytes; null if it waits
   */
  async keep(version: NewVersion): Promise<ConfigVersion | null> {
    if (this.#waiting.length === 0) {
      try {
        return (await this.#history.add(version)).version;
      } catch (error) {
        this.#wait(version);
        this.#failed(error);
        return null;
      }
    }
    this.#wait(version);
    return null;
  }

  /**
   * Keeps the file as it stands, if it is not the newest version: somebody changed it by hand. In the node's turn.
   * @throws ZtpError `read-failed` and its kind: what can not be read must not be replaced, or it is lost
   */
  async keepPresent(node: string): Promise<void> {
    const config = await this.#nodes.readStartupConfig(node);
    if (config !== null && !(await this.#isNewest(node, config))) {
      await this.keep({ node, at: new Date().toISOString(), source: 'hand', address: null, config });
    }
  }

  /** Tries once more what waits, and says what is lost. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    await Promise.all(this.#turns.values());
    await this.#attempt;
    if (this.#waiting.length > 0) await this.#catchUp();
    clearTimeout(this.#retry);
    const nodes = new Set([...this.#waiting.map(({ node }) => node), ...this.#dropped]);
    if (nodes.size === 0) return;
    this.#log.error(
      `the history lacks configs of ${list(nodes)}: what stands in their folders enters it before the next one replaces it`,
      { reason: 'write-failed' },
    );
  }

  async #isNewest(node: string, config: Buffer): Promise<boolean> {
    const last = this.#lastWaiting.get(node);
    if (last) return last.config.equals(config);
    try {
      const newest = await this.#history.newest(node);
      return newest?.sha256 === createHash('sha256').update(config).digest('hex');
    } catch {
      // The attempt to write says what is wrong; a version that was there already becomes none.
      return false;
    }
  }

  #wait(version: NewVersion): void {
    if (this.#lastWaiting.get(version.node)?.config.equals(version.config)) return;
    this.#waiting.push(version);
    this.#lastWaiting.set(version.node, version);
    this.#waitingBytes += version.config.length + ownBytes;
    while (this.#waitingBytes > this.#limits.waitingBytes) {
      const oldest = this.#shift();
      if (!oldest) break;
      this.#dropped.add(oldest.node);
    }
    this.#retry ??= this.#tryLater();
  }

  #shift(): NewVersion | null {
    const first = this.#waiting.shift();
    if (!first) return null;
    this.#waitingBytes -= first.config.length + ownBytes;
    if (this.#lastWaiting.get(first.node) === first) this.#lastWaiting.delete(first.node);
    return first;
  }

  #tryLater(): NodeJS.Timeout {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, this.#limits.longestPause);
    return setTimeout(() => {
      this.#attempt = this.#catchUp();
    }, pause).unref();
  }

  /** Writes what waits, in its order; then looks at those of which something was dropped. Never throws. */
  async #catchUp(): Promise<void> {
    try {
      for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
        await this.#history.add(first);
        // Another may have been dropped meanwhile.
        if (this.#waiting[0] === first) this.#shift();
        this.#caughtUp += 1;
      }
    } catch (error) {
      this.#retry = undefined;
      this.#failed(error);
      if (!this.#closed) this.#retry = this.#tryLater();
      return;
    }
    this.#retry = undefined;
    this.#pause = this.#limits.pause;
    this.#log.info(`the history is written again (versions caught up: ${this.#caughtUp})`);
    this.#loggedAt = 0;
    this.#caughtUp = 0;
    const dropped = [...this.#dropped];
    this.#dropped.clear();
    for (const node of dropped) await this.inTurn(node, () => this.keepPresent(node));
  }

  #failed(error: unknown): void {
    const now = performance.now();
    if (this.#loggedAt !== 0 && now - this.#loggedAt < this.#limits.remind) return;
    const still = this.#loggedAt === 0 ? '' : ' still';
    this.#loggedAt = now;
    this.#log.error(
      `${wordsOf(error)}; startup-configs are${still} stored all the same (versions that wait in memory until it can: ${this.#waiting.length})`,
      { reason: 'write-failed' },
    );
  }
}

function list(nodes: ReadonlySet<string>): string {
  const [first = '', ...others] = nodes;
  if (others.length === 0) return first;
  const shown = others.slice(0, 9).join(', ');
  return `${first}, ${shown}${others.length > 9 ? ` and ${others.length - 9} more` : ''}`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
