// Held against diff(1) and patch(1): what is found has to turn the one text into the other, and to be no longer than needed.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLines } from '../../../src/engine/diff/compare-lines.js';
import { makeHunks } from '../../../src/engine/diff/make-hunks.js';
import { makeFolder } from '../../data-root/temporary-folder.js';

const split = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function writeUnified(a: string, b: string): string {
  const [before, after] = [split(a), split(b)];
  const signs = { kept: ' ', removed: '-', added: '+' };
  const hunks = makeHunks(compareLines(before, after), before.length).map(({ place, lines }) => {
    const texts = lines.map(({ kind, at }) => {
      const line = (kind === 'added' ? after : before)[at] ?? '';
      return signs[kind] + (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`);
    });
    return `@@ ${place} @@\n${texts.join('')}`;
  });
  return hunks.length === 0 ? '' : `--- a\n+++ b\n${hunks.join('')}`;
}

/** Configs: few distinct lines that come again, some of their own, pieces moved, with and without an end of the last line. */
const line = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('!', '   no shutdown', 'exit', 'vlan 10') },
  { weight: 2, arbitrary: fc.nat(12).map((number) => `interface Ethernet${number}`) },
  { weight: 1, arbitrary: fc.constantFrom('', '\r', '-- x', '@@ -1 +1 @@', '\\ No newline') },
);
const text = fc.tuple(fc.array(line, { maxLength: 30 }), fc.boolean()).map(([lines, ends]) =>
  lines
    .map((each) => `${each}\n`)
    .join('')
    .slice(0, ends ? undefined : -1),
);

describe('the lines that two texts differ in', () => {
  it('are those that patch turns the one into the other with', () => {
    const folder = makeFolder();
    const pair = fc.oneof(
      fc.tuple(text, text),
      // The same but for a few lines.
      fc.tuple(text, fc.nat(20), fc.nat(5), text).map(([before, start, count, put]) => {
        const lines = split(before);
        lines.splice(start, count, ...split(put).slice(0, 4));
        return [before, lines.map((each) => (each.endsWith('\n') ? each : `${each}\n`)).join('')] as const;
      }),
    );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const diff = writeUnified(a, b);
        if (a === b) {
          expect(diff).toBe('');
          return;
        }
        writeFileSync(join(folder, 'a'), a);
        const { stdout, status } = spawnSync('patch', ['--binary', '-s', '-f', '-F0', '-o', '-', 'a'], {
          cwd: folder,
          input: diff,
          encoding: 'utf8',
        });
        expect({ status, stdout }, diff).toEqual({ status: 0, stdout: b });
      }),
      { numRuns: 150 },
    );
  });

  it('are as many as diff finds where every line is another', () => {
    const folder = makeFolder();
    const distinct = fc.uniqueArray(fc.nat(40), { maxLength: 30 });
    fc.assert(
      fc.property(distinct, distinct, (a, b) => {
        const write = (numbers: readonly number[]) => numbers.map((each) => `line ${each}\n`).join('');
        writeFileSync(join(folder, 'a'), write(a));
        writeFileSync(join(folder, 'b'), write(b));
        const { stdout } = spawnSync('diff', ['-d', 'a', 'b'], { cwd: folder, encoding: 'utf8' });
        const count = (found: string, sign: RegExp) => found.match(sign)?.length ?? 0;
        expect(count(writeUnified(write(a), write(b)), /^[-+](?!-- a|\+\+ b)/gm)).toBe(
          count(stdout, /^[<>]/gm),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('are found in large texts that share nothing, share everything, or repeat one line', () => {
    const lines = (count: number, name: string) => Array.from({ length: count }, (_, at) => `${name} ${at}`);
    const many = lines(200_000, 'a');
    expect(compareLines(many, many)).toEqual([]);
    expect(compareLines(many, lines(200_000, 'b'))).toEqual([
      { aStart: 0, aEnd: 200_000, bStart: 0, bEnd: 200_000 },
    ]);
    expect(compareLines(many, many.toSpliced(100_000, 1))).toEqual([
      { aStart: 100_000, aEnd: 100_001, bStart: 100_000, bEnd: 100_000 },
    ]);
    const repeated = Array.from({ length: 100_000 }, (_, at) => (at % 2 === 0 ? '!' : 'exit'));
    const turned = Array.from({ length: 100_000 }, (_, at) => (at % 3 === 0 ? '!' : 'exit'));
    expect(compareLines(repeated, turned).length).toBeGreaterThan(0);
  });
});

describe('hunks', () => {
  it('have three lines around a difference, and are one if they would touch', () => {
    const before = Array.from({ length: 30 }, (_, at) => `${at}`);
    const change = (...places: number[]) =>
      makeHunks(
        compareLines(
          before,
          before.map((each, at) => (places.includes(at) ? 'x' : each)),
        ),
        before.length,
      ).map(({ place }) => place);
    expect(change(0)).toEqual(['-1,4 +1,4']);
    expect(change(15)).toEqual(['-13,7 +13,7']);
    expect(change(29)).toEqual(['-27,4 +27,4']);
    expect(change(10, 17)).toEqual(['-8,14 +8,14']);
    expect(change(10, 18)).toEqual(['-8,7 +8,7', '-16,7 +16,7']);
  });
});
