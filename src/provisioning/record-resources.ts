// Values that became a node's, and that were given back: for the journal.

import { userInfo } from 'node:os';
import type { MovedValue, PoolValue } from '../ports/pool-store.js';
import type { RecordData, RecordSource } from '../wire/journal-record.js';
import type { Recorder } from './recorder.js';

/** A value of a pool became somebody's (`resource-allocated`). @param source `operator` where a command took it */
export function recordGiven(
  recorder: Recorder,
  runs: { runOf(node: string): string | null },
  pool: string,
  value: PoolValue,
  owner: string,
  source: RecordSource,
): void {
  const { node, key } = splitOwner(owner);
  recorder.recordQuietly({
    type: 'resource-allocated',
    source,
    message: `${value} of pool ${pool} given${key === null ? '' : ` for ${key}`}`,
    node,
    run: runs.runOf(node),
    data: { pool, value, key },
  });
}

/** Somebody gave a value back (`resource-released`). */
export function recordFreed(recorder: Recorder, pool: string, value: string, owner: string): void {
  const { node, key } = splitOwner(owner);
  recorder.recordQuietly({
    type: 'resource-released',
    message: `${value} of pool ${pool} freed, ${owner} had it`,
    node,
    data: { pool, value, key },
    source: 'operator',
  });
}

/** A value passed from one node to another: freed of the one, given to the other. */
export function recordMoved(recorder: Recorder, pool: string, { value, from, to }: MovedValue): void {
  const { node, key } = splitOwner(to);
  const old = splitOwner(from).node;
  const base = { data: { pool, value, key }, source: 'operator' } as const;
  const message = `${value} of pool ${pool} passed from ${old} to ${node}`;
  recorder.recordQuietly({ ...base, type: 'resource-released', message, node: old });
  recorder.recordQuietly({ ...base, type: 'resource-allocated', message, node });
}

/** Somebody did something at a command line (`operator`). @param did one word, for programs */
export function recordOperator(
  recorder: Recorder,
  did: string,
  message: string,
  data: RecordData,
  node: string | null = null,
): void {
  recorder.recordQuietly({
    type: 'operator',
    message,
    node,
    data: { did, by: findUserName(), ...data },
    source: 'operator',
  });
}

/** Who runs this process; null for a user that has no name. */
export function findUserName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

/** `<node id>` or `<node id>#<key>`; a node id holds no `#`. */
function splitOwner(owner: string): { readonly node: string; readonly key: string | null } {
  const [node = '', ...key] = owner.split('#');
  return { node, key: key.length === 0 ? null : key.join('#') };
}
