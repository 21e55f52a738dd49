// `ztps node list` and `ztps node show`: what the folders of nodes hold, and all that is known of one. Reads, changes nothing.

import type { NodeFacts } from '../engine/node-facts.js';
import type { ConfigVersion, History } from '../ports/history.js';
import type { Journal } from '../ports/journal.js';
import type { NodeParts, NodeStanding, NodeStore, Reservation } from '../ports/node-store.js';
import type { RunReport } from '../wire/node-state.js';
import { ZtpError } from '../wire/ztp-error.js';
import { listRuns } from './list-runs.js';
import type { PoolStores } from './pool-usage.js';
import { findHeld, type HeldValues } from './release-values.js';

/** A node's folder at a glance. */
export interface NodeSketch {
  readonly node: string;
  /** The files that it is made of; null if it could not be looked at. */
  readonly parts: NodeParts | null;
  /** Where the link leads that it is; `elsewhere` if not to a node; null if it is a folder. */
  readonly link: string | null;
  /** The `name` in its definition. */
  readonly definition: string | null;
  /** The `name` in its pattern. */
  readonly pattern: string | null;
  readonly model: string | null;
  readonly replacedBy: string | null;
  readonly replaces: string | null;
  /** What its name is only kept for; null for a node that is there. */
  readonly reservation: Reservation | null;
  /** What could not be read, and why. */
  readonly problems: readonly string[];
}

/** All that is known of a node. */
export interface NodeDescription extends NodeSketch {
  /** What the switch said of itself: `.node`. */
  readonly facts: (Omit<NodeFacts, 'neighbors'> & { readonly neighbors: object }) | null;
  readonly resources: HeldValues;
  /** Its last run. */
  readonly run: RunReport | null;
  /** The newest version in its history. */
  readonly config: ConfigVersion | null;
}

/** Folders that are looked into at once. */
const atOnce = 16;

/** Every folder of `nodes/`, by id. Throws `read-failed` if `nodes/` can not be read. */
export async function sketchNodes(nodes: NodeStore): Promise<readonly NodeSketch[]> {
  const ids = await nodes.list();
  const sketches: NodeSketch[] = [];
  for (let at = 0; at < ids.length; at += atOnce) {
    const found = await Promise.all(ids.slice(at, at + atOnce).map((id) => sketch(nodes, id)));
    sketches.push(...found.map(({ facts: _, ...rest }) => rest));
  }
  return sketches;
}

/** Throws `unknown-node`, and what the journal and the history say when they can not be read. */
export async function describeNode(
  parts: PoolStores & {
    readonly nodes: NodeStore;
    readonly journal: Pick<Journal, 'runs' | 'records'>;
    readonly history: Pick<History, 'newest'>;
  },
  id: string,
): Promise<NodeDescription> {
  const { nodes } = parts;
  if ((await nodes.look(id)).kind === 'none') {
    throw new ZtpError('unknown-node', `there is no folder nodes/${id}: "ztps node list" lists all`);
  }
  const { facts, ...rest } = await sketch(nodes, id);
  const [resources, [run], config] = await Promise.all([
    findHeld(parts, id),
    listRuns(parts, id, 1),
    parts.history.newest(id),
  ]);
  return {
    ...rest,
    facts: facts && { ...facts, neighbors: Object.fromEntries(facts.neighbors) },
    resources,
    run: run ?? null,
    config,
  };
}

async function sketch(
  nodes: NodeStore,
  node: string,
): Promise<NodeSketch & { readonly facts: NodeFacts | null }> {
  const problems: string[] = [];
  const attempt = async <T>(read: () => Promise<T | null>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ZtpError)) throw error;
      problems.push(error.message);
      return null;
    }
  };
  const parts = await attempt(() => nodes.find(node));
  const standing = await attempt(() => nodes.look(node));
  const definition = parts?.definition ? await attempt(() => nodes.readDefinition(node)) : null;
  const pattern = parts?.pattern ? await attempt(() => nodes.readPattern(node)) : null;
  const facts = parts?.facts ? await attempt(() => nodes.readFacts(node)) : null;
  const replacement = await attempt(() => nodes.readReplacement(node));
  return {
    node,
    parts,
    link: linkOf(standing),
    definition: nameIn(definition?.value),
    pattern: nameIn(pattern?.value),
    model: facts?.model ?? null,
    replacedBy: replacement?.replacedBy ?? null,
    replaces: replacement?.replaces ?? null,
    reservation: await attempt(() => nodes.readReservation(node)),
    problems,
    facts,
  };
}

function linkOf(standing: NodeStanding | null): string | null {
  return standing?.kind === 'link' ? (standing.to ?? 'elsewhere') : null;
}

function nameIn(document: unknown): string | null {
  const { name } = Object(document) as { readonly name?: unknown };
  return typeof name === 'string' || typeof name === 'number' ? String(name) : null;
}
