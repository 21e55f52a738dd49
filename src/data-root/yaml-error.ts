// Why a text is not YAML, and where. The file's name is added by whoever read the file.

/** `reason` is a part of a sentence; `line` is 1-based. */
export class YamlError extends Error {
  override readonly name = 'YamlError';

  constructor(
    readonly line: number,
    readonly reason: string,
  ) {
    super(`line ${line}: ${reason}`);
  }
}
