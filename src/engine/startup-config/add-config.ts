// What the built-in action add_config does, on text and bytes: decode, substitute, append (client/actions/add_config and
// Node.append_startup_config_lines of the client). Pure: fetches nothing.

import { isMapping } from '../definitions/definition-shape.js';
import type { JsonObject, JsonValue } from '../json-value.js';
import { printAsPython } from './print-as-python.js';
import { substitute } from './substitute.js';

/** The attributes of the action that decide what it does with its template, or why it fails. */
export type AddConfigAttributes =
  | { readonly ok: true; readonly variables: JsonObject; readonly strict: boolean }
  | { readonly ok: false; readonly reason: string };

/** @param get an attribute as the action sees it, null for none */
export function readAddConfigAttributes(get: (name: string) => JsonValue): AddConfigAttributes {
  const variables = get('variables');
  if (variables !== null && !isMapping(variables)) {
    return fail(`variables: a mapping of names to values is required, not ${printAsPython(variables)}`);
  }
  const mode = get('substitution_mode');
  if (mode !== null && mode !== 'loose' && mode !== 'strict') {
    return fail(`substitution_mode: loose or strict is required, not ${printAsPython(mode)}`);
  }
  return { ok: true, variables: variables ?? {}, strict: mode === 'strict' };
}

/** The configuration with the template at its end, or why the action fails. */
export type Appended =
  | { readonly ok: true; readonly content: Uint8Array | null }
  | { readonly ok: false; readonly reason: string };

/**
 * Appends a template.
 * @param content what is there; null: nothing
 * @param template bytes as fetched
 */
export function addConfig(
  content: Uint8Array | null,
  template: Uint8Array,
  { variables, strict }: { readonly variables: JsonObject; readonly strict: boolean },
): Appended {
  const substituted = substitute(decodeTemplate(template), variables, strict);
  if (!substituted.ok) return substituted;
  const body = substituted.text.replace(/\n$/, '');
  if (body === '') return { ok: true, content };
  if (/\p{Cs}/u.test(body)) return fail('half a surrogate pair can not be written as UTF-8');
  const needsBreak = content !== null && content.length > 0 && content.at(-1) !== 0x0a;
  const added = new TextEncoder().encode(`${needsBreak ? '\n' : ''}${body}\n`);
  const whole = new Uint8Array((content?.length ?? 0) + added.length);
  if (content) whole.set(content);
  whole.set(added, content?.length ?? 0);
  return { ok: true, content: whole };
}

/** UTF-8, without a byte order mark, or else Latin-1; every line end is LF. */
function decodeTemplate(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  }
  return text.replace(/\r\n?/g, '\n');
}

function fail(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
