// A node's own pattern file: its own rules, and that what is written for a node reads back as the same pattern.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPattern } from '../../../src/engine/topology/match.js';
import { writeNodePattern } from '../../../src/engine/topology/node-pattern.js';
import { cable, compileNode, listProblems, onlyPattern, run } from './topology-fixtures.js';

describe("a node's pattern", () => {
  it.each([
    ['name: x', true],
    ['definition: leaf', true],
    ['interfaces: [any: {any: any}]', true],
    ['interfaces:', true],
    ['interfaces: []', true],
    ['node: OTHER', true],
    ['node: OTHER\nmodel: vEOS', true],
    ['definition: a b\nconfig-handler: ../../x', true],
    ['model: vEOS', true],
    ['model: DCS', false],
    ['interfaces: [any: spine1]', true],
    ['interfaces: [any: {any: any}, any: spine9]', false],
    ['interfaces: [Ethernet1: $a]\nvariables: {a: spine1}', true],
  ])('%j matches: %s', (text, expected) => {
    const { pattern } = compileNode(text);
    expect(pattern && checkPattern(cable({ Ethernet1: 'spine1:x' }, 'vEOS'), pattern, run).matched).toBe(
      expected,
    );
  });

  it.each([
    ['', 'ERROR null: the pattern of the node is empty, wanted a mapping'],
    ['- x', 'ERROR 1: the pattern of the node is a list, wanted a mapping'],
    ['nam: x', 'ERROR 1: the pattern: the key nam is not one of a pattern; did you mean name?'],
    [
      'name: x\ninterfaces: [any: {any: spine1}]',
      'ERROR 2: pattern x: interface any: the peer has no device',
    ],
    ['interfaces: [Ethernet1: $a]', 'ERROR 1: the pattern: interface Ethernet1: there is no variable $a'],
  ])('%j is an error: %s', (text, problem) => {
    const compiled = compileNode(text);
    expect(compiled.pattern).toBeNull();
    expect(listProblems(compiled).join('\n')).toContain(problem);
  });
});

describe('what is written for a node that matched', () => {
  it('holds the pattern as typed and only the variables that it uses, its own before the shared ones', () => {
    const pattern = onlyPattern(`variables: {spine: spine1, port: Ethernet1, unused: x}
patterns:
- name: 0012
  definition: leaf
  config-handler: save
  model: 7050
  variables: {spine: "regex('pod\\\\d+-spine')"}
  interfaces:
  - Et1-2: $spine:$port
    Ma1: {device: any, note: x}
  - none: {device: 010, port: 1:30}
`);
    const written = writeNodePattern(pattern);
    expect(written).toEqual({
      name: '0012',
      model: '7050',
      variables: { spine: "regex('pod\\d+-spine')", port: 'Ethernet1' },
      interfaces: [
        { 'Et1-2': '$spine:$port' },
        { Ma1: { device: 'any' } },
        { none: { device: '010', port: '1:30' } },
      ],
    });
    expect(Object.keys(written)).toEqual(['name', 'model', 'variables', 'interfaces']);
  });

  it('has no interfaces if the pattern has none', () => {
    expect(
      writeNodePattern(onlyPattern('patterns: [{name: p, definition: d, node: 01, interfaces: []}]')),
    ).toEqual({
      name: 'p',
      node: '01',
    });
  });

  it('reads back as a pattern with the same verdict', () => {
    const name = fc.constantFrom(
      'any',
      'none',
      'spine1',
      '$v',
      '$w',
      "includes('spine')",
      "exact('a b')",
      'x:y',
    );
    const entry = fc.record({
      local: fc.constantFrom('any', 'none', 'Ethernet1', 'et1-2', ' Ma1 ', 'e3, ma1'),
      peer: fc.oneof(
        name,
        fc.tuple(name, name).map(([device, port]) => `${device}:${port}`),
        fc.record({ device: name, port: name }),
        fc.record({ device: name }),
      ),
    });
    const cables = fc.dictionary(
      fc.constantFrom('Ethernet1', 'Ethernet2', 'Ethernet3', 'Management1'),
      fc.constantFrom('spine1:Ethernet1', 'spine2:x', 'leaf1:y', ''),
    );
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), cables, (entries, there) => {
        const source = {
          variables: { v: 'spine1', w: 'any', __proto__x: 'y' },
          patterns: [
            {
              name: 'null',
              definition: 'd',
              variables: [{ v: "regex('spine\\d')" }],
              interfaces: entries.map(({ local, peer }) => ({ [local]: peer })),
            },
          ],
        };
        let pattern: ReturnType<typeof onlyPattern>;
        try {
          pattern = onlyPattern(JSON.stringify(source));
        } catch {
          return; // The table calls some combinations errors.
        }
        const written = writeNodePattern(pattern);
        const read = compileNode(JSON.stringify(written));
        expect(listProblems(read).filter((it) => it.startsWith('ERROR'))).toEqual([]);
        if (read.pattern === null) throw new Error('not read back');
        expect(writeNodePattern(read.pattern)).toEqual(written);
        const facts = cable(there);
        expect(checkPattern(facts, read.pattern, run).matched).toBe(
          checkPattern(facts, pattern, run).matched,
        );
      }),
    );
  });
});
