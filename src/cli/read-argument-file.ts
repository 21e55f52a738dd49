// Files that arguments of a command name: anywhere, not only in the data root. Reads them, and no more.

import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { findClaim, type NodeClaim, readClaim } from '../provisioning/node-claim.js';
import type { Site } from '../provisioning/site.js';
import { ZtpError } from '../wire/ztp-error.js';

/** As much as POST /nodes takes. */
const mostReport = 4 * 1024 * 1024;

const chunkSize = 64 * 1024;

/** How often a silent pipe is asked, in milliseconds. */
const askAgain = 20;

/**
 * The node that an argument means: what holds a slash, ends in .json or is there is a file, anything else a node id.
 * @throws ZtpError as `readArgumentFile`, `readClaim` and `findClaim`
 */
export async function readNodeArgument(site: Site, argument: string): Promise<NodeClaim> {
  const isFile = argument.includes('/') || argument.endsWith('.json') || (await isThere(argument));
  if (!isFile) return findClaim(site, argument);
  return readClaim(site, await readArgumentFile(argument, mostReport), argument);
}

/**
 * The bytes of a file.
 * @param most bytes that it may have
 * @throws ZtpError `missing-file`, `body-too-large`, `read-failed`
 */
export async function readArgumentFile(path: string, most: number): Promise<Buffer> {
  try {
    // A pipe without a writer would be waited for for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // A pipe has no size, and a file may grow.
      const bytes: Buffer[] = [];
      let size = 0;
      for (;;) {
        const chunk = await readChunk(file);
        if (chunk.length === 0) break;
        size += chunk.length;
        if (size > most) throw new ZtpError('body-too-large', `${path} has over ${most} bytes`);
        bytes.push(chunk);
      }
      if (size === 0 && (await file.stat()).isFIFO()) {
        throw new ZtpError(
          'read-failed',
          `${path} is a pipe that nobody writes into: start the writer first`,
        );
      }
      return Buffer.concat(bytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ZtpError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new ZtpError('missing-file', `${path} is not there`, { cause: error });
    }
    const reason =
      code === 'EISDIR' ? 'it is a folder' : error instanceof Error ? error.message : String(error);
    throw new ZtpError('read-failed', `${path} can not be read: ${reason}`, { cause: error });
  }
}

/** The next bytes, none at the end. A pipe whose writer has nothing to say yet is asked again. */
async function readChunk(file: FileHandle): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(chunkSize);
  for (;;) {
    try {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
      return chunk.subarray(0, bytesRead);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      await delay(askAgain);
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
