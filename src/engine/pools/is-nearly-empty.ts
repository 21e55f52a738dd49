// When a pool wants more values. For the log, validation and lists alike.

/** True if at most 10 % of the values are free, and when none is. False for a pool without values. */
export function isNearlyEmpty(free: number, total: number): boolean {
  return total > 0 && free * 10 <= total;
}
