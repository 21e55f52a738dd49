// Secrets never leave in a message: they are replaced before any kind of notifier sees the record. What is too long is cut, so
// that nothing a stranger sends takes long to look through.

import type { JournalRecord, RecordData } from '../wire/journal-record.js';
import { MASK, maskText } from '../wire/mask-text.js';

const secretKey =
  /passw(?:or)?d|passphrase|pwd|secret|token|communit(?:y|ies)$|credential|authorization|cookie|keys?$/;

/** Characters of one text, and of all data, that are passed on. */
const longestText = 8_192;
const longestData = 65_536;
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
    message: maskText(cut(message, longestText)),
    data: isPoolKey
      ? { ...(maskValue(others, budget, 0) as RecordData), key: maskText(cut(key, longestText)) }
      : (maskValue(data, budget, 0) as RecordData),
  };
}

function maskValue(value: unknown, budget: { left: number }, depth: number): unknown {
  budget.left -= 1;
  if (typeof value === 'string') {
    const kept = cut(value, Math.min(longestText, Math.max(0, budget.left)));
    budget.left -= kept.length;
    return maskText(kept);
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
  for (const [key, item] of Object.entries(value)) {
    if (budget.left <= 0) {
      kept.push([CUT, `${Object.keys(value).length - kept.length} more`]);
      break;
    }
    budget.left -= Math.min(key.length, longestText);
    const name = maskText(cut(key, longestText));
    kept.push([name, isSecretKey(key) ? hide(item) : maskValue(item, budget, depth + 1)]);
  }
  return Object.fromEntries(kept);
}

function isSecretKey(key: string): boolean {
  return secretKey.test(key.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

function hide(value: unknown): unknown {
  return value === null || typeof value === 'boolean' || value === '' ? value : MASK;
}

function cut(text: string, longest: number): string {
  return text.length > longest
    ? `${text.slice(0, longest)}${CUT} (${text.length - longest} more characters)`
    : text;
}
