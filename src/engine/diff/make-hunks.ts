// Differences with the lines around them, as a unified diff has them. Knows places, not texts.

import type { Difference } from './compare-lines.js';

/** One line of a hunk, by its place from 0: in the first text if it was kept or removed, in the second if it was added. */
export interface HunkLine {
  readonly kind: 'kept' | 'removed' | 'added';
  readonly at: number;
}

/** Differences that are near each other. */
export interface Hunk {
  /** What stands between the two `@@`: `-3,7 +3,8`. */
  readonly place: string;
  readonly lines: readonly HunkLine[];
}

/** @param length lines of the first text @param context lines shown before and behind each difference */
export function makeHunks(differences: readonly Difference[], length: number, context = 3): readonly Hunk[] {
  const groups: Difference[][] = [];
  for (const difference of differences) {
    const last = groups.at(-1);
    const end = last?.at(-1)?.aEnd;
    if (last && end !== undefined && difference.aStart - end <= 2 * context) last.push(difference);
    else groups.push([difference]);
  }
  return groups.flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    return first && last ? makeHunk(group, first, last, length, context) : [];
  });
}

function makeHunk(
  group: readonly Difference[],
  first: Difference,
  last: Difference,
  length: number,
  context: number,
): Hunk {
  const before = Math.min(context, first.aStart);
  const behind = Math.min(context, length - last.aEnd);
  const lines: HunkLine[] = [];
  const addLines = (kind: HunkLine['kind'], start: number, end: number): void => {
    for (let at = start; at < end; at += 1) lines.push({ kind, at });
  };
  let at = first.aStart - before;
  for (const { aStart, aEnd, bStart, bEnd } of group) {
    addLines('kept', at, aStart);
    addLines('removed', aStart, aEnd);
    addLines('added', bStart, bEnd);
    at = aEnd;
  }
  addLines('kept', at, last.aEnd + behind);
  const aPlace = describePlace(first.aStart - before, last.aEnd + behind);
  const bPlace = describePlace(first.bStart - before, last.bEnd + behind);
  return { place: `-${aPlace} +${bPlace}`, lines };
}

/** Of no lines the place is that of the line before. */
function describePlace(start: number, end: number): string {
  const count = end - start;
  return `${count === 0 ? start : start + 1},${count}`;
}
