// What a switch posts to /nodes (device-api.md). Claims of a stranger: nothing here is believed, only shaped.

import { z } from 'zod';
import { nestsDeeperThan } from './nesting.js';

const text = z.string().nullish();

const neighbor = z
  .object({ device: z.string(), port: text, remote_interface: text })
  .refine((it) => typeof (it.port ?? it.remote_interface) === 'string', {
    message: 'port is missing',
  })
  .transform((it) => ({ device: it.device, port: it.port ?? it.remote_interface ?? '' }));

const known = {
  model: text,
  serialnumber: text,
  systemmac: text,
  version: text,
  config: text,
};

const schema = z.object(known);

const neighborsSchema = z.array(neighbor);

/** How deep a body may nest: far over what any report needs, and cheap to parse and to write again. */
const maxDepth = 32;

/** The body of POST /nodes: strings as sent, null where missing. */
export interface NodeReport {
  readonly model: string | null;
  readonly serialnumber: string | null;
  readonly systemmac: string | null;
  readonly version: string | null;
  readonly config: string | null;
  /** Interface → neighbours in the order sent. */
  readonly neighbors: ReadonlyMap<string, readonly { readonly device: string; readonly port: string }[]>;
  /** Keys that the contract does not name. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** A report, or one sentence that says which field was wrong and what was wanted. */
export type NodeReportResult =
  | { readonly ok: true; readonly report: NodeReport }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads the body of POST /nodes, whatever its Content-Type.
 * @param body the bytes as received
 */
export function parseNodeReport(body: Buffer): NodeReportResult {
  if (nestsDeeperThan(maxDepth, body)) return refuse(`the body nests deeper than ${maxDepth} levels`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    return refuse(body.length === 0 ? 'the body is empty' : `the body is not JSON: ${firstLine(error)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return refuse(`the body is ${nameOf(json)}, wanted a JSON object`);
  }
  const fields = schema.safeParse(json);
  if (!fields.success) return refuse(describe(fields.error));
  const neighbors = readNeighbors((json as Record<string, unknown>).neighbors);
  if (!neighbors.ok) return neighbors;
  const others = Object.entries(json).filter(([key]) => key !== 'neighbors' && !Object.hasOwn(known, key));
  const { model, serialnumber, systemmac, version, config } = fields.data;
  return {
    ok: true,
    report: {
      model: model ?? null,
      serialnumber: serialnumber ?? null,
      systemmac: systemmac ?? null,
      version: version ?? null,
      config: config ?? null,
      neighbors: neighbors.value,
      others: Object.fromEntries(others),
    },
  };
}

function readNeighbors(
  found: unknown,
): { ok: true; value: NodeReport['neighbors'] } | { ok: false; reason: string } {
  if (found === undefined || found === null) return { ok: true, value: new Map() };
  if (typeof found !== 'object' || Array.isArray(found)) {
    return refuse(`neighbors is ${nameOf(found)}, wanted an object of interface names`);
  }
  const value = new Map<string, readonly { device: string; port: string }[]>();
  for (const [name, list] of Object.entries(found)) {
    const parsed = neighborsSchema.safeParse(list ?? []);
    if (!parsed.success) return refuse(describe(parsed.error, `neighbors[${quote(name)}]`));
    value.set(name, parsed.data);
  }
  return { ok: true, value };
}

function describe(error: z.ZodError, prefix = ''): string {
  const issue = error.issues[0];
  const where = (issue?.path ?? []).reduce<string>(
    (at, key) =>
      typeof key === 'number' ? `${at}[${key}]` : at === '' ? String(key) : `${at}.${String(key)}`,
    prefix,
  );
  return `${where}: ${issue?.message ?? 'not valid'}`;
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 200) ?? '';
}

function refuse(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}
