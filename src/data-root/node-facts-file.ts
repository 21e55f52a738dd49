// `.node`: a switch's facts as JSON, for this server and for other tools (device-api.md). Text in, text out.

import type { Neighbor, NodeFacts } from '../engine/node-facts.js';
import { ZtpError } from '../wire/ztp-error.js';

const known = new Set(['model', 'systemmac', 'serialnumber', 'version', 'neighbors']);

/** The bytes of `.node`. */
export function writeNodeFacts(facts: NodeFacts): Buffer {
  const { others, neighbors, model, systemmac, serialnumber, version } = facts;
  const rest = Object.entries(others).filter(([key]) => !known.has(key));
  const json = Object.fromEntries([
    ...Object.entries({ model, systemmac, serialnumber, version }),
    ['neighbors', Object.fromEntries(neighbors)],
    ...rest,
  ]);
  return Buffer.from(`${JSON.stringify(json)}\n`);
}

/**
 * Reads `.node`. Missing facts are null, `remote_interface` is an older spelling of `port`.
 * @param path only for messages
 * @throws ZtpError `invalid-node-file`
 */
export function readNodeFacts(bytes: Buffer, path: string): NodeFacts {
  const wrong = (reason: string): ZtpError => new ZtpError('invalid-node-file', `${path}: ${reason}`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw wrong(`this is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(json)) throw wrong('wanted a JSON object');
  const text = (key: string): string | null => {
    const value = json[key] ?? null;
    if (value === null || typeof value === 'string') return value;
    throw wrong(`${key} is ${JSON.stringify(value).slice(0, 64)}, wanted text`);
  };
  const neighbors = json.neighbors ?? {};
  if (!isObject(neighbors)) throw wrong('neighbors is no object of interface names');
  return {
    model: text('model'),
    systemmac: text('systemmac')?.replaceAll(/[:.-]/g, '') ?? null,
    serialnumber: text('serialnumber'),
    version: text('version'),
    neighbors: new Map(
      Object.entries(neighbors).map(([name, list]) => {
        const found = readNeighbors(list);
        if (!found) throw wrong(`the neighbors of ${JSON.stringify(name)} are no list of {device, port}`);
        return [name, found];
      }),
    ),
    others: Object.fromEntries(Object.entries(json).filter(([key]) => !known.has(key))),
  };
}

function readNeighbors(list: unknown): readonly Neighbor[] | null {
  if (!Array.isArray(list)) return null;
  const found: Neighbor[] = [];
  for (const item of list) {
    const port = isObject(item) ? (item.port ?? item.remote_interface) : null;
    if (!isObject(item) || typeof item.device !== 'string' || typeof port !== 'string') return null;
    found.push({ device: item.device, port });
  }
  return found;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
