// The INI dialect, by example and against the Python that defines it.

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readIni } from '../../src/config/read-ini.js';
import { ZtpError } from '../../src/wire/ztp-error.js';

type Plain = Record<string, Record<string, string>>;

function plain(text: string): Plain {
  const { sections, defaults } = readIni(text, 'x.conf');
  const values = (map: ReadonlyMap<string, { value: string }>) =>
    Object.fromEntries([...map].map(([key, { value }]) => [key, value]));
  return Object.fromEntries([
    ...(defaults.size > 0 ? [['DEFAULT', values(defaults)] as const] : []),
    ...[...sections].map(([name, section]) => [name, values(section.values)] as const),
  ]);
}

function refusal(text: string): string {
  try {
    readIni(text, 'x.conf');
  } catch (error) {
    if (error instanceof ZtpError && error.code === 'invalid-config') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('readIni', () => {
  it('reads = and :, keys in any case, comments only at the start of a line', () => {
    const text =
      '# comment\n[default]\n  ; another\nData_Root = /srv # kept ; too\nserver_url: http://a:80/x=y\n';
    expect(plain(text)).toEqual({
      default: { data_root: '/srv # kept ; too', server_url: 'http://a:80/x=y' },
    });
  });

  it('continues a value over indented lines, blank and comment lines between them included', () => {
    expect(plain('[a]\nk = one\n  two\n\n  # not this\n  three\n\nj = 1\n')).toEqual({
      a: { k: 'one\ntwo\n\nthree', j: '1' },
    });
  });

  it('does not interpolate and keeps an empty value', () => {
    expect(plain('[a]\nk = %(asctime)s %%\ne =\n')).toEqual({ a: { k: '%(asctime)s %%', e: '' } });
  });

  it('skips a byte order mark and takes every kind of line end', () => {
    expect(plain('\ufeff[a]\r\nk = 1\rj = 2\n')).toEqual({ a: { k: '1', j: '2' } });
  });

  it('keeps [DEFAULT] apart and says in which line a value stands', () => {
    const file = readIni('[DEFAULT]\nport = 1\n\n[server]\n\nport = 2\n', 'x.conf');
    expect(file.defaults.get('port')).toEqual({ value: '1', line: 2 });
    expect(file.sections.get('server')?.values.get('port')).toEqual({ value: '2', line: 6 });
  });

  it.each([
    ['[a]\nk = 1\nK : 2\n', 'x.conf:3: [a] k is set in line 2 already'],
    ['[a]\n[b]\n[a]\n', 'x.conf:3: section [a] stands in line 1 already'],
    ['k = 1\n', 'x.conf:1: "k = 1" stands before any section'],
    ['[a]\nport\n', 'x.conf:2: "port" is neither [section] nor key = value'],
    ['[a]\n= 1\n', 'x.conf:2: "= 1" has no key before "="'],
    ['[a\nk = 1\n', 'x.conf:1: "[a" stands before any section'],
  ])('refuses %j and names the line', (text, message) => {
    expect(refusal(text)).toContain(message);
  });

  it('reads a line of a million blanks in no time worth naming', () => {
    expect(plain(`[a]\nk = 1${' '.repeat(1_000_000)}x\n`).a?.k).toHaveLength(1_000_002);
  });
});

// Reads a JSON list of texts, answers with what RawConfigParser makes of each: its sections, or null for an error.
const PYTHON = `
import configparser, io, json, sys
def read(text):
    parser = configparser.RawConfigParser()
    try:
        # Line ends as a text file hands them over.
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        return None
    out = {'DEFAULT': dict(parser._defaults)} if parser._defaults else {}
    for name, values in parser._sections.items():
        out[name] = dict(values)
    return out
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;

const python = spawnSync('python3', ['-c', 'import configparser'], { timeout: 20_000 }).status === 0;

describe('readIni beside RawConfigParser', () => {
  it('agrees on every text', ({ skip }) => {
    skip(!python, 'no python3: apt-get install python3');
    const word = fc.constantFrom(
      'data_root',
      'Port',
      'a b',
      'default',
      '%(x)s',
      '/srv',
      '"q"',
      'é',
      'ÄÖ',
      'İ',
      '\u2028',
      '\u00a0',
      '\x1c',
      '\x85',
      '$x',
      '',
    );
    const blanks = fc.constantFrom('', '', '', ' ', '  ', '\t', '    ', '\f');
    const line = fc.oneof(
      fc
        .tuple(blanks, word, blanks, fc.constantFrom('=', ':', ' = ', '= ', ' :', '=='), word, blanks)
        .map((parts) => parts.join('')),
      fc
        .tuple(blanks, fc.constantFrom('[a]', '[b]', '[DEFAULT]', '[default]', '[a', '[]', '[ a ]', '[a]x'))
        .map((parts) => parts.join('')),
      fc.tuple(blanks, fc.constantFrom('#', ';', '# a = b', ';[x]')).map((parts) => parts.join('')),
      fc.tuple(blanks, word, blanks).map((parts) => parts.join('')),
      blanks,
    );
    const text = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '\r\n', '\r')), { maxLength: 12 })
      .map((lines) => lines.map((parts) => parts.join('')).join(''));
    const texts = fc.array(
      fc.oneof(
        text,
        text.map((it) => `[a]\n${it}`),
      ),
      { minLength: 400, maxLength: 400 },
    );
    fc.assert(
      fc.property(texts, (batch) => {
        const run = spawnSync('python3', ['-c', PYTHON], {
          input: JSON.stringify(batch),
          encoding: 'utf8',
          env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
          timeout: 20_000,
        });
        const theirs: unknown[] = JSON.parse(run.stdout);
        for (const [index, one] of batch.entries()) {
          const ours = refusal(one) === 'accepted' ? plain(one) : null;
          expect({ text: one, read: ours }).toEqual({ text: one, read: theirs[index] });
        }
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
