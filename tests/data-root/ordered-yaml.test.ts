import { describe, expect, it } from 'vitest';
import { readOrderedYaml } from '../../src/data-root/ordered-yaml.js';
import { writeYaml } from '../../src/data-root/write-yaml.js';

const text = "'300': null\n'100':\n  - '20': 1\n    '10': yes\nb: {}\n";

describe('YAML with the order of its keys', () => {
  it('is read in the order of the text, with the values that this server reads', () => {
    const inner = new Map<string, unknown>([
      ['20', 1],
      ['10', true],
    ]);
    const read = readOrderedYaml(text, 'pool');
    expect(read).toEqual(
      new Map<string, unknown>([
        ['300', null],
        ['100', [inner]],
        ['b', new Map()],
      ]),
    );
    expect([...(read as ReadonlyMap<string, unknown>).keys()]).toEqual(['300', '100', 'b']);
    expect(readOrderedYaml('', 'pool')).toBe(null);
    expect(readOrderedYaml('x', 'pool')).toBe('x');
    expect(() => readOrderedYaml('a: [', 'pool')).toThrow(/^pool line /);
  });

  it('takes place and value of repeated and merged keys as Python does', () => {
    const read = readOrderedYaml('x: &x {9: 1, 8: 2}\ny: {<<: *x, 7: 3, 8: 4}\n5: a\nz: *x\n5: b\n', 'pool');
    expect(JSON.stringify([...(read as ReadonlyMap<string, unknown>)], asList)).toBe(
      '[["x",[["9",1],["8",2]]],["y",[["7",3],["8",4],["9",1]]],["5","b"],["z",[["9",1],["8",2]]]]',
    );
  });

  it('is written in the order of a Map', () => {
    expect(writeYaml(readOrderedYaml(text, 'pool'))).toBe(text.replace('yes', 'true'));
  });
});

function asList(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
