// The shape of the journal's file, as numbered steps from an empty one. A step that was ever released is never edited.

import { UnusableFile } from './failure-words.js';

/** A connection, as far as it is needed here. */
export interface MigrationConnection {
  rows(sql: string): readonly (readonly unknown[])[];
  run(sql: string): void;
}

/** In the file's header, so that nobody else's SQLite file is taken for a journal: `ZTPS`. */
const applicationId = 0x5a545053;

/**
 * `level` is the place of the level in `recordLevels`, so that "this and above" is a comparison. Positions begin at the time
 * in milliseconds: who follows a journal goes on behind the position that it had, also when the file was moved away meanwhile.
 * `active_at` is the last sign of life, or the end. `summary` is the whole run as JSON.
 */
const first = `
  CREATE TABLE records (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    node TEXT,
    run TEXT,
    type TEXT NOT NULL,
    level INTEGER NOT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    source TEXT NOT NULL,
    address TEXT,
    report INTEGER,
    repeats INTEGER NOT NULL DEFAULT 0,
    repeated_at TEXT
  ) STRICT;
  CREATE INDEX records_node ON records (node);
  CREATE INDEX records_run ON records (run);
  CREATE UNIQUE INDEX records_report ON records (run, report) WHERE report IS NOT NULL;
  CREATE INDEX records_type ON records (type, level);
  CREATE INDEX records_level ON records (level);
  CREATE INDEX records_at ON records (at);
  CREATE TABLE runs (
    run TEXT PRIMARY KEY NOT NULL,
    node TEXT,
    started_at TEXT NOT NULL,
    active_at TEXT NOT NULL,
    ended_at TEXT,
    summary TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_node ON runs (node, started_at, run);
  CREATE INDEX runs_start ON runs (started_at, run);
  CREATE INDEX runs_open ON runs (started_at, run) WHERE ended_at IS NULL;
  CREATE INDEX runs_activity ON runs (active_at);
  INSERT INTO sqlite_sequence (name, seq) VALUES ('records', CAST(unixepoch('subsec') * 1000 AS INTEGER));
`;

const steps: readonly string[] = [first];

/**
 * Looks at a file: nothing in it, or a journal of an older version, or one as it is now.
 * @throws UnusableFile
 */
export function findVersion(connection: MigrationConnection): 'empty' | 'older' | 'current' {
  const [owner] = connection.rows('PRAGMA application_id').map(([id]) => Number(id));
  const [version = 0] = connection.rows('PRAGMA user_version').map(([number]) => Number(number));
  if (owner !== applicationId) {
    const tables = connection.rows('SELECT 1 FROM sqlite_schema LIMIT 1');
    if (owner === 0 && version === 0 && tables.length === 0) return 'empty';
    throw new UnusableFile(
      'it is an SQLite file of something else: move it away, and a new one is made, or correct [state] path',
    );
  }
  if (version > steps.length) {
    throw new UnusableFile(
      `it is of version ${version}, made by a newer ztps, and this one knows version ${steps.length}: install the newer one, or move the file away`,
    );
  }
  return version === steps.length ? 'current' : 'older';
}

/**
 * Brings the file to the shape it has now. Within a transaction that may write.
 * @throws UnusableFile
 */
export function migrate(connection: MigrationConnection): void {
  const found = findVersion(connection);
  if (found === 'current') return;
  const [version = 0] = connection.rows('PRAGMA user_version').map(([number]) => Number(number));
  for (const step of steps.slice(version)) connection.run(step);
  connection.run(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`);
}
