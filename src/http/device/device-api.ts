// What the device routes share: the site, its bytes, and how a GET route is added so that HEAD works and gives nothing out.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SiteBytes } from '../../data-root/site-bytes.js';
import { type Caller, isRunId } from '../../provisioning/caller.js';
import type { ConfigHandlers } from '../../provisioning/config-handlers.js';
import { stripMac } from '../../provisioning/identify-node.js';
import type { Links } from '../../provisioning/links.js';
import type { Site, SiteSettings } from '../../provisioning/site.js';
import { isNodeId } from '../../wire/node-id.js';

/** A route's work. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** The device API's surroundings (device-api.md). */
export interface DeviceApi {
  readonly site: Site;
  readonly bytes: SiteBytes;
  readonly handlers: ConfigHandlers;
  readonly bootstrapFilename: string;
  /** Transfers of big files at once. */
  readonly maxDownloads: number;
  links(request: FastifyRequest): Links;
  /** Adds a route for GET and HEAD. The handler looks at `request.method` where a GET records or takes something. */
  get(app: FastifyInstance, url: string, handler: Handler): void;
}

/** A node id as the data root has it; null if it can be none. */
export function normalizeNodeId(settings: SiteSettings, text: string): string | null {
  const id = settings.identifier === 'systemmac' ? stripMac(text) : text;
  return isNodeId(id) ? id : null;
}

/** Who sent a request, as far as its headers say. */
export function callerOf(settings: SiteSettings, request: FastifyRequest): Caller {
  const { 'x-ztps-node': node, 'x-ztps-run': run } = request.headers;
  return {
    address: request.ip,
    node: typeof node === 'string' ? normalizeNodeId(settings, node) : null,
    run: typeof run === 'string' && isRunId(run) ? run : null,
  };
}

/** The node that a request is about, for its log lines: by its path, else by what our client says of itself. */
export function findNodeId(settings: SiteSettings, request: FastifyRequest): string | null {
  const claimed = nodeInPath(request.url) ?? request.headers['x-ztps-node'];
  return typeof claimed === 'string' ? normalizeNodeId(settings, claimed) : null;
}

/** Also in a path under which nothing is served. */
function nodeInPath(url: string): string | undefined {
  const [, text] = /^\/(?:meta\/)?nodes\/([^/?#]+)/.exec(url) ?? [];
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
