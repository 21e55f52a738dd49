// Compares the engine with a live Python on random expressions and texts, and its tables with all of Unicode.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CodePointSet,
  categoryOf,
  rangesOf,
  withOtherCases,
} from '../../../src/engine/python-regex/code-point-set.js';
import { compilePythonRegex } from '../../../src/engine/python-regex/python-regex.js';
import { runBoundedRegex } from '../../../src/provisioning/run-bounded-regex.js';
import {
  askPython,
  askPythonForCases,
  askPythonForCodePoints,
  pythonUnicodeVersion,
  type RegexQuestion,
} from './ask-python.js';

/** The reasons to refuse what Python accepts, all told at the top of python-regex.ts. */
const LIMITS = /earlier round of a repeat|what may be empty|ignores case needs|too large|multiply/;

const version = pythonUnicodeVersion();

const literal = fc.constantFrom(
  ...'aaabbbABksSKi1 -_\n.é',
  'ſ',
  'K',
  'İ',
  'ı',
  'ς',
  'σ',
  'Σ',
  '😀',
  '\\.',
  '\\n',
  '\\x41',
);
const setItem = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('a', 'b', 'k', 'A', '1', 'é', 'ſ', '😀', '\\]', '-', '^', '.', ']', '['),
  },
  { weight: 2, arbitrary: fc.constantFrom('a-c', 'A-Z', '0-9', 'a-z', 'à-ü', ' -~') },
  { weight: 1, arbitrary: fc.constantFrom('\\w', '\\d', '\\s', '\\W', '\\D', '\\S', '\\b') },
);
const set = fc
  .tuple(fc.constantFrom('[', '[', '[^'), fc.array(setItem, { minLength: 1, maxLength: 4 }))
  .map(([open, items]) => `${open}${items.join('')}]`);
const place = fc.constantFrom('^', '$', '\\A', '\\Z', '\\b', '\\B');
const category = fc.constantFrom('\\w', '\\d', '\\s', '\\W', '\\D', '\\S', '.', '.');
const reference = fc.constantFrom('\\1', '\\1', '\\2', '(?P=x)');
const repeat = fc.constantFrom(
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '*+',
  '++',
  '?+',
  '{2}',
  '{1,2}',
  '{,2}',
  '{2,}',
  '{0,3}?',
  '{1,2}+',
);
const opening = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('(', '(', '(?:') },
  { weight: 3, arbitrary: fc.constantFrom('(?=', '(?!', '(?<=', '(?<!', '(?>') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('(?i:', '(?s:', '(?m:', '(?a:', '(?-i:', '(?x:', '(?P<x>', '(?(1)', '(?(2)'),
  },
);
const { expression } = fc.letrec<{
  expression: string;
  sequence: string;
  item: string;
  atom: string;
  group: string;
}>((tie) => ({
  expression: fc
    .array(tie('sequence'), { minLength: 1, maxLength: 3, depthIdentifier: 'regex' })
    .map((branches) => branches.join('|')),
  sequence: fc.array(tie('item'), { maxLength: 4, depthIdentifier: 'regex' }).map((items) => items.join('')),
  item: fc
    .tuple(tie('atom'), fc.oneof({ weight: 3, arbitrary: fc.constant('') }, repeat))
    .map((parts) => parts.join('')),
  group: fc.tuple(opening, tie('expression')).map(([open, inside]) => `${open}${inside})`),
  atom: fc.oneof(
    { depthIdentifier: 'regex', maxDepth: 6, withCrossShrink: true },
    { weight: 6, arbitrary: literal },
    { weight: 3, arbitrary: tie('group') },
    { weight: 2, arbitrary: fc.oneof(set, category) },
    { weight: 1, arbitrary: fc.oneof(place, reference) },
  ),
}));
const flags = fc.constantFrom('', '', '', '', '(?i)', '(?m)', '(?s)', '(?a)', '(?x)', '(?ai)', '(?is)');
/** Mostly valid expressions, and some that are cut off or broken by a stray character. */
const regex = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(flags, expression).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.tuple(expression, fc.nat(20)).map(([text, length]) => text.slice(0, length)) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom(...'()[]{}?*+|\\^$.-:=!<>P#abiu0123,x \n'), maxLength: 12 }),
  },
);
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aaabbbA1 -\n'), maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom(...'abABksSKiI1 -_\n.é', 'ſ', 'K', 'İ', 'ı', 'ς', 'σ', 'Σ', '😀', 'É', '٣'),
    maxLength: 6,
  }),
);
const question: fc.Arbitrary<RegexQuestion> = fc.record({
  regex,
  texts: fc.array(text, { minLength: 1, maxLength: 8 }).map((texts) => ['', 'a', 'ab', ...texts]),
});

describe.skipIf(version !== '14.0.0')('compared with python3 (skipped unless that is Python 3.11)', () => {
  it('says of random expressions and texts what Python says', () => {
    fc.assert(
      fc.property(fc.array(question, { minLength: 200, maxLength: 400 }), (questions) => {
        const answers = askPython(questions);
        for (const [index, asked] of questions.entries()) {
          const answer = answers[index] ?? null;
          if (answer !== 'slow') expectSame(asked, answer);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('has the code points that Python has in its categories', () => {
    const regexes = ['\\d', '\\s', '\\w', '(?a)\\d', '(?a)\\s', '(?a)\\w'];
    const found = askPythonForCodePoints(regexes);
    const sets = [false, true].flatMap((ascii) => NAMES.map((name) => categoryOf(name, ascii)));
    for (const [index, set] of sets.entries())
      expect(codePointsOf(set), regexes[index]).toEqual(found[index]);
  });

  it('takes the same characters as Python for the same in any case', () => {
    const same = askPythonForCases();
    expect(same.length).toBeGreaterThan(2000);
    for (const codePoints of same) {
      for (const codePoint of codePoints) {
        expect(codePointsOf(withOtherCases([codePoint, codePoint], false))).toEqual(codePoints);
      }
    }
  });
});

const NAMES = ['d', 's', 'w'] as const;

function codePointsOf(set: CodePointSet): number[] {
  return rangesOf(set).flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
}

function expectSame({ regex, texts }: RegexQuestion, answer: readonly boolean[] | null): void {
  const result = compilePythonRegex(regex);
  if (!result.ok) {
    if (answer !== null) expect(result.reason, `${JSON.stringify(regex)} is valid`).toMatch(LIMITS);
    return;
  }
  expect(answer, `${JSON.stringify(regex)} is invalid`).not.toBeNull();
  for (const [index, subject] of texts.entries()) {
    const outcome = result.regex.matchesAtStart(subject, runBoundedRegex);
    if (outcome === 'timed-out') continue;
    expect(outcome, `${JSON.stringify(regex)} on ${JSON.stringify(subject)}`).toBe(
      answer?.[index] ? 'match' : 'no-match',
    );
  }
}
