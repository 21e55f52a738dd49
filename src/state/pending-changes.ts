// Changes that wait to be written, the oldest first, up to a bound. Writes nothing and logs nothing.

import { type ChangeRow, sizeOf } from './journal-rows.js';

/** How much may wait, or be taken. */
export interface PendingBounds {
  readonly changes: number;
  readonly characters: number;
}

interface Waiting {
  row: ChangeRow;
}

/** The queue. A run that still waits is replaced where it stands, so each is written once. */
export class PendingChanges {
  #waiting: Waiting[] = [];
  /** Before this place of `#waiting` nothing waits any more. */
  #start = 0;
  #characters = 0;
  readonly #runs = new Map<string, Waiting>();

  constructor(private readonly bounds: PendingBounds) {}

  get count(): number {
    return this.#waiting.length - this.#start;
  }

  /** @returns how many came to wait, and how many of the oldest had to be dropped */
  add(row: ChangeRow): { readonly added: number; readonly dropped: number } {
    const known = this.#runs.get(runOf(row) ?? '');
    if (known) {
      this.#characters += sizeOf(row) - sizeOf(known.row);
      known.row = row;
    } else {
      this.#append({ row });
    }
    return { added: known ? 0 : 1, dropped: this.#dropOldest() };
  }

  /** Takes the oldest, until that is as much as asked for. */
  take(most: PendingBounds): readonly ChangeRow[] {
    const rows: ChangeRow[] = [];
    for (let characters = 0; rows.length < most.changes && characters < most.characters; ) {
      const row = this.#shift();
      if (!row) break;
      rows.push(row);
      characters += sizeOf(row);
    }
    return rows;
  }

  /** Puts back what was taken and could not be written. @returns how many were dropped */
  putBack(rows: readonly ChangeRow[]): number {
    const later = this.#waiting.slice(this.#start).map(({ row }) => row);
    this.#waiting = [];
    this.#start = 0;
    this.#characters = 0;
    this.#runs.clear();
    for (const row of [...rows, ...later]) this.#append({ row });
    return this.#dropOldest();
  }

  #append(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#characters += sizeOf(waiting.row);
    const run = runOf(waiting.row);
    if (run !== null) this.#runs.set(run, waiting);
  }

  #dropOldest(): number {
    let dropped = 0;
    while (
      this.count > this.bounds.changes ||
      (this.#characters > this.bounds.characters && this.count > 1)
    ) {
      this.#shift();
      dropped += 1;
    }
    return dropped;
  }

  #shift(): ChangeRow | null {
    const oldest = this.#waiting[this.#start];
    if (!oldest) return null;
    this.#start += 1;
    this.#characters -= sizeOf(oldest.row);
    const run = runOf(oldest.row);
    if (run !== null && this.#runs.get(run) === oldest) this.#runs.delete(run);
    if (this.#start * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#start);
      this.#start = 0;
    }
    return oldest.row;
  }
}

/** The id of the run that a row is about the state of. */
function runOf({ kind, values }: ChangeRow): string | null {
  return kind === 'run' ? String(values[0]) : null;
}
