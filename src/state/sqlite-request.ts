// What is asked of a thread that works on an SQLite file of this server, and what comes back. Each request has one answer, in
// their order.

/** What a thread is started with. */
export interface SqliteWorkerData {
  /** Absolute path of the file. */
  readonly path: string;
  /** Its first place becomes 1 when there is no more time: what was not begun then is refused, and no lock is waited for. */
  readonly stop: Int32Array;
}

/** A request of one of these kinds, or of any. `Work`: by kind, the request and what it yields. */
export type SqliteRequest<Work, Kind extends keyof Work = keyof Work> = {
  [Each in Kind]: Work[Each] extends readonly [infer Request, unknown]
    ? { readonly kind: Each } & Request
    : never;
}[Kind];

/** What a request yields. */
export type SqliteValue<Work, Kind extends keyof Work = keyof Work> = {
  [Each in Kind]: Work[Each] extends readonly [unknown, infer Value] ? Value : never;
}[Kind];

/** What comes of a request. */
export type SqliteAnswer<Value> = {
  /** The thread is of no further use: it answers nothing more, and only its end closes the file. */
  readonly spent: boolean;
} & (
  | { readonly kind: 'done'; readonly value: Value }
  /** In words. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The file was replaced by another meanwhile: a new thread does it all again. */
  | { readonly kind: 'replaced' }
);
