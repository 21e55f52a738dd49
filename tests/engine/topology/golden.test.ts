// Runs every folder of tests/golden/topology: what validation says, which pattern matches, and the words for it.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { JsonValue } from '../../../src/engine/json-value.js';
import { describeMatch, explainNoMatch } from '../../../src/engine/topology/explain-words.js';
import { matchNeighbordb } from '../../../src/engine/topology/match.js';
import { writeNodePattern } from '../../../src/engine/topology/node-pattern.js';
import { type Body, compile, listProblems, readFacts, run } from './topology-fixtures.js';

const root = path.join(import.meta.dirname, '../../golden/topology');
const cases = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());

it.each(cases.map(({ name }) => name))('%s', async (name) => {
  const neighbordb = compile(readFileSync(path.join(root, name, 'neighbordb'), 'utf8'));
  const body: Body = JSON.parse(readFileSync(path.join(root, name, 'node.json'), 'utf8'));
  const lines = [
    '# Validation',
    ...listProblems(neighbordb),
    '',
    '# Match',
    ...describe(body, neighbordb),
    '',
  ];
  await expect(lines.join('\n')).toMatchFileSnapshot(path.join(root, name, 'expected.txt'));
});

function describe(body: Body, neighbordb: ReturnType<typeof compile>): readonly string[] {
  if (neighbordb.invalid) return ['nothing is matched: the neighbordb is invalid'];
  const id = body.serialnumber ?? '';
  const facts = readFacts(body);
  const result = matchNeighbordb({ id, facts }, neighbordb, run);
  const story = describeMatch(id, facts, result);
  if (result.kind === 'no-match') return [explainNoMatch(id, facts, result), '', ...story];
  return [...story, '', '# Pattern of the node', ...writeLines(writeNodePattern(result.pattern))];
}

/** A readable form of plain data; how the file is really spelled is the data root's business. */
function writeLines(pattern: Readonly<Record<string, JsonValue>>): readonly string[] {
  return Object.entries(pattern).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
}
