// What stands behind --since: how long ago, or a time.

import { parseDuration } from '../wire/duration.js';

const moment = /^(\d{4}-\d{2}-(\d{2}))(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i;

/** What it takes, for whoever got it wrong. */
export const wantedSince =
  'a length of time such as 90s, 30m, 2h, 3d or 1w, or a time such as 2026-11-26 or 2026-11-26T14:30';

/**
 * The time (RFC 3339, UTC) that `2h` ago is, or a date or time says; those without an offset are local.
 * @returns null if it is neither
 */
export function parseSince(text: string, now: number): string | null {
  const seconds = parseDuration(text);
  if (seconds !== null) return new Date(Math.max(0, now - seconds * 1000)).toISOString();
  const [, day, dayOfMonth, time = '00:00', offset = ''] = moment.exec(text.trim()) ?? [];
  if (day === undefined) return null;
  // JavaScript takes a 31st of June for the 1st of July.
  if (new Date(`${day}T00:00Z`).getUTCDate() !== Number(dayOfMonth)) return null;
  const date = new Date(`${day}T${time}${offset.toUpperCase()}`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
