// A record as one line for people. Messages quote strangers, so nothing in it can break a line or steer whatever shows it.

import type { JournalRecord } from '../wire/journal-record.js';

/** Characters of a line that are kept; what is cut off is counted at its end. */
const longestLine = 4_000;

// As in the log: line breaks of every kind, control codes, marks that turn the direction of writing, halves of characters.
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what this is for
  /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `<node id>: <message>`, or the message alone where it is not known whose it is. */
export function describeRecord(record: Pick<JournalRecord, 'node' | 'message'>): string {
  return oneLine(record.node === null ? record.message : `${record.node}: ${record.message}`);
}

/** Text of strangers as one line of at most `longest` characters, with what could do harm escaped. */
export function oneLine(text: string, longest = longestLine): string {
  const rest = text.length - longest;
  const kept = rest > 0 ? `${text.slice(0, longest)}… (${rest} more characters)` : text;
  return kept.replace(controls, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return (
      shortEscapes[character] ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`)
    );
  });
}
