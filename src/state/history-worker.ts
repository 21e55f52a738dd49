// The thread of a history: what is done with its file for each kind of request.

import type { AddedVersion, ConfigVersion, HistoryNote, VersionSource } from '../ports/history.js';
import type { HistoryWork, SentVersion } from './history-request.js';
import { historyShape } from './history-shape.js';
import type { SqliteConnection, Statement } from './sqlite-connection.js';
import { serveRequests } from './sqlite-file.js';
import { asBytes, toText, wellFormed } from './sqlite-text.js';

/** Columns of a version for `toVersion`. */
const versionColumns = [
  ...['node', 'at', 'source', 'address', 'sha256'].map(asBytes),
  ...['number', 'bytes', 'position'],
].join(', ');

serveRequests<HistoryWork>({
  shape: historyShape,
  reading: ['newest', 'versions', 'versionsAfter', 'read', 'notes'],
  work(file, request) {
    switch (request.kind) {
      case 'add':
        return file.write((connection) => add(connection, request.version, request.keep));
      case 'newest':
        return file.read(findNewest(request.node)).map(toVersion)[0] ?? null;
      case 'versions':
        return file.read(findVersions(request.node)).map(toVersion);
      case 'versionsAfter':
        return file.read(findBehind(request.position, request.limit)).map(toVersion);
      case 'read': {
        const [row] = file.read(findConfig(request.node, request.number));
        // What is read is libsql's own memory: a copy goes.
        return row?.[0] instanceof Uint8Array ? Uint8Array.from(row[0]) : null;
      }
      case 'note':
        file.write((connection) => {
          for (const note of request.notes) addNote(connection, note);
        });
        return null;
      case 'notes':
        return file.read(findNotes(request.node)).map(toNote);
      case 'move':
        return file.changeIfThere((connection) => move(connection, request)) ?? 0;
    }
  },
});

function add(connection: SqliteConnection, version: SentVersion, keep: number): AddedVersion {
  const node = wellFormed(version.node);
  const newest = findOne(connection, findNewest(node));
  if (newest !== null) {
    const { sha256, bytes } = toVersion(newest);
    if (sha256 === version.sha256 && bytes === version.config.length) {
      return { version: toVersion(newest), added: false };
    }
  }
  const number = findLast(connection, node) + 1n;
  setLast(connection, node, number);
  const { at, source, address, sha256, config } = version;
  connection.change(
    `INSERT INTO versions (node, number, at, source, address, sha256, bytes, config) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      node,
      number,
      wellFormed(at),
      source,
      address === null ? null : wellFormed(address),
      sha256,
      BigInt(config.length),
      config,
    ],
  );
  connection.change(
    `DELETE FROM versions WHERE node = ? AND number <= (
       SELECT number FROM versions WHERE node = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
    [node, node, BigInt(keep)],
  );
  const added = findOne(connection, findNewest(node));
  if (added === null) throw new Error('what was written could not be found');
  return { version: toVersion(added), added: true };
}

/** Leaves out what the node's last note says already: it may be a second attempt. */
function addNote(connection: SqliteConnection, { node, at, kind, other }: HistoryNote): void {
  const last = findOne(connection, {
    sql: `SELECT ${noteColumns} FROM notes WHERE node = ? ORDER BY position DESC LIMIT 1`,
    values: [wellFormed(node)],
  });
  if (last && toNote(last).kind === kind && toNote(last).other === wellFormed(other)) return;
  connection.change('INSERT INTO notes (node, at, kind, other) VALUES (?, ?, ?, ?)', [
    wellFormed(node),
    wellFormed(at),
    kind,
    wellFormed(other),
  ]);
}

function move(
  connection: SqliteConnection,
  { from, to, at }: { readonly from: string; readonly to: string; readonly at: string },
): number {
  const [source, target] = [wellFormed(from), wellFormed(to)];
  const last = findLast(connection, source);
  if (last === 0n || source === target) return 0;
  const offset = findLast(connection, target);
  // Behind all that the other was ever given, so that what is newest of these is newest of all.
  const moved = connection.change('UPDATE versions SET node = ?, number = number + ? WHERE node = ?', [
    target,
    offset,
    source,
  ]);
  connection.change('UPDATE notes SET node = ? WHERE node = ?', [target, source]);
  setLast(connection, target, offset + last);
  connection.change('DELETE FROM nodes WHERE node = ?', [source]);
  addNote(connection, { node: from, at, kind: 'renamed-to', other: to });
  addNote(connection, { node: to, at, kind: 'renamed-from', other: from });
  return moved;
}

/** The highest number that the node was ever given; 0 if none. */
function findLast(connection: SqliteConnection, node: string): bigint {
  const row = findOne(connection, { sql: 'SELECT last FROM nodes WHERE node = ?', values: [node] });
  return typeof row?.[0] === 'bigint' ? row[0] : 0n;
}

function setLast(connection: SqliteConnection, node: string, last: bigint): void {
  connection.change(
    'INSERT INTO nodes (node, last) VALUES (?, ?) ON CONFLICT (node) DO UPDATE SET last = excluded.last',
    [node, last],
  );
}

function findOne(connection: SqliteConnection, { sql, values }: Statement): readonly unknown[] | null {
  return connection.rows(sql, values)[0] ?? null;
}

function findNewest(node: string): Statement {
  return {
    sql: `SELECT ${versionColumns} FROM versions WHERE node = ? ORDER BY number DESC LIMIT 1`,
    values: [wellFormed(node)],
  };
}

function findVersions(node: string): Statement {
  return {
    sql: `SELECT ${versionColumns} FROM versions WHERE node = ? ORDER BY number`,
    values: [wellFormed(node)],
  };
}

function findBehind(position: number, limit: number): Statement {
  return {
    sql: `SELECT ${versionColumns} FROM versions WHERE position > ? ORDER BY position LIMIT ?`,
    values: [BigInt(Math.floor(position)), BigInt(Math.floor(limit))],
  };
}

function findConfig(node: string, number: number): Statement {
  return {
    sql: 'SELECT config FROM versions WHERE node = ? AND number = ?',
    values: [wellFormed(node), BigInt(Math.floor(number))],
  };
}

const noteColumns = ['node', 'at', 'kind', 'other'].map(asBytes).join(', ');

function findNotes(node: string): Statement {
  return {
    sql: `SELECT ${noteColumns} FROM notes WHERE node = ? ORDER BY position`,
    values: [wellFormed(node)],
  };
}

function toVersion(row: readonly unknown[]): ConfigVersion {
  const [node, at, source, address, sha256, number, bytes, position] = row;
  return {
    node: toText(node) ?? '',
    number: Number(number),
    at: toText(at) ?? '',
    source: (toText(source) ?? '') as VersionSource,
    address: toText(address),
    sha256: toText(sha256) ?? '',
    bytes: Number(bytes),
    position: Number(position),
  };
}

function toNote([node, at, kind, other]: readonly unknown[]): HistoryNote {
  return {
    node: toText(node) ?? '',
    at: toText(at) ?? '',
    kind: (toText(kind) ?? '') as HistoryNote['kind'],
    other: toText(other) ?? '',
  };
}
