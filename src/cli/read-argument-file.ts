// Files that arguments of a command name: anywhere, not only in the data root. Reads them, and no more.

import { open, stat } from 'node:fs/promises';
import { findClaim, type NodeClaim, readClaim } from '../provisioning/node-claim.js';
import type { Site } from '../provisioning/site.js';
import { ZtpError } from '../wire/ztp-error.js';

/** As much as POST /nodes takes. */
const mostReport = 4 * 1024 * 1024;

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
    const file = await open(path);
    try {
      // A pipe has no size, and a file may grow.
      const bytes: Buffer[] = [];
      let size = 0;
      for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > most) throw new ZtpError('body-too-large', `${path} has over ${most} bytes`);
        bytes.push(chunk);
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

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
