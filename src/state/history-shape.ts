// The shape of the history's file.

import type { FileShape } from './migrations.js';

/**
 * `nodes.last` is the highest number that was ever given, so that none is given twice. Positions begin at the time in
 * milliseconds: who exports a history goes on behind the position that it had, also when the file was moved away meanwhile.
 * The bytes stand last in their row, so that what is asked of all versions is found without reading them.
 */
const first = `
  CREATE TABLE nodes (
    node TEXT PRIMARY KEY NOT NULL,
    last INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE versions (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    node TEXT NOT NULL,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    source TEXT NOT NULL,
    address TEXT,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    config BLOB NOT NULL,
    UNIQUE (node, number)
  ) STRICT;
  CREATE TABLE notes (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    node TEXT NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    other TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notes_node ON notes (node);
  INSERT INTO sqlite_sequence (name, seq) VALUES ('versions', CAST(unixepoch('subsec') * 1000 AS INTEGER));
`;

/** `ZTPH`. */
export const historyShape: FileShape = { applicationId: 0x5a545048, steps: [first] };
