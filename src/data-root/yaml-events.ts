// The library's event stream of a YAML text, made to accept what PyYAML accepts: inside brackets and quotes any indentation
// goes. Builds nothing of the events.

import { EVENT_ID, type Event, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import { YamlError } from './yaml-error.js';

/** Events with offsets into `text`, which may have blanks that the file has not. */
export interface YamlEvents {
  readonly events: readonly Event[];
  readonly text: string;
  /** The offset into the file's text of an offset into `text`. */
  original(offset: number): number;
}

/** Blanks put in: where (an offset into the file's text). */
type Insertions = ReadonlySet<number>;

const maxDepth = 200;
const blanks = ' '.repeat(256);

/** How many characters are parsed in all before brackets that close too far to the left are given up on. */
const maxWork = 64 * 1024 * 1024;

/** Lines that begin with a closing bracket: the usual case, so they are tried together. */
const closingLine = /^[ \t]*(?=[\]}])/gm;

/**
 * Parses a text into events.
 * @throws YamlError
 */
export function readYamlEvents(text: string): YamlEvents {
  const first = tryParse(text, new Set());
  if (!(first instanceof YAMLException)) return first;
  if (!isTooFarLeft(first)) throw explain(first);
  return indentClosingLines(text) ?? indentOneByOne(text, first);
}

/** Null unless moving those lines to the right, and touching no block of text, mends everything. */
function indentClosingLines(text: string): YamlEvents | null {
  const lines = new Set([...text.matchAll(closingLine)].map((match) => match.index + match[0].length));
  const all = tryParse(text, lines);
  if (all instanceof YAMLException) return null;
  const inBlocks = new Set<number>();
  let last = 0;
  const positions = [...lines];
  for (const event of all.events) {
    if (event.type !== EVENT_ID.SCALAR) continue;
    if (event.style !== SCALAR_STYLE.LITERAL_BLOCK && event.style !== SCALAR_STYLE.FOLDED_BLOCK) continue;
    const [start, end] = [all.original(event.valueStart), all.original(event.valueEnd)];
    while (last < positions.length && (positions[last] ?? 0) < start) last += 1;
    while (last < positions.length && (positions[last] ?? 0) <= end) {
      inBlocks.add(positions[last] ?? 0);
      last += 1;
    }
  }
  if (inBlocks.size === 0) return all;
  const rest = tryParse(text, new Set(positions.filter((position) => !inBlocks.has(position))));
  return rest instanceof YAMLException ? null : rest;
}

function indentOneByOne(text: string, first: YAMLException): YamlEvents {
  const insertions = new Set<number>();
  let failure = first;
  for (let work = 0; work < maxWork; work += text.length) {
    const position = originalOffset(
      [...insertions].sort((a, b) => a - b),
      failure.mark?.position ?? 0,
    );
    if (insertions.has(position)) break;
    insertions.add(position);
    const result = tryParse(text, insertions);
    if (!(result instanceof YAMLException)) return result;
    if (!isTooFarLeft(result)) throw explain(result);
    failure = result;
  }
  throw explain(failure);
}

function tryParse(text: string, insertions: Insertions): YamlEvents | YAMLException {
  const positions = [...insertions].sort((a, b) => a - b);
  const patched = positions.length === 0 ? text : insert(text, positions);
  try {
    const events = parseEvents(patched, { maxDepth });
    return { events, text: patched, original: (offset) => originalOffset(positions, offset) };
  } catch (error) {
    if (error instanceof YAMLException) return error;
    throw error;
  }
}

function insert(text: string, positions: readonly number[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const position of positions) {
    parts.push(text.slice(from, position), blanks);
    from = position;
  }
  return parts.join('') + text.slice(from);
}

function originalOffset(positions: readonly number[], offset: number): number {
  // Insertion number n starts at positions[n] + n * blanks.length of the patched text.
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? 0) + middle * blanks.length <= offset) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return offset;
  const plain = offset - low * blanks.length;
  return Math.max(plain, positions[low - 1] ?? 0);
}

function isTooFarLeft(error: YAMLException): boolean {
  return error.reason === 'deficient indentation';
}

function explain(error: YAMLException): YamlError {
  const line = (error.mark?.line ?? 0) + 1;
  if (error.reason.startsWith('nesting exceeded'))
    return new YamlError(line, `it nests deeper than ${maxDepth} levels`);
  if (isTooFarLeft(error)) {
    return new YamlError(
      line,
      'inside brackets or quotes the lines have to be indented further than their key',
    );
  }
  return new YamlError(line, error.reason);
}
