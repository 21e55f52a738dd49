// What every room may say to the log; how lines look and where they go is decided in create-log.ts.

/** What a line is about. `node` opens the line; `reason` is a code of wire/reason-codes.ts. */
export interface LogFields {
  readonly node?: string;
  readonly reason?: string;
  /** The node's run; tag-runs.ts puts it in. */
  readonly run?: string;
  readonly [key: string]: string | number | boolean | null | undefined;
}

/** A log. Messages are one line: control characters from outside are escaped by the writer, not by the caller. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
