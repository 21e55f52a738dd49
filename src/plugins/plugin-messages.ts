// What the helper process of a plugin may say on file descriptor 3. It is the plugin's own process, so that anything may come:
// what has another shape is refused here, nothing is turned into what it is not.

import { z } from 'zod';
import type { OrderedValue } from '../engine/ordered-value.js';

const number = z.int();
const question = z.int();

const shape = z.union([
  z.strictObject({
    log: z.strictObject({ level: z.enum(['debug', 'info', 'warning', 'error']), message: z.string() }),
  }),
  z.strictObject({ number, began: z.literal(true) }),
  z.strictObject({
    number,
    ask: z.union([
      z.strictObject({ do: z.literal('read-yaml'), question, text: z.string(), path: z.string() }),
      z.strictObject({ do: z.literal('write-yaml'), question, value: z.unknown() }),
    ]),
  }),
  z.strictObject({
    number,
    failure: z.strictObject({ words: z.string(), trace: z.array(z.string()), final: z.boolean() }),
  }),
  z.strictObject({ number, value: z.unknown() }),
]);

/** A message of a helper. All but what it logs carry the number of the call that they are about. */
export type PluginMessage = z.infer<typeof shape>;

/** What a helper asks while a call runs. */
export type PluginQuestion = Extract<PluginMessage, { ask: unknown }>['ask'];

/** A message; null for what is none. */
export function readMessage(message: unknown): PluginMessage | null {
  const { data } = shape.safeParse(message);
  return data ?? null;
}

/** How deep what a plugin has written as YAML may nest. */
const deepest = 100;

/** A value as it goes over the descriptor: a mapping as `{"pairs": [[key, value], …]}`, so that its order survives. */
export function packValue(value: OrderedValue): unknown {
  if (value instanceof Map) return { pairs: [...value].map(([key, item]) => [key, packValue(item)]) };
  return Array.isArray(value) ? value.map(packValue) : value;
}

const pairs = z.strictObject({ pairs: z.array(z.tuple([z.string(), z.unknown()])) });

/** @throws Error in words for what `packValue` would not give */
export function unpackValue(value: unknown, depth = 0): OrderedValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (depth >= deepest) throw new Error(`the value nests deeper than ${deepest} levels`);
  if (Array.isArray(value)) return value.map((item) => unpackValue(item, depth + 1));
  const { data } = pairs.safeParse(value);
  if (data === undefined) throw new Error('the value has a mapping that is no list of pairs');
  return new Map(data.pairs.map(([key, item]) => [key, unpackValue(item, depth + 1)]));
}
