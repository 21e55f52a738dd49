// A switch that nobody knows, cabled as a known one was: it is proposed as that one's replacement, or, where that is wished and nothing
// speaks against it, takes its place. What a switch says of its cables is a claim, so a proposal changes nothing, and each guard errs
// towards not taking a place.

import type { NodeFacts } from '../../engine/node-facts.js';
import type { Journal } from '../../ports/journal.js';
import type { Pair, Proposals } from '../../ports/proposals.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { findBegun } from './find-begun.js';
import {
  findPredecessors,
  findRivals,
  type Objection,
  objectToSign,
  type Predecessors,
  sayModels,
} from './judge-place.js';
import { PlaceIndex } from './place-index.js';
import { type ReplaceParts, replaceNode } from './replace-node.js';
import { forgetProposals } from './review-proposals.js';
import { findAnswer, findLastSign, SignsOfLife } from './signs-of-life.js';

/** `[replacement]` in ztpserver.conf. */
export interface PositionSettings {
  readonly byPosition: 'off' | 'propose' | 'auto';
  /** Seconds. */
  readonly silentFor: number;
}

/** What it works with. */
export interface ByPositionParts extends ReplaceParts {
  readonly journal: Pick<Journal, 'records' | 'runs' | 'flush'>;
  readonly proposals: Proposals;
  readonly settings: PositionSettings;
}

/** An unknown switch. */
interface Newcomer {
  readonly id: string;
  readonly facts: NodeFacts;
  readonly address: string | null;
}

/** Switches that wait to be looked at after they were answered; more of them are looked at when they ask again. */
const mostWaiting = 1_000;

/** Switches that wait for the decision before they are answered, in all and for one place; beyond, they are answered without. */
const mostDeciding = 128;
const mostDecidingForOne = 8;

/** Switches of which is remembered what was said last. */
const mostSaid = 10_000;

/** Replacement by position, in one server. */
export class ByPosition {
  readonly signs = new SignsOfLife();
  readonly #parts: ByPositionParts;
  readonly #index: PlaceIndex;
  readonly #closing = new AbortController();
  readonly #said = new Map<string, string>();
  #waiting = 0;
  #work: Promise<unknown> = Promise.resolve();
  #deciding = 0;
  /** Of each place the last one that waits: those of one place are decided one by one. */
  readonly #decisions = new Map<string, { readonly waiting: number; readonly last: Promise<void> }>();

  constructor(parts: ByPositionParts) {
    this.#parts = parts;
    this.#index = new PlaceIndex(parts.nodes);
  }

  get mode(): PositionSettings['byPosition'] {
    return this.#parts.settings.byPosition;
  }

  /** A node's `.node` was written. */
  note(id: string, facts: NodeFacts): void {
    if (this.mode !== 'off') this.#index.note(id, facts);
  }

  /**
   * `auto`: puts an unknown switch in the place of a dead one, or says why not. Also completes what was begun and not finished.
   * @returns the node whose place it took; null if it is to be asked for as any other switch
   * @throws ZtpError what hindered a replacement that was begun
   */
  async takePlace(newcomer: Newcomer): Promise<string | null> {
    if (this.mode !== 'auto' || this.#closing.signal.aborted) return null;
    const { id, facts } = newcomer;
    const { kind } = await this.#parts.nodes.look(id);
    if (kind !== 'reserved' && kind !== 'none') return null;
    if (kind === 'none' && (await this.#index.find(facts, false)).ids.length === 0) return null;
    const place = this.#index.placeOf(facts);
    const before = this.#decisions.get(place) ?? { waiting: 0, last: Promise.resolve() };
    if (this.#deciding >= mostDeciding || before.waiting >= mostDecidingForOne) {
      const words =
        'too many switches at once ask for the place of another: this one is asked for as any other';
      this.#parts.log.warning(words, { node: id });
      return null;
    }
    const decision = before.last.then(() => this.#decide(newcomer));
    const ended = decision.then(
      () => this.#endDecision(place),
      () => this.#endDecision(place),
    );
    this.#deciding += 1;
    this.#decisions.set(place, { waiting: before.waiting + 1, last: ended });
    return decision;
  }

  /** `propose`: looks, after it was answered, whether an unknown switch stands where another one stood. */
  consider(newcomer: Newcomer): void {
    if (this.mode !== 'propose' || this.#waiting >= mostWaiting) return;
    this.#waiting += 1;
    this.#work = this.#work.then(async () => {
      this.#waiting -= 1;
      if (this.#closing.signal.aborted) return;
      try {
        const { ids } = await this.#index.find(newcomer.facts, false);
        if (ids.length > 0) await this.#propose(newcomer, await this.#findPredecessors(newcomer, ids), null);
      } catch (error) {
        this.#warn(newcomer, error);
      }
    });
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#work, ...[...this.#decisions.values()].map(({ last }) => last)]);
  }

  #endDecision(place: string): void {
    this.#deciding -= 1;
    const decisions = this.#decisions.get(place);
    if (!decisions) return;
    if (decisions.waiting === 1) this.#decisions.delete(place);
    else this.#decisions.set(place, { ...decisions, waiting: decisions.waiting - 1 });
  }

  async #decide(newcomer: Newcomer): Promise<string | null> {
    const { id, facts } = newcomer;
    const begun = await findBegun(this.#parts.nodes, id);
    // A renaming is completed by who began it: the box may be another one.
    if (begun?.to === 'rename') return null;
    if (begun) return this.#replace(newcomer, begun.other, 'it was begun, and not finished');
    try {
      await this.#letGo(id);
      // It may have been answered, and another one put in that place, while this one waited.
      if ((await this.#parts.nodes.look(id)).kind !== 'none') return null;
      const { ids, unreadable } = await this.#index.find(facts, true);
      const predecessors = await this.#findPredecessors(newcomer, ids);
      const [old] = predecessors.alike;
      if (old === undefined) {
        await this.#propose(newcomer, predecessors, null);
        return null;
      }
      const objection = await this.#object({ node: id, old }, predecessors, unreadable);
      if (objection) {
        await this.#propose(newcomer, predecessors, objection);
        return null;
      }
      if (this.#closing.signal.aborted) return null;
      return await this.#replace(newcomer, old, `same model (${facts.model}) and the same neighbors`);
    } catch (error) {
      // What was begun is completed by the next request, and until then the switch is refused.
      if ((await findBegun(this.#parts.nodes, id)) !== null) throw error;
      const reason = this.#warn(newcomer, error);
      const data = { did: 'not-proposed', guard: 'failed' };
      this.#sayOnce(newcomer, `failed ${reason}`, `takes no place of another: ${reason}`, data);
      await this.#letGo(id);
      return null;
    }
  }

  /** Gives up a name that was kept by somebody who was stopped before anything else was done. */
  async #letGo(id: string): Promise<void> {
    const { nodes } = this.#parts;
    if ((await nodes.look(id)).kind !== 'reserved') return;
    await nodes.exclusively(async () => {
      const standing = await nodes.look(id);
      // What somebody put there all the same is not ours to remove.
      const isEmpty = standing.kind === 'reserved' && standing.holds.length === 0;
      if (isEmpty && (await findBegun(nodes, id)) === null) await nodes.remove(id);
    });
  }

  async #replace({ id, facts }: Newcomer, old: string, why: string): Promise<string> {
    const wish = { old, new: id, force: false, facts, source: 'server', why } as const;
    await replaceNode(this.#parts, wish);
    this.#index.note(id, facts);
    this.#parts.log.info(`took the place of ${old}: ${why}`, { node: id });
    await forgetProposals(this.#parts.proposals, { old, node: id });
    return old;
  }

  async #object(
    pair: Pair,
    { alike, others }: Predecessors,
    unreadable: readonly string[],
  ): Promise<Objection | null> {
    const { journal, settings, proposals } = this.#parts;
    const { old } = pair;
    if (alike.length + others.size > 1) {
      const names = [...alike, ...others.keys()].join(', ');
      return { guard: 'several', words: `several nodes are cabled like this: ${names}` };
    }
    const unknown = await findRivals(this.#parts.nodes, unreadable);
    if (unknown.length > 0) {
      const files = unknown.map((id) => `nodes/${id}/.node`).join(', ');
      return {
        guard: 'unreadable',
        words: `it is not known where others stand: ${files} can not be read, which ztps --validate-config explains`,
      };
    }
    if ((await proposals.find(pair))?.state === 'rejected') {
      return { guard: 'rejected', words: `somebody rejected it as the replacement of ${old}` };
    }
    const sign = await findLastSign(journal, old, this.signs.last(old));
    const objection = objectToSign(old, sign, settings.silentFor);
    if (objection || sign?.address == null) return objection;
    const port = await findAnswer(sign.address, this.#closing.signal);
    if (port === null) {
      // It may have asked while it was waited for.
      const seen = this.signs.last(old);
      return seen && seen.at > sign.at ? objectToSign(old, seen, settings.silentFor) : null;
    }
    const words = `something answers on TCP ${port} of ${sign.address}, the last address of ${old}`;
    return { guard: 'answers', words };
  }

  async #findPredecessors({ id, facts }: Newcomer, ids: readonly string[]): Promise<Predecessors> {
    return findPredecessors(this.#parts.nodes, id, facts, ids);
  }

  /** Keeps the proposals that are new, and says once what was found. @param objection why it was not done at once; null if that was not asked */
  async #propose(
    newcomer: Newcomer,
    { alike, others }: Predecessors,
    objection: Objection | null,
  ): Promise<void> {
    const { id, facts, address } = newcomer;
    if (alike.length === 0) {
      if (others.size === 0) return;
      const words = `${sayModels(others, facts.model)}: not proposed as a replacement`;
      this.#sayOnce(newcomer, `model ${[...others.keys()]}`, words, {
        did: 'not-proposed',
        guard: 'model',
        old: [...others.keys()],
      });
      return;
    }
    const why = `same model (${facts.model}) and the same neighbors`;
    const since = new Date().toISOString();
    const offered: string[] = [];
    let isNew = false;
    for (const old of alike) {
      const proposal = { node: id, old, since, address, why, state: 'pending' } as const;
      if (await this.#parts.proposals.add(proposal)) isNew = true;
      else if ((await this.#parts.proposals.find(proposal))?.state === 'rejected') continue;
      offered.push(old);
    }
    const data = { old: alike, why, ...(objection && { guard: objection.guard }) };
    if (offered.length === 0) {
      if (objection) {
        const words = `does not take the place of ${alike.join(', ')}: ${objection.words}`;
        this.#sayOnce(newcomer, `${objection.guard} ${alike}`, words, { did: 'not-proposed', ...data });
      }
      return;
    }
    // What a restart forgot that it said, the proposal remembers.
    if (!isNew && objection === null) return;
    const because = objection ? `; not done at once, since ${objection.words}` : '';
    const words = `proposed as the replacement of ${offered.join(' or ')}: ${why}${because}`;
    this.#sayOnce(newcomer, `${objection?.guard ?? 'proposed'} ${offered}`, words, {
      did: 'proposed',
      ...data,
      old: offered,
    });
  }

  #sayOnce(
    { id, address }: Newcomer,
    fingerprint: string,
    message: string,
    data: Readonly<Record<string, unknown>>,
  ): void {
    if (this.#said.get(id) === fingerprint) return;
    this.#said.delete(id);
    this.#said.set(id, fingerprint);
    for (const oldest of this.#said.keys()) {
      if (this.#said.size <= mostSaid) break;
      this.#said.delete(oldest);
    }
    this.#parts.recorder.record({ type: 'operator', source: 'server', node: id, address, message, data });
  }

  #warn({ id }: Newcomer, error: unknown): string {
    const reason = error instanceof ZtpError || error instanceof Error ? error.message : String(error);
    this.#parts.log.warning(`it takes no place of another node: ${reason}`, { node: id });
    return reason;
  }
}
