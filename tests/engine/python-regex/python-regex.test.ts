// Holds the engine to recorded verdicts of Python 3.11 and to its own limits. Needs no Python.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  compilePythonRegex,
  type PythonRegex,
} from '../../../src/engine/python-regex/python-regex.js';
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
  readonly cases: readonly { readonly regex: string; readonly valid: boolean; readonly matches: readonly string[] }[];
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
    if (isBeyondUs(regex)) return expect(compilePythonRegex(regex)).toMatchObject({ ok: false });
    expect(matchesOf(regex, strings)).toEqual(matches);
    expect(matchesOf(regex, recorded.common)).toEqual(commonMatches);
  });

  const refused = recorded.cases.filter((verdict) => verdict.error !== undefined);
  it.each(refused)('refuses what Python does, and says why: $regex', ({ regex, error = '' }) => {
    const result = compilePythonRegex(regex);
    if (result.ok) return expect(result).toMatchObject({ ok: false });
    if (!error.includes('named') && !error.includes('character name')) expect(result.reason).toContain(error);
  });
});

function readJson<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

function isBeyondUs(_regex: string): boolean {
  return false;
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
