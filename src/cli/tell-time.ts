// Times and lengths of time as people read them at a glance.

/** `12 s`, `3 min`, `5 h`, `2 d`: one unit, rounded down. */
export function tellLength(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** How long ago `at` (RFC 3339) was: `12 s ago`. */
export function tellAge(at: string, now: number): string {
  return `${tellLength(now - Date.parse(at))} ago`;
}

/** In the local time zone: `2026-11-26 14:44:05`. */
export function tellTime(at: string): string {
  const date = new Date(at);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${day} ${time}`;
}

/** The same in few columns: today's time, or another day's date. */
export function tellBriefly(at: string, now: number): string {
  const [day = '', time = ''] = tellTime(at).split(' ');
  return tellTime(new Date(now).toISOString()).startsWith(day) ? time : day;
}
