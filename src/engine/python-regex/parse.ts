// Parses a Python 3.11 regular expression, as `re.compile(str)` reads it, into what it says. It accepts and refuses
// what Python does, in Python's words where it refuses; nothing here knows how the expression will be run.
import { complementOf, MAX_CODE_POINT } from './code-point-set.js';
import { type Flags, literal, parseEscape, parseSet } from './parse-character.js';
import { PatternReader, RegexSyntaxError } from './pattern-reader.js';
import { type Term, type Width, widthOf } from './syntax-tree.js';

/** The longest pattern that is read, in UTF-16 units, and the deepest nesting: generous, and bounded. */
const MAX_LENGTH = 20_000;
const MAX_DEPTH = 200;
/** Python's own limit of a repeat count. */
const MAX_REPEAT = 2 ** 32 - 1;
const DIGITS = '0123456789';
const VERBOSE_BLANKS = ' \t\n\r\v\f';
const NOTHING: Term = { kind: 'sequence', items: [] };

const FLAG_NAMES: Readonly<Record<string, keyof Flags | 'unicode' | 'template'>> = {
  i: 'ignoreCase',
  m: 'multiline',
  s: 'dotAll',
  x: 'verbose',
  a: 'ascii',
  u: 'unicode',
  t: 'template',
};

/** Part of a pattern whose flags may still be set from within: only the whole pattern's are, at its very start. */
interface Scope {
  flags: Flags;
}

/**
 * Parses a pattern.
 * @param source the pattern's text, as it would stand in `re.compile(source)`
 * @returns the tree, or why Python refuses the pattern (or why it is beyond the limits of this implementation)
 */
export function parsePattern(
  source: string,
): { readonly ok: true; readonly term: Term } | { readonly ok: false; readonly reason: string } {
  if (source.length > MAX_LENGTH) {
    return { ok: false, reason: `the expression is longer than ${MAX_LENGTH} characters` };
  }
  try {
    return { ok: true, term: new PatternParser(source).parse() };
  } catch (error) {
    if (error instanceof RegexSyntaxError) return { ok: false, reason: error.message };
    throw error;
  }
}

class PatternParser {
  readonly #reader: PatternReader;
  readonly #groupNumbers = new Map<string, number>();
  /** The width of each group by number, undefined while it is open; index 0 stands for the whole match. */
  readonly #groupWidths: (Width | undefined)[] = [undefined];
  /** Groups that conditions ask for, and where; they may be defined later. */
  readonly #conditionGroups = new Map<number, number>();
  /** The first group number inside the outermost look-behind being parsed. */
  #lookBehindGroups: number | undefined;
  #depth = 0;
  #asciiOrUnicode: string | undefined;

  constructor(source: string) {
    this.#reader = new PatternReader(source);
  }

  parse(): Term {
    const flags = { ignoreCase: false, multiline: false, dotAll: false, verbose: false, ascii: false };
    const term = this.#parseChoice({ flags }, true);
    if (this.#reader.peek() !== '')
      throw new RegexSyntaxError('unbalanced parenthesis', this.#reader.position);
    for (const [group, position] of this.#conditionGroups) {
      if (group >= this.#groupWidths.length)
        throw new RegexSyntaxError(`invalid group reference ${group}`, position);
    }
    return term;
  }

  #parseChoice(scope: Scope, whole: boolean): Term {
    const branches: Term[] = [];
    do {
      branches.push(this.#parseSequence(scope, whole && branches.length === 0));
    } while (this.#reader.takeIf('|'));
    const [only] = branches;
    return only && branches.length === 1 ? only : { kind: 'choice', branches };
  }

  /** `start` says that the pattern's global flags may still be set here. */
  #parseSequence(scope: Scope, start: boolean): Term {
    const reader = this.#reader;
    const items: Term[] = [];
    let repeatable: 'nothing' | 'repeat' | 'item' = 'nothing';
    for (;;) {
      const position = reader.position;
      const token = reader.peek();
      if (token === '' || token === '|' || token === ')') break;
      if (scope.flags.verbose && this.#skipVerbose(token)) continue;
      if (token === '*' || token === '+' || token === '?' || token === '{') {
        const count = this.#parseRepeatCount();
        if (count) {
          const item = repeatable === 'nothing' ? undefined : items.pop();
          if (!item) throw new RegexSyntaxError('nothing to repeat', position);
          if (repeatable === 'repeat') throw new RegexSyntaxError('multiple repeat', position);
          items.push(this.#withRepeat(item, count));
          repeatable = 'repeat';
          continue;
        }
        items.push(literal(0x7b, scope.flags));
      } else if (token === '(') {
        const group = this.#parseGroup(scope, start && items.length === 0);
        if (!group) continue;
        items.push(group);
      } else {
        items.push(this.#parseSimple(scope.flags));
      }
      repeatable = items.at(-1)?.kind === 'at' && token !== '(' ? 'nothing' : 'item';
    }
    const [only] = items;
    return only && items.length === 1 ? only : { kind: 'sequence', items };
  }

  #skipVerbose(token: string): boolean {
    if (VERBOSE_BLANKS.includes(token)) {
      this.#reader.take();
      return true;
    }
    if (token !== '#') return false;
    for (let skipped = this.#reader.take(); skipped !== '' && skipped !== '\n'; )
      skipped = this.#reader.take();
    return true;
  }

  /** What is neither a group nor a repeat. */
  #parseSimple(flags: Flags): Term {
    const reader = this.#reader;
    const token = reader.peek();
    if (token.startsWith('\\')) {
      return parseEscape(reader, flags, (group, position) => this.#usableGroup(group, position));
    }
    reader.take();
    switch (token) {
      case '[':
        return parseSet(reader, flags);
      case '.':
        return { kind: 'set', set: flags.dotAll ? [0, MAX_CODE_POINT] : complementOf([0x0a, 0x0a]) };
      case '^':
        return { kind: 'at', place: flags.multiline ? 'line-start' : 'text-start', ascii: flags.ascii };
      case '$':
        return { kind: 'at', place: flags.multiline ? 'line-end' : 'last-line-end', ascii: flags.ascii };
      default:
        return literal(token.codePointAt(0) ?? 0, flags);
    }
  }

  /** Reads `*`, `+`, `?` or `{…}`; undefined if it is a `{` that is only a character. */
  #parseRepeatCount(): Width | undefined {
    const reader = this.#reader;
    const token = reader.take();
    if (token === '*') return { min: 0, max: Number.POSITIVE_INFINITY };
    if (token === '+') return { min: 1, max: Number.POSITIVE_INFINITY };
    if (token === '?') return { min: 0, max: 1 };
    const start = reader.position;
    if (reader.peek() === '}') return undefined;
    const low = reader.takeWhile(DIGITS);
    const high = reader.takeIf(',') ? reader.takeWhile(DIGITS) : low;
    if (!reader.takeIf('}')) {
      reader.position = start;
      return undefined;
    }
    const min = low === '' ? 0 : Number(low);
    const max = high === '' ? Number.POSITIVE_INFINITY : Number(high);
    if (min >= MAX_REPEAT || (high !== '' && max >= MAX_REPEAT)) {
      throw new RegexSyntaxError('the repetition number is too large', start);
    }
    if (max < min) throw new RegexSyntaxError('min repeat greater than max repeat', start);
    return { min, max };
  }

  #withRepeat(item: Term, { min, max }: Width): Term {
    if (this.#reader.takeIf('?')) return { kind: 'repeat', item, min, max, lazy: true };
    const repeat: Term = { kind: 'repeat', item, min, max, lazy: false };
    return this.#reader.takeIf('+') ? { kind: 'atomic', item: repeat } : repeat;
  }

  /** Parses `(…)`; undefined if it stands for nothing: a comment or global flags. */
  #parseGroup(scope: Scope, globalFlagsAllowed: boolean): Term | undefined {
    const reader = this.#reader;
    const start = reader.position;
    reader.take();
    if (!reader.takeIf('?')) return this.#parseCapture(scope, start, undefined);
    const extension = this.#takeExtension();
    switch (extension) {
      case 'P':
        return this.#parseNamed(scope, start);
      case ':':
        return this.#parseInside(scope.flags, start);
      case '#':
        this.#skipComment(start);
        return undefined;
      case '=':
      case '!':
        return {
          kind: 'look',
          item: this.#parseInside(scope.flags, start),
          behind: undefined,
          negative: extension === '!',
        };
      case '<':
        return this.#parseLookBehind(scope, start);
      case '(':
        return this.#parseCondition(scope, start);
      case '>':
        return { kind: 'atomic', item: this.#parseInside(scope.flags, start) };
      default:
        return this.#parseFlags(scope, start, extension, globalFlagsAllowed);
    }
  }

  #takeExtension(): string {
    const token = this.#reader.take();
    if (token === '') throw new RegexSyntaxError('unexpected end of pattern', this.#reader.position);
    return token;
  }

  #skipComment(start: number): void {
    for (;;) {
      const token = this.#reader.take();
      if (token === '') throw new RegexSyntaxError('missing ), unterminated comment', start);
      if (token === ')') return;
    }
  }

  /** What stands between here and the group's `)`, which is read too. */
  #parseInside(flags: Flags, start: number): Term {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw new RegexSyntaxError(`groups nested more than ${MAX_DEPTH} deep`, start);
    }
    const term = this.#parseChoice({ flags }, false);
    this.#takeClosing(start);
    this.#depth -= 1;
    return term;
  }

  #takeClosing(start: number): void {
    if (!this.#reader.takeIf(')')) throw new RegexSyntaxError('missing ), unterminated subpattern', start);
  }

  #parseCapture(scope: Scope, start: number, name: string | undefined): Term {
    const number = this.#groupWidths.length;
    this.#groupWidths.push(undefined);
    if (name !== undefined) {
      const known = this.#groupNumbers.get(name);
      if (known !== undefined) {
        throw new RegexSyntaxError(
          `redefinition of group name '${name}' as group ${number}; was group ${known}`,
          start + 4,
        );
      }
      this.#groupNumbers.set(name, number);
    }
    const item = this.#parseInside(scope.flags, start);
    this.#groupWidths[number] = this.#widthOf(item);
    return { kind: 'group', item, number };
  }

  #parseNamed(scope: Scope, start: number): Term {
    const reader = this.#reader;
    if (reader.takeIf('<')) {
      const position = reader.position;
      const name = reader.takeName('>');
      if (!isIdentifier(name)) throw new RegexSyntaxError(`bad character in group name '${name}'`, position);
      return this.#parseCapture(scope, start, name);
    }
    if (!reader.takeIf('='))
      throw new RegexSyntaxError(`unknown extension ?P${this.#takeExtension()}`, start + 1);
    const position = reader.position;
    const name = reader.takeName(')');
    if (!isIdentifier(name)) throw new RegexSyntaxError(`bad character in group name '${name}'`, position);
    const group = this.#usableGroup(this.#groupNamed(name, position), position);
    return { kind: 'back-reference', group, ignoreCase: scope.flags.ignoreCase };
  }

  #groupNamed(name: string, position: number): number {
    const group = this.#groupNumbers.get(name);
    if (group === undefined) throw new RegexSyntaxError(`unknown group name '${name}'`, position);
    return group;
  }

  /** The group if a back-reference, which starts at `position` and has just been read, may name it; throws otherwise. */
  #usableGroup(group: number, position: number): number {
    if (group >= this.#groupWidths.length) {
      throw new RegexSyntaxError(`invalid group reference ${group}`, position + 1);
    }
    this.#refuseOpenGroup(group, position);
    this.#refuseGroupOfLookBehind(group);
    return group;
  }

  #refuseOpenGroup(group: number, position: number): void {
    if (!this.#groupWidths[group]) throw new RegexSyntaxError('cannot refer to an open group', position);
  }

  #refuseGroupOfLookBehind(group: number): void {
    if (this.#lookBehindGroups === undefined) return;
    const { position } = this.#reader;
    this.#refuseOpenGroup(group, position);
    if (group < this.#lookBehindGroups) return;
    throw new RegexSyntaxError('cannot refer to group defined in the same lookbehind subpattern', position);
  }

  #parseLookBehind(scope: Scope, start: number): Term {
    const direction = this.#takeExtension();
    if (direction !== '=' && direction !== '!') {
      throw new RegexSyntaxError(`unknown extension ?<${direction}`, start + 1);
    }
    const outermost = this.#lookBehindGroups === undefined;
    this.#lookBehindGroups ??= this.#groupWidths.length;
    const item = this.#parseInside(scope.flags, start);
    if (outermost) this.#lookBehindGroups = undefined;
    const width = this.#widthOf(item);
    if (width.min !== width.max)
      throw new RegexSyntaxError('look-behind requires fixed-width pattern', start);
    return { kind: 'look', item, behind: width.min, negative: direction === '!' };
  }

  #parseCondition(scope: Scope, start: number): Term {
    const reader = this.#reader;
    const position = reader.position;
    const name = reader.takeName(')');
    const group = isIdentifier(name) ? this.#groupNamed(name, position) : groupNumber(name, position);
    if (!this.#conditionGroups.has(group)) this.#conditionGroups.set(group, position);
    this.#refuseGroupOfLookBehind(group);
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new RegexSyntaxError(`groups nested more than ${MAX_DEPTH} deep`, start);
    const inside = { flags: scope.flags };
    const yes = this.#parseSequence(inside, false);
    const no = reader.takeIf('|') ? this.#parseSequence(inside, false) : NOTHING;
    if (reader.peek() === '|') {
      throw new RegexSyntaxError('conditional backref with more than two branches', reader.position);
    }
    this.#takeClosing(start);
    this.#depth -= 1;
    return { kind: 'condition', group, yes, no };
  }

  /** Parses the letters behind `(?`: global flags (undefined), or a group with its own. */
  #parseFlags(scope: Scope, start: number, first: string, globalFlagsAllowed: boolean): Term | undefined {
    if (first !== '-' && FLAG_NAMES[first] === undefined && first !== 'L') {
      throw new RegexSyntaxError(`unknown extension ?${first}`, start + 1);
    }
    const reader = this.#reader;
    let end = first;
    let on = '';
    if (first !== '-') {
      [on, end] = this.#takeFlags(first, ')-:', '-, : or )');
    }
    if (end === ')') {
      if (!globalFlagsAllowed) {
        throw new RegexSyntaxError('global flags not at the start of the expression', start);
      }
      this.#noteAsciiOrUnicode(on, start);
      scope.flags = withFlags(scope.flags, on, '');
      return undefined;
    }
    if (on.includes('t')) {
      throw new RegexSyntaxError('bad inline flags: cannot turn on global flag', reader.position - 1);
    }
    let off = '';
    if (end === '-') {
      const letter = reader.take();
      if (FLAG_NAMES[letter] === undefined && letter !== 'L')
        throw missingFlag(letter, 'flag', reader.position);
      [off] = this.#takeFlags(letter, ':', ':');
    }
    const position = reader.position - 1;
    if (off.includes('t'))
      throw new RegexSyntaxError('bad inline flags: cannot turn off global flag', position);
    if ([...on].some((flag) => off.includes(flag))) {
      throw new RegexSyntaxError('bad inline flags: flag turned on and off', position);
    }
    return this.#parseInside(withFlags(scope.flags, on, off), start);
  }

  /** Reads flags up to one of the ends; `off` flags are those whose only end is a colon. Returns both. */
  #takeFlags(first: string, ends: string, missing: string): [flags: string, end: string] {
    const reader = this.#reader;
    let flags = '';
    let letter = first;
    for (;;) {
      if (ends === ':' && 'aLu'.includes(letter)) {
        throw new RegexSyntaxError(
          "bad inline flags: cannot turn off flags 'a', 'u' and 'L'",
          reader.position,
        );
      }
      if (letter === 'L') {
        const what = "bad inline flags: cannot use 'L' flag with a str pattern";
        throw new RegexSyntaxError(what, reader.position);
      }
      flags += letter;
      if (flags.includes('a') && flags.includes('u')) {
        const what = "bad inline flags: flags 'a', 'u' and 'L' are incompatible";
        throw new RegexSyntaxError(what, reader.position);
      }
      letter = reader.take();
      if (letter !== '' && ends.includes(letter)) return [flags, letter];
      if (FLAG_NAMES[letter] === undefined && letter !== 'L')
        throw missingFlag(letter, missing, reader.position);
    }
  }

  #noteAsciiOrUnicode(flags: string, position: number): void {
    for (const flag of flags) {
      if (flag !== 'a' && flag !== 'u') continue;
      this.#asciiOrUnicode ??= flag;
      if (flag !== this.#asciiOrUnicode) {
        throw new RegexSyntaxError('ASCII and UNICODE flags are incompatible', position);
      }
    }
  }

  #widthOf(term: Term): Width {
    return widthOf(term, (group) => this.#groupWidths[group] ?? { min: 0, max: Number.POSITIVE_INFINITY });
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const changed = { ...flags };
  for (const [letters, value] of [
    [on, true],
    [off, false],
  ] as const) {
    for (const letter of letters) {
      const name = FLAG_NAMES[letter];
      if (name === 'unicode') changed.ascii = !value;
      else if (name !== undefined && name !== 'template') changed[name] = value;
    }
  }
  return changed;
}

function missingFlag(found: string, missing: string, position: number): RegexSyntaxError {
  if (found === '') return new RegexSyntaxError(`missing ${missing}`, position);
  return new RegexSyntaxError(
    /^\p{L}$/u.test(found) ? 'unknown flag' : `missing ${missing}`,
    position - Array.from(found).length,
  );
}

/** A group's number as Python's `int()` reads it. */
function groupNumber(text: string, position: number): number {
  if (!/^\s*\+?\d(?:_?\d)*\s*$/.test(text)) {
    throw new RegexSyntaxError(`bad character in group name '${text}'`, position);
  }
  const number = Number(text.replaceAll('_', ''));
  if (number === 0) throw new RegexSyntaxError('bad group number', position);
  return number;
}

function isIdentifier(name: string): boolean {
  return /^[_\p{XID_Start}]\p{XID_Continue}*$/u.test(name);
}
