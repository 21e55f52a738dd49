// What the device routes share: the site, its bytes, and how a GET route is added so that HEAD works and gives nothing out.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SiteBytes } from '../../data-root/site-bytes.js';
import type { ConfigHandlers } from '../../provisioning/config-handlers.js';
import type { Links } from '../../provisioning/links.js';
import type { Site } from '../../provisioning/site.js';

/** A route's work. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** The device API's surroundings (device-api.md). */
export interface DeviceApi {
  readonly site: Site;
  readonly bytes: SiteBytes;
  readonly handlers: ConfigHandlers;
  readonly bootstrapFilename: string;
  links(request: FastifyRequest): Links;
  /** Adds a route for GET and HEAD. The handler looks at `request.method` where a GET records or takes something. */
  get(app: FastifyInstance, url: string, handler: Handler): void;
}
