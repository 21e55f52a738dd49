// `ztps render`: the definition that a switch would get, and the startup-config that its actions would build, as plain data.
// Takes no resource, writes nothing and logs nothing.

import type { JsonObject } from '../engine/json-value.js';
import type { Log } from '../log/log.js';
import type { FileHashes } from '../ports/file-hashes.js';
import { ZtpError } from '../wire/ztp-error.js';
import { buildStartupConfig, type StartupConfigNote } from './build-startup-config.js';
import { sayRefusal, type Verdict } from './explain-node.js';
import { factsOf } from './identify-node.js';
import type { Links } from './links.js';
import { type NodeClaim, reportsNothing } from './node-claim.js';
import { type PlannedImage, planImages } from './plan-images.js';
import { type PlannedDefinition, planFromSources, planNodeDefinition } from './plan-node-definition.js';
import { planRegistration } from './plan-registration.js';
import { type PreviewedResource, previewResources } from './preview-resources.js';
import { readServed } from './served-files.js';
import type { Site } from './site.js';
import { tryNeighbordb } from './try-neighbordb.js';

/** Bytes as JSON carries them: as text if they are UTF-8. */
export interface CarriedBytes {
  readonly encoding: 'utf-8' | 'base64';
  readonly content: string;
}

/** What a switch would get and become. */
export interface RenderedNode {
  readonly node: string;
  /** Where its report was read. */
  readonly source: string;
  /** How it comes to its definition: known already, or by which pattern; null if it is refused. */
  readonly origin: string | null;
  /** Why POST /nodes or GET /nodes/{id} would be refused; everything below is empty then. */
  readonly refusal: (Verdict & { readonly explanation: readonly string[] }) | null;
  /** As GET /nodes/{id} would give it, but for resources that can not be previewed. */
  readonly definition: JsonObject | null;
  readonly resources: readonly PreviewedResource[];
  /** What each install_image would do, by the version and model that were reported. */
  readonly images: readonly PlannedImage[];
  /** Likely mistakes in the definition. */
  readonly warnings: readonly string[];
  /** As far as it is known; null if no action writes any. */
  readonly startupConfig: CarriedBytes | null;
  readonly notes: readonly StartupConfigNote[];
}

/** What a rendering has to know besides the site. */
export interface RenderOptions {
  /** Of the request that the switch would make. */
  readonly links: Links;
  /** `[default] server_url`, to tell our files from other servers'. */
  readonly serverUrls: readonly [string, ...string[]];
  /** The built-in actions of this release, by name. */
  readonly builtIn: ReadonlyMap<string, Buffer>;
  readonly hashes: FileHashes;
}

const quiet: Log = { debug() {}, info() {}, warning() {}, error() {} };

/**
 * Renders what a node would get now.
 * @throws ZtpError `read-failed`: that this user can not look says nothing of what the server gives
 */
export async function renderDefinition(
  site: Site,
  claim: NodeClaim,
  { links, serverUrls, builtIn, hashes }: RenderOptions,
): Promise<RenderedNode> {
  const base = { node: claim.id, source: claim.source };
  try {
    const { plan, origin, config } = await planFor({ ...site, log: quiet }, claim, links);
    const facts = claim.report && factsOf(claim.report);
    const preview = await previewResources(site, plan.calls, { nodeId: claim.id, facts });
    const definition = plan.fill(preview.values);
    const { content, notes } = await buildStartupConfig(definition, {
      builtIn,
      read: (url) =>
        readServed(site, [links.server, ...serverUrls], url, async (id) =>
          id === claim.id && config ? config : site.nodes.readStartupConfig(id),
        ),
      readAction: (name) => site.files.readBytes(`actions/${name}`),
    });
    const images = await planImages(site, definition, facts, [links.server, ...serverUrls], hashes);
    const { resources } = preview;
    const startupConfig = content && carry(content);
    return {
      ...base,
      origin,
      refusal: null,
      definition,
      resources,
      images,
      warnings: plan.warnings,
      startupConfig,
      notes,
    };
  } catch (error) {
    if (!(error instanceof ZtpError) || error.code === 'read-failed') throw error;
    const refusal = { ...sayRefusal(error), explanation: error.explanation };
    const nothing = {
      definition: null,
      resources: [],
      images: [],
      warnings: [],
      startupConfig: null,
      notes: [],
    };
    return { ...base, origin: null, refusal, ...nothing };
  }
}

interface Origin {
  readonly plan: PlannedDefinition;
  readonly origin: string;
  /** The startup-config that a new node brings along. */
  readonly config: Buffer | null;
}

/** @throws ZtpError with the reason for a refusal */
async function planFor(site: Site, claim: NodeClaim, links: Links): Promise<Origin> {
  const { id, isStored, report } = claim;
  const reported = report ?? reportsNothing;
  const facts = factsOf(reported);
  const registration = await planRegistration(site, id, reported, () => tryNeighbordb(site, id, facts));
  if (registration.kind === 'refused') throw registration.refusal;
  if (registration.kind === 'known' && isStored) {
    return { plan: await planNodeDefinition(site, id, links), origin: `nodes/${id}`, config: null };
  }
  if (registration.kind === 'known') {
    const plan = await planNodeDefinition(site, id, links, facts);
    return { plan, origin: registration.words, config: null };
  }
  const { words, definition: path, files } = registration;
  // What is written for a new node passes its own topology check, so that is not made here.
  const definition = path === null ? null : await site.files.readDocument(path);
  const config = files.startupConfig ?? null;
  const sources = { definition, attributes: null, hasStartupConfig: config !== null };
  return { plan: planFromSources(id, sources, links), origin: words, config };
}

function carry(bytes: Buffer): CarriedBytes {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes)
    ? { encoding: 'utf-8', content: text }
    : { encoding: 'base64', content: bytes.toString('base64') };
}
