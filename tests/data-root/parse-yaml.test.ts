import { describe, expect, it } from 'vitest';
import { decodeYaml } from '../../src/data-root/decode-yaml.js';
import { parseDocument } from '../../src/data-root/documents.js';
import { parseYaml } from '../../src/data-root/parse-yaml.js';
import { readYamlValue } from '../../src/data-root/yaml-values.js';
import { lineOfPath } from '../../src/engine/source-path.js';

function parse(text: string) {
  return parseYaml(text);
}

describe('the tree of a YAML text', () => {
  it('has every scalar as typed, with its line, column and offsets', () => {
    const text = 'a: 001122334455\nb:\n  - "x\\ty"\n  - on # c\n  - {c: 1:30, d: }\ne: |\n  f\n  g\n';
    const { root } = parse(text);
    expect(root).toMatchObject({
      kind: 'mapping',
      line: 1,
      entries: [
        {
          key: { text: 'a', line: 1, column: 1 },
          value: { text: '001122334455', plain: true, line: 1, column: 4 },
        },
        {
          key: { text: 'b', line: 2 },
          value: {
            kind: 'sequence',
            line: 3,
            items: [
              { text: 'x\ty', plain: false, line: 3, column: 5 },
              { text: 'on', plain: true, line: 4 },
              {
                kind: 'mapping',
                line: 5,
                column: 5,
                entries: [{ value: { text: '1:30' } }, { value: { text: '', isNull: true, line: 5 } }],
              },
            ],
          },
        },
        { key: { text: 'e', line: 6 }, value: { text: 'f\ng\n', plain: false } },
      ],
    });
    if (root?.kind !== 'mapping') throw new Error('no mapping');
    const typed = root.entries.map(({ value }) => text.slice(value.start, value.end));
    expect(typed[0]).toBe('001122334455');
    expect(typed[1]).toBe('- "x\\ty"\n  - on # c\n  - {c: 1:30, d: }');
  });

  it('has right places where brackets close to the left of their key', () => {
    const text = 'a: {\n  b: [\n    c,\n  ]\n}\nd: |\n  }\ne: {\n}\nf: g\n';
    const { root } = parse(text);
    expect(lineOfPath(root, ['a', 'b', 0])).toBe(3);
    expect(lineOfPath(root, ['f'])).toBe(10);
    if (root?.kind !== 'mapping') throw new Error('no mapping');
    expect(root.entries.map(({ value }) => text.slice(value.start, value.end))).toEqual([
      '{\n  b: [\n    c,\n  ]\n}',
      '  }\n',
      '{\n}',
      'g',
    ]);
    expect(root.entries[1]?.value).toMatchObject({ text: '}\n' });
  });

  it('counts \\n, \\r\\n and \\r as line ends', () => {
    const { root } = parse('a: 1\r\nb: 2\rc: 3\nd: 4\n');
    expect(['a', 'b', 'c', 'd'].map((key) => lineOfPath(root, [key]))).toEqual([1, 2, 3, 4]);
  });

  it('finds the line of a path, of its last part that is there otherwise', () => {
    const { root } = parse('actions:\n  - name: a\n    action: b\n  - name: c\n');
    expect(lineOfPath(root, ['actions', 1, 'name'])).toBe(4);
    expect(lineOfPath(root, ['actions', 0, 'attributes', 'url'])).toBe(2);
    expect(lineOfPath(root, [])).toBe(1);
    expect(lineOfPath(null, ['a'])).toBeNull();
  });

  it('warns of a repeated key, and the last one counts', () => {
    const { root, problems } = parse('a: 1\nb: 2\na: 3\n');
    expect(problems).toEqual([
      {
        severity: 'warning',
        line: 3,
        reason: 'the key "a" of line 1 is repeated in line 3: the last one counts',
      },
    ]);
    expect(root && readYamlValue(root).value).toEqual({ a: 3, b: 2 });
  });

  it('merges `<<` behind the own keys and warns of nothing', () => {
    const { root, problems } = parse(
      'base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\nboth: {<<: [*b, *m], x: 9}\n',
    );
    expect(problems).toEqual([]);
    if (root?.kind !== 'mapping') throw new Error('no mapping');
    const both = root.entries[2]?.value;
    expect(
      both?.kind === 'mapping' &&
        both.entries.map(({ key, value }) => [key.text, 'text' in value && value.text]),
    ).toEqual([
      ['x', '9'],
      ['y', '2'],
      ['z', '4'],
    ]);
  });

  it('has aliases as the very node that they name', () => {
    const { root } = parse('a: &x [1]\nb: *x\n');
    if (root?.kind !== 'mapping') throw new Error('no mapping');
    expect(root.entries[1]?.value).toBe(root.entries[0]?.value);
    const value = readYamlValue(root).value as { a: unknown; b: unknown };
    expect(value.a).toBe(value.b);
  });

  it('is null for an empty file, comments, a bare marker', () => {
    for (const text of ['', '\n', '# c\n', '---\n', '\ufeff']) expect(parse(text).root).toBeNull();
    expect(parse('~').root).toMatchObject({ isNull: true });
  });

  it('keeps keys that JavaScript treats specially', () => {
    const { root } = parse('__proto__: {a: 1}\nconstructor: 2\n');
    const value = root && readYamlValue(root).value;
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

describe('what JSON can not carry', () => {
  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-0x20000000000001', '-0x20000000000001'],
    ['.inf', '.inf'],
    ['-.INF', '-.INF'],
    ['.nan', '.nan'],
    ['1.0e+400', '1.0e+400'],
    ['1.0', 1],
  ])('%s goes out as %j, with a warning', (typed, value) => {
    const document = parseDocument(Buffer.from(`\na: ${typed}\n`), 'x');
    expect(document.value).toEqual({ a: value });
    expect(document.problems).toEqual([]);
    expect(document.valueProblems).toMatchObject([{ severity: 'warning', line: 2 }]);
  });
});

describe('what is refused, with its line', () => {
  const bomb = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1},`.repeat(10) : 'x'}]`);
  const longBomb = [`a: &a ${'x'.repeat(100_000)}`, `b: [${'*a,'.repeat(1000)}]`];
  const mergeBomb = [
    `a: &a {${Array.from({ length: 2000 }, (_, i) => `k${i}: v`).join(', ')}}`,
    `b: [${'{<<: *a},'.repeat(1000)}]`,
  ];
  it.each([
    ['an unclosed bracket', 'a: 1\nb: [1,\n', /line [23]: unexpected end/],
    ['a bad indentation', 'a:\n    b: 1\n  c: 2\n', /line 3: /],
    ['a second document', 'a: 1\nb: 2\n---\nc: 3\n', /line 3: a second document begins here/],
    ['an unknown tag', 'a: 1\nb: !vault x\n', /line 2: the tag !vault is unknown/],
    ['a Python tag', 'a: !!python/name:os.system\n', /line 1: the tag !!python\/name:os.system is unknown/],
    ['an unknown alias', 'a: 1\nb: *c\n', /line 2: the alias \*c names no anchor/],
    ['an alias in itself', 'a: &a\n  b: *a\n', /line 2: the alias \*a stands inside/],
    ['a mapping as a key', 'x: 1\n? {a: b}\n: c\n', /line 2: a mapping is no key/],
    ['a list as a key by alias', 'x: &x [1]\n*x : c\n', /line 1: an alias of a mapping or list is no key/],
    ['an alias bomb', bomb.join('\n'), /line \d+: the aliases stand for more/],
    ['an alias bomb of long text', longBomb.join('\n'), /line 2: the aliases stand for more/],
    ['a merge bomb', mergeBomb.join('\n'), /line \d+: (the merge keys copy more|the aliases stand for more)/],
    ['a merge of text', 'a: 1\nb: {<<: x}\n', /line 2: what << merges/],
    ['deep nesting', '['.repeat(100_000), /line 1: it nests deeper than 200 levels/],
    [
      'deep blocks',
      Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /line \d+: it nests deeper/,
    ],
    ['a tag that does not fit', 'a: !!int x\n', /line 1: "x" is nothing that the tag !!int stands for/],
  ])('%s', (_name, text, reason) => {
    expect(() => parseDocument(Buffer.from(text), 'definitions/x')).toThrow(
      expect.objectContaining({ code: 'invalid-yaml', message: expect.stringMatching(reason) }),
    );
    expect(() => parseDocument(Buffer.from(text), 'definitions/x')).toThrow(/^definitions\/x line /);
  });

  it.each([
    ['a NUL', Buffer.from('a: 1\nb: \0\n'), 2],
    ['a control character', Buffer.from('a: 1\n\nb: \x1b[0m\n'), 3],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x3a, 0x0a, 0x62, 0x0a, 0xc3, 0x28, 0x0a]), 3],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x02, 0x01, 0x01, 0x00]), 1],
  ])('%s', (_name, bytes, line) => {
    expect(() => decodeYaml(bytes)).toThrow(expect.objectContaining({ name: 'YamlError', line }));
  });

  it('UTF-16 and byte order marks are read', () => {
    const utf16 = Buffer.from('\ufeffa: é\n', 'utf16le');
    for (const bytes of [utf16, Buffer.from(utf16).swap16(), Buffer.from('\ufeffa: é\n')]) {
      expect(parseDocument(bytes, 'x').value).toEqual({ a: 'é' });
    }
  });
});

describe('large files', () => {
  it('10,000 patterns are parsed with the right lines', () => {
    const pattern = (i: number) =>
      `  - name: p${i}\n    definition: leaf\n    interfaces: [\n      {Ethernet1: spine${i}:any}\n    ]\n`;
    const text = `patterns:\n${Array.from({ length: 10_000 }, (_, i) => pattern(i)).join('')}`;
    const { root } = parse(text);
    expect(lineOfPath(root, ['patterns', 9_999, 'interfaces', 0])).toBe(1 + 9_999 * 5 + 4);
  });
});
