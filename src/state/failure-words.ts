// Says in words why an SQLite file of this server could not be read or written, and what mends it.

import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorMap } from 'node:util';

/** The file is not one that this server works with; the message says what it is and what to do. */
export class UnusableFile extends Error {}

/** SQLite's result codes that mean something here, by their number. libsql has names for some of the finer ones only. */
const results: Readonly<Record<number, string>> = {
  5: 'BUSY',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  18: 'TOOBIG',
  19: 'CONSTRAINT',
  20: 'MISMATCH',
  26: 'NOTADB',
};

/** The name of an error's result code; empty if it is none of those above. */
export function resultOf(error: unknown): string {
  const code = error instanceof Error && 'rawCode' in error ? Number(error.rawCode) : 0;
  return results[code & 0xff] ?? '';
}

const moveAway = 'move it away, with the files beside it that end in -wal and -shm, and a new one is made';
const inTheWay = 'a file stands where its folder should be: move that away, or correct [state] path';

/** What mends a result or an error of the system. Whoever only reads may not want to give rights away. */
function findMend(name: string, reading: boolean): string | null {
  const rights = reading
    ? 'read it as the user that the server runs as, or a copy of its folder'
    : 'give the server the right to write the file and its folder';
  const mends: Readonly<Record<string, string>> = {
    READONLY: rights,
    CANTOPEN: rights,
    EACCES: rights,
    EPERM: rights,
    EROFS: rights,
    FULL: 'make room',
    ENOSPC: 'make room',
    EDQUOT: 'make room',
    NOTADB: moveAway,
    CORRUPT: moveAway,
    EEXIST: inTheWay,
    ENOTDIR: inTheWay,
  };
  return mends[name] ?? null;
}

const findings: Readonly<Record<string, string>> = {
  READONLY: 'it is read-only',
  CANTOPEN: 'SQLite can not open it, or what it keeps beside it in -wal and -shm',
  FULL: 'the disk is full',
  NOTADB: 'it is not an SQLite database',
};

/**
 * Why, and what to do.
 * @param busySeconds how long a lock was waited for
 */
export function describeFailure(
  error: unknown,
  path: string,
  { reading, busySeconds }: { readonly reading: boolean; readonly busySeconds: number },
): string {
  if (error instanceof UnusableFile) return error.message;
  const result = resultOf(error);
  if (result === 'BUSY') return `another program kept it locked for ${busySeconds} s: let that finish`;
  if (result === 'CORRUPT') return `it is damaged (${wordsOf(error)}): ${moveAway}`;
  // SQLite may say no more than that it could not open or write something.
  const cause = ['FULL', 'NOTADB'].includes(result) ? error : (findObstacle(path) ?? error);
  const mend = findMend(systemCodeOf(cause) || result, reading);
  const finding = cause === error ? (findings[result] ?? wordsOf(error)) : wordsOf(cause);
  return mend === null ? finding : `${finding}: ${mend}`;
}

/** What the system says about using the file and its folder; null if nothing is wrong with them. */
function findObstacle(path: string): unknown {
  try {
    accessSync(path, constants.R_OK);
    accessSync(dirname(path), constants.W_OK);
    return null;
  } catch (error) {
    return error;
  }
}

function systemCodeOf(error: unknown): string {
  return error instanceof Error && 'errno' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** In one line. */
function wordsOf(error: unknown): string {
  const number = error instanceof Error && 'errno' in error ? Number(error.errno) : Number.NaN;
  const words = getSystemErrorMap().get(number)?.[1];
  if (words) return `${words} (${systemCodeOf(error)})`;
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
}
