// Whether an image below files/ has the SHA-256 that a definition says. Hashes it, if that is not remembered.

import type { FileHashes } from '../ports/file-hashes.js';

/**
 * How an image differs from what is said of it, in words; null if it does not, is not there, or can not be read.
 * @param path below files/
 * @param sha256 in small letters
 */
export async function findOtherHash(
  hashes: FileHashes,
  path: string,
  sha256: string,
): Promise<string | null> {
  const found = await hashes.describe(`files/${path}`).catch(() => null);
  if (found === null || found.sha256 === sha256) return null;
  return `sha256 is ${sha256}, but files/${path} has ${found.sha256}: the switch would refuse it`;
}
