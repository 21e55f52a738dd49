// One box takes the place of another: what the old node's folder holds, its values and its config. Each step is durable and may be
// done again, so that whoever is killed at any of them has only to run the same once more.

import type { NodeFacts } from '../../engine/node-facts.js';
import type { Log } from '../../log/log.js';
import type { History } from '../../ports/history.js';
import type { Journal } from '../../ports/journal.js';
import type { NodeStanding, NodeStore, Replacement } from '../../ports/node-store.js';
import type { MovedValue } from '../../ports/pool-store.js';
import type { RecordSource } from '../../wire/journal-record.js';
import { isNodeId } from '../../wire/node-id.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { keepConfig } from '../keep-config.js';
import { forEachPool, isFailure, type PoolStores } from '../pool-usage.js';
import { findUserName, recordFreed, recordMoved } from '../record-resources.js';
import type { Recorder } from '../recorder.js';
import { findHeld, type HeldValue } from '../release-values.js';
import { describeKept } from './find-begun.js';
import { refuseHalfDone, searchHolder } from './find-holder.js';

/** What a replacement works on: a part of `Site`. */
export interface ReplaceParts extends PoolStores {
  readonly nodes: NodeStore;
  readonly history: Pick<History, 'add' | 'note'>;
  readonly journal: Pick<Journal, 'records' | 'flush'>;
  readonly recorder: Recorder;
  readonly log: Log;
}

/** Who takes whose place. */
export interface ReplaceWish {
  readonly old: string;
  readonly new: string;
  /** True: what stands under the new name may go. */
  readonly force: boolean;
  /** What the new box said of itself, if it has. */
  readonly facts: NodeFacts | null;
  readonly source: Exclude<RecordSource, 'switch'>;
  /** Why it was done, in words; null if somebody wished it. */
  readonly why: string | null;
}

/** A value that passed on, and the pool as people name it. */
export interface MovedResource extends MovedValue {
  readonly pool: string;
}

/** What was done. */
export interface ReplacedNode {
  readonly old: string;
  readonly new: string;
  /** `already`: it had been done before, and nothing was changed. `completed`: what somebody began was. */
  readonly outcome: 'done' | 'completed' | 'already';
  readonly moved: readonly MovedResource[];
  /** Values that the new node held under the same names, and that were given back. */
  readonly freed: readonly HeldValue[];
  /** Other values that the new node held before, and still holds. */
  readonly kept: readonly HeldValue[];
}

/** What is there before anything is done. */
interface Situation {
  readonly target: NodeStanding;
  readonly standing: Replacement;
  /** It was begun before, and not finished. */
  readonly isUnderWay: boolean;
  /** What the new node holds already, unless it was begun before. */
  readonly held: readonly HeldValue[];
}

/**
 * Puts a node in the place of another, whose folder is kept as replaced.
 * @throws ZtpError `invalid-node-id`, `unknown-node`, `incomplete-node`, `replaced`, `node-exists`, `node-in-use`, and what stores throw;
 *   the first six with nothing changed
 */
export async function replaceNode(parts: ReplaceParts, wish: ReplaceWish): Promise<ReplacedNode> {
  for (const id of [wish.old, wish.new]) checkNodeId(id);
  if (wish.old === wish.new) {
    throw new ZtpError('invalid-node-id', `${wish.old} can not take its own place: name two nodes`);
  }
  return parts.nodes.exclusively(() => replace(parts, wish));
}

/** Throws `invalid-node-id`. */
export function checkNodeId(id: string): void {
  if (isNodeId(id)) return;
  throw new ZtpError(
    'invalid-node-id',
    `${JSON.stringify(id.slice(0, 128))} is no node id: wanted 1 to 128 letters, digits, ".", "_" or "-", not starting with "."`,
  );
}

async function replace(parts: ReplaceParts, wish: ReplaceWish): Promise<ReplacedNode> {
  const { nodes } = parts;
  const names = { old: wish.old, new: wish.new };
  const situation = await look(parts, wish);
  if (situation === 'done') {
    if (!(await isRecorded(parts, wish))) record(parts, wish, []);
    return { ...names, outcome: 'already', moved: [], freed: [], kept: [] };
  }
  const facts = wish.facts ?? (await readFacts(nodes, wish.new, situation.target));
  // What hinders this hinders it before anything is changed.
  await keepConfig(parts, wish.old, wish.old, 'hand');
  await makeRoom(parts, wish, situation.target, facts);
  // From here on the old box is refused, and whoever is killed has begun what only this can finish.
  await nodes.markReplaced(wish.old, wish.new);
  const { moved, freed } = await passValues(parts, wish.old, wish.new);
  // A switch may have saved one at the moment when its name was kept.
  await keepConfig(parts, wish.new, wish.new, 'hand');
  await keepConfig(parts, wish.old, wish.new, 'replaced');
  const at = new Date().toISOString();
  await parts.history.note([
    { node: wish.new, at, kind: 'replaced', other: wish.old },
    { node: wish.old, at, kind: 'replaced-by', other: wish.new },
  ]);
  if (!situation.isUnderWay || !(await isRecorded(parts, wish))) record(parts, wish, moved);
  await parts.journal.flush();
  if (!(await nodes.fill(wish.new, wish.old, facts))) {
    throw new ZtpError(
      'node-exists',
      `nodes/${wish.new} was registered while it took the place of ${wish.old}: run the same again with --force`,
    );
  }
  parts.log.info(`takes the place of ${wish.old}`, { node: wish.new });
  const isFreed = ({ pool, value }: HeldValue) => freed.some((it) => it.pool === pool && it.value === value);
  return {
    ...names,
    outcome: situation.isUnderWay ? 'completed' : 'done',
    moved,
    freed,
    kept: situation.held.filter((it) => !isFreed(it)),
  };
}

async function look(parts: ReplaceParts, { old, new: id, force }: ReplaceWish): Promise<Situation | 'done'> {
  const { nodes } = parts;
  const before = await nodes.find(old);
  if (!before)
    throw new ZtpError('unknown-node', `there is no folder nodes/${old}: "ztps node list" lists all`);
  const by = await nodes.readReplacedBy(old);
  const [target, standing] = [await nodes.look(id), await nodes.readReplacement(id)];
  if (by === id && target.kind === 'folder' && standing.replaces === old && standing.replacedBy === null) {
    return 'done';
  }
  const wanted = { to: 'replace', other: old, id } as const;
  for (const each of [old, id]) await refuseHalfDone(nodes, each, wanted);
  if (by !== null) await refuseHandedOn(nodes, old, id, by);
  if (!before.definition && !before.startupConfig) {
    const kept = await describeKept(nodes, old);
    throw new ZtpError(
      'incomplete-node',
      `nodes/${old} has neither definition nor startup-config: ${kept ?? 'there is nothing to hand on'}`,
    );
  }
  const isUnderWay = by === id && (target.kind === 'reserved' || target.kind === 'none');
  const held = await readHeld(parts, id);
  await readHeld(parts, old);
  if (!force) await refuseToOverwrite(parts, old, id, { target, standing, isUnderWay, held });
  return { target, standing, isUnderWay, held: isUnderWay ? [] : held };
}

/** A place is handed on by who has it. Throws `replaced`, unless nobody has it any more. */
async function refuseHandedOn(nodes: NodeStore, old: string, id: string, by: string): Promise<void> {
  const holder = await searchHolder(nodes, old);
  if (holder?.kind !== 'held') return;
  const has = holder.by === by ? '' : `, and ${holder.by} has its place`;
  const mend =
    holder.by === id ? 'there is nothing to do' : `ztps replace ${holder.by} ${id} hands the place on`;
  const mistake =
    holder.by === by && holder.by !== id
      ? `, or, if ${by} was a mistake for ${id}, ztps node rename ${by} ${id}`
      : '';
  throw new ZtpError('replaced', `nodes/${old} is replaced-by ${by} already${has}: ${mend}${mistake}`);
}

/** What both hold has to be known before anything is changed. Throws what the first pool that can not be read says. */
async function readHeld(parts: ReplaceParts, id: string): Promise<readonly HeldValue[]> {
  const { values, failures } = await findHeld(parts, id);
  const [failure] = failures;
  if (failure) {
    throw new ZtpError(failure.reason, `it can not be told what ${id} holds: ${failure.error}`);
  }
  return values;
}

/** Nothing of the new node is lost unless that was said: but a link to the old one, or the folder of the one that comes back. */
async function refuseToOverwrite(
  { nodes }: ReplaceParts,
  old: string,
  id: string,
  { target, standing, isUnderWay, held }: Situation,
): Promise<void> {
  const isFree = target.kind === 'none' || (target.kind === 'reserved' && target.holds.length === 0);
  const holder = standing.replacedBy === null ? null : await searchHolder(nodes, id);
  const isBack = holder?.kind === 'held' && holder.by === old;
  const isNothingNew = (target.kind === 'link' && target.to === old) || isBack;
  const values = isUnderWay ? [] : held;
  if ((isFree || isNothingNew) && values.length === 0) return;
  const has: string[] = [];
  if (!isFree && !isNothingNew) has.push(...(await describeFolder(nodes, id, target)));
  has.push(...values.map(({ pool, value }) => `${value} of pool ${pool}`));
  const replaced = standing.replacedBy === null ? '' : ` (replaced-by ${standing.replacedBy})`;
  throw new ZtpError(
    'node-exists',
    `${id}${replaced} has ${has.join(', ')}: with --force that of the folder is lost (a startup-config stays in its history), and a value is given back where ${old} has one of the same pool and key`,
  );
}

async function describeFolder(
  nodes: NodeStore,
  id: string,
  target: NodeStanding,
): Promise<readonly string[]> {
  if (target.kind === 'link') return [`a link in its place, to ${target.to ?? 'elsewhere'}`];
  if (target.kind === 'reserved')
    return target.holds.map((name) => `${name} in a folder that only keeps its name`);
  const parts = await nodes.find(id);
  const names = [parts?.definition && 'definition', parts?.startupConfig && 'startup-config'].filter(
    (it): it is string => typeof it === 'string',
  );
  return [`a folder nodes/${id}${names.length === 0 ? '' : ` with ${names.join(' and ')}`}`];
}

async function readFacts(nodes: NodeStore, id: string, target: NodeStanding): Promise<NodeFacts | null> {
  // Of a link they are another node's.
  if (target.kind === 'none' || target.kind === 'link') return null;
  try {
    return await nodes.readFacts(id);
  } catch (error) {
    if (error instanceof ZtpError && error.code === 'invalid-node-file') return null;
    throw error;
  }
}

/** Keeps the new name, which nobody can register from now on. */
async function makeRoom(
  parts: ReplaceParts,
  wish: ReplaceWish,
  target: NodeStanding,
  facts: NodeFacts | null,
): Promise<void> {
  const { nodes, log } = parts;
  const over = target.kind === 'folder';
  if (over) await keepConfig(parts, wish.new, wish.new, 'hand');
  if (target.kind === 'link' && (await nodes.remove(wish.new))) {
    log.info(`nodes/${wish.new} removed, a link`, { node: wish.new });
  }
  const isKept = await nodes.reserve({ to: 'replace', other: wish.old, id: wish.new }, { over, facts });
  if (isKept) {
    if (over) log.info(`nodes/${wish.new} removed`, { node: wish.new });
    return;
  }
  throw new ZtpError(
    'node-exists',
    `nodes/${wish.new} was made by somebody else this moment: look, and run it again`,
  );
}

/** All that a node holds, pool by pool. @throws what the first pool that can not be changed says */
export async function passValues(
  parts: PoolStores & { readonly recorder: Recorder; readonly log: Log },
  from: string,
  to: string,
): Promise<{ readonly moved: readonly MovedResource[]; readonly freed: readonly HeldValue[] }> {
  const moved: MovedResource[] = [];
  const freed: HeldValue[] = [];
  const outcomes = await forEachPool(parts, async ({ name, store, pool }) => {
    const done = await store.reassign(pool, from, to);
    for (const it of done.moved) {
      moved.push({ pool: name, ...it });
      parts.log.info(`${it.value} of pool ${name} passed on, ${from} had it`, { node: to });
      recordMoved(parts.recorder, name, it);
    }
    for (const { value, owner } of done.freed) {
      freed.push({ pool: name, value, owner });
      parts.log.info(`${value} of pool ${name} freed, ${owner} had it`, { node: to });
      recordFreed(parts.recorder, name, value, owner);
    }
    return done;
  });
  const failure = outcomes.find((it) => isFailure(it));
  if (failure && isFailure(failure)) {
    throw new ZtpError(
      failure.reason,
      `${failure.error}; mend that, and run the same again: it goes on from here`,
    );
  }
  return { moved, freed };
}

function record(
  parts: ReplaceParts,
  { old, new: id, source, why }: ReplaceWish,
  moved: readonly MovedResource[],
): void {
  const resources = moved.map(({ pool, value }) => ({ pool, value }));
  const by = source === 'operator' ? findUserName() : null;
  const data = { did: 'replaced', by, old, new: id, ...(why !== null && { why }), resources };
  const because = why === null ? '' : `: ${why}`;
  const entry = { type: 'operator', source, data } as const;
  parts.recorder.recordQuietly({ ...entry, node: id, message: `takes the place of ${old}${because}` });
  parts.recorder.recordQuietly({ ...entry, node: old, message: `replaced-by ${id}${because}` });
}

/** Whether the last thing that was done to the new node is this: it may have been killed right after. */
async function isRecorded({ journal }: ReplaceParts, { old, new: id }: ReplaceWish): Promise<boolean> {
  const records = await journal.records({ node: id, types: ['operator'], limit: 20 });
  const last = records.filter(({ data }) => data.did === 'replaced').at(-1);
  return last?.data.old === old && last.data.new === id;
}
