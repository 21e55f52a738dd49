// The SQL that reads the journal. Every query finds its rows by an index, whatever it asks for: a `+` before a column keeps
// SQLite from choosing another one.

import type { RecordQuery, RunQuery } from '../ports/journal.js';
import { recordLevels } from '../wire/journal-record.js';
import { recordColumns, runColumns } from './journal-rows.js';
import type { Statement, Value } from './sqlite-connection.js';

/** What a row has to be, and what is bound for it. */
type Condition = readonly [sql: string, ...values: Value[]];

/** Yields rows of `recordColumns`: in the order of positions with `after`, else the other way round. */
export function findRecords(query: RecordQuery): Statement {
  const limit = toLimit(query.limit);
  const order = query.after === undefined ? 'DESC' : 'ASC';
  const within = positionsOf(query);
  if (query.source !== undefined) within.push(['+source = ?', query.source]);
  const searches = searchesOf(query);
  if (searches.length === 1) {
    const { sql, values } = where([...(searches[0] ?? []), ...within]);
    return {
      sql: `SELECT ${recordColumns} FROM records ${sql} ORDER BY position ${order} LIMIT ?`,
      values: [...values, limit],
    };
  }
  // Each kind by its own index, the ones that come first of each; then the first of all of them.
  const parts = searches.map((conditions) => {
    const { sql, values } = where([...conditions, ...within]);
    return {
      sql: `SELECT position FROM (SELECT position FROM records ${sql} ORDER BY position ${order} LIMIT ?)`,
      values: [...values, limit],
    };
  });
  const positions = parts.map(({ sql }) => sql).join(' UNION ALL ') || 'SELECT NULL WHERE FALSE';
  return {
    sql: `SELECT ${recordColumns} FROM records WHERE position IN (${positions}) ORDER BY position ${order} LIMIT ?`,
    values: [...parts.flatMap(({ values }) => values), limit],
  };
}

/** Yields rows of `runColumns`, newest first. */
export function findRuns(query: RunQuery): Statement {
  const conditions: Condition[] = [];
  const { node, since } = query;
  if (query.run !== undefined) conditions.push(['run = ?', query.run]);
  if (node !== undefined) conditions.push([query.run === undefined ? 'node = ?' : '+node = ?', node]);
  if (query.latest) {
    conditions.push(node === undefined ? [`run IN (${latestOfAll})`] : [`run = (${latestOf('?')})`, node]);
  }
  if (query.open) conditions.push(['ended_at IS NULL']);
  if (since !== undefined) conditions.push(['active_at >= ?', toTime(since)]);
  const { sql, values } = where(conditions);
  // Those of late are few, and may have begun at any time.
  const start = since === undefined ? 'started_at' : '+started_at';
  return {
    sql: `SELECT ${runColumns} FROM runs ${sql} ORDER BY ${start} DESC, run DESC LIMIT ?`,
    values: [...values, toLimit(query.limit)],
  };
}

const latestOf = (node: string) =>
  `SELECT own.run FROM runs AS own WHERE own.node = ${node} ORDER BY own.started_at DESC, own.run DESC LIMIT 1`;

/** Leaps in the index from node to node, so that it costs nothing that a node has had many runs. */
const latestOfAll = `
  WITH RECURSIVE known (node) AS (
    SELECT min(node) FROM runs
    UNION ALL
    SELECT (SELECT min(node) FROM runs WHERE node > known.node) FROM known WHERE known.node IS NOT NULL
  )
  SELECT (${latestOf('known.node')}) FROM known WHERE known.node IS NOT NULL`;

/** Alternatives: each is the rows of one entry in one index, which has them in the order of their positions. */
function searchesOf({ node, run, types, level }: RecordQuery): Condition[][] {
  const levels = recordLevels.flatMap((_name, rank) =>
    level === undefined || rank >= recordLevels.indexOf(level) ? BigInt(rank) : [],
  );
  const distinct = types && [...new Set(types)];
  if (run === undefined && node === undefined) {
    if (distinct) {
      return distinct.flatMap((type) =>
        levels.map((rank): Condition[] => [['type = ? AND level = ?', type, rank]]),
      );
    }
    if (levels.length === recordLevels.length) return [[]];
    return levels.map((rank): Condition[] => [['level = ?', rank]]);
  }
  const conditions: Condition[] = [];
  if (run !== undefined) conditions.push(['run = ?', run]);
  if (node !== undefined) conditions.push([run === undefined ? 'node = ?' : '+node = ?', node]);
  if (distinct) conditions.push([`+type IN (${distinct.map(() => '?').join()})`, ...distinct]);
  if (levels.length < recordLevels.length) conditions.push(['+level >= ?', levels[0] ?? 0n]);
  return [conditions];
}

/** Bounds of the position. Times follow positions but for clocks that were set: so the first position of a time is looked up. */
function positionsOf({ after, since }: RecordQuery): Condition[] {
  const conditions: Condition[] = [];
  if (after !== undefined) conditions.push(['position > ?', BigInt(Math.floor(after))]);
  if (since !== undefined) {
    const time = toTime(since);
    conditions.push([
      'position >= (SELECT min(+early.position) FROM records AS early WHERE early.at >= ?) AND +at >= ?',
      time,
      time,
    ]);
  }
  return conditions;
}

function where(conditions: readonly Condition[]): Statement {
  return {
    sql: conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`,
    values: conditions.flatMap(([, ...values]) => values),
  };
}

function toLimit(limit: number): bigint {
  return BigInt(Math.max(0, Math.min(Math.floor(limit), Number.MAX_SAFE_INTEGER)));
}

/** As times are stored, so that they compare as text. */
function toTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toISOString();
}
