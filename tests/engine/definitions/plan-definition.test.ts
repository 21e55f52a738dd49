// What planDefinition promises beyond the golden cases: refusals, bounds, warnings, and properties of every definition.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DefinitionPlan, planDefinition } from '../../../src/engine/definitions/plan-definition.js';
import { parseResourceCall } from '../../../src/engine/definitions/resource-call.js';
import type { JsonObject, JsonValue } from '../../../src/engine/json-value.js';

function planOf(
  definition: JsonValue,
  attributes: JsonValue = null,
  startupConfigUrl: string | null = null,
): DefinitionPlan {
  const plan = planDefinition({ nodeId: 'JPE1', definition, attributes, startupConfigUrl });
  if (plan.kind === 'invalid') throw new Error(plan.reason);
  return plan;
}

function nested(levels: number): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? { a: value } : [value];
  return value;
}

describe('a definition that cannot be used', () => {
  const refused: readonly [string, JsonValue, JsonValue, string, readonly (string | number)[], RegExp][] = [
    ['is empty', null, null, 'definition', [], /is empty.*mapping/],
    ['is a list', [], null, 'definition', [], /is a list.*mapping/],
    ['has actions that are a mapping', { actions: {} }, null, 'definition', ['actions'], /a mapping.*list/],
    [
      'has an action that is text',
      { actions: ['x'] },
      null,
      'definition',
      ['actions', 0],
      /action 1 is a text/,
    ],
    [
      'has an action without a file',
      { actions: [{ action: 'a' }, { name: 'two' }] },
      null,
      'definition',
      ['actions', 1],
      /action 2 \(two\) has no `action`/,
    ],
    [
      'has a number for an action',
      { actions: [{ action: 7 }] },
      null,
      'definition',
      ['actions', 0, 'action'],
      /a number.*quotes/,
    ],
    [
      'has attributes of an action that are a list',
      { actions: [{ action: 'a', attributes: [] }] },
      null,
      'definition',
      ['actions', 0, 'attributes'],
      /are a list.*mapping/,
    ],
    [
      'has text for attributes',
      { attributes: 'x' },
      null,
      'definition',
      ['attributes'],
      /are a text.*mapping/,
    ],
    ['is nested too deep', { x: nested(300) }, null, 'definition', [], /deeper than 200/],
    ['comes with node attributes that are a list', {}, [1], 'attributes', [], /node's attributes are a list/],
    [
      'comes with node attributes nested too deep',
      {},
      { x: nested(5000) },
      'attributes',
      [],
      /deeper than 200/,
    ],
  ];
  it.each(refused)('%s', (_title, definition, attributes, file, path, reason) => {
    const plan = planDefinition({ nodeId: 'JPE1', definition, attributes, startupConfigUrl: null });
    expect(plan).toMatchObject({ kind: 'invalid', file, path, reason: expect.stringMatching(reason) });
  });

  it('is refused beside a stored startup-config too, unless there is none', () => {
    const parts = {
      nodeId: 'JPE1',
      attributes: null,
      startupConfigUrl: 'http://s/nodes/JPE1/startup-config',
    };
    expect(planDefinition({ ...parts, definition: [] }).kind).toBe('invalid');
    expect(planDefinition({ ...parts, definition: null }).kind).toBe('plan');
  });
});

function present<T>(value: T | null): T {
  if (value === null) throw new Error('it grew too large');
  return value;
}

describe('a definition that would grow without bound', () => {
  it('is not filled with a big value of a resource in many places', () => {
    const definition = { attributes: { all: Array.from({ length: 40 }, () => '$big'), big: "ipam('x')" } };
    const plan = planOf(definition);
    const valuesOf = (length: number) => new Map(plan.calls.map(({ key }) => [key, 'x'.repeat(length)]));
    expect(plan.fill(valuesOf(2 ** 20))).toBeNull();
    expect(plan.fill(valuesOf(1000))).not.toBeNull();
  });

  it('is refused when a big attribute is referred to from everywhere', () => {
    const big = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, 'value']));
    const definition = {
      actions: [{ action: 'a', attributes: { all: Array.from({ length: 10_000 }, () => '$big') } }],
      attributes: { big },
    };
    const plan = planDefinition({ nodeId: 'JPE1', definition, attributes: null, startupConfigUrl: null });
    expect(plan).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('32 MiB') });
  });

  it('is refused when many actions take in a big mapping', () => {
    const variables = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key${index}`, 1]));
    const definition = {
      actions: Array.from({ length: 5_000 }, () => ({ action: 'a', attributes: { variables: { x: 1 } } })),
      attributes: { variables },
    };
    const plan = planDefinition({ nodeId: 'JPE1', definition, attributes: null, startupConfigUrl: null });
    expect(plan).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('32 MiB') });
  });

  it('is refused when aliases double a value thirty times, and that is noticed at once', () => {
    let bomb: JsonValue = ['allocate("p")', '$x'];
    for (let level = 0; level < 30; level++) bomb = { left: bomb, right: bomb };
    const plan = planDefinition({
      nodeId: 'JPE1',
      definition: { attributes: { bomb } },
      attributes: { bomb },
      startupConfigUrl: null,
    });
    expect(plan).toMatchObject({ kind: 'invalid', reason: expect.stringContaining('32 MiB') });
  });

  it('shares what a reference yields between its places', () => {
    const plan = planOf({
      actions: [{ action: 'a', attributes: { x: '$big', y: ['$big'] } }],
      attributes: { big: [1] },
    });
    const [action] = present(plan.fill(new Map())).actions as readonly JsonObject[];
    const attributes = action?.attributes as JsonObject | undefined;
    expect(attributes).toEqual({ x: [1], y: [[1]] });
    expect((attributes?.y as JsonValue[] | undefined)?.[0]).toBe(attributes?.x);
  });

  it('is fine with a list of a hundred thousand values and two hundred levels', () => {
    const list = Array.from({ length: 100_000 }, (_, index) => index);
    const wire = present(planOf({ attributes: { list, deep: nested(190) } }).fill(new Map()));
    expect((wire.attributes as JsonObject).list).toEqual(list);
    expect(() => JSON.stringify(wire)).not.toThrow();
  });
});

describe('warnings', () => {
  it('name an unknown reference once, with the nearest name', () => {
    const action = { action: 'a', attributes: { x: '$hostnam', y: ['$hostnam'] } };
    const { warnings } = planOf({ actions: [action], attributes: { hostname: 'x' } });
    expect(warnings).toEqual([expect.stringMatching(/^\$hostnam .*null.*is \$hostname meant/)]);
  });

  it('are not given for actions that are not sent', () => {
    const plan = planOf({ actions: [{ action: 'a', attributes: { x: '$y' } }] }, null, 'http://s/x');
    expect(plan.warnings).toEqual([]);
  });
});

describe('always_execute', () => {
  it.each([
    [true, true],
    [false, false],
    ['true', false],
    [1, false],
    [null, false],
  ])('%j beside a stored startup-config: sent is %j', (value, sent) => {
    const plan = planOf({ actions: [{ action: 'a', always_execute: value }] }, null, 'http://s/x');
    expect((present(plan.fill(new Map())).actions as unknown[]).length).toBe(sent ? 2 : 1);
  });

  it('may be a reference where it stands inside attributes', () => {
    const definition = { actions: [{ action: 'a', attributes: { always_execute: '$always' } }] };
    const plan = planOf(definition, { always: true }, 'http://s/x');
    expect((present(plan.fill(new Map())).actions as unknown[]).length).toBe(2);
  });
});

describe('every definition', () => {
  const key = fc.constantFrom(
    'a',
    'b',
    'c',
    'name',
    '__proto__',
    'constructor',
    'variables',
    'always_execute',
    '',
  );
  const text = fc.oneof(
    fc.string(),
    key.map((name) => `$${name}`),
    key.map((name) => `$$${name}`),
    key.map((name) => `test('${name}')`),
    fc.constantFrom("pool('x', 'y')", 'pool(x)', '$nowhere', '$', "site('map')"),
  );
  const { value } = fc.letrec<{ value: JsonValue; mapping: JsonObject }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.constantFrom<JsonValue>(null, true, false, 0, 1.5),
      fc.array(tie('value'), { maxLength: 4 }),
      tie('mapping'),
    ),
    mapping: fc
      .array(fc.tuple(key, tie('value')), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  }));
  const mapping = fc
    .array(fc.tuple(key, value), { maxLength: 6 })
    .map((entries): JsonObject => Object.fromEntries(entries));
  const action = fc
    .record({
      action: fc.constantFrom('add_config', 'x'),
      name: text,
      attributes: mapping,
      always_execute: fc.boolean(),
    })
    .map((it): JsonObject => it);
  const definition = fc
    .record({ name: text, actions: fc.array(action, { maxLength: 4 }), attributes: mapping, other: value })
    .map((it): JsonObject => it);
  const startup = fc.constantFrom(null, 'http://s/nodes/JPE1/startup-config');

  /** What plugins would say: text, and a mapping for site('map'). */
  const answers = (plan: DefinitionPlan) =>
    new Map<string, JsonValue>(
      plan.calls.map((call) => [
        call.key,
        call.plugin === 'site' ? { a: '$a', b: "test('a')" } : `<${call.text}>`,
      ]),
    );

  it('of whatever JSON is planned or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), startup, (anything, attributes, startupConfigUrl) => {
        const input = {
          nodeId: 'JPE1',
          definition: anything as JsonValue,
          attributes: attributes as JsonValue,
        };
        const plan = planDefinition({ ...input, startupConfigUrl });
        if (plan.kind === 'plan') present(plan.fill(new Map()));
      }),
    );
  });

  it('gives the same plan and the same answer twice, and changes nothing that it was given', () => {
    fc.assert(
      fc.property(definition, mapping, startup, (it, attributes, url) => {
        const before = JSON.stringify([it, attributes]);
        const first = planOf(it, attributes, url);
        const second = planOf(it, attributes, url);
        expect(second.calls).toEqual(first.calls);
        const answer = JSON.stringify(present(first.fill(answers(first))));
        expect(JSON.stringify(present(first.fill(answers(first))))).toBe(answer);
        expect(JSON.stringify(present(second.fill(answers(second))))).toBe(answer);
        expect(JSON.stringify([it, attributes])).toBe(before);
      }),
    );
  });

  it('asks for each resource once', () => {
    fc.assert(
      fc.property(definition, mapping, startup, (it, attributes, url) => {
        const keys = planOf(it, attributes, url).calls.map((call) => call.key);
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it('leaves no call in attributes, unless it is a plugin that said so', () => {
    fc.assert(
      fc.property(definition, mapping, startup, (it, attributes, url) => {
        const plan = planOf(it, attributes, url);
        const wire = present(plan.fill(new Map(plan.calls.map((call) => [call.key, '<value>']))));
        for (const scope of scopesOf(wire)) {
          for (const found of textsOf(scope)) expect(parseResourceCall(found)).toBeNull();
        }
      }),
    );
  });

  it('leaves text that starts with one $ only where a reference yielded it or $$ was typed', () => {
    fc.assert(
      fc.property(definition, mapping, startup, (it, attributes, url) => {
        const typed = new Set([...textsOf(it), ...textsOf(attributes)]);
        const plan = planOf(it, attributes, url);
        const wire = present(plan.fill(new Map(plan.calls.map((call) => [call.key, '<value>']))));
        const names = new Set([...Object.keys(attributes), ...Object.keys(it.attributes as JsonObject)]);
        const isReferredTo = [...typed].some((found) => /^\$[^$]/.test(found) || found === '$');
        for (const scope of scopesOf(wire)) {
          for (const found of textsOf(scope)) {
            if (!found.startsWith('$') || found.startsWith('$$')) continue;
            expect(typed.has(`$${found}`) || (typed.has(found) && isReferredTo && names.size > 0)).toBe(true);
          }
        }
      }),
    );
  });

  it('has in each scope the keys of that scope, the earlier scope winning for whatever is no mapping', () => {
    fc.assert(
      fc.property(definition, mapping, (it, attributes) => {
        const plan = planOf(it, attributes);
        const wire = present(plan.fill(answers(plan)));
        const top = wire.attributes as JsonObject;
        const global = it.attributes as JsonObject;
        expect(new Set(Object.keys(top))).toEqual(
          new Set([...Object.keys(attributes), ...Object.keys(global)]),
        );
        const alone = planOf({ attributes });
        const own = present(alone.fill(answers(alone))).attributes as JsonObject;
        for (const [name, value] of Object.entries(attributes)) {
          // A reference may find in the global attributes what it lacked alone.
          if (typeof value === 'number' || typeof value === 'boolean') expect(top[name]).toBe(own[name]);
        }
        for (const [index, sent] of (wire.actions as JsonObject[]).entries()) {
          const written = (it.actions as JsonObject[])[index]?.attributes as JsonObject;
          expect(Object.keys(sent.attributes as JsonObject)).toEqual(Object.keys(written));
        }
      }),
    );
  });

  function scopesOf(wire: JsonObject): JsonValue[] {
    return [wire.attributes ?? null, ...(wire.actions as JsonObject[]).map((it) => it.attributes ?? null)];
  }

  function* textsOf(part: JsonValue): Generator<string> {
    if (typeof part === 'string') yield part;
    else if (typeof part === 'object' && part !== null) {
      for (const child of Object.values(part)) yield* textsOf(child);
    }
  }
});
