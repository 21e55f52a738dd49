// The MD5 form of crypt(3), `$1$salt$hash`, in which EOS keeps `secret 5`. Not for protecting anything: only so that
// a simulated switch knows a user who was configured by a hash.
import { createHash } from 'node:crypto';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ROUNDS = 1000;
/** Which bytes of the digest make up each group of characters. */
const GROUPS = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]; // prettier-ignore

/**
 * Hashes a password.
 * @param salt up to eight characters
 * @returns `$1$salt$hash`
 */
export function md5Crypt(password: string, salt: string): string {
  const key = Buffer.from(password);
  const seasoning = Buffer.from(salt.slice(0, 8));
  const alternate = md5(key, seasoning, key);
  const parts: Buffer[] = [key, Buffer.from('$1$'), seasoning];
  for (let left = key.length; left > 0; left -= 16) parts.push(alternate.subarray(0, Math.min(16, left)));
  for (let bits = key.length; bits > 0; bits >>= 1)
    parts.push(bits & 1 ? Buffer.from([0]) : key.subarray(0, 1));
  let digest = md5(...parts);
  for (let round = 0; round < ROUNDS; round += 1) {
    const odd = round % 2 === 1;
    const middle = [...(round % 3 === 0 ? [] : [seasoning]), ...(round % 7 === 0 ? [] : [key])];
    digest = md5(odd ? key : digest, ...middle, odd ? digest : key);
  }
  return `$1$${seasoning}$${GROUPS.map((group) => encode(group.map((index) => digest[index] ?? 0))).join('')}`;
}

function md5(...parts: readonly Buffer[]): Buffer {
  return createHash('md5').update(Buffer.concat(parts)).digest();
}

/** Six bits a character, lowest first; the first byte is the highest. */
function encode(bytes: readonly number[]): string {
  let value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  let text = '';
  for (let left = bytes.length + 1; left > 0; left -= 1) {
    text += ALPHABET[value % 64];
    value = Math.floor(value / 64);
  }
  return text;
}
