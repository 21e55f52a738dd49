// Runs a RegExp that may backtrack for ages, under a hard time limit. The engine is handed this, since it knows no clock.
import { createContext, Script } from 'node:vm';
import type { RegexOutcome } from '../engine/python-regex/python-regex.js';

const LIMIT_MS = 50;

const box: { regex: RegExp | undefined; text: string } = { regex: undefined, text: '' };
const context = createContext(box, { codeGeneration: { strings: false, wasm: false } });
const script = new Script('regex.test(text)');

/**
 * Whether a RegExp finds a match in a text, given up after 50 ms. Blocks the event loop for at most about that long.
 * @param regex one without state of its own (neither `g` nor `y`)
 * @param text any text, hostile ones too
 * @returns `timed-out` also if the RegExp engine gave up by itself (its stack is bounded too)
 */
export function runBoundedRegex(regex: RegExp, text: string): RegexOutcome {
  box.regex = regex;
  box.text = text;
  try {
    return script.runInContext(context, { timeout: LIMIT_MS }) === true ? 'match' : 'no-match';
  } catch {
    return 'timed-out';
  } finally {
    box.regex = undefined;
    box.text = '';
  }
}
