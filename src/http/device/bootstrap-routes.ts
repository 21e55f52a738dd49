// GET /bootstrap and /bootstrap/config: the first sign of life of a switch.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readBootstrap, readBootstrapConfig } from '../../provisioning/read-bootstrap.js';
import { type Claims, recordContact } from '../../provisioning/record-steps.js';
import { callerOf, type DeviceApi, normalizeNodeId } from './device-api.js';

/** The headers that EOS sends with its first request, by what they say; any may be missing, none is proof. */
const eosHeaders = {
  model: ['x-arista-modelname'],
  version: ['x-arista-softwareversion'],
  serialnumber: ['x-arista-serial', 'x-arista-serialnum'],
  systemmac: ['x-arista-systemmac'],
  hardwareVersion: ['x-arista-hardwareversion'],
  architecture: ['x-arista-architecture'],
} as const;

/** Adds the routes; GET handlers answer HEAD too. */
export function addBootstrapRoutes(app: FastifyInstance, api: DeviceApi): void {
  api.get(app, '/bootstrap', async (request, reply) => {
    const script = await readBootstrap(api.site, api.bootstrapFilename, api.links(request));
    if (request.method === 'GET') {
      const { settings } = api.site;
      const claims = readClaims(request);
      const claimed = claims[settings.identifier];
      const node = claimed === undefined ? null : normalizeNodeId(settings, claimed);
      recordContact(api.site, callerOf(settings, request), node, claims);
    }
    return reply.header('content-type', 'text/x-python').send(script);
  });

  api.get(app, '/bootstrap/config', async (_request, reply) => {
    const settings = await readBootstrapConfig(api.site);
    return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(settings)));
  });
}

function readClaims(request: FastifyRequest): Claims {
  const found = Object.entries(eosHeaders).flatMap(([fact, names]) => {
    const value = names.map((name) => request.headers[name]).find((it) => typeof it === 'string');
    return value === undefined ? [] : [[fact, String(value).slice(0, 128)]];
  });
  return Object.fromEntries(found);
}
