// The text form of a resource: what is a call, what is plain text.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOfAlmostCall, parseResourceCall } from '../../../src/engine/definitions/resource-call.js';

describe('a call', () => {
  it.each([
    ["allocate('mgmt')", 'allocate', ['mgmt']],
    ['allocate("mgmt")', 'allocate', ['mgmt']],
    ['allocate( \'mgmt\' ,\t"v 10" )', 'allocate', ['mgmt', 'v 10']],
    ["my_Plugin2('')", 'my_Plugin2', ['']],
    ["a('it', \"it's\")", 'a', ['it', "it's"]],
    ["a('x)', '(,')", 'a', ['x)', '(,']],
    ["a('two\nlines')", 'a', ['two\nlines']],
  ])('%j', (text, plugin, args) => {
    expect(parseResourceCall(text)).toMatchObject({ plugin, args });
  });

  it('is the same call however it is quoted', () => {
    expect(parseResourceCall("a('x','y')")).toEqual(parseResourceCall('a( "x", "y" )'));
    expect(parseResourceCall("a('x,y')")?.key).not.toBe(parseResourceCall("a('x','y')")?.key);
  });

  it('reads its own spelling as itself', () => {
    const argument = fc.string().filter((text) => !(text.includes("'") && text.includes('"')));
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/),
        fc.array(argument, { minLength: 1 }),
        (plugin, args) => {
          const quoted = args.map((it) => (it.includes("'") ? `"${it}"` : `'${it}'`));
          const call = parseResourceCall(`${plugin}(${quoted.join(',')})`);
          expect(call).toMatchObject({ plugin, args });
          expect(parseResourceCall(call?.text ?? '')).toEqual(call);
        },
      ),
    );
  });
});

describe('plain text', () => {
  it.each([
    'allocate(mgmt)',
    'allocate()',
    "allocate('mgmt",
    'allocate(\'mgmt")',
    "allocate('mgmt',)",
    "allocate(,'mgmt')",
    "allocate('a' 'b')",
    "allocate ('mgmt')",
    " allocate('mgmt')",
    "allocate('mgmt')\n",
    "allocate('mgmt') x",
    "my-plugin('x')",
    "('x')",
    "größe('x')",
    "a('x')b('y')",
    '',
  ])('%j', (text) => {
    expect(parseResourceCall(text)).toBeNull();
  });

  it.each([
    ['allocate(mgmt)', 'allocate'],
    ["allocate ('mgmt')", 'allocate'],
    ["allocate('mgmt')\n", 'allocate'],
    ["allocate('mgmt')", null],
    ['some text (like this) goes on', null],
  ])('%j looks like a call of %j', (text, name) => {
    expect(nameOfAlmostCall(text)).toBe(name);
  });

  it('of a million characters takes no longer than reading it', () => {
    const quotes = `a(${"'x' ".repeat(250_000)}`;
    const blanks = `a(${' '.repeat(1_000_000)}`;
    for (const text of [quotes, blanks, `a(${"'x',".repeat(200_000)}`])
      expect(parseResourceCall(text)).toBeNull();
    expect(nameOfAlmostCall(`${' '.repeat(50_000)}x`)).toBeNull();
    expect(nameOfAlmostCall(`a(${' '.repeat(1_000_000)}`)).toBeNull();
  });
});
