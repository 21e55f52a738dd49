// Lengths of time as people type them: in ztpserver.conf and behind --since.

const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds of `90`, `90s`, `15m`, `2h`, `3d` or `1w`; null if it is none of these. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})\s*([smhdw]?)$/.exec(text.trim().toLowerCase());
  return match ? Number(match[1]) * (units[match[2] ?? ''] ?? 1) : null;
}
