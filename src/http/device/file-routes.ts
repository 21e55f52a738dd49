// /actions, /files and /meta: bytes and hashes, straight from the data root.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ZtpError } from '../../wire/ztp-error.js';
import { sendFile } from '../send-file.js';
import { type DeviceApi, normalizeNodeId } from './device-api.js';

/** Adds the routes; GET handlers answer HEAD too. */
export function addFileRoutes(app: FastifyInstance, api: DeviceApi): void {
  const send = async (request: FastifyRequest, reply: FastifyReply, folder: string, contentType: string) => {
    const path = `${folder}/${restOf(request)}`;
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
    return sendFile(request, reply, file, contentType, (sent) =>
      api.site.log.warning(
        `${path} to ${request.ip} was cut off after ${sent} bytes: the file was shortened meanwhile`,
        nodeId === null ? {} : { node: nodeId },
      ),
    );
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
    const [claimed = '', ...rest] = path.split('/');
    const id = normalizeNodeId(api.site.settings, claimed);
    if (id === null) throw new ZtpError('missing-file', `there is no file nodes/${path}`);
    return [id, ...rest].join('/');
  }
}

function restOf(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'];
}
