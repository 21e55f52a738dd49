import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reasonCodes } from '../../src/wire/reason-codes.js';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');
const documented = new Map(
  [...page.matchAll(/^### `([a-z-]+)` \((\d{3})\)$/gm)].map((match) => [match[1], Number(match[2])]),
);

describe('reason codes', () => {
  it('are all explained in docs/troubleshooting.md, with their status, and no others are', () => {
    const known = new Map(Object.entries(reasonCodes).map(([code, { http }]) => [code, http]));
    expect(documented).toEqual(known);
  });
});
