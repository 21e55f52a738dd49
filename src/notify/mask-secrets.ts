// Secrets never leave in a message: they are replaced before any kind of notifier sees the record. What is too long is cut, so
// that nothing a stranger sends takes long to look through.

import type { JournalRecord, RecordData } from '../wire/journal-record.js';
import { MASK, maskText } from '../wire/mask-text.js';

const secretKey =
  /^(?:pass|psk|pw|auth)$|passw(?:or)?d|passphrase|pwd|secret|token|communit(?:y|ies)$|credential|authorization|cookie|keys?$/;

/** Characters of one text, and of all data, that are passed on. */
const longestText = 8_192;
const longestData = 65_536;
/** What is looked at beyond what is kept. */
const longestSecret = 1_024;
/** Deeper than any record that is made. */
const deepest = 32;
/** What stands for data beyond these. */
const CUT = '…';

/** The record with the secrets in its message and data replaced by `***`. */
export function maskRecord(record: JournalRecord): JournalRecord {
  const { data, message } = record;
  const budget = { left: longestData };
  // The key that a value of a pool was given to is a node's id or the like.
  const { key, ...others } = data;
  const isPoolKey = /^resource-/.test(record.type) && typeof key === 'string';
  return {
    ...record,
    message: maskAndCut(message, longestText),
    data: isPoolKey
      ? { ...(maskValue(others, budget, 0) as RecordData), key: maskAndCut(key, longestText) }
      : (maskValue(data, budget, 0) as RecordData),
  };
}

function maskValue(value: unknown, budget: { left: number }, depth: number): unknown {
  budget.left -= 1;
  if (typeof value === 'string') {
    const kept = maskAndCut(value, Math.min(longestText, Math.max(0, budget.left)));
    budget.left -= kept.length;
    return kept;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return CUT;
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const item of value) {
      if (budget.left <= 0) return [...kept, CUT];
      kept.push(maskValue(item, budget, depth + 1));
    }
    return kept;
  }
  const kept: [string, unknown][] = [];
  const isNamed = namesSecret(value);
  for (const [key, item] of Object.entries(value)) {
    if (budget.left <= 0) {
      kept.push([CUT, `${Object.keys(value).length - kept.length} more`]);
      break;
    }
    budget.left -= Math.min(key.length, longestText);
    const name = maskAndCut(key, longestText);
    kept.push([
      name,
      isSecretKey(key) || (isNamed && /^value$/i.test(key)) ? hide(item) : maskValue(item, budget, depth + 1),
    ]);
  }
  return Object.fromEntries(kept);
}

/** `{name: 'password', value: …}` */
function namesSecret(value: object): boolean {
  return Object.entries(value).some(
    ([key, name]) =>
      /^(?:name|key|field)$/i.test(key) && typeof name === 'string' && isSecretKey(name.slice(0, 200)),
  );
}

function isSecretKey(key: string): boolean {
  return secretKey.test(key.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

function hide(value: unknown): unknown {
  return value === null || typeof value === 'boolean' || value === '' ? value : MASK;
}

/** Masks more than is kept, so that nobody sees half a secret that is known by what stands behind it. */
function maskAndCut(text: string, longest: number): string {
  const piece = text.slice(0, longest + longestSecret);
  const masked = maskText(piece);
  const unseen = text.length - piece.length;
  const kept = masked.slice(
    0,
    unseen > 0 ? Math.min(longest, Math.max(0, masked.length - longestSecret)) : longest,
  );
  const more = unseen + masked.length - kept.length;
  return more > 0 ? `${kept}${CUT} (${more} more characters)` : kept;
}
