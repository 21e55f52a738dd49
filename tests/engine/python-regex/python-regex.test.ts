// Holds the engine to recorded verdicts of Python 3.11 and to its own limits. Needs no Python.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compilePythonRegex, type PythonRegex } from '../../../src/engine/python-regex/python-regex.js';
import { runBoundedRegex } from '../../../src/provisioning/run-bounded-regex.js';

interface Verdict {
  readonly regex: string;
  readonly error?: string;
  readonly strings?: readonly string[];
  readonly matches?: readonly string[];
  readonly commonMatches?: readonly string[];
}

const vectors: {
  readonly strings: readonly string[];
  readonly cases: readonly {
    readonly regex: string;
    readonly valid: boolean;
    readonly matches: readonly string[];
  }[];
} = readJson('../../vectors/python-regex.json');
const recorded: { readonly common: readonly string[]; readonly cases: readonly Verdict[] } =
  readJson('./verdicts.json');

describe('Python regular expressions', () => {
  it.each(vectors.cases)('gives the recorded verdicts for $regex', ({ regex, valid, matches }) => {
    expect(compilePythonRegex(regex).ok).toBe(valid);
    if (valid) expect(matchesOf(regex, vectors.strings)).toEqual(matches);
  });

  const accepted = recorded.cases.filter((verdict) => verdict.error === undefined);
  it.each(accepted)('matches what Python does: $regex', ({ regex, strings = [], matches, commonMatches }) => {
    expect(matchesOf(regex, strings)).toEqual(matches);
    expect(matchesOf(regex, recorded.common)).toEqual(commonMatches);
  });

  const refused = recorded.cases.filter((verdict) => verdict.error !== undefined);
  it.each(refused)('refuses what Python does, in the same words: $regex', ({ regex, error = '' }) => {
    const reason = reasonAgainst(regex);
    if (NOT_IN_PYTHONS_WORDS.has(regex)) expect(reason).toMatch(/ at position \d+$/);
    else expect(reason).toContain(error.replaceAll('\\\\', '\\'));
  });

  it.each([
    ['(?:(a)|b)*\\1', /earlier round/],
    ['(?:(a)|b\\1)+', /earlier round/],
    ['(?:(?(1)a|b)(c)?)+', /earlier round/],
    ['(a?)*\\1', /may be empty/],
    ['(?:a*)*+b', /may be empty/],
    ['(?>(?:|a)+)b', /may be empty/],
    ['a(?i:(b)\\1)', /ignores case/],
    ['(?ai)(k)\\1', /ignores case/],
    ['\\N{DIGIT ONE}', /by name/],
    ['[\\N{DIGIT ONE}]', /by name/],
  ])('refuses what it cannot honour, though Python can: %s', (regex, reason) => {
    expect(reasonAgainst(regex)).toMatch(reason);
  });

  it.each([
    ['spine\\d+', 'linear'],
    ['(?:leaf|spine)\\w{1,8}$', 'linear'],
    ['(?i)(?P<name>spine)-(\\d+)\\Z', 'linear'],
    ['(?a)spine\\b', 'linear'],
    ['a{1000}', 'linear'],
    ['a{1001}', 'bounded'],
    ['spine\\b', 'bounded'],
    ['spine$\\n', 'bounded'],
    ['spine(?!-old)', 'bounded'],
    ['(a)\\1', 'bounded'],
    ['(?>a)', 'bounded'],
  ])('tells which engine runs %s', (regex, engine) => {
    expect(compiled(regex).engine).toBe(engine);
  });

  it('needs no limited run for ASCII texts, even to find the end of a word', () => {
    const neverRun = () => {
      throw new Error('asked for a bounded run');
    };
    expect(compiled('spine\\b').matchesAtStart('spine-1', neverRun)).toBe('match');
    expect(compiled('spine\\B').matchesAtStart('spine-1', neverRun)).toBe('no-match');
    expect(() => compiled('spine\\b').matchesAtStart('spiné', neverRun)).toThrow('bounded run');
  });

  it('hands on that the limited run gave up', () => {
    expect(compiled('(?=(a+)+$)a').matchesAtStart('aaa!', () => 'timed-out')).toBe('timed-out');
  });
});

describe('Python regular expressions made to hurt', () => {
  const letters = 'a'.repeat(5000);

  it.each([
    ['(a+)+$', `${letters}!`],
    ['(a+)+$', `${letters}é!`],
    ['(a|a)*b', letters],
    ['(.*)(.*)(.*)(.*)[^a]$', letters],
    ['(?:a?){300}a{300}b', letters],
  ])('answers %s in linear time', (regex, text) => {
    expect(compiled(regex).engine).toBe('linear');
    expect(matchesOf(regex, [text])).toEqual([]);
  });

  it('gives up what needs backtracking for ages', () => {
    expect(compiled('(?=(a+)+$)a').matchesAtStart(`${letters}!`, runBoundedRegex)).toBe('timed-out');
  });

  it.each([
    ['counts that multiply', '((a{1000}){1000}){1000}', /multiply/],
    ['a count beyond all need', 'a{4000000000}', /multiply/],
    ['groups nested 10,000 deep', '('.repeat(10_000), /nested more than 200 deep/],
    ['conditions nested 5,000 deep', `(a)${'(?(1)'.repeat(3_000)}`, /nested more than 200 deep/],
    ['a pattern of 100,000 groups', '('.repeat(100_000), /longer than 20000/],
    ['too many large sets', '\\w'.repeat(5000), /too large/],
  ])('refuses %s', (_what, regex, reason) => {
    expect(reasonAgainst(regex)).toMatch(reason);
  });

  it.each([
    ['10,000 characters', 'ab'.repeat(5000), 'ab'.repeat(5000)],
    ['10,000 characters in any case', `(?i)${'ab'.repeat(5000)}`, 'aB'.repeat(5000)],
    ['10,000 characters to backtrack in', `(?!x)${'ab'.repeat(5000)}`, 'ab'.repeat(5000)],
    ['3,000 alternatives', `(?:${'x|'.repeat(3000)}a)`, 'a'],
    ['2,000 groups', `${'(a)'.repeat(2000)}\\1`, letters],
    ['2,000 optional parts', 'a?'.repeat(2000), 'a'.repeat(2000)],
    ['groups nested 200 deep', `${'('.repeat(200)}a+${')+'.repeat(200)}`, letters],
    ['look-aheads nested 200 deep', `${'(?='.repeat(200)}a${')'.repeat(200)}`, letters],
    ['atomic groups nested 100 deep', `${'(?>(?:'.repeat(100)}a+${')+)'.repeat(100)}`, letters],
    ['counted repeats that a RegExp compiler would drown in', `${COUNTED.repeat(40)}(?!b)`, ''],
  ])('matches with %s, in ASCII and beyond', (_what, regex, text) => {
    expect(matchesOf(regex, [text, `${text}é`])).toEqual([text, `${text}é`]);
  });
});

/** Refused by both, for another reason: Python knows the names of characters. */
const NOT_IN_PYTHONS_WORDS = new Set(['\\N{NOTHING OF THE KIND}']);

const COUNTED = '(?:\\w{10}|(?:x{3,7}y){3,5}|){2,5}';

function readJson<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

function compiled(source: string): PythonRegex {
  const result = compilePythonRegex(source);
  if (!result.ok) throw new Error(`${source}: ${result.reason}`);
  return result.regex;
}

function matchesOf(source: string, texts: readonly string[]): string[] {
  const regex = compiled(source);
  return texts.filter((text) => regex.matchesAtStart(text, runBoundedRegex) === 'match');
}

function reasonAgainst(source: string): string {
  const result = compilePythonRegex(source);
  if (result.ok) throw new Error(`${source} is accepted`);
  return result.reason;
}
