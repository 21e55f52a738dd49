// Who stood where an unknown switch stands now, and what speaks against its taking that place by itself. Changes nothing.

import type { NodeFacts } from '../../engine/node-facts.js';
import { placeOf } from '../../engine/topology/place.js';
import type { Journal } from '../../ports/journal.js';
import type { NodeStore } from '../../ports/node-store.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { findLastSign, type Sign } from './signs-of-life.js';

/** Why a place is not taken. `docs/replacement.md` explains each. */
export type Guard = 'several' | 'unreadable' | 'model' | 'alive' | 'answers' | 'no-address' | 'rejected';

/** A guard that refuses, and what it found. */
export interface Objection {
  readonly guard: Guard;
  readonly words: string;
}

/** Known nodes that are cabled as the unknown one is, none of them replaced. */
export interface Predecessors {
  /** Of the same model. */
  readonly alike: readonly string[];
  /** Of another one, or of one that is not known: node → model. */
  readonly others: ReadonlyMap<string, string | null>;
}

/** Nodes in one place that are looked at; more of them are a mistake of somebody. */
const mostInPlace = 32;

/** Looks at each again: an index may be late. Throws ZtpError `read-failed` and its kind, `invalid-node-file`. */
export async function findPredecessors(
  nodes: NodeStore,
  id: string,
  facts: NodeFacts,
  ids: readonly string[],
): Promise<Predecessors> {
  const place = placeOf(facts);
  const alike: string[] = [];
  const others = new Map<string, string | null>();
  for (const other of ids.filter((it) => it !== id).slice(0, mostInPlace)) {
    const known = await readKnown(nodes, other);
    if (!known || place === null || placeOf(known) !== place) continue;
    if (known.model !== null && known.model !== '' && known.model === facts.model) alike.push(other);
    else others.set(other, known.model);
  }
  return { alike, others };
}

/** Which of some nodes could hand something on: known, and replaced by nobody. What can not be told counts. */
export async function findRivals(nodes: NodeStore, ids: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const id of ids) {
    if (found.length >= mostInPlace) break;
    try {
      if (await couldHandOn(nodes, id)) found.push(id);
    } catch (error) {
      if (!(error instanceof ZtpError)) throw error;
      found.push(id);
    }
  }
  return found;
}

/** The facts of a node that could hand something on. Throws `read-failed` and its kind, `invalid-node-file`. */
async function readKnown(nodes: NodeStore, id: string): Promise<NodeFacts | null> {
  return (await couldHandOn(nodes, id)) ? nodes.readFacts(id) : null;
}

async function couldHandOn(nodes: NodeStore, id: string): Promise<boolean> {
  const parts = await nodes.find(id);
  if (!parts?.definition && !parts?.startupConfig) return false;
  return (await nodes.readReplacedBy(id)) === null;
}

/** What speaks against the silence of a node; null if nothing does. */
export function objectToSign(node: string, sign: Sign | null, silentFor: number): Objection | null {
  if (sign?.address == null) {
    return {
      guard: 'no-address',
      words: `it is not known where ${node} was last heard of, so it can not be asked`,
    };
  }
  const ago = Math.max(0, Math.floor((Date.now() - sign.at) / 1000));
  if (ago >= silentFor) return null;
  const words = `${node} gave a sign of life ${ago} s ago, at ${sign.address}: that is less than [replacement] silent_for, ${silentFor} s`;
  return { guard: 'alive', words };
}

/** The same from the journal alone, for who is no server. */
export async function objectFromJournal(
  journal: Pick<Journal, 'flush' | 'runs' | 'records'>,
  node: string,
  silentFor: number,
): Promise<{ readonly sign: Sign | null; readonly objection: Objection | null }> {
  const sign = await findLastSign(journal, node, null);
  return { sign, objection: objectToSign(node, sign, silentFor) };
}

/** A model that differs, in words. */
export function sayModels(others: Predecessors['others'], model: string | null): string {
  const named = [...others].map(([id, it]) => `${id} (${it ?? 'no model known'})`).join(', ');
  return `cabled as ${named}, but its model is ${model ?? 'not known'}`;
}
