// How records look on a terminal: a line each, whatever they say.

import type { StoredRecord } from '../ports/journal.js';
import { printableLine } from './printable.js';
import { tellAge, tellTime } from './tell-time.js';
import type { Colours } from './terminal.js';

/** Writes records below each other; a column that had to grow stays as wide. */
export class RecordLines {
  #nodeWidth = 0;

  /** @param explains the lines that explain a refusal are written below it */
  constructor(
    private readonly colours: Colours,
    private readonly explains: boolean,
  ) {}

  /** Every line ended. */
  write(records: readonly StoredRecord[], now: number): string {
    for (const { node } of records) this.#nodeWidth = Math.max(this.#nodeWidth, (node ?? '-').length);
    return records.map((record) => this.#writeOne(record, now)).join('');
  }

  #writeOne(record: StoredRecord, now: number): string {
    const { at, level, node, message, type, repeats, repeatedAt } = record;
    const { red, yellow, dim } = this.colours;
    const paint = { error: red, warning: yellow, info: String, debug: dim }[level];
    const opening = `${tellTime(at)}  ${level.padEnd(7)}  ${printableLine(node ?? '-').padEnd(this.#nodeWidth)}  `;
    const again =
      repeats === 0
        ? ''
        : ` (${repeats} more ${repeats === 1 ? 'time' : 'times'}${repeatedAt === null ? '' : `, last ${tellAge(repeatedAt, now)}`})`;
    const lines = [`${opening}${printableLine(message === '' ? type : message)}${codeOf(record)}${again}`];
    if (this.explains) lines.push(...explanationOf(record).map((line) => `    ${printableLine(line)}`));
    return lines.map((line) => `${paint(line)}\n`).join('');
  }
}

/** The code of a refusal, as a line of the log has it: docs/troubleshooting.md explains each. */
function codeOf({ type, data }: StoredRecord): string {
  const isRefusal = type === 'refused' || type === 'definition-refused';
  return isRefusal && typeof data.code === 'string' ? ` [${printableLine(data.code)}]` : '';
}

/** The server writes a list of lines; a switch may send anything under that name. */
function explanationOf({ data }: StoredRecord): readonly string[] {
  const { explanation } = data;
  if (!Array.isArray(explanation)) return [];
  return explanation.filter((line): line is string => typeof line === 'string');
}
