// Reads a pattern's text character by character (code points), an escape counting as one; and the error that every
// step of reading may end in. Knows nothing of what the characters mean.

/** Why a pattern is no valid Python regular expression; `message` ends with the position. Never leaves parsing. */
export class RegexSyntaxError extends Error {
  constructor(what: string, position: number) {
    super(`${what} at position ${position}`);
  }
}

/** A reading position in a pattern. Positions count code points from 0. */
export class PatternReader {
  readonly #characters: readonly string[];
  #position = 0;

  constructor(source: string) {
    this.#characters = Array.from(source);
  }

  get position(): number {
    return this.#position;
  }

  set position(position: number) {
    this.#position = position;
  }

  /** The next character, or a backslash with the character behind it; '' at the end. Reads nothing. */
  peek(): string {
    const character = this.#characters[this.#position] ?? '';
    if (character !== '\\') return character;
    const escaped = this.#characters[this.#position + 1];
    if (escaped === undefined) {
      throw new RegexSyntaxError('bad escape (end of pattern)', this.#position);
    }
    return character + escaped;
  }

  /** Reads what `peek` shows. */
  take(): string {
    const token = this.peek();
    this.#position += token.startsWith('\\') ? 2 : token === '' ? 0 : 1;
    return token;
  }

  /** Reads the character if it is the next one; whether it was. */
  takeIf(character: string): boolean {
    if (this.peek() !== character) return false;
    this.take();
    return true;
  }

  /** Reads at most `most` of the given characters. */
  takeWhile(characters: string, most = Number.POSITIVE_INFINITY): string {
    let taken = '';
    while (taken.length < most && this.peek() !== '' && characters.includes(this.peek()))
      taken += this.take();
    return taken;
  }

  /** Reads up to and including the end character, and returns what stands before it: a group's name or number. */
  takeName(end: string): string {
    const start = this.#position;
    let name = '';
    for (;;) {
      const token = this.take();
      if (token === '' && name !== '') throw new RegexSyntaxError(`missing ${end}, unterminated name`, start);
      if (token === '' || (token === end && name === ''))
        throw new RegexSyntaxError('missing group name', start);
      if (token === end) return name;
      name += token;
    }
  }
}
