// The shape of the journal's file.

import type { FileShape } from './migrations.js';

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

/** `ZTPS`. */
export const journalShape: FileShape = { applicationId: 0x5a545053, steps: [first] };
