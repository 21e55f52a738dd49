// A startup-config as text to look at: whatever its encoding, line by line, with its secrets masked if wished.

import { isUtf8 } from 'node:buffer';
import { MASK, maskText } from '../wire/mask-text.js';

/** Its text, where it is valid UTF-8; else as Latin-1, in which every byte is a character. */
export function decodeConfig(config: Buffer): string {
  return config.toString(isUtf8(config) ? 'utf8' : 'latin1');
}

/** The lines, each with its end; only the last may have none. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Masks the secrets in lines of a config. There are as many lines as before. */
export function maskLines(lines: readonly string[]): string[] {
  let inKey = false;
  return lines.map((line) => {
    const end = /\r?\n?$/.exec(line)?.[0] ?? '';
    if (inKey) {
      inKey = !/-----END [A-Z ]{0,40}PRIVATE KEY-----/.test(line);
      return inKey ? MASK + end : line;
    }
    inKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----\s*$/.test(line);
    return inKey ? line : maskText(line.slice(0, line.length - end.length)) + end;
  });
}
