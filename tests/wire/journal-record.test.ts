// Record types and states of nodes are what docs/journal.md says they are.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reaches, recordTypes } from '../../src/wire/journal-record.js';
import { nodeStates } from '../../src/wire/node-state.js';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/journal.md'), 'utf8');

/** The first column of the table below a heading. */
function firstColumn(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name);
}

describe('docs/journal.md', () => {
  it('has a row for each type of record, and none for others', () => {
    expect(firstColumn('What is recorded')).toEqual([...recordTypes]);
  });

  it('has a row for each state of a node, and none for others', () => {
    expect(firstColumn('Where every node stands')).toEqual([...nodeStates]);
  });
});

describe('reaches', () => {
  it('is true for the level itself and those above', () => {
    expect(reaches('warning', 'warning')).toBe(true);
    expect(reaches('error', 'warning')).toBe(true);
    expect(reaches('info', 'warning')).toBe(false);
    expect(reaches('debug', 'debug')).toBe(true);
  });
});
