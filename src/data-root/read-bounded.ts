// Reads an open file whole, up to a limit. Looks at nothing in it.

import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { ZtpError } from '../wire/ztp-error.js';

/** The most bytes that a file may have that is read whole (16 MiB). */
export const maxWholeFile = 16 * 1024 * 1024;

/**
 * Every byte of an open file.
 * @param size what the system said; a file that grew meanwhile is read to its end, or to the limit
 * @throws ZtpError `read-failed` if it is over `limit` bytes; what the system throws
 */
export async function readBounded(
  handle: FileHandle,
  size: bigint,
  shown: string,
  limit: number = maxWholeFile,
): Promise<Buffer> {
  if (size > limit) throw tooLarge(shown, size, limit);
  let buffer = Buffer.allocUnsafe(Number(size) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (bytesRead === 0) return buffer.subarray(0, length);
    if (length > limit) throw tooLarge(shown, BigInt(length), limit);
    if (length === buffer.length) buffer = Buffer.concat([buffer], length * 2);
  }
}

/** The bytes of an open file from its beginning, up to the limit, in one turn of the event loop: for what has to hold at this very moment. */
export function readNow(fd: number): Buffer {
  const parts: Buffer[] = [];
  for (let length = 0; length <= maxWholeFile; ) {
    const part = Buffer.allocUnsafe(64 * 1024);
    const count = readSync(fd, part, 0, part.length, length);
    if (count === 0) break;
    parts.push(part.subarray(0, count));
    length += count;
  }
  return Buffer.concat(parts);
}

function tooLarge(shown: string, size: bigint, limit: number): ZtpError {
  return new ZtpError(
    'read-failed',
    `${shown} has ${size} bytes, more than the ${limit} that such a file may have`,
  );
}
