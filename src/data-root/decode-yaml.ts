// Bytes of a YAML file to text: UTF-8, or UTF-16 with a byte order mark, printable characters only, as PyYAML takes them.

import { YamlError } from './yaml-error.js';

const unprintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Decodes a YAML file. A byte order mark stays in the text, so that what is written back has it too.
 * @throws YamlError
 */
export function decodeYaml(bytes: Buffer): string {
  const text = decode(bytes);
  const found = unprintable.exec(text);
  if (!found) return text;
  const code = found[0].codePointAt(0) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  throw new YamlError(
    lineAt(text, found.index),
    `the character ${name} is not allowed: this is no text file`,
  );
}

/** The 1-based line of an offset into a text. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}

function decode(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decodeAs('utf-16le', bytes);
  if (first === 0xfe && second === 0xff) return decodeAs('utf-16be', bytes);
  return decodeAs('utf-8', bytes);
}

function decodeAs(encoding: string, bytes: Buffer): string {
  try {
    return strictly(encoding, bytes);
  } catch {
    throw new YamlError(firstBadLine(encoding, bytes), `what stands here is not ${encoding.toUpperCase()}`);
  }
}

function strictly(encoding: string, bytes: Buffer): string {
  return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** No byte of a longer UTF-8 sequence is a line feed, so each line can be tried alone; in UTF-16 the line is not looked for. */
function firstBadLine(encoding: string, bytes: Buffer): number {
  if (encoding !== 'utf-8') return 1;
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed + 1;
    try {
      strictly(encoding, bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return line;
}
