// /nodes: a switch reports itself, fetches its definition, and later saves its config.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { backUpConfig } from '../../provisioning/back-up-config.js';
import { buildDefinition } from '../../provisioning/build-definition.js';
import { identifyNode, readNodeId } from '../../provisioning/identify-node.js';
import { recordProgress } from '../../provisioning/record-progress.js';
import { arrive } from '../../provisioning/record-steps.js';
import { registerNode } from '../../provisioning/register-node.js';
import { refuseKept } from '../../provisioning/replacement/find-begun.js';
import { refuseReplaced } from '../../provisioning/replacement/refuse-replaced.js';
import { sendDefinition } from '../../provisioning/send-definition.js';
import { parseEventReport } from '../../wire/event-report.js';
import { parseNodeReport } from '../../wire/node-report.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { callerOf, type DeviceApi } from './device-api.js';

const maxReportBytes = 4 * 1024 * 1024;
const maxEventsBytes = 256 * 1024;
const maxConfigBytes = 32 * 1024 * 1024;

/** Adds the routes; GET handlers answer HEAD too, and then take nothing. */
export function addNodeRoutes(app: FastifyInstance, api: DeviceApi): void {
  const { site } = api;

  app.post('/nodes', { bodyLimit: maxReportBytes }, async (request, reply) => {
    const parsed = parseNodeReport(bodyOf(request));
    if (!parsed.ok) throw new ZtpError('invalid-body', parsed.reason);
    const id = identifyNode(site.settings, parsed.report);
    request.nodeId = id;
    site.byPosition.signs.note(id, request.ip);
    const run = arrive(site, id, callerOf(site.settings, request));
    reply.header('x-ztps-run', run.id);
    request.runId = (run.original ?? run).id;
    const registration = await registerNode(site, id, parsed.report, run);
    return reply
      .code(registration === 'created' ? 201 : 409)
      .header('location', api.links(request).node(id))
      .header('content-type', 'text/html')
      .send();
  });

  api.get(app, '/nodes/:id', async (request, reply) => {
    const id = nodeOf(request);
    const links = api.links(request);
    const definition =
      request.method === 'GET'
        ? await sendDefinition(site, id, links, callerOf(site.settings, request))
        : (await buildDefinition(site, id, links, false)).definition;
    return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(definition)));
  });

  api.get(app, '/nodes/:id/startup-config', async (request, reply) => {
    const id = nodeOf(request);
    const refusal = (await refuseReplaced(site.nodes, id)) ?? (await refuseKept(site.nodes, id));
    if (refusal) throw refusal;
    const config = await site.nodes.readStartupConfig(id);
    if (!config) throw new ZtpError('missing-startup-config', `nodes/${id}/startup-config is not there`);
    if (request.method === 'GET') site.log.info(`startup-config sent, ${config.length} bytes`, { node: id });
    return reply.header('content-type', 'text/plain').send(config);
  });

  app.put('/nodes/:id/startup-config', { bodyLimit: maxConfigBytes }, async (request, reply) => {
    const id = nodeOf(request);
    const outcome = await backUpConfig(
      site,
      api.handlers,
      id,
      bodyOf(request),
      callerOf(site.settings, request),
    );
    return reply
      .code(outcome === 'created' ? 201 : 200)
      .header('content-type', 'text/html')
      .send();
  });

  app.post('/nodes/:id/events', { bodyLimit: maxEventsBytes }, async (request, reply) => {
    const id = nodeOf(request);
    const parsed = parseEventReport(bodyOf(request));
    if (!parsed.ok) throw new ZtpError('invalid-body', parsed.reason);
    const accepted = await recordProgress(site, id, parsed.report, request.ip);
    return reply
      .code(202)
      .header('content-type', 'application/json')
      .send(Buffer.from(JSON.stringify({ accepted })));
  });

  function nodeOf(request: FastifyRequest): string {
    const { id } = request.params as { id: string };
    request.nodeId = readNodeId(site.settings, id);
    return request.nodeId;
  }
}

function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
