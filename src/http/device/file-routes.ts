// /actions, /files and /meta: bytes and hashes, straight from the data root.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readNodeId } from '../../provisioning/identify-node.js';
import { isNodeId } from '../../wire/node-id.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { sendFile } from '../send-file.js';
import type { DeviceApi } from './device-api.js';

/** Adds the routes; GET handlers answer HEAD too. */
export function addFileRoutes(app: FastifyInstance, api: DeviceApi): void {
  const send = async (request: FastifyRequest, reply: FastifyReply, folder: string, contentType: string) => {
    const path = `${folder}/${restOf(request)}`;
    const claimed = request.headers['x-ztps-node'];
    if (typeof claimed === 'string' && isNodeId(claimed)) request.nodeId = claimed;
    const file = await api.bytes.open(path);
    if (!file) throw new ZtpError('missing-file', `there is no file ${path}`);
    const { nodeId } = request;
    const range = request.headers.range ? ` (${request.headers.range.slice(0, 64)})` : '';
    if (request.method === 'GET') {
      api.site.log.info(
        `${path} to ${request.ip}, ${file.size} bytes${range}`,
        nodeId === null ? {} : { node: nodeId },
      );
    }
    return sendFile(request, reply, file, contentType);
  };
  api.get(app, '/actions/*', (request, reply) => send(request, reply, 'actions', 'text/x-python'));
  api.get(app, '/files/*', (request, reply) => send(request, reply, 'files', 'text/plain'));

  for (const folder of ['actions', 'files', 'nodes'] as const) {
    api.get(app, `/meta/${folder}/*`, async (request, reply) => {
      const rest = folder === 'nodes' ? nodeFile(restOf(request)) : restOf(request);
      const meta = await api.bytes.describe(`${folder}/${rest}`);
      if (!meta) throw new ZtpError('missing-file', `there is no file ${folder}/${rest}`);
      return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(meta)));
    });
  }

  /** `<id>/<file>`, the id as the data root has it. */
  function nodeFile(path: string): string {
    const [id = '', ...rest] = path.split('/');
    if (!isNodeId(id)) throw new ZtpError('missing-file', `there is no file nodes/${path}`);
    return [readNodeId(api.site.settings, id), ...rest].join('/');
  }
}

function restOf(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'];
}
