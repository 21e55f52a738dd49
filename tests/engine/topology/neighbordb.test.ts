// What validation finds in a neighbordb: severity, line and reason.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceEntry, SourceNode, SourceScalar } from '../../../src/engine/source-node.js';
import { compileNeighbordb, selectCandidates } from '../../../src/engine/topology/neighbordb.js';
import { compileNodePattern } from '../../../src/engine/topology/node-pattern.js';
import { readSource } from './read-source.js';
import { compile, compileInterfaces, listProblems, onlyPattern, options } from './topology-fixtures.js';

/** Problems of one pattern with these lines, which begin at line 4. */
function problemsOf(...lines: readonly string[]): string[] {
  return listProblems(compile(`patterns:\n- name: p\n  definition: d\n${lines.join('\n')}\n`));
}

function problemsOfInterfaces(...lines: readonly string[]): string[] {
  return problemsOf('  interfaces:', ...lines.map((line) => `  - ${line}`));
}

describe('a neighbordb', () => {
  it.each(['', '~', 'patterns:', 'patterns: []', 'variables: {}'])(
    '%j has no patterns and is valid',
    (text) => {
      expect(compile(text)).toMatchObject({ patterns: [], problems: [], invalid: false });
    },
  );

  it.each([
    ['- a', 'ERROR 1: the neighbordb is a list, wanted a mapping with the key patterns'],
    ['patterns: {a: b}', 'ERROR 1: patterns is a mapping, wanted a list of patterns'],
    ['patterns:\n-\n', 'ERROR 2: pattern number 1 is nothing, wanted a mapping'],
    ['patterns: [x]', 'ERROR 1: pattern number 1 is x, wanted a mapping'],
    ['patterns: []\nvariables: 5', 'ERROR 2: the neighbordb: variables holds 5 where NAME: VALUE was wanted'],
    ['pattern: []', 'WARNING 1: the key pattern beside patterns is ignored; did you mean patterns?'],
    ['patterns: []\nvariables: {a: b}', 'WARNING 2: the neighbordb: variable a is used nowhere'],
  ])('%j: %s', (text, problem) => {
    expect(listProblems(compile(text)).join('\n')).toContain(problem);
  });

  it('is invalid as a whole when one pattern is', () => {
    const compiled = compile('patterns:\n- {name: a, definition: d, model: x}\n- {name: b, model: x}\n');
    expect(compiled).toMatchObject({ invalid: true, patterns: [] });
    expect(selectCandidates('SN1', compiled).patterns).toEqual([]);
    expect(listProblems(compiled)).toEqual([
      'ERROR 3: pattern b: definition is missing; every pattern of a neighbordb needs one',
    ]);
  });

  it('lists a thousand problems and counts the others', () => {
    const { problems } = compile(`patterns:\n${'- {name: x}\n'.repeat(3000)}`);
    expect(problems).toHaveLength(1001);
    expect(problems.at(-1)?.reason).toBe('5000 more problems are not listed');
  });

  it('bounds the constraints of all patterns together', () => {
    const entry = '  - Ethernet1-4096: any\n';
    const text = `patterns:\n- name: p\n  definition: d\n  interfaces:\n${entry.repeat(500)}`;
    expect(listProblems(compile(text)).join()).toContain('stand for more than 2000000 constraints');
  });

  it('never throws, whatever the document holds', () => {
    fc.assert(
      fc.property(documents, (root) => {
        for (const compiled of [compileNeighbordb(root, options), compileNodePattern(root)]) {
          for (const { reason } of compiled.problems) expect(reason).not.toMatch(/[\n\r]|undefined|\[object/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a function without quotes', () => {
  it.each([
    ['Ethernet1: regex(spine.*)', 'regex(spine.*)', "regex('spine.*')"],
    ['Ethernet1: spine1:exact(Ethernet1)', 'exact(Ethernet1)', "exact('Ethernet1')"],
    ['Ethernet1: {device: any, port: includes(1)}', 'includes(1)', "includes('1')"],
    ["Ethernet1: excludes(x'y)", "excludes(x'y)", '"excludes(\\"x\'y\\")"'],
    ['Ethernet1: regex(a:b)', 'regex(a', "regex('…')"],
  ])('%s is warned of', (line, literal, quoted) => {
    expect(problemsOfInterfaces(line)).toEqual([
      `WARNING 5: pattern p: interface Ethernet1: ${literal} is taken as it stands, and matches only this very name; ` +
        `if the function was meant, write ${quoted}`,
    ]);
  });

  it.each(["exact('regex(x)')", 'regular(x)', 'xregex(x)', "regex('x')"])('%s is not', (peer) => {
    expect(problemsOfInterfaces(`Ethernet1: ${peer}`)).toEqual([]);
  });
});

describe('lines of a pattern', () => {
  it('are those of its own keys', () => {
    const text = 'patterns:\n- name: p\n  model: x\n  config_handler:\n    h\n  definition: d\n';
    expect(onlyPattern(text)).toMatchObject({ line: 2, definitionLine: 6, configHandlerLine: 4 });
    expect(onlyPattern('patterns:\n- {name: p, model: x, definition: d}').configHandlerLine).toBeNull();
  });

  it('messages call a pattern by its name, in quotes where it has blanks', () => {
    const text = 'patterns:\n- name: access leaf\n  definition: d\n  interfaces: []\n- name: b\n';
    expect(listProblems(compile(text)).join('\n')).toMatch(/pattern "access leaf": .*\n.*pattern b: /);
  });
});

describe('candidates', () => {
  const text =
    'patterns:\n- {name: a, definition: d, node: "00:1C:73-aa.bb"}\n- {name: b, definition: d, model: x}\n';
  const find = (identifier: 'systemmac' | 'serialnumber', id: string) =>
    selectCandidates(id, compileNeighbordb(readSource(text), { ...options, identifier })).patterns[0]?.name;

  it('are found by MAC whatever its separators and case', () => {
    expect(find('systemmac', '001c73AABB')).toBe('a');
    expect(find('systemmac', '001c73aabc')).toBe('b');
  });

  it('are found by serial number only as it is', () => {
    expect(find('serialnumber', '00:1C:73-aa.bb')).toBe('a');
    expect(find('serialnumber', '001c73AABB')).toBe('b');
  });
});

describe('the keys of a pattern', () => {
  it.each([
    [
      '  model: x\n  confg-handler: y',
      'ERROR 5: pattern p: the key confg-handler is not one of a pattern; did you mean config-handler?',
    ],
    [
      '  model: x\n  site: 1',
      'ERROR 5: pattern p: the key site is not one of a pattern, wanted name, definition,',
    ],
    [
      '  model: x\n  site:',
      'WARNING 5: pattern p: the key site is not one of a pattern; it has no value and is ignored',
    ],
    ['', 'ERROR 2: pattern p: interfaces is missing; it may be left out only where node or model is given'],
    ['  interfaces:', 'ERROR 2: pattern p: interfaces is missing'],
    ['  model: x\n  node: y', 'ERROR 4: pattern p: node and model are both given, wanted one of them'],
    ['  model: [x]', 'ERROR 4: pattern p: model is a list, wanted a text'],
    ['  model: "("', 'ERROR 4: pattern p: model: the regular expression ( is not valid'],
    ['  node: ""', 'ERROR 4: pattern p: node is empty'],
    ['  interfaces: []', 'WARNING 4: pattern p: interfaces is an empty list, so any cabling passes'],
    [
      '  interfaces: {Ethernet1: x}',
      'ERROR 4: pattern p: interfaces is a mapping, wanted a list of INTERFACE: PEER; write a dash',
    ],
    [
      '  interfaces: [Ethernet1]',
      'ERROR 4: pattern p: interfaces holds Ethernet1 where INTERFACE: PEER was wanted',
    ],
    ['  interfaces: [{}]', 'WARNING 4: pattern p: interfaces holds an entry without an interface'],
    ['  model: x\n  variables: 1', 'ERROR 5: pattern p: variables holds 1 where NAME: VALUE was wanted'],
    [
      '  model: x\n  variables: {a: b}',
      'WARNING 5: pattern p: variable a is used nowhere; write $a where it is meant',
    ],
    [
      '  model: x\n  variables: {$a: b}',
      'WARNING 5: pattern p: variable $a is used nowhere; a variable is named without $',
    ],
    [
      '  model: x\n  config-handler: a\n  config_handler: b',
      'WARNING 6: pattern p: config-handler and config_handler mean the same',
    ],
  ])('%j: %s', (lines, problem) => {
    expect(problemsOf(lines).join('\n')).toContain(problem);
  });

  it.each([
    ['leaf one', 'definition "leaf one" holds white space'],
    ['../../etc/passwd', 'leads out of the data root'],
    ['/srv/ztp/../x', 'leads out of the data root'],
    ['/../x', 'leads out of the data root'],
    ['..', 'names a folder'],
    ['/srv/ztp', 'names a folder'],
    ['leaf/', 'names a folder'],
  ])('refuse definition %j: %s', (definition, reason) => {
    const compiled = compile(`patterns:\n- {name: p, model: x, definition: "${definition}"}\n`);
    expect(listProblems(compiled).join('\n')).toContain(reason);
  });

  it.each([
    ['leaf', 'definitions/leaf'],
    ['dc1/./leaf', 'definitions/dc1/leaf'],
    ['../shared/leaf', 'shared/leaf'],
    ['/definitions/leaf', 'definitions/leaf'],
    ['/srv/ztp/definitions/leaf', 'definitions/leaf'],
    ['/srv/ztpx/leaf', 'srv/ztpx/leaf'],
    ['100', 'definitions/100'],
  ])('read definition %s as %s', (definition, path) => {
    const { patterns } = compile(
      `patterns:\n- {name: p, model: x, definition: ${definition}, config-handler: a b}\n`,
    );
    expect(patterns[0]).toMatchObject({ definition: path, configHandler: 'config-handlers/a b' });
  });

  it('let the later spelling of config-handler count', () => {
    const text = 'patterns:\n- {name: p, model: x, definition: d, config_handler: b, config-handler: a}\n';
    expect(onlyPattern(text).configHandler).toBe('config-handlers/a');
  });
});

describe('a peer', () => {
  it.each([
    ['Ethernet1:', 'no peer is given'],
    ['Ethernet1: {port: x}', 'the peer has no device'],
    ['Ethernet1: {device: , port: x}', 'the peer has no device'],
    ['Ethernet1: [a]', 'the peer is a list'],
    ['Ethernet1: {device: [a]}', 'device is a list'],
    ['Ethernet1: {device: a, port: {}}', 'port is a mapping'],
    [
      'Ethernet1: spine 1',
      '"spine 1" holds white space outside quotes; if it belongs to the name, write exact(\'spine 1\')',
    ],
    ['Ethernet1: "a:b c"', '"b c" holds white space'],
    ['Ethernet1: "regex( \'x\')"', 'holds white space'],
    ['Ethernet1: "spine1:"', 'nothing is written where a name was wanted'],
    ['Ethernet1: ":x"', 'nothing is written'],
    [
      "Ethernet1: include('x')",
      'there is no function include, wanted exact, regex, includes, excludes; did you mean includes?',
    ],
    ["Ethernet1: Regex('x')", 'there is no function Regex'],
    ["Ethernet1: regex('x", 'does not end'],
    ['Ethernet1: regex(\'x")', 'does not end'],
    ["Ethernet1: regex('x')y", 'y stands behind the closing parenthesis of regex'],
    ["Ethernet1: any:regex('x')y", 'y stands behind the closing parenthesis of regex'],
    ["Ethernet1: regex('(')", 'the regular expression ( is not valid'],
    ['Ethernet1: $nowhere', 'there is no variable $nowhere'],
    ['any: any:none', 'any:any:none says nothing that could be checked'],
    ['any: none', 'any:none:none says nothing'],
    ['any: none:x', 'any:none:PORT says nothing'],
    ['none: any', 'none:any:any says nothing'],
    ['none: any:none', 'none:any:none says nothing'],
    ['none: none:any', 'none:none:any says nothing'],
    ['none: none:x', 'none:none:PORT says nothing'],
    ['Any: x', 'Any is no interface name; wanted any, in lower case'],
    ['Ethernet1,any: x', 'any and none stand alone'],
    ['Ethernet1-999999999: x', 'more than 4096 interfaces'],
  ])('%s is an error: %s', (line, reason) => {
    const [problem = ''] = problemsOfInterfaces(line);
    expect(problem).toMatch(/^ERROR 5: pattern p: interface /);
    expect(problem).toContain(reason);
  });

  it.each([
    ['Ethernet1: spine1', 'spine1', null],
    ["Ethernet1: it's", "it's", null],
    ['Ethernet1: " a : b:c "', 'a', 'b:c'],
    ['Ethernet1: "exact(\'a : b\') : c"', "exact('a : b')", 'c'],
    ['Ethernet1: {device: "a:b", port: " c "}', 'a:b', 'c'],
    ['Ethernet1: regex(x)', 'regex(x)', null],
    ["Ethernet1: exact('it's')", "exact('it's')", null],
    ['Ethernet1: any', undefined, null],
  ])('%s is read as device %s and port %s', (line, device, port) => {
    const { peer } = compileInterfaces(line).entries[0] ?? {};
    expect(peer?.device?.text).toBe(device);
    expect(peer?.port?.text ?? null).toBe(port);
  });

  it('takes only the last of two mentions of a variable, and looks it up once', () => {
    const text =
      'variables:\n- a: b\n- a: $c\npatterns:\n- {name: p, definition: d, interfaces: [{Ethernet1: $a}]}\n';
    expect(onlyPattern(text).entries[0]?.peer.device?.text).toBe('$c');
    expect(listProblems(compile(text))).toEqual([
      'WARNING 3: the neighbordb: variable a is given twice; the last one counts',
    ]);
  });

  it('says which variable is bad, and offers the nearest one that exists', () => {
    const text = `variables: {spine: [x], any_spine: "regex('(')"}
patterns:
- name: p
  definition: d
  interfaces: [{Ethernet1: $any_spnie}, {Ethernet2: $spine}, {Ethernet3: $any_spine}]
`;
    expect(listProblems(compile(text)).join('\n')).toMatch(
      /no variable \$any_spnie; did you mean any_spine\?[\s\S]*\$spine holds a list[\s\S]*in the variable \$any_spine, the regular expression \( is not valid/,
    );
  });
});

describe('warnings', () => {
  it.each([
    [
      ['Ethernet1: any:Ethernet1/$'],
      "WARNING 5: pattern p: interface Ethernet1: Ethernet1/$ is taken as it stands, and no port is called that; if any number was meant, write regex('Ethernet1/\\d+')",
    ],
    [
      ['Ethernet1: {device: x, prt: y}'],
      'WARNING 5: pattern p: interface Ethernet1: the key prt of the peer is ignored; did you mean port?',
    ],
    [
      ['any: any:any', 'Ethernet1: spine1'],
      'WARNING 5: pattern p: "any: any:any" stands before "Ethernet1: spine1" (line 6) and may use up the cable',
    ],
    [["any: regex('spine.')", 'any: spine1'], 'stands before "any: spine1" (line 6)'],
    [["any: includes('spine')", 'any: spine1:x'], 'stands before "any: spine1:x" (line 6)'],
    [
      ['Ethernet1: any', 'Ethernet1-2: spine1'],
      'pattern p can not match: "Ethernet1: any" (line 5) and "Ethernet1-2: spine1" both want Ethernet1',
    ],
    [
      ['any: spine1', "none: includes('spine')"],
      'pattern p can not match: "any: spine1" wants what "none: includes(\'spine\')" (line 6) forbids',
    ],
    [['Ethernet1: spine1', 'Ethernet1-4: none'], 'can not match'],
  ])('%j: %s', (lines, problem) => {
    expect(problemsOfInterfaces(...lines).join('\n')).toContain(problem);
  });

  it.each([
    [['any: any:any', 'any: any:any']],
    [['Ethernet1: spine1', 'any: any:any']],
    [['any: spine1', 'any: spine2', 'none: spine3']],
    [['Ethernet1: any', 'any: spine1', 'Ethernet2: none']],
    [['Ethernet1: host$:a%&/$x']],
  ])('are not given for %j', (lines) => {
    expect(problemsOfInterfaces(...lines)).toEqual([]);
  });

  it('name a pattern that can not be reached', () => {
    const text = `patterns:
- {name: a, definition: d, node: SN1}
- {name: b, definition: d, node: SN1}
- {name: c, definition: d, interfaces: []}
- {name: d, definition: d, model: x}
`;
    expect(listProblems(compile(text)).join('\n')).toMatch(
      /3: pattern b is never tried: its node is named by pattern a \(line 2\)[\s\S]*4: pattern c matches every node, so the pattern behind it/,
    );
  });
});

const place = { line: 1, column: 1, start: 0, end: 0 };
const texts = fc.oneof(
  fc.constantFrom(
    'any',
    'none',
    'Ethernet1',
    'Ethernet1-9',
    'spine1:x',
    '$a',
    "regex('(a|b)+')",
    "regex('('",
    'a b',
    '',
  ),
  fc.constantFrom('__proto__', 'constructor', '/', '..', '/../x', '\0', 'x\ny'),
  fc.string(),
);
const scalars: fc.Arbitrary<SourceScalar> = fc.record({ text: texts, isNull: fc.boolean() }).map((it) => ({
  ...place,
  ...it,
  kind: 'scalar',
  plain: true,
}));
const keys: fc.Arbitrary<SourceScalar> = fc
  .oneof(
    fc.constantFrom('name', 'definition', 'node', 'model', 'config-handler', 'variables', 'interfaces'),
    fc.constantFrom('patterns', 'device', 'port', 'a', 'any', 'Ethernet1'),
    texts,
  )
  .map((text) => ({ ...place, kind: 'scalar', text, plain: true, isNull: false }));
const { tree: trees } = fc.letrec<{ tree: SourceNode; entry: SourceEntry }>((tie) => ({
  entry: fc.record({ key: keys, value: tie('tree') }),
  tree: fc.oneof(
    { depthSize: 'small' },
    scalars,
    fc.array(tie('tree')).map((items): SourceNode => ({ ...place, kind: 'sequence', items })),
    fc.array(tie('entry')).map((entries): SourceNode => ({ ...place, kind: 'mapping', entries })),
  ),
}));
/** Any tree, and trees that get as far as patterns. */
const documents: fc.Arbitrary<SourceNode | null> = fc.oneof(
  fc.constant(null),
  trees,
  fc.array(trees).map((items): SourceNode => {
    const key: SourceScalar = { ...place, kind: 'scalar', text: 'patterns', plain: true, isNull: false };
    return { ...place, kind: 'mapping', entries: [{ key, value: { ...place, kind: 'sequence', items } }] };
  }),
);
