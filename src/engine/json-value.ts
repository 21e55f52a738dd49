// Values as JSON carries them: what definitions, attributes and plugins hold.

/** Any JSON value. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. Built with `Object.fromEntries`, so that a key such as `__proto__` is a key like any other. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
