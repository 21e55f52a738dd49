// Substitution as the server does it, held to what the client's own Node.substitute does under Python 3.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/engine/json-value.js';
import { printAsPython } from '../../../src/engine/startup-config/print-as-python.js';
import { substitute } from '../../../src/engine/startup-config/substitute.js';

const bootstrap = path.resolve(import.meta.dirname, '../../../client/bootstrap');

type Case = readonly [template: string, variables: JsonObject, strict: boolean];

const script = `
import importlib.machinery, importlib.util, json, sys
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader('bootstrap', sys.argv[1])
module = importlib.util.module_from_spec(importlib.util.spec_from_loader('bootstrap', loader))
loader.exec_module(module)
def do(template, variables, strict):
    try:
        return {'ok': True, 'text': module.Node.substitute(template, variables, strict)}
    except module.SubstitutionError as error:
        return {'ok': False, 'reason': str(error)}
json.dump([do(*case) for case in json.load(sys.stdin)], sys.stdout)
`;

/** What the client makes of the cases. */
function askPython(cases: readonly Case[]): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script, bootstrap], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe('substitution', () => {
  it('is what the client does', () => {
    const values: readonly JsonValue[] = [
      ...[
        '',
        'x',
        '$b',
        "it's",
        null,
        true,
        false,
        0,
        -1,
        0.1,
        1e-5,
        1.5e-7,
        1e16,
        1e21,
        1.5e300,
        2 ** 53,
        1e-4,
      ],
      ...[['a', "it's", '"', `'"`, 'a\\b\n\t\r', '\u0000\u007f\u00a0é\u200b\u2028😀', null, [1, [2.5]]]],
      { a: { b: [true] }, "k'": 'v', '': {} },
    ];
    const cases = values.flatMap((value): Case[] => [
      ['$a-${a}-$$a-$$$a-$ab-${a b}-$-${}-$1', { a: value }, false],
      ['one\ntwo $a ${a}$$', { a: value }, true],
    ]);
    const faulty: Case[] = [
      ['x\n\ny $nope', {}, true],
      ['${nope} $', {}, true],
      ['$', {}, true],
      ['${', {}, true],
      ['$A', { a: 1 }, true],
      ['$__proto__ $constructor', {}, false],
      ['$é', {}, true],
    ];
    const all = [...cases, ...faulty];
    expect(all.map((it) => substitute(...it))).toEqual(askPython(all));
  });

  it('is what the client does with anything', () => {
    const template = fc
      .array(
        fc.oneof(fc.constantFrom('$', '{', '}', 'a', 'b_1', '\n', ' ', '$a', '${b_1}', '$$'), fc.string()),
      )
      .map((parts) => parts.join(''));
    const variables = fc.dictionary(fc.constantFrom('a', 'b_1', 'c'), fc.jsonValue());
    const cases = fc.array(fc.tuple(template, variables, fc.boolean()), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(cases, (some) => {
        // As it goes over the wire.
        const sent = JSON.parse(JSON.stringify(some)) as Case[];
        expect(sent.map((it) => substitute(...it))).toEqual(askPython(sent));
      }),
      { numRuns: 10 },
    );
  });

  it('prints what stands alone as it is', () => {
    expect(printAsPython("it's\n")).toBe("it's\n");
  });
});
