// The attributes of the built-in action install_image as it reads them itself (client/actions/install_image), in its order
// and with its words: a test holds the two to each other. Fetches nothing.

import { isMapping, ownValue } from '../definitions/definition-shape.js';
import type { JsonObject, JsonValue } from '../json-value.js';
import {
  type BoundedRegexRun,
  compilePythonRegex,
  type PythonRegexResult,
  type RegexOutcome,
} from '../python-regex/python-regex.js';
import { printAsPython } from '../startup-config/print-as-python.js';
import { compareEosVersions, type EosVersion, parseEosVersion, stripBlanks } from './eos-version.js';

/** An attribute as the action sees it, null for none. */
export type GetAttribute = (name: string) => JsonValue;

/** A value, or why the action fails. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** A version, as it was typed and in parts that compare. */
export interface TypedVersion {
  readonly text: string;
  readonly parsed: EosVersion;
}

/** One image and when it is wanted. */
export interface ImageAttributes {
  readonly url: string;
  readonly version: TypedVersion;
  readonly minimum: TypedVersion | null;
  readonly maximum: TypedVersion | null;
  /** In small letters. */
  readonly sha256: string | null;
  readonly downgrade: boolean;
  /** Its name on flash. */
  readonly name: string;
}

/** Reads the attributes of one image, once it is chosen. */
export function readImageAttributes(get: GetAttribute): Read<ImageAttributes> {
  const url = readText(get, 'url');
  if (!url.ok) return url;
  const version = readText(get, 'version');
  if (!version.ok) return version;
  const limits = readVersions(get);
  if (!limits.ok) return limits;
  const contradiction = findContradiction(limits.value);
  if (contradiction !== null) return fail(contradiction);
  const sha256 = readSha256(get);
  if (!sha256.ok) return sha256;
  const downgrade = readBoolean(get, 'downgrade', true);
  if (!downgrade.ok) return downgrade;
  const name = readName(get, url.value, version.value);
  if (!name.ok) return name;
  const { version: wanted, minimum, maximum } = limits.value;
  if (wanted === null) return fail('version: a text is required');
  return done({
    url: url.value,
    version: wanted,
    minimum,
    maximum,
    sha256: sha256.value,
    downgrade: downgrade.value,
    name: name.value,
  });
}

/** `version`, `minimum` and `maximum`; null for what is not there. */
export type Versions = Readonly<Record<'version' | 'minimum' | 'maximum', TypedVersion | null>>;

function readVersions(get: GetAttribute): Read<Versions> {
  const found: Record<string, TypedVersion | null> = {};
  for (const name of ['version', 'minimum', 'maximum']) {
    const version = readVersion(get, name);
    if (!version.ok) return version;
    found[name] = version.value;
  }
  const { version = null, minimum = null, maximum = null } = found;
  return done({ version, minimum, maximum });
}

/** Null if the attribute is not there. */
export function readVersion(get: GetAttribute, name: string): Read<TypedVersion | null> {
  if (get(name) === null) return done(null);
  const text = readText(get, name);
  if (!text.ok) return text;
  const parsed = parseEosVersion(text.value);
  if (parsed === null) {
    return fail(`${name}: an EOS version such as 4.31.0F is required, not ${text.value}`);
  }
  return done({ text: text.value, parsed });
}

/** Why versions do not go together; null if they do. */
export function findContradiction({ version, minimum, maximum }: Versions): string | null {
  const isNewer = (one: TypedVersion | null, other: TypedVersion | null) =>
    one !== null && other !== null && compareEosVersions(one.parsed, other.parsed) > 0;
  if (isNewer(minimum, maximum)) {
    return `minimum: ${minimum?.text} is newer than the maximum ${maximum?.text}`;
  }
  if (isNewer(minimum, version)) {
    return `version: ${version?.text} is older than the minimum ${minimum?.text}`;
  }
  if (isNewer(version, maximum)) {
    return `version: ${version?.text} is newer than the maximum ${maximum?.text}`;
  }
  return null;
}

/** In small letters; null if the attribute is not there. */
export function readSha256(get: GetAttribute): Read<string | null> {
  if (get('sha256') === null) return done(null);
  const text = readText(get, 'sha256');
  if (!text.ok) return text;
  const digits = text.value.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) {
    return fail(`sha256: 64 hexadecimal digits are required, not ${digits}`);
  }
  return done(digits);
}

/** true, false, or a text that says so. */
export function readBoolean(get: GetAttribute, name: string, fallback: boolean): Read<boolean> {
  const value = get(name);
  if (value === null) return done(fallback);
  const text = stripBlanks(printAsPython(value)).toLowerCase();
  if (text !== 'true' && text !== 'false') {
    return fail(`${name}: true or false is required, not ${printAsPython(value)}`);
  }
  return done(text === 'true');
}

/** One of `images`: which models it is for, and its attributes. */
export interface ModelImage {
  readonly expression: string;
  readonly entry: JsonObject;
}

/** The entries of `images`, a list or a mapping. */
export function readImages(images: JsonValue): Read<readonly ModelImage[]> {
  const pairs = pairsOf(images);
  if (pairs === null) {
    return fail('images: a list of mappings is required, each with model, url and version');
  }
  const entries: ModelImage[] = [];
  for (const [expression, entry] of pairs) {
    if (!isMapping(entry)) {
      return fail(`images: each image is a mapping with url and version, not ${printAsPython(entry)}`);
    }
    if (typeof expression !== 'string') {
      return fail(`images: model: a text is required, not ${printAsPython(expression)}`);
    }
    entries.push({ expression, entry });
  }
  return done(entries);
}

function pairsOf(images: JsonValue): readonly (readonly [JsonValue, JsonValue])[] | null {
  if (isMapping(images)) return Object.entries(images).sort(([one], [other]) => (one < other ? -1 : 1));
  if (!Array.isArray(images)) return null;
  return images.map((entry: JsonValue) => [
    isMapping(entry) ? (ownValue(entry, 'model') ?? null) : null,
    entry,
  ]);
}

/** The attributes of the image for a model; null if a regular expression takes too long. */
export function chooseImage(
  get: GetAttribute,
  model: string,
  run: BoundedRegexRun,
): Read<GetAttribute | null> {
  const images = get('images');
  if (images === null) return done(get);
  const entries = readImages(images);
  if (!entries.ok) return entries;
  const matching: ModelImage[] = [];
  for (const image of entries.value) {
    const regex = compileWholeMatch(image.expression);
    if (!regex.ok) {
      return fail(`images: model: ${image.expression} is no regular expression: ${regex.reason}`);
    }
    const outcome: RegexOutcome = regex.regex.matchesAtStart(model, run);
    if (outcome === 'timed-out') return done(null);
    if (outcome === 'match') matching.push(image);
  }
  const [first] = matching;
  if (first === undefined) {
    const expressions = entries.value.map(({ expression }) => expression).join(', ') || 'none';
    return fail(`images: model ${model} matches no entry; there are ${expressions}`);
  }
  if (isMapping(images) && matching.length > 1) {
    const expressions = matching.map(({ expression }) => expression).join(' and ');
    const mend = 'write images as a list, of which the first that matches counts';
    return fail(`images: model ${model} matches ${expressions}, and a mapping has no order: ${mend}`);
  }
  return done((name) => ownValue(first.entry, name) ?? get(name));
}

/** An expression that has to match all of a text, as Python's `re.fullmatch`. */
export function compileWholeMatch(expression: string): PythonRegexResult {
  const alone = compilePythonRegex(expression);
  if (!alone.ok) return alone;
  const [flags = ''] = /^(?:\(\?[aiLmsux]+\))*/.exec(expression) ?? [];
  const end = flags.includes('x') ? '\n' : '';
  return compilePythonRegex(`${flags}(?:${expression.slice(flags.length)}${end})\\Z`);
}

function readText(get: GetAttribute, name: string): Read<string> {
  const value = get(name);
  const text = typeof value === 'string' ? stripBlanks(value) : '';
  return text === '' ? fail(`${name}: a text is required`) : done(text);
}

function readName(get: GetAttribute, url: string, version: string): Read<string> {
  const isFromUrl = readBoolean(get, 'image_name_from_url', false);
  if (!isFromUrl.ok) return isFromUrl;
  const attribute = isFromUrl.value ? 'url' : 'version';
  const name = isFromUrl.value ? nameInUrl(url) : `EOS-${version.split(/[\s(]/, 1)[0]}.swi`;
  if (/^[A-Za-z0-9_][A-Za-z0-9._+~-]*$/.test(name)) return done(name);
  if (name === '') return fail(`url: ${url} ends in no name that the image could have on flash`);
  return fail(`${attribute}: ${name} can not be the name of an image`);
}

function nameInUrl(url: string): string {
  const path = url
    .replace(/[\t\r\n]/g, '')
    .replace(/[?#].*$/s, '')
    .replace(/^[A-Za-z][A-Za-z0-9+.-]*:/, '')
    .replace(/^\/\/[^/]*/, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.replace(/%([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}

function done<T>(value: T): Read<T> {
  return { ok: true, value };
}

function fail(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
