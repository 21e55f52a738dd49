// What validation says of the attributes of a built-in action: names that it does not know, and values of install_image that
// it would refuse. What is a reference or a resource is not known yet, so nothing is said of it. Reads no file.

import type { JsonObject, JsonValue } from '../json-value.js';
import { nearestName } from '../nearest-name.js';
import type { Problem } from '../problem.js';
import type { SourceEntry, SourceNode } from '../source-node.js';
import {
  compileWholeMatch,
  findContradiction,
  type GetAttribute,
  type Read,
  readBoolean,
  readSha256,
  readVersion,
  type TypedVersion,
} from '../versions/image-attributes.js';
import { builtInAttributes, imageAttributes } from './built-in-attributes.js';
import { isMapping, ownValue } from './definition-shape.js';
import { lastEntries } from './last-entries.js';
import { parseResourceCall } from './resource-call.js';
import { describeNowhere, describeUnfetchable, pathBelowFiles } from './server-path.js';

/** An image of files/ that an install_image names. */
export interface NamedImage {
  /** Below files/. */
  readonly path: string;
  /** The SHA-256 that it must have, in small letters; null if none is said. */
  readonly sha256: string | null;
  readonly line: number;
}

/** What was found. */
export interface BuiltInFindings {
  readonly problems: readonly Problem[];
  readonly images: readonly NamedImage[];
}

/** What a reference yields, where its line is known. */
export interface ReferredEntry {
  readonly entry: SourceEntry;
  readonly value: JsonValue;
}

type Entries = ReadonlyMap<string, SourceEntry>;

const versionNames = ['version', 'minimum', 'maximum'] as const;

/** Names that nobody asks for. @param owner how a message calls what has the attributes */
function findUnknownAttributes(
  entries: Entries,
  known: readonly string[],
  owner: string,
): readonly Problem[] {
  return [...entries].flatMap(([name, { key }]) => {
    if (known.includes(name)) return [];
    const nearest = nearestName(name, known);
    const mend = nearest === null ? `, which knows ${known.join(', ')}` : `; is \`${nearest}\` meant?`;
    return [warning(key.line, `\`${name}\` is no attribute of ${owner}${mend}`)];
  });
}

/** Checks the attributes of an action that is this release's, byte for byte. */
export function checkBuiltIn(action: string, entries: Entries): readonly Problem[] {
  const known = builtInAttributes[action];
  // `always_execute` counts there too; that it belongs elsewhere is said already.
  const others = new Map([...entries].filter(([name]) => name !== 'always_execute'));
  return known ? findUnknownAttributes(others, known, action) : [];
}

/** Checks the values of an install_image, and names its images. @param follow what a reference to a name yields; null if not known */
export function checkInstallImage(
  entries: Entries,
  attributes: JsonObject,
  serverUrls: readonly string[],
  follow: (name: string) => ReferredEntry | null,
): BuiltInFindings {
  const problems: Problem[] = [];
  const images: NamedImage[] = [];
  const check = (own: Entries, values: JsonObject, outer: JsonObject): void => {
    const get = (name: string): JsonValue => literal(ownValue(values, name) ?? ownValue(outer, name) ?? null);
    problems.push(...checkValues(own, get));
    const value = get('url');
    const url = typeof value === 'string' ? value.trim() : '';
    const path = pathBelowFiles(url, serverUrls);
    const place = own.get('url')?.value.line;
    const unfetchable = describeUnfetchable(url);
    if (unfetchable !== null && place !== undefined) {
      problems.push(error(place, `install_image: url: ${unfetchable}`));
    }
    const line = own.get('sha256')?.value.line ?? place;
    const sha256 = readSha256(get);
    if (path !== null && line !== undefined)
      images.push({ path, line, sha256: sha256.ok ? sha256.value : null });
  };
  check(entries, attributes, {});
  const listed = findImages(entries, attributes, follow);
  if (listed !== null) {
    const found = readEntries(listed.entry, listed.value);
    problems.push(...found.problems);
    for (const { own, values } of found.entries) {
      check(own, values, attributes);
      const url = ownValue(values, 'url');
      const place = own.get('url')?.value.line;
      const words = typeof url === 'string' ? describeNowhere('url', url, serverUrls) : null;
      if (words !== null && place !== undefined) problems.push(warning(place, words));
    }
  }
  return { problems, images };
}

/** `images`, or what it refers to. */
function findImages(
  entries: Entries,
  attributes: JsonObject,
  follow: (name: string) => ReferredEntry | null,
): ReferredEntry | null {
  const entry = entries.get('images');
  if (entry === undefined) return null;
  const value = ownValue(attributes, 'images') ?? null;
  const isReference = typeof value === 'string' && /^\$[^$]/.test(value);
  return (isReference ? follow(value.slice(1)) : null) ?? { entry, value };
}

/** Values that the action would refuse. */
function checkValues(own: Entries, get: GetAttribute): readonly Problem[] {
  const problems: Problem[] = [];
  const read = <T>(name: string, value: Read<T>): T | null => {
    if (value.ok) return value.value;
    const line = own.get(name)?.value.line;
    const mend = typeof get(name) === 'number' ? ", not a number: write it in quotes ('…')" : '';
    if (line !== undefined) problems.push(error(line, `install_image: ${value.reason}${mend}`));
    return null;
  };
  const versions: Record<(typeof versionNames)[number], TypedVersion | null> = {
    version: null,
    minimum: null,
    maximum: null,
  };
  for (const name of versionNames) versions[name] = read(name, readVersion(get, name));
  const place = ['minimum', 'maximum', 'version'].flatMap((name) => own.get(name)?.key.line ?? [])[0];
  const contradiction = findContradiction(versions);
  if (contradiction !== null && place !== undefined) {
    problems.push(error(place, `install_image: ${contradiction}`));
  }
  read('sha256', readSha256(get));
  read('image_name_from_url', readBoolean(get, 'image_name_from_url', false));
  const downgrade = read('downgrade', readBoolean(get, 'downgrade', true));
  const maximum = own.get('maximum') ?? own.get('downgrade');
  if (downgrade === false && versions.maximum !== null && maximum !== undefined) {
    const reason = 'with `downgrade: false` a newer version stays, so `maximum` counts for nothing';
    problems.push(warning(maximum.key.line, `install_image: ${reason}`));
  }
  return problems;
}

interface ImageEntry {
  readonly own: Entries;
  readonly values: JsonObject;
}

/** The entries of `images` that can be read, and what is wrong with the others. */
function readEntries(
  { key, value: node }: SourceEntry,
  value: JsonValue,
): { readonly entries: readonly ImageEntry[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const entries: ImageEntry[] = [];
  const refuse = (line: number, reason: string) =>
    problems.push(error(line, `install_image: images: ${reason}`));
  const add = (part: SourceNode, values: JsonValue | undefined, known: readonly string[]): Entries | null => {
    if (isOpen(values)) return null;
    if (part.kind !== 'mapping' || !isMapping(values)) {
      refuse(part.line, 'each image is a mapping with url and version');
      return null;
    }
    const own = lastEntries(part);
    problems.push(...findUnknownAttributes(own, known, 'an image of install_image'));
    entries.push({ own, values });
    return own;
  };
  const checkExpression = (expression: string, line: number): void => {
    const regex = compileWholeMatch(expression);
    if (!regex.ok) refuse(line, `model: ${expression} is no regular expression: ${regex.reason}`);
  };
  if (node.kind === 'sequence' && Array.isArray(value)) {
    const models: string[] = [];
    for (const [index, item] of node.items.entries()) {
      const values: JsonValue | undefined = value[index];
      const own = add(item, values, ['model', ...imageAttributes]);
      if (own === null) continue;
      const model = isMapping(values) ? (ownValue(values, 'model') ?? null) : null;
      const line = own.get('model')?.value.line ?? item.line;
      if (models.includes('.*'))
        problems.push(
          warning(
            line,
            'install_image: images: an entry for .* stands before this one, which no model reaches',
          ),
        );
      if (isOpen(model)) continue;
      if (typeof model !== 'string') {
        refuse(line, 'model: a text is required, a regular expression for the whole model');
        continue;
      }
      models.push(model);
      checkExpression(model, line);
    }
  } else if (node.kind === 'mapping' && isMapping(value)) {
    const all = lastEntries(node);
    for (const [expression, entry] of all) {
      add(entry.value, ownValue(value, expression), imageAttributes);
      checkExpression(expression, entry.key.line);
      if (expression === '.*' && all.size > 1) {
        const mend = 'write images as a list, of which the first that matches counts';
        refuse(entry.key.line, `.* matches what the others do, and a mapping has no order: ${mend}`);
      }
    }
  } else if (!isOpen(value) && value !== null) {
    refuse(key.line, 'a list of mappings is required, each with model, url and version');
  }
  if (entries.length === 0 && problems.length === 0 && !isOpen(value) && value !== null) {
    problems.push(warning(key.line, 'install_image: images: there is none, so every model is an error'));
  }
  return { entries, problems };
}

/** A reference or a call of a resource: its value is not known yet. */
function isOpen(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && (value.startsWith('$') || parseResourceCall(value) !== null);
}

/** Null for what is not known yet. */
function literal(value: JsonValue): JsonValue {
  return isOpen(value) ? null : value;
}

function error(line: number, reason: string): Problem {
  return { severity: 'error', line, reason };
}

function warning(line: number, reason: string): Problem {
  return { severity: 'warning', line, reason };
}
