// Cuts a stream of bytes into lines. What lines mean is not known here.

/** Who gets the lines. */
export interface LineReceiver {
  /** Asked before every line: false drops what has come, uncut. */
  wants(): boolean;
  /** A whole line, without its line feed. */
  line(bytes: Buffer): void;
  /** The beginning of a line that is over the limit; what follows of it comes as further pieces or as a line. */
  piece(bytes: Buffer): void;
}

/** Lines of one stream; its owner hands the chunks in. */
export class LineReader {
  #chunks: Buffer[] = [];
  #size = 0;

  /** @param longest the most bytes that are kept of a line before they are handed on as a piece */
  constructor(
    private readonly longest: number,
    private readonly receiver: LineReceiver,
  ) {}

  /** Takes what has come. */
  take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end !== -1 && this.#isWanted(); end = rest.indexOf(0x0a)) {
      this.#keep(rest.subarray(0, end));
      this.receiver.line(this.#handOver());
      rest = rest.subarray(end + 1);
    }
    if (this.#isWanted()) this.#keep(rest);
  }

  /** Hands on the line that has no end yet, if there is one. */
  flush(): void {
    if (this.#size > 0) this.receiver.line(this.#handOver());
  }

  #isWanted(): boolean {
    if (this.receiver.wants()) return true;
    this.#handOver();
    return false;
  }

  #keep(bytes: Buffer): void {
    let rest = bytes;
    while (this.#size + rest.length > this.longest) {
      const fitting = this.longest - this.#size;
      this.#chunks.push(rest.subarray(0, fitting));
      rest = rest.subarray(fitting);
      this.receiver.piece(this.#handOver());
    }
    if (rest.length === 0) return;
    this.#chunks.push(rest);
    this.#size += rest.length;
  }

  #handOver(): Buffer {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#size = 0;
    return bytes;
  }
}
