// Holds planImage to the built-in action itself: both are asked the same random questions, the action under Python.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/engine/json-value.js';
import { compareEosVersions, parseEosVersion } from '../../../src/engine/versions/eos-version.js';
import { planImage } from '../../../src/engine/versions/plan-image.js';
import { runBoundedRegex } from '../../../src/provisioning/run-bounded-regex.js';
import { findPythons } from '../../client/pythons.js';

const action = resolve(import.meta.dirname, '../../../client/actions/install_image');

/** What it is asked: attributes of the action, and what the switch is. */
interface Question {
  readonly attributes: JsonObject;
  readonly model: string;
  readonly version: string;
}

// One question a line, one answer a line: [what would be done, why].
const program = `
import json, sys
module = {'__name__': 'action'}
with open(sys.argv[1], 'rb') as source:
    exec(compile(source.read(), sys.argv[1], 'exec'), module)

class Fetched(Exception):
    pass

class Node(object):
    def __init__(self, facts):
        self.facts, self.said = facts, []
    def system(self):
        return self.facts
    def flash(self):
        return '/no/such/folder'
    def log_msg(self, text, error=False):
        self.said.append(text)
    def retrieve_url(self, url, path):
        raise Fetched()

for line in sys.stdin:
    question = json.loads(line)
    if isinstance(question, list):
        left, right = map(module['parse_version'], question)
        order = None if left is None or right is None else module['compare_versions'](left, right)
        print(json.dumps([left is not None, right is not None, order]))
        continue
    node = Node({'model': question['model'], 'version': question['version']})
    attributes = dict(question['attributes'], NODE=node)
    try:
        module['main'](attributes)
        answer = ['keep', node.said[-1]]
    except Fetched:
        answer = ['install', node.said[-1]]
    except ValueError as error:
        answer = ['failure', error.args[0]]
    print(json.dumps(answer))
`;

function ask(python: string, questions: readonly unknown[]): unknown[] {
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, action], {
    input,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  if (status !== 0) throw new Error(String(stderr));
  return String(stdout)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const number = fc.constantFrom('0', '1', '2', '9', '10', '31', '032', '99999999999999999999');
const numbers = fc.array(number, { minLength: 1, maxLength: 4 }).map((parts) => ['4', ...parts].join('.'));
const build = fc.constantFrom('', '', '', '-33804048.4310F', '-4.x', 'X1', '.1', '1', '.1.2', '-a b', '-');
const words = fc.constantFrom(
  '',
  '',
  '',
  ' (engineering build)',
  '(x)',
  ' ',
  '\u00a0',
  ' ()\n',
  'é',
  ' (',
  '\x1f',
);
const version = fc
  .tuple(
    fc.constantFrom('', '', '', ' ', 'v'),
    numbers,
    fc.constantFrom('', 'F', 'F', 'M', 'f', 'FX'),
    build,
    words,
  )
  .map((parts) => parts.join(''));
const near = fc.constantFrom('4.30.0F', '4.31.0F', '4.31.0', '4.31.1M', '4.32.0F', '4.32', '4.31.0F-1.4310F');
const typed: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 12, arbitrary: near },
  { weight: 2, arbitrary: version },
  { weight: 1, arbitrary: fc.constantFrom<JsonValue>('', 'latest', 4.3, null, [], true) },
);
const image = fc
  .record(
    {
      url: fc.constantFrom<JsonValue>(
        'files/a.swi',
        'http://h/EOS-4.swi?x',
        'files/a%20b',
        'files/%61',
        'files/',
        '',
        1,
      ),
      version: typed,
      minimum: typed,
      maximum: typed,
      sha256: fc.constantFrom<JsonValue>('a'.repeat(64), 'A'.repeat(64), 'xyz', '', null, 'a'.repeat(63)),
      downgrade: fc.constantFrom<JsonValue>(true, false, 'False', 'no', null, 1),
      image_name_from_url: fc.constantFrom<JsonValue>(true, false, false, 'true', 'x'),
      model: fc.constantFrom<JsonValue>(
        ...[
          'DCS-7050',
          'DCS-.*',
          '.*',
          '(?i)dcs.*',
          '(?x) DCS .* # any',
          'DCS|DCS-7050.',
          'é',
          '',
          '[0-9]+',
          '$',
          5,
        ],
      ),
    },
    { requiredKeys: ['url', 'version', 'model'] },
  )
  .map((it): JsonObject => it);
const models = fc.constantFrom('DCS-7050', 'DCS-7050X', 'DCS-7280', 'dcs', 'é', '', '7', 'DCS-7050\n');
const question: fc.Arbitrary<Question> = fc
  .record({
    outer: image,
    images: fc.oneof(
      { weight: 3, arbitrary: fc.constant<JsonValue>(null) },
      { weight: 3, arbitrary: fc.array(image, { maxLength: 4 }) as fc.Arbitrary<JsonValue> },
      {
        weight: 1,
        arbitrary: fc.dictionary(
          fc.constantFrom('DCS-7050', 'DCS-.*', '.*', '(a)|b', '7'),
          image,
        ) as fc.Arbitrary<JsonValue>,
      },
      { weight: 1, arbitrary: fc.constantFrom<JsonValue>('x', 5, ['x'], [null], { '.*': null }) },
    ),
    model: models,
    version: fc.oneof(near, version, fc.constantFrom('', 'custom')),
  })
  .map(({ outer, images, ...facts }) => ({
    ...facts,
    attributes: { ...outer, ...(images !== null && { images }) },
  }));

const seed = Date.now();
const { chosen } = findPythons();

describe.each(chosen)('install_image on Python $version', ({ command, version: python }) => {
  it(`compares versions as we do (seed ${seed})`, () => {
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 2_000, seed });
    const known = [
      '4.9.0F',
      '4.10.0F',
      '4.32',
      '4.32.0F',
      '4.32.0',
      '4.31.0F-33804048.4310F',
      '4.15.0FX1',
      '4.14.5FX.2',
    ];
    const all = [...pairs, ...known.flatMap((one) => known.map((other): [string, string] => [one, other]))];
    const found = all.map(([one, other]) => {
      const [left, right] = [parseEosVersion(one), parseEosVersion(other)];
      const order = left && right && Math.sign(compareEosVersions(left, right));
      return [left !== null, right !== null, order];
    });
    expect(found).toEqual(ask(command, all));
    expect(found.filter(([, , order]) => order !== null).length).toBeGreaterThan(100);
  });

  it(`decides as we do, with the same words (seed ${seed})`, () => {
    const questions = fc.sample(question, { numRuns: 3_000, seed });
    const answers = ask(command, questions) as [string, string][];
    const seen = new Map<string, number>();
    for (const [index, { attributes, ...facts }] of questions.entries()) {
      const plan = planImage((name) => attributes[name] ?? null, facts, runBoundedRegex);
      const [kind = '', words = ''] = answers[index] ?? [];
      const text = plan.text.replace(/^nothing to do: /, '').replace(/: \S+ would be installed$/, '');
      const shown = `${JSON.stringify(questions[index])}, seed ${seed}`;
      expect(plan.kind, shown).toBe(kind);
      // Values that are no texts print otherwise on Python 2.
      if (!python.startsWith('2.') || !/[[{]/.test(words)) {
        expect(text, shown).toBe(words.replace(/^install_image: /, ''));
      }
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(['failure', 'install', 'keep']);
  });
});

describe('planImage', () => {
  const facts = { model: 'DCS-7050', version: '4.28.3M' };
  const plan = (attributes: JsonObject, about: { model: string | null; version: string | null } = facts) => {
    const { kind, text } = planImage((name) => attributes[name] ?? null, about, runBoundedRegex);
    return `${kind}: ${text}`;
  };
  const wanted = { url: 'files/images/EOS-4.32.2F.swi', version: '4.32.2F', minimum: '4.30.0F' };

  it('says what would happen and why', () => {
    expect(plan(wanted)).toBe(
      'install: running version 4.28.3M is older than the minimum 4.30.0F: files/images/EOS-4.32.2F.swi would be installed',
    );
    expect(plan(wanted, { ...facts, version: '4.31.0F' })).toBe(
      'keep: nothing to do: running version 4.31.0F is within the minimum 4.30.0F',
    );
    expect(plan({ images: [{ ...wanted, model: 'DCS-72.*' }] })).toBe(
      'failure: images: model DCS-7050 matches no entry; there are DCS-72.*',
    );
  });

  it('says so if the switch did not report what it depends on', () => {
    expect(plan(wanted, { ...facts, version: null })).toMatch(/^unknown: .*version/);
    expect(plan({ images: [] }, { ...facts, model: null })).toMatch(/^unknown: .*model/);
  });

  it('takes a hostile version for none, at once', () => {
    expect(plan(wanted, { ...facts, version: `4.1F${'1'.repeat(190)}!` })).toMatch(/^install: cannot tell/);
    expect(plan(wanted, { ...facts, version: `4.${'1.'.repeat(1_000_000)}` })).toMatch(
      /^install: cannot tell/,
    );
  });
});
