import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OwnerChanges, PoolFile } from '../../src/data-root/pool-file.js';
import { askPyYaml, noPyYaml } from './pyyaml.js';

/** The text after an owner got the first free value. */
function allocate(text: string, owner: string): string {
  const pool = PoolFile.parse(text);
  const [place] = pool.freePlaces(1);
  if (place === undefined) throw new Error('no free value');
  return change(pool, new Map([[place, owner]]));
}

/** Makes a change, and compares the pool that it leaves with a pool that is read from its text. */
function change(pool: PoolFile, changes: OwnerChanges): string {
  const draft = pool.draft(changes);
  pool.apply(draft);
  expect(pool.text).toBe(Buffer.concat(draft.parts).toString());
  expect(pool.hasBytes(Buffer.concat(draft.parts))).toBe(true);
  expectSame(pool, PoolFile.parse(pool.text));
  return pool.text;
}

function expectSame(pool: PoolFile, fresh: PoolFile): void {
  expect(entriesOf(pool)).toEqual(entriesOf(fresh));
  expect(pool.repeated()).toEqual(fresh.repeated());
  expect(pool.size).toBe(fresh.size);
  expect(pool.freePlaces(pool.size)).toEqual(fresh.freePlaces(fresh.size));
  for (const { owner } of fresh.entries()) {
    if (owner !== null) expect(pool.placeOf(owner)).toBe(fresh.placeOf(owner));
  }
}

function entriesOf(pool: PoolFile) {
  return [...pool.entries()].map(({ value, owner }) => ({ value, owner }));
}

describe('the text of a pool', () => {
  it.each([
    ['null', 'a: null\nb: null\n', 'a: S1\nb: null\n'],
    ['~ and a comment', 'a:   ~   # first\nb:\n', 'a:   S1   # first\nb:\n'],
    ['nothing', 'a:\nb:\n', 'a: S1\nb:\n'],
    ['nothing and a comment', 'a:  # free\n# more\nb:\n', 'a: S1  # free\n# more\nb:\n'],
    ['empty quotes', "a: ''\n", 'a: S1\n'],
    ['None', 'a: None\n', 'a: S1\n'],
    ['a later line', 'x: X\n\n# c\n\na: null', 'x: X\n\n# c\n\na: S1'],
    ['no newline at the end', 'a:', 'a: S1'],
    ['CRLF', 'x: X\r\na: null\r\nb:\r\n', 'x: X\r\na: S1\r\nb:\r\n'],
    ['indented', '  a: null\n  b: null\n', '  a: S1\n  b: null\n'],
    ['quoted values', '"a":\n\'b\' : null\n', '"a": S1\n\'b\' : null\n'],
    ['an address as a value', '10.0.0.1/24:\n::1: null\n', '10.0.0.1/24: S1\n::1: null\n'],
    ['a flow mapping', '{a: null, b: null}\n', '{a: S1, b: null}\n'],
    ['a flow mapping without owners', '{a: , b: }\n', '{a: S1 , b: }\n'],
    ['a flow mapping of values only', '{a, b}\n', '{a: S1, b}\n'],
    ['a flow mapping over lines', 'x: X\n', null],
    ['JSON', '{"a": null,\n"b": null\n}', '{"a": S1,\n"b": null\n}'],
    ['JSON without owners', '{"a":,"b":}', '{"a": S1,"b":}'],
    ['an explicit key', '? a\n: null\n? b\n', '? a\n: S1\n? b\n'],
    ['an explicit key alone', '? a # c\n? b\n', '? a\n: S1 # c\n? b\n'],
    ['an explicit key and an empty owner', '? a\n# c\n:\n? b\n', '? a\n# c\n: S1\n? b\n'],
    ['an owner on the next line', 'a:\n  null\nb: ~\n', 'a:\n  S1\nb: ~\n'],
    ['document markers', '%YAML 1.1\n---\na: null\n...\n', '%YAML 1.1\n---\na: S1\n...\n'],
    ['a byte order mark', '\ufeffa:\n', '\ufeffa: S1\n'],
    ['tags', '!!str a: !!null\n', '!!str a: S1\n'],
    ['a tag and a value', 'a: !!null null # c\n', 'a: S1 # c\n'],
    ['other letters', 'é: null # ü\n日: null\n', 'é: S1 # ü\n日: null\n'],
    ['a repeated value', 'a: null\nb: X\na: null\n', 'a: null\nb: X\na: S1\n'],
    ['a repeated value that is taken below', 'a: null\na: X\nb: null\n', 'a: null\na: X\nb: S1\n'],
  ])('is edited in one place only: %s', (_name, before, after) => {
    if (after === null) expect(() => allocate(before, 'S1')).toThrow('no free value');
    else expect(allocate(before, 'S1')).toBe(after);
  });

  it.each(
    ['001122334455', 'null', '~', 'None', 'yes', '1:30', 'a#b', 'a: b', "it's", 'x,y', '{', '', ' a'].filter(
      Boolean,
    ),
  )('quotes the owner %j where it has to', (owner) => {
    for (const text of ['a:\nb:\n', '{a: null, b: null}', '? a\n? b\n', '{a, b}']) {
      expect(entriesOf(PoolFile.parse(allocate(text, owner)))[0]).toEqual({ value: 'a', owner });
    }
  });

  it.each([
    ['', /line 1: the pool is empty/],
    ['# nothing\n', /the pool is empty/],
    ['{}', /the pool is empty/],
    ['null', /wanted a mapping/],
    ['- a\n- b\n', /line 1: wanted a mapping of values to owners, found a list/],
    ['text', /found a single text/],
    ['a: 1\nb: [x]\n', /line 2: the owner of b is a list, wanted text/],
    ['a: {b: c}\n', /line 1: the owner of a is a mapping/],
    ['a: &x X\nb: *x\n', /line 1: the owner of a has an anchor/],
    ['a: X\n*x : b\n', /line 2: a value is an alias/],
    ['a: |\n  X\n', /line 2: the owner of a is a block of text/],
    ['? [a]\n: X\n', /line 1: a value is a list/],
    [': X\n', /line 1: a value is missing/],
    ['a: X\n---\nb: Y\n', /a second document/],
    ['a: X\nb: "Y\n', /line \d: /],
    ['a: !x Y\n', /line 1: the tag !x is unknown/],
  ])('%j is no pool', (text, reason) => {
    expect(() => PoolFile.parse(text)).toThrow(reason);
  });

  it('owners and values are as typed', () => {
    const text = '0010: 001122334455\n1:30: yes\n"on": \'null\'\n<<: x\n=: 1.0\n';
    expect(entriesOf(PoolFile.parse(text))).toEqual([
      { value: '0010', owner: '001122334455' },
      { value: '1:30', owner: 'yes' },
      { value: 'on', owner: 'null' },
      { value: '<<', owner: 'x' },
      { value: '=', owner: '1.0' },
    ]);
  });

  it('every other byte stays, whatever is allocated and freed, and PyYAML reads the same text', (context) => {
    if (noPyYaml !== null) context.skip(noPyYaml);
    const name = fc.constantFrom('10.0.0.1/24', 'a', '"b c"', "'0010'", 'é', '!!str 7', 'x:y');
    const owner = fc.constantFrom('', ' ', ' null', ' ~', " ''", ' X', ' "Y z"', ' !!str', ' Z  ');
    const tail = fc.constantFrom('', ' # comment', ' # it\'s "x": y');
    const gap = fc.constantFrom('', '\n', '# a: b\n', '   # c\n\n');
    const line = fc.tuple(gap, name, owner, tail);
    const given = fc.string({ unit: fc.constantFrom(...'a1:#, \'"~-é'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.uniqueArray(line, { minLength: 1, maxLength: 7, selector: (it) => it[1] }),
        fc.array(given, { minLength: 7, maxLength: 7 }),
        fc.constantFrom('\n', '\r\n'),
        (lines, owners, end) => {
          const before = lines
            .map(([g, n, o, t]) => `${g}${n}:${o}${t}\n`)
            .join('')
            .replaceAll('\n', end);
          const pool = PoolFile.parse(before);
          const free = pool.freePlaces(pool.size);
          const changes = new Map(free.map((place) => [place, owners[place] ?? 'x']));
          const wanted = entriesOf(pool).map((entry, i) => ({
            ...entry,
            owner: changes.get(i) ?? entry.owner,
          }));
          const after = change(pool, changes);
          expect(entriesOf(pool)).toEqual(wanted);
          const strip = (text: string) =>
            text
              .split(end)
              .map((it) =>
                it.replace(/#.*/, '').trim() === '' ? it : (/ #.*/.exec(it)?.[0] ?? '').slice(0, 10),
              );
          expect(strip(after).length).toBe(strip(before).length);
          const [answer] = askPyYaml([after]);
          const pairs = (answer as { value: { map: [unknown, unknown][] } }).value.map;
          for (const [i, owned] of changes) expect(pairs[i]?.[1]).toBe(owned);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a large pool is, after any changes, what its text says', () => {
    const line = fc.constantFrom('', ' null', ' A', ' B', ' C', ' # note');
    const change1 = fc.tuple(fc.nat(), fc.constantFrom('A', 'B', 'C', 'D', null));
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 200, maxLength: 900 }),
        fc.array(fc.array(change1, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        (lines, rounds) => {
          // Every 97th value is listed again: the line above it does not count.
          const text = lines.map((owner, i) => `v${i % 97 === 96 ? i - 1 : i}:${owner}\n`).join('');
          const pool = PoolFile.parse(text);
          const places = [...pool.entries()].map(({ place }) => place);
          for (const round of rounds) {
            change(pool, new Map(round.map(([n, owner]) => [places[n % places.length] ?? 0, owner])));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ['plain lines', 'a: X\n', "a: X\n'0010': null\nb: null\n"],
    ['no line end', '# c\na:', "# c\na:\n'0010': null\nb: null\n"],
    ['CRLF', 'a: X\r\n', "a: X\r\n'0010': null\r\nb: null\r\n"],
    ['a comment at the end', 'a:\n# end\n', "a:\n# end\n'0010': null\nb: null\n"],
  ])('takes more values at its end: %s', (_name, before, after) => {
    expect(PoolFile.parse(before).textWith(['0010', 'b'])).toBe(after);
  });

  it.each(['{a: X}\n', ' a: X\n', 'a: X\n...\n', 'a: "x\n  y"\n...'])(
    'says so if no line can be added at the end: %j',
    (text) => {
      expect(() => PoolFile.parse(text).textWith(['b'])).toThrow('no line can be added at the end');
    },
  );

  it('that is large is freed all at once', () => {
    const pool = PoolFile.parse(Array.from({ length: 50_000 }, (_, i) => `v${i}: N${i}\n`).join(''));
    const changes = new Map(Array.from(pool.entries(), ({ place }) => [place, null]));
    pool.apply(pool.draft(changes));
    expect(pool.freeCount).toBe(50_000);
    expect(pool.placeOf('N7')).toBeNull();
    expect(pool.freePlaces(2)).toEqual([0, 1]);
  });
});
