// Values whose mappings keep the order of their keys, whatever the keys are: a JavaScript object puts keys that look like
// numbers first.

/** A JSON value with its mappings as Maps. */
export type OrderedValue =
  | null
  | boolean
  | number
  | string
  | readonly OrderedValue[]
  | ReadonlyMap<string, OrderedValue>;
