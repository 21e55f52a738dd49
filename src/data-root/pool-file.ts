// A pool in memory: the text of its file in pieces, and where each value and owner stands in it, so that finding a value and
// changing an owner cost the same in a small pool and in a large one, and every other byte stays. Reads and writes no files.

import { lineAt } from './decode-yaml.js';
import { type PoolSlot, readPoolSlots } from './read-pool-slots.js';
import { quoteYamlText } from './write-yaml.js';
import { YamlError } from './yaml-error.js';

/** Places of values, counted from 0 in file order, and the owners that they are to get; null frees. */
export type OwnerChanges = ReadonlyMap<number, string | null>;

/** Some slots in a row with the text around them; their `start` and `end` are counted within it. */
interface Chunk {
  readonly text: string;
  readonly bytes: Buffer;
  readonly slots: readonly PoolSlot[];
}

/** What a change would make of the file. `PoolFile.apply` makes it so. */
export interface PoolDraft {
  /** The bytes of the file, in pieces. */
  readonly parts: readonly Buffer[];
  readonly changes: OwnerChanges;
  readonly chunks: ReadonlyMap<number, Chunk>;
}

/** Slots per chunk: rewriting one is what a change costs beyond the writing of the file. */
const slotsPerChunk = 256;

/** A pool as its file has it. Changes by `apply` only. */
export class PoolFile {
  readonly #chunks: Chunk[] = [];
  readonly size: number;
  /** The first place of every owner. */
  readonly #byOwner = new Map<string, number>();
  /** Free places, the last one first: the next to be given is at the end. */
  readonly #free: number[] = [];

  private constructor(text: string, slots: readonly PoolSlot[]) {
    this.size = slots.filter((it) => it.counts).length;
    let from = 0;
    for (let first = 0; first < slots.length; first += slotsPerChunk) {
      const part = slots.slice(first, first + slotsPerChunk);
      const isLast = first + slotsPerChunk >= slots.length;
      const to = isLast ? text.length : (part.at(-1)?.end ?? from);
      const start = from;
      const own = text.slice(start, to);
      this.#chunks.push({
        text: own,
        bytes: Buffer.from(own),
        slots: part.map((slot) => ({ ...slot, start: slot.start - start, end: slot.end - start })),
      });
      from = to;
    }
    this.#index();
  }

  /** Finds out who has what and what is free, all of it anew. */
  #index(): void {
    this.#byOwner.clear();
    this.#free.length = 0;
    for (let index = this.#chunks.length - 1; index >= 0; index -= 1) {
      const slots = this.#chunks[index]?.slots ?? [];
      for (let offset = slots.length - 1; offset >= 0; offset -= 1) {
        const slot = slots[offset];
        if (!slot?.counts) continue;
        const place = index * slotsPerChunk + offset;
        if (slot.owner === null) this.#free.push(place);
        else this.#byOwner.set(slot.owner, place);
      }
    }
  }

  /** Reads a pool's text. Throws as `readPoolSlots` does. */
  static parse(text: string): PoolFile {
    return new PoolFile(text, readPoolSlots(text));
  }

  get text(): string {
    return this.#chunks.map((it) => it.text).join('');
  }

  /** How many values are free. */
  get freeCount(): number {
    return this.#free.length;
  }

  /** True if these are the bytes of the file. */
  hasBytes(bytes: Buffer): boolean {
    let at = 0;
    return (
      this.#chunks.every((chunk) => {
        const from = at;
        at += chunk.bytes.length;
        return chunk.bytes.equals(bytes.subarray(from, at));
      }) && at === bytes.length
    );
  }

  /** In file order, without lines that do not count. */
  *entries(): Generator<{ readonly place: number; readonly value: string; readonly owner: string | null }> {
    for (const [index, { slots }] of this.#chunks.entries()) {
      for (const [offset, { value, owner, counts }] of slots.entries()) {
        if (counts) yield { place: index * slotsPerChunk + offset, value, owner };
      }
    }
  }

  /** Lines whose value is listed again further down, where it counts. */
  repeated(): readonly { readonly value: string; readonly line: number }[] {
    const { text } = this;
    let before = 0;
    return this.#chunks.flatMap((chunk) => {
      const begin = before;
      before += chunk.text.length;
      const lost = chunk.slots.filter((it) => !it.counts);
      return lost.map(({ value, start }) => ({ value, line: lineAt(text, begin + start) }));
    });
  }

  /** The place of the first value that an owner holds; null if it holds none. */
  placeOf(owner: string): number | null {
    return this.#byOwner.get(owner) ?? null;
  }

  /** The first free places in file order, `count` of them if there are so many. */
  freePlaces(count: number): readonly number[] {
    return this.#free.slice(this.#free.length - Math.min(count, this.#free.length)).reverse();
  }

  valueAt(place: number): string {
    return this.#slotAt(place)?.value ?? '';
  }

  ownerAt(place: number): string | null {
    return this.#slotAt(place)?.owner ?? null;
  }

  /** What the file would be with other owners at some places; this object stays as it is. */
  draft(changes: OwnerChanges): PoolDraft {
    const byChunk = new Map<number, Map<number, string | null>>();
    for (const [place, owner] of changes) {
      const index = Math.floor(place / slotsPerChunk);
      const own = byChunk.get(index) ?? new Map<number, string | null>();
      byChunk.set(index, own.set(place % slotsPerChunk, owner));
    }
    const chunks = new Map<number, Chunk>();
    for (const [index, owners] of byChunk) {
      const chunk = this.#chunks[index];
      if (chunk) chunks.set(index, rewrite(chunk, owners));
    }
    const parts = this.#chunks.map((chunk, index) => (chunks.get(index) ?? chunk).bytes);
    return { parts, changes, chunks };
  }

  /** Makes true what `draft` gave, once it is on disk. No other draft may have been applied in between. Only what frees or moves values walks the pool. */
  apply({ changes, chunks }: PoolDraft): void {
    const before = new Map([...changes.keys()].map((place) => [place, this.ownerAt(place)]));
    for (const [index, chunk] of chunks) this.#chunks[index] = chunk;
    const isTaking = [...changes].every(([place, owner]) => owner !== null && before.get(place) === null);
    if (!isTaking) {
      this.#index();
      return;
    }
    for (const [place, owner] of changes) {
      if (owner !== null && place < (this.#byOwner.get(owner) ?? Number.POSITIVE_INFINITY)) {
        this.#byOwner.set(owner, place);
      }
    }
    this.#dropFree(changes);
  }

  /**
   * The text with more free values at its end.
   * @throws YamlError if no line can be added there without touching others: a pool in braces, say
   */
  textWith(values: readonly string[]): string {
    const { text } = this;
    const end = text.includes('\r\n') ? '\r\n' : '\n';
    const gap = /[\r\n]$/.test(text) ? '' : end;
    const longer = text + gap + writeFreeLines(values, end);
    const wanted = [...this.entries()].map(({ value, owner }) => ({ value, owner }));
    wanted.push(...values.map((value) => ({ value, owner: null })));
    const found = readBack(longer);
    const same = found?.every(
      ({ value, owner }, index) => value === wanted[index]?.value && owner === wanted[index]?.owner,
    );
    if (same && found?.length === wanted.length) return longer;
    throw new YamlError(
      lineAt(text, text.length),
      'no line can be added at the end: write the pool as plain lines, VALUE: null',
    );
  }

  #slotAt(place: number): PoolSlot | undefined {
    return this.#chunks[Math.floor(place / slotsPerChunk)]?.slots[place % slotsPerChunk];
  }

  /** What is allocated stands at the end of the free places, so the search is over at once. */
  #dropFree(taken: OwnerChanges): void {
    let left = taken.size;
    for (let at = this.#free.length - 1; at >= 0 && left > 0; at -= 1) {
      if (!taken.has(this.#free[at] ?? -1)) continue;
      this.#free.splice(at, 1);
      left -= 1;
    }
  }
}

/** Free values as lines of a pool. */
export function writeFreeLines(values: readonly string[], lineEnd = '\n'): string {
  return values.map((value) => `${quoteYamlText(value)}: null${lineEnd}`).join('');
}

function readBack(text: string): readonly { value: string; owner: string | null }[] | null {
  try {
    return [...PoolFile.parse(text).entries()];
  } catch (error) {
    if (error instanceof YamlError) return null;
    throw error;
  }
}

function rewrite(chunk: Chunk, owners: OwnerChanges): Chunk {
  const parts: string[] = [];
  let from = 0;
  let shift = 0;
  const slots = chunk.slots.map((slot, offset): PoolSlot => {
    const owner = owners.get(offset);
    const start = slot.start + shift;
    if (owner === undefined) return { ...slot, start, end: slot.end + shift };
    const typed = writeOwner(owner);
    parts.push(chunk.text.slice(from, slot.start), slot.lead, typed);
    from = slot.end;
    const end = start + slot.lead.length + typed.length;
    shift = end - slot.end;
    return { ...slot, owner, start: start + slot.lead.length, end, lead: '' };
  });
  const text = parts.join('') + chunk.text.slice(from);
  return { text, bytes: Buffer.from(text), slots };
}

function writeOwner(owner: string | null): string {
  if (owner === null) return 'null';
  // A bare None means free, so a node of that name is quoted.
  return owner === 'None' ? "'None'" : quoteYamlText(owner);
}
