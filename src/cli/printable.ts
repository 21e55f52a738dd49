// What strangers wrote, fit for a terminal.

/** Text for a terminal: what would move the cursor or break the line is written as JSON writes it. */
export function printable(text: string): string {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) ? JSON.stringify(text) : text;
}
