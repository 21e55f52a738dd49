// What each install_image of a definition would do on a node, by what the node reported. Fetches nothing.

import { builtInAttributes } from '../engine/definitions/built-in-attributes.js';
import { actionsOf, attributesOf, ownValue } from '../engine/definitions/definition-shape.js';
import { parseResourceCall } from '../engine/definitions/resource-call.js';
import { describeNowhere, describeUnfetchable, pathBelowFiles } from '../engine/definitions/server-path.js';
import type { JsonObject, JsonValue } from '../engine/json-value.js';
import type { NodeFacts } from '../engine/node-facts.js';
import type { ImageAttributes } from '../engine/versions/image-attributes.js';
import { type ImagePlan, planImage } from '../engine/versions/plan-image.js';
import type { FileHashes } from '../ports/file-hashes.js';
import { ZtpError } from '../wire/ztp-error.js';
import { findOtherHash } from './find-other-hash.js';
import { runBoundedRegex } from './run-bounded-regex.js';
import type { Site } from './site.js';

/** The attributes that decide. */
const relevant = builtInAttributes.install_image ?? [];

/** The plan of one action. */
export interface PlannedImage {
  /** The action's place, counted from 1. */
  readonly action: number;
  readonly kind: ImagePlan['kind'];
  readonly text: string;
  /** As its attributes have it; null if it is not known. */
  readonly url: string | null;
  readonly version: string | null;
}

/**
 * Plans every install_image.
 * @param definition as the switch gets it, but for resources that can not be previewed
 * @param facts null: the node has reported nothing
 * @param servers the URLs that the server is known by
 * @param hashes what hashes images whose SHA-256 the definition says
 */
export async function planImages(
  site: Site,
  definition: JsonObject,
  facts: NodeFacts | null,
  servers: readonly string[],
  hashes: FileHashes,
): Promise<readonly PlannedImage[]> {
  const bare = servers.map((it) => it.replace(/\/+$/, ''));
  const outer = attributesOf(definition);
  const about = { model: facts?.model ?? null, version: facts?.version ?? null };
  const planned: PlannedImage[] = [];
  for (const [index, action] of actionsOf(definition).entries()) {
    if (ownValue(action, 'action') !== 'install_image') continue;
    const attributes = { ...outer, ...attributesOf(action) };
    const get = (name: string): JsonValue => ownValue(attributes, name) ?? null;
    const open = relevant.flatMap((name) => findCall(get(name)) ?? [])[0];
    if (open !== undefined) {
      const text = `${open} can not be previewed, so what would happen is not known`;
      planned.push({ action: index + 1, kind: 'unknown', text, url: null, version: null });
      continue;
    }
    const { kind, text, image } = planImage(get, about, runBoundedRegex);
    const base = { action: index + 1, url: image?.url ?? null, version: image?.version.text ?? null };
    const lack = kind === 'install' && image ? await findLack(site, image, bare, hashes) : null;
    planned.push({ ...base, ...(lack ?? { kind, text }) });
  }
  return planned;
}

/** A call that stands for its value; null if there is none. */
function findCall(value: JsonValue): string | null {
  if (typeof value === 'string') return parseResourceCall(value) === null ? null : value;
  if (typeof value !== 'object' || value === null) return null;
  return Object.values(value).flatMap((it: JsonValue) => findCall(it) ?? [])[0] ?? null;
}

/** Why a switch can not have an image, or hardly; null if it can, or if that lies with another server. */
async function findLack(
  site: Site,
  { url, sha256 }: ImageAttributes,
  servers: readonly string[],
  hashes: FileHashes,
): Promise<Pick<PlannedImage, 'kind' | 'text'> | null> {
  const fails = (text: string) => ({ kind: 'failure', text }) as const;
  const unfetchable = describeUnfetchable(url);
  if (unfetchable !== null) return fails(`url: ${unfetchable}`);
  const path = pathBelowFiles(url, servers);
  if (path === null) {
    // Something in front of this server may serve it.
    const nowhere = describeNowhere('url', url, servers);
    return nowhere === null ? null : { kind: 'unknown', text: nowhere };
  }
  try {
    if (!(await site.files.has(`files/${path}`))) {
      return fails(`files/${path} is not there: add it, or name another`);
    }
  } catch (error) {
    if (error instanceof ZtpError) return fails(error.message);
    throw error;
  }
  const other = sha256 === null ? null : await findOtherHash(hashes, path, sha256);
  return other === null ? null : fails(other);
}
