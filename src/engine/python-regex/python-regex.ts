// Python 3.11 regular expressions: whether `re.match(pattern, text)` finds a match at the start of a text. The room's
// front: decides per expression and text which engine runs. Reads no clock; a limited run is handed in.
//
// What is strictly regular runs on re2js in linear time, the rest as a RegExp under the caller's time limit. Sets are
// worked out from Python's own tables (Unicode 14), so both engines agree with Python on \w, \d, \s and IGNORECASE.
// ASCII texts get a program of their own, with the sets cut down to ASCII: small, and all that \b needs.
//
// What differs from Python 3.11, always towards refusing an expression:
// - \N{NAME} is refused (no table of names); so are expressions over 20,000 characters, groups nested more than 200
//   deep and counted repeats that multiply beyond a million.
// - Refused since a RegExp cannot say them: a reference to a group that only an earlier round of a repeat may have set,
//   possessive and atomic repeats of what may be empty, and a back-reference that ignores case where other parts don't.
// And in verdicts:
// - A back-reference that ignores case compares as Unicode folds case, not by lower case: "ſ" is "s", "İ" is not "i".
// - (?i) sets of several characters beyond U+FFFF match in any case; Python forgets some of them.
import { RE2JS } from 're2js';
import { MAX_ASCII, MAX_CODE_POINT } from './code-point-set.js';
import { emitBounded, TEXT_PREFIX, whyNotBounded } from './emit-bounded.js';
import { emitLinear, isLinear } from './emit-linear.js';
import { parsePattern } from './parse.js';
import { hasPart, type Term } from './syntax-tree.js';

/** Whether there is a match, or that the time limit came first. */
export type RegexOutcome = 'match' | 'no-match' | 'timed-out';

/** Runs one JavaScript RegExp under a hard time limit; supplied from outside because the engine knows no clock. */
export type BoundedRegexRun = (regex: RegExp, text: string) => RegexOutcome;

/** A valid Python regular expression. */
export interface PythonRegex {
  /** The expression as written. */
  readonly source: string;
  /** `linear`: matching any text takes linear time; `bounded`: some text needs the limited run. */
  readonly engine: 'linear' | 'bounded';
  /** Whether `re.match(source, text)` finds a match. Calls `run` at most once, and never throws of itself. */
  matchesAtStart(text: string, run: BoundedRegexRun): RegexOutcome;
}

/** The expression, or why it cannot be used, in words. */
export type PythonRegexResult =
  | { readonly ok: true; readonly regex: PythonRegex }
  | { readonly ok: false; readonly reason: string };

/** Enough for the expressions of one site; a neighbordb of 10,000 patterns repeats the same few. */
const CACHE_SIZE = 1000;
const cache = new Map<string, PythonRegexResult>();

/**
 * Checks a Python regular expression and makes it ready to match. Results are kept for sources asked for again.
 * @param source the expression, as in `re.compile(source)`
 * @returns the expression, or the reason why Python 3.11 refuses it or this implementation cannot honour it. Whatever
 *   is accepted here can be matched; programs are built on first use.
 */
export function compilePythonRegex(source: string): PythonRegexResult {
  const known = cache.get(source);
  const result = known ?? compile(source);
  if (known) cache.delete(source);
  else if (cache.size >= CACHE_SIZE) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(source, result);
  return result;
}

type Program = (text: string, run: BoundedRegexRun) => RegexOutcome;

function compile(source: string): PythonRegexResult {
  const parsed = parsePattern(source);
  if (!parsed.ok) return parsed;
  const { term } = parsed;
  const programs = new Map<number, Program>();
  let engine: PythonRegex['engine'] = 'linear';
  for (const limit of [MAX_ASCII, MAX_CODE_POINT]) {
    if (isLinear(term, limit)) continue;
    engine = 'bounded';
    const reason = whyNotBounded(term);
    if (reason !== undefined) return { ok: false, reason };
    const regex = emitBounded(term, limit);
    if (!regex) return { ok: false, reason: 'the expression is too large' };
    programs.set(limit, (text, run) => run(regex, TEXT_PREFIX + text));
  }
  const emptyMatters =
    !programs.has(MAX_ASCII) && hasPart(term, (part) => part.kind === 'at' && part.place === 'non-boundary');
  const matchesAtStart = (text: string, run: BoundedRegexRun) => {
    const limit = limitOf(text, emptyMatters);
    let program = programs.get(limit);
    if (!program) {
      program = linearProgram(term, limit);
      programs.set(limit, program);
    }
    return program(text, run);
  };
  return { ok: true, regex: { source, engine, matchesAtStart } };
}

function linearProgram(term: Term, limit: number): Program {
  const regex = RE2JS.compile(emitLinear(term, limit));
  return (text) => (regex.testExact(text) ? 'match' : 'no-match');
}

/** The largest code point that matters: of ASCII or of all; -1 if being empty matters and the text is empty. */
function limitOf(text: string, emptyMatters: boolean): number {
  if (emptyMatters && text === '') return -1;
  return /^[\0-\x7f]*$/.test(text) ? MAX_ASCII : MAX_CODE_POINT;
}
