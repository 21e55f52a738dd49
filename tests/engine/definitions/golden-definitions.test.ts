// Every folder of tests/golden/definitions: what an operator wrote, and what the switch must get. See the README there.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { planDefinition } from '../../../src/engine/definitions/plan-definition.js';
import type { JsonValue } from '../../../src/engine/json-value.js';
import { readDocument } from './read-document.js';

const folder = path.resolve(import.meta.dirname, '../../golden/definitions');
const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

function read(name: string, file: string): string | null {
  const place = path.join(folder, name, file);
  return existsSync(place) ? readFileSync(place, 'utf8') : null;
}

function readYaml(name: string, file: string): JsonValue {
  const text = read(name, file);
  return text === null ? null : readDocument(text).value;
}

describe('a golden definition', () => {
  it.each(cases.map((entry) => entry.name))('%s', (name) => {
    const resources: Record<string, JsonValue> = JSON.parse(read(name, 'resources.json') ?? '{}');
    const plan = planDefinition({
      nodeId: 'JPE14140001',
      definition: readYaml(name, 'definition.yaml'),
      attributes: readYaml(name, 'attributes.yaml'),
      startupConfigUrl: read(name, 'startup-config-url.txt')?.trim() ?? null,
    });
    if (plan.kind === 'invalid') throw new Error(`${plan.file}: ${plan.reason}`);
    expect(plan.calls.map((call) => call.text).sort()).toEqual(Object.keys(resources).sort());
    const wire = plan.fill(new Map(plan.calls.map((call) => [call.key, resources[call.text] ?? null])));
    // As it crosses the wire; `toEqual` alone would not see a key that is `__proto__`.
    expect(sorted(JSON.parse(JSON.stringify(wire)))).toBe(
      sorted(JSON.parse(read(name, 'expected.json') ?? '')),
    );
  });
});

/** JSON text with the keys of every mapping in order. */
function sorted(value: JsonValue): string {
  const inOrder = (_key: string, part: JsonValue): JsonValue =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part;
  return JSON.stringify(value, inOrder, 2);
}
