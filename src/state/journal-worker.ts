// The thread of a journal: what is done with its file for each kind of request.

import { resultOf } from './failure-words.js';
import { findRecords, findRuns } from './journal-queries.js';
import type { JournalWork } from './journal-request.js';
import { type ChangeRow, toRecord, toRun, writeStatements } from './journal-rows.js';
import { journalShape } from './journal-shape.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { type SqliteAccess, serveRequests } from './sqlite-file.js';

serveRequests<JournalWork>({
  shape: journalShape,
  reading: ['records', 'runs'],
  work(file, request) {
    switch (request.kind) {
      case 'write':
        return file.write((connection) =>
          request.changes.flatMap((change) => write(connection, change) ?? []),
        );
      case 'records': {
        const rows = file.read(findRecords(request.query)).map(toRecord);
        return request.query.after === undefined ? rows.reverse() : rows;
      }
      case 'runs':
        return file.read(findRuns(request.query)).flatMap((row) => toRun(row) ?? []);
      case 'prune':
        return prune(file, request.before, request.limit);
    }
  },
});

function prune(file: SqliteAccess, before: string, limit: number): number {
  const values = [before, BigInt(limit)];
  const pruned = file.changeIfThere(
    (connection) =>
      connection.change(
        `DELETE FROM records WHERE position IN (
           SELECT position FROM records WHERE at < ?1 AND coalesce(repeated_at, at) < ?1 ORDER BY at LIMIT ?2)`,
        values,
      ) +
      connection.change(
        `DELETE FROM runs WHERE run IN (
           SELECT run FROM runs WHERE active_at < ? AND ended_at IS NOT NULL ORDER BY active_at LIMIT ?)`,
        values,
      ),
  );
  return pruned ?? 0;
}

/** Writes one change. @returns why it can not be written at all, if so */
function write(connection: SqliteConnection, { kind, values }: ChangeRow): string | null {
  try {
    connection.change(writeStatements[kind], values);
    return null;
  } catch (error) {
    if (!['CONSTRAINT', 'TOOBIG', 'MISMATCH'].includes(resultOf(error))) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}
