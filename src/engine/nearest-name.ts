// Finds the name that an author most likely meant. For messages only: nothing is decided by it.

/** Longer names, and more names, are not compared: with thousands of mistakes that would take longer than all the rest. */
const longestName = 64;
const mostNames = 500;

/**
 * The known name that differs from `name` by the fewest letters, case counting as half a letter.
 * @returns null if none is near: more than a third of the letters would have to change
 */
export function nearestName(name: string, known: Iterable<string>): string | null {
  if (name.length > longestName) return null;
  let nearest: string | null = null;
  let least = Math.max(1, name.length / 3);
  let left = mostNames;
  for (const candidate of known) {
    if (left-- === 0) break;
    if (candidate.length > longestName || Math.abs(candidate.length - name.length) > least) continue;
    const distance = countEdits(name, candidate);
    if (distance < least || (distance === least && nearest === null)) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

function countEdits(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + costOfReplacing(from[row - 1], to[column - 1]);
      const removed = (previous[column] ?? 0) + 1;
      const added = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

function costOfReplacing(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0;
  return one?.toLowerCase() === other?.toLowerCase() ? 0.5 : 1;
}
