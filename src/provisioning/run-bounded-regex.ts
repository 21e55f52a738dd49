// Runs a RegExp that may backtrack for ages, under a hard time limit. The engine is handed this, since it knows no clock.
import { createContext, Script } from 'node:vm';
import type { RegexOutcome } from '../engine/python-regex/python-regex.js';

const LIMIT_MS = 50;
/**
 * The limit is of wall time: a try may have spent it on compiling the RegExp, on collecting garbage or on waiting for a
 * processor, which would make a switch match or not by how busy the machine is. So it is tried again until this much
 * processor time was spent, the first time for nothing.
 */
const SPENT_MS = 90;
/** Where nothing is spent at all. */
const MOST_TRIES = 20;

const box: { regex: RegExp | undefined; text: string } = { regex: undefined, text: '' };
const context = createContext(box, { codeGeneration: { strings: false, wasm: false } });
const script = new Script('regex.test(text)');

/**
 * Whether a RegExp finds a match in a text, given up after 100 ms of work, for which it may block the event loop; on a
 * machine that leaves us no processor time for longer, at most a second.
 * @param regex one without state of its own (neither `g` nor `y`)
 * @param text any text, hostile ones too
 * @returns `timed-out` also if the RegExp engine gave up by itself (its stack is bounded too); never throws
 */
export function runBoundedRegex(regex: RegExp, text: string): RegexOutcome {
  box.regex = regex;
  box.text = text;
  try {
    const begin = process.cpuUsage();
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const found = testOnce();
      if (found !== undefined) return found ? 'match' : 'no-match';
      const { user, system } = process.cpuUsage(begin);
      if (tries > 1 && user + system >= SPENT_MS * 1_000) break;
    }
    return 'timed-out';
  } finally {
    box.regex = undefined;
    box.text = '';
  }
}

function testOnce(): boolean | undefined {
  try {
    return script.runInContext(context, { timeout: LIMIT_MS }) === true;
  } catch {
    return undefined;
  }
}
