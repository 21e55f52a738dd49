// Turns what the system says about files into the errors that every back end shares.

import { getSystemErrorMap } from 'node:util';
import { ZtpError } from '../wire/ztp-error.js';

const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** The system's code of an error (`ENOENT`, …), empty if it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True if the system says that there is no such file, as against "could not look". A link that leads round in a circle leads nowhere. */
export function isAbsent(error: unknown): boolean {
  return absent.has(codeOf(error));
}

/** `read-failed`: the file may be there, but could not be looked at. A `ZtpError` stays what it is. */
export function readFailed(path: string, error: unknown): ZtpError {
  if (error instanceof ZtpError) return error;
  return new ZtpError('read-failed', `${path} can not be read: ${wordsOf(error)}`, { cause: error });
}

/** `write-failed`, with the system's reason. A `ZtpError` stays what it is. */
export function writeFailed(path: string, error: unknown): ZtpError {
  if (error instanceof ZtpError) return error;
  return new ZtpError('write-failed', `${path} can not be written: ${wordsOf(error)}`, { cause: error });
}

function wordsOf(error: unknown): string {
  const code = codeOf(error);
  const number = error instanceof Error && 'errno' in error ? Number(error.errno) : Number.NaN;
  const words = getSystemErrorMap().get(number)?.[1];
  if (words) return `${words} (${code})`;
  return error instanceof Error ? error.message : String(error);
}
