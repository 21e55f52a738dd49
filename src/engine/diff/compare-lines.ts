// Which lines two texts differ in. Takes time in proportion to the texts but for a bounded factor, whatever they hold: what can
// not be told apart within that counts as replaced whole. Shows nothing.

/** Lines `aStart` up to `aEnd` of the first text became `bStart` up to `bEnd` of the second; counted from 0, the end not included. */
export interface Difference {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

interface Range extends Difference {
  readonly depth: number;
}

/** How often a piece is split at lines that both have once. */
const deepest = 32;
/** Lines that were added and removed in one piece, beyond which the shortest way is not looked for any more. */
const mostEdits = 500;

/** The differences in their order; between them the lines are the same. */
export function compareLines(a: readonly string[], b: readonly string[]): readonly Difference[] {
  const numbers = new Map<string, number>();
  const left = number(a, numbers);
  const right = number(b, numbers);
  const found: Difference[] = [];
  const waiting: Range[] = [{ aStart: 0, aEnd: a.length, bStart: 0, bEnd: b.length, depth: 0 }];
  for (let range = waiting.pop(); range; range = waiting.pop()) {
    const { aStart, aEnd, bStart, bEnd, depth } = trim(left, right, range);
    if (aStart === aEnd && bStart === bEnd) continue;
    const difference = { aStart, aEnd, bStart, bEnd };
    if (aStart === aEnd || bStart === bEnd) {
      add(found, difference);
      continue;
    }
    const anchors = depth < deepest ? findAnchors(left, right, difference) : [];
    if (anchors.length === 0) {
      for (const each of findShortest(left, right, difference)) add(found, each);
      continue;
    }
    // The last ones first: they are taken from the end.
    let [aNext, bNext] = [aEnd, bEnd];
    for (const [aAt, bAt] of anchors.reverse()) {
      waiting.push({ aStart: aAt + 1, aEnd: aNext, bStart: bAt + 1, bEnd: bNext, depth: depth + 1 });
      [aNext, bNext] = [aAt, bAt];
    }
    waiting.push({ aStart, aEnd: aNext, bStart, bEnd: bNext, depth: depth + 1 });
  }
  return found;
}

/** Equal lines have equal numbers. */
function number(lines: readonly string[], numbers: Map<string, number>): Int32Array {
  return Int32Array.from(lines, (line) => {
    const known = numbers.get(line);
    if (known !== undefined) return known;
    numbers.set(line, numbers.size);
    return numbers.size - 1;
  });
}

/** Without what both begin and end with. */
function trim(a: Int32Array, b: Int32Array, range: Range): Range {
  let { aStart, aEnd, bStart, bEnd } = range;
  while (aStart < aEnd && bStart < bEnd && a[aStart] === b[bStart]) {
    aStart += 1;
    bStart += 1;
  }
  while (aStart < aEnd && bStart < bEnd && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd -= 1;
    bEnd -= 1;
  }
  return { ...range, aStart, aEnd, bStart, bEnd };
}

/** Differences that touch are one. */
function add(found: Difference[], next: Difference): void {
  const last = found.at(-1);
  if (last?.aEnd === next.aStart && last.bEnd === next.bStart) {
    found[found.length - 1] = { ...last, aEnd: next.aEnd, bEnd: next.bEnd };
  } else found.push(next);
}

/** Pairs of lines that each of both has once, as many as keep their order. */
function findAnchors(a: Int32Array, b: Int32Array, range: Difference): [number, number][] {
  const seen = new Map<number, { inA: number; inB: number; aAt: number; bAt: number }>();
  for (let at = range.aStart; at < range.aEnd; at += 1) {
    const line = a[at] ?? 0;
    const entry = seen.get(line);
    if (entry) entry.inA += 1;
    else seen.set(line, { inA: 1, inB: 0, aAt: at, bAt: 0 });
  }
  for (let at = range.bStart; at < range.bEnd; at += 1) {
    const entry = seen.get(b[at] ?? 0);
    if (!entry) continue;
    entry.inB += 1;
    entry.bAt = at;
  }
  const pairs: [number, number][] = [];
  for (const { inA, inB, aAt, bAt } of seen.values()) if (inA === 1 && inB === 1) pairs.push([aAt, bAt]);
  return keepLongestRise(pairs);
}

/** Of pairs in the order of the first text, the most that are in the order of the second too. */
function keepLongestRise(pairs: readonly [number, number][]): [number, number][] {
  /** For each length: the index of the pair that ends such a rise lowest. */
  const ends: number[] = [];
  const before = new Int32Array(pairs.length).fill(-1);
  const bOf = (index: number | undefined) => pairs[index ?? -1]?.[1] ?? -1;
  for (const [index, [, bAt]] of pairs.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bOf(ends[middle]) < bAt) low = middle + 1;
      else high = middle;
    }
    before[index] = ends[low - 1] ?? -1;
    ends[low] = index;
  }
  const rise: [number, number][] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) {
    const pair = pairs[index];
    if (pair) rise.push(pair);
  }
  return rise.reverse();
}

/** The fewest lines added and removed (E. W. Myers, 1986); the whole range if that are too many. */
function findShortest(a: Int32Array, b: Int32Array, range: Difference): Difference[] {
  const { aStart, aEnd, bStart, bEnd } = range;
  const [aCount, bCount] = [aEnd - aStart, bEnd - bStart];
  const most = Math.min(mostEdits, aCount + bCount);
  // How far each diagonal reaches, `most + 1` places from the first one.
  const middle = most + 1;
  const reach = new Int32Array(2 * most + 3);
  const history: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits += 1) {
    history.push(reach.slice(middle - edits - 1, middle + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let aAt = stepTo(reach, middle, diagonal, edits);
      let bAt = aAt - diagonal;
      while (aAt < aCount && bAt < bCount && a[aStart + aAt] === b[bStart + bAt]) {
        aAt += 1;
        bAt += 1;
      }
      reach[middle + diagonal] = aAt;
      if (aAt >= aCount && bAt >= bCount) return walkBack(range, history);
    }
  }
  return [range];
}

/** Where a diagonal is entered: by a line added, or by one removed if that comes further. */
function stepTo(reach: Int32Array, middle: number, diagonal: number, edits: number): number {
  const above = reach[middle + diagonal + 1] ?? 0;
  const below = reach[middle + diagonal - 1] ?? 0;
  const isAdded = diagonal === -edits || (diagonal !== edits && below < above);
  return isAdded ? above : below + 1;
}

function walkBack(range: Difference, history: readonly Int32Array[]): Difference[] {
  const { aStart, aEnd, bStart, bEnd } = range;
  const steps: Difference[] = [];
  let [aAt, bAt] = [aEnd - aStart, bEnd - bStart];
  for (let edits = history.length - 1; edits > 0; edits -= 1) {
    const reach = history[edits] ?? new Int32Array();
    const diagonal = aAt - bAt;
    const middle = edits + 1;
    const above = reach[middle + diagonal + 1] ?? 0;
    const below = reach[middle + diagonal - 1] ?? 0;
    const isAdded = diagonal === -edits || (diagonal !== edits && below < above);
    const aFrom = isAdded ? above : below;
    const bFrom = aFrom - (isAdded ? diagonal + 1 : diagonal - 1);
    const [aTo, bTo] = isAdded ? [aFrom, bFrom + 1] : [aFrom + 1, bFrom];
    steps.push({
      aStart: aStart + aFrom,
      aEnd: aStart + aTo,
      bStart: bStart + bFrom,
      bEnd: bStart + bTo,
    });
    [aAt, bAt] = [aFrom, bFrom];
  }
  return steps.reverse();
}
