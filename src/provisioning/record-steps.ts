// The steps of a run as the server sees them, one function each: what is recorded, and what should come next. Nothing here
// fails a request.

import type { JsonObject, JsonValue } from '../engine/json-value.js';
import { reasonCodes } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { Caller } from './caller.js';
import { expectAction } from './runs/infer-actions.js';
import type { KnownAction, Run } from './runs/run.js';
import type { RunTracker } from './runs/run-tracker.js';
import type { Site } from './site.js';

/** Lines of an explanation that are kept. */
const mostLines = 400;
/** Actions of a definition that are followed. */
const mostActions = 1_000;

/** What EOS says of itself in the headers of its first request; any may be missing, none is proof. */
export type Claims = Readonly<
  Partial<
    Record<'model' | 'version' | 'serialnumber' | 'systemmac' | 'hardwareVersion' | 'architecture', string>
  >
>;

/**
 * GET /bootstrap: the first sign of life (`contacted`).
 * @param node the id in the header that `[default] identifier` names, if there is one
 */
export function recordContact(site: Site, caller: Caller, node: string | null, claims: Claims): void {
  const { runs } = site;
  const said = Object.entries(claims)
    .filter(([fact]) => isOfInterest(fact))
    .map(([fact, value]) => `${fact} ${value}`);
  const message = `bootstrap sent to ${caller.address}${said.length > 0 ? ` (says: ${said.join(', ')})` : ''}`;
  const entry = { type: 'contacted', message, data: claims, address: caller.address } as const;
  // Somebody with a browser is no switch.
  if (Object.keys(claims).length === 0) {
    site.log.info(message);
    runs.recordOnce(`visitor ${caller.address}`, '', () => site.recorder.recordQuietly(entry).id);
    return;
  }
  const fingerprint = `${caller.address} ${message}`;
  const open =
    node === null ? runs.findUnnamed(caller.address) : (runs.findCandidate(node) ?? runs.current(node));
  const tell = (run: Run): void =>
    site.log.info(message, { ...(node !== null && { node }), run: (run.original ?? run).id });
  if (open?.state === 'contacted' && open.contact?.fingerprint === fingerprint) {
    tell(open);
    runs.repeat(open.contact.id);
    runs.touch(open, caller.address);
    return;
  }
  const run =
    node !== null && runs.current(node)
      ? runs.beginCandidate(node, caller.address)
      : runs.begin(node, caller.address);
  tell(run);
  run.contact = { id: runs.record(run, entry, true), fingerprint };
}

/** POST /nodes: the run that it belongs to, which begins here if there was no contact. */
export function arrive(site: Site, node: string, caller: Caller): Run {
  const { runs } = site;
  const open = runs.current(node);
  const candidate = runs.findCandidate(node);
  // Of two that fetched the script in this node's name, the one that posts is the one at this address.
  const isLikelier = candidate?.address === caller.address || open?.address !== caller.address;
  if (candidate && isLikelier) {
    runs.name(candidate, node);
    return candidate;
  }
  if (open && (open.state === 'contacted' || open.state === 'registered')) {
    runs.touch(open, caller.address);
    return open;
  }
  const unnamed = runs.findUnnamed(caller.address);
  if (!open && unnamed) {
    runs.name(unnamed, node);
    return unnamed;
  }
  return runs.begin(node, caller.address);
}

/** POST /nodes was answered with 201 or 409. */
export function recordRegistration(
  runs: RunTracker,
  run: Run,
  data: { readonly known: boolean; readonly pattern: string | null; readonly definition: string | null },
): void {
  const pattern = data.pattern === null ? '' : `: pattern ${data.pattern}, definition ${data.definition}`;
  const message = data.known ? 'known node, facts rewritten' : `registered${pattern}`;
  run.state = 'registered';
  run.expected = 'GET /nodes/{id}, for its definition';
  runs.touch(run);
  if (!data.known && run.held) runs.release(run);
  runs.record(run, { type: 'registered', message, data }, true);
  runs.changed(run);
}

/** POST /nodes or GET /nodes/{id} was refused. A fault of the server itself does not end the run: the switch asks again. */
export function recordRefusal(
  runs: RunTracker,
  run: Run,
  type: 'refused' | 'definition-refused',
  error: unknown,
): void {
  const refusal = describeRefusal(type, error);
  runs.touch(run);
  runs.refuse(run, refusal.entry, refusal.fingerprint, refusal.isFinal);
}

/** GET /nodes/{id} was answered. */
export function recordDefinition(
  site: Site,
  id: string,
  caller: Caller,
  definition: JsonObject,
  resources: Readonly<Record<string, JsonValue>>,
): void {
  const { runs } = site;
  const actions = readActions(definition);
  const name = typeof definition.name === 'string' ? definition.name : null;
  const run = runs.current(id);
  const entry = {
    type: 'definition-sent',
    message: `definition ${name ?? '(without a name)'} sent: ${actions.length} ${actions.length === 1 ? 'action' : 'actions'}`,
    data: { definition: name, actions: actions.map(({ action }) => action), resources },
    address: caller.address,
  } as const;
  if (!run) {
    site.recorder.recordQuietly({ ...entry, node: id });
    return;
  }
  runs.touch(run, caller.address);
  if (run.held) runs.release(run);
  run.state = 'provisioning';
  run.definition = name;
  run.actions = actions.slice(0, mostActions);
  run.at = -1;
  run.fetched.clear();
  run.refusal = null;
  run.expected = expectAction(run, 0);
  runs.expectRequests(run);
  runs.record(run, entry, true);
  runs.changed(run);
}

/** GET /nodes/{id} was refused. */
export function recordDefinitionRefusal(site: Site, id: string, caller: Caller, error: unknown): void {
  const run = site.runs.current(id);
  if (run) {
    recordRefusal(site.runs, run, 'definition-refused', error);
    return;
  }
  const { entry, fingerprint } = describeRefusal('definition-refused', error);
  const { address } = caller;
  site.runs.recordOnce(
    `definition ${id}`,
    fingerprint,
    () => site.recorder.recordQuietly({ ...entry, node: id, address }).id,
  );
}

/** What people read in the log; the rest is in the record. */
function isOfInterest(fact: string): boolean {
  return fact !== 'hardwareVersion' && fact !== 'architecture';
}

function describeRefusal(type: 'refused' | 'definition-refused', error: unknown) {
  const { code, message, explanation } =
    error instanceof ZtpError
      ? error
      : { code: 'internal-error' as const, message: 'the server made a mistake', explanation: [] };
  const lines = explanation.slice(0, mostLines);
  const isFinal = reasonCodes[code].http < 500;
  return {
    entry: {
      type,
      level: isFinal ? 'warning' : 'error',
      message,
      data: { code, ...(lines.length > 0 && { explanation: lines }) },
    },
    fingerprint: [type, code, message, ...lines].join('\n'),
    isFinal,
  } as const;
}

function readActions(definition: JsonObject): readonly KnownAction[] {
  const { actions } = definition;
  if (!Array.isArray(actions)) return [];
  return actions.map((it: JsonValue) => {
    const { action, name } = Object(it) as Readonly<Record<string, unknown>>;
    return { action: String(action ?? ''), name: typeof name === 'string' ? name : null };
  });
}
