// Gives a node another id: its folder, its values and its history. As with a replacement, who is killed runs the same again.

import type { History } from '../../ports/history.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { keepConfig } from '../keep-config.js';
import { recordOperator } from '../record-resources.js';
import { findHeld, type HeldValue } from '../release-values.js';
import { refuseHalfDone } from './find-holder.js';
import { checkNodeId, type MovedResource, passValues, type ReplaceParts } from './replace-node.js';

/** What renaming works on: a part of `Site`. */
export interface RenameParts extends Omit<ReplaceParts, 'history'> {
  readonly history: Pick<History, 'add' | 'move'>;
}

/** What was done. */
export interface RenamedNode {
  readonly old: string;
  readonly new: string;
  /** `already`: it had been done before, and nothing was changed. `completed`: what somebody began was. */
  readonly outcome: 'done' | 'completed' | 'already';
  readonly moved: readonly MovedResource[];
}

/**
 * Renames a node.
 * @throws ZtpError `invalid-node-id`, `unknown-node`, `replaced`, `node-exists`, `node-in-use`, and what stores throw; the first five
 *   with nothing changed
 */
export async function renameNode(parts: RenameParts, old: string, id: string): Promise<RenamedNode> {
  for (const each of [old, id]) checkNodeId(each);
  if (old === id) throw new ZtpError('invalid-node-id', `${old} is its name already: name another one`);
  return parts.nodes.exclusively(() => rename(parts, old, id));
}

async function rename(parts: RenameParts, old: string, id: string): Promise<RenamedNode> {
  const { nodes } = parts;
  const before = await nodes.look(old);
  const wanted = { to: 'rename', other: old, id } as const;
  for (const each of [old, id]) await refuseHalfDone(nodes, each, wanted);
  if (before.kind === 'none' || before.kind === 'reserved') return finish(parts, old, id);
  const by = await nodes.readReplacedBy(old);
  if (by !== null && by !== id) {
    throw new ZtpError('replaced', `nodes/${old} is replaced-by ${by}: only what is in use can be renamed`);
  }
  const target = await nodes.look(id);
  if (target.kind !== 'none' && target.kind !== 'reserved') {
    throw new ZtpError('node-exists', `there is a node nodes/${id}: remove it first, or take another name`);
  }
  if (target.kind === 'reserved' && target.holds.length > 0) {
    const holds = target.holds.join(', ');
    throw new ZtpError(
      'node-exists',
      `nodes/${id} only keeps its name, but somebody put ${holds} there: move that away, and run it again`,
    );
  }
  const isUnderWay = by === id;
  const held = await findAllHeld(parts, id);
  await findAllHeld(parts, old);
  if (!isUnderWay && held.length > 0) {
    const values = held.map(({ pool, value }) => `${value} of pool ${pool}`).join(', ');
    throw new ZtpError('node-exists', `${id} holds ${values}: ztps pool release --all ${id} gives that back`);
  }
  await nodes.refuseLinks(old);
  // What hinders this hinders it before anything is changed.
  await keepConfig(parts, old, old, 'hand');
  if (!(await nodes.reserve(wanted, { over: false, facts: null }))) throw madeMeanwhile(id);
  // From here on nobody is let in under the old name, and nothing is given out to it.
  await nodes.markReplaced(old, id);
  const { moved } = await passValues(parts, old, id);
  await moveHistory(parts, old, id);
  await nameSuccessor(parts, old, old, id);
  // A switch may have saved one at the moment when its name was kept.
  await keepConfig(parts, id, id, 'hand');
  if (!(await nodes.rename(old, id))) throw madeMeanwhile(id);
  await finish(parts, old, id);
  return { old, new: id, outcome: isUnderWay ? 'completed' : 'done', moved };
}

/** The folder has its new name. What others say of the old one is still to be put right. */
async function finish(parts: RenameParts, old: string, id: string): Promise<RenamedNode> {
  const { nodes, recorder, log, journal } = parts;
  const standing = await nodes.look(id);
  const isThere = standing.kind === 'folder' || standing.kind === 'link';
  if (isThere && !(await nodes.isRenamed(old, id)) && (await isRecorded(parts, old, id))) {
    await nodes.endRename(old, id);
    return { old, new: id, outcome: 'already', moved: [] };
  }
  if (!isThere || !(await nodes.isRenamed(old, id))) {
    throw new ZtpError('unknown-node', `there is no folder nodes/${old}: "ztps node list" lists all`);
  }
  await nameSuccessor(parts, id, old, id);
  log.info(`renamed from ${old}`, { node: id });
  recordOperator(recorder, 'renamed', `renamed from ${old}`, { old, new: id }, id);
  recordOperator(recorder, 'renamed', `renamed to ${id}`, { old, new: id }, old);
  await journal.flush();
  await nodes.endRename(old, id);
  return { old, new: id, outcome: 'completed', moved: [] };
}

/** Nodes whose place a renamed one has say so under its new name. @param at where the renamed node's folder is */
async function nameSuccessor({ nodes }: RenameParts, at: string, old: string, id: string): Promise<void> {
  const { places } = await nodes.readReplacement(at);
  for (const place of places) {
    if ((await nodes.readReplacedBy(place)) === old) await nodes.markReplaced(place, id);
  }
}

async function moveHistory({ history }: RenameParts, old: string, id: string): Promise<void> {
  try {
    await history.move(old, id, new Date().toISOString());
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    const words = `${error.message}; until that is mended and the same is run again, which goes on from here, neither ${old} nor ${id} is let in`;
    throw new ZtpError(error.code, words, { cause: error });
  }
}

/** Whether the last thing that was done to a node is this. */
async function isRecorded({ journal }: RenameParts, old: string, id: string): Promise<boolean> {
  const records = await journal.records({ node: id, types: ['operator'], limit: 20 });
  const last = records.at(-1);
  return last?.data.did === 'renamed' && last.data.old === old && last.data.new === id;
}

async function findAllHeld(parts: RenameParts, id: string): Promise<readonly HeldValue[]> {
  const { values, failures } = await findHeld(parts, id);
  const [failure] = failures;
  if (!failure) return values;
  throw new ZtpError(failure.reason, `it can not be told what ${id} holds: ${failure.error}`);
}

function madeMeanwhile(id: string): ZtpError {
  return new ZtpError(
    'node-exists',
    `nodes/${id} was made by somebody else this moment: look, and run it again`,
  );
}
