// Brings an SQLite file of this server to the shape that it has now, by numbered steps from an empty one.

import { UnusableFile } from './failure-words.js';

/** A connection, as far as it is needed here. */
export interface MigrationConnection {
  rows(sql: string): readonly (readonly unknown[])[];
  run(sql: string): void;
}

/** The shape of a kind of file. */
export interface FileShape {
  /** In the file's header, so that nobody else's SQLite file is taken for one of ours. */
  readonly applicationId: number;
  /** SQL, each of which starts from what the one before made. One that was ever released is never edited. */
  readonly steps: readonly string[];
}

/**
 * Looks at a file: nothing in it, or one of ours of an older version, or one as it is now. Within a transaction: it looks thrice.
 * @throws UnusableFile
 */
export function findVersion(
  connection: MigrationConnection,
  { applicationId, steps }: FileShape,
): 'empty' | 'older' | 'current' {
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
export function migrate(connection: MigrationConnection, shape: FileShape): void {
  const { applicationId, steps } = shape;
  const found = findVersion(connection, shape);
  if (found === 'current') return;
  const [version = 0] = connection.rows('PRAGMA user_version').map(([number]) => Number(number));
  for (const step of steps.slice(version)) connection.run(step);
  connection.run(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`);
}
