// Text on its way into an SQLite file and out of it: libsql aborts the process on text that is not well-formed.

/** Half a surrogate pair is no text: it becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

/** The column for `toText`: as bytes, since somebody else may have put anything into the file. */
export function asBytes(column: string): string {
  return `CAST(${column} AS BLOB)`;
}

/** What was read with `asBytes`; null for NULL. */
export function toText(cell: unknown): string | null {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString() : null;
}
