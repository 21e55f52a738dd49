// /actions, /files and /meta: bytes and hashes, straight from the data root.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { beginTransfer, followActionRequest } from '../../provisioning/runs/follow-requests.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { sendFile } from '../send-file.js';
import { callerOf, type DeviceApi, normalizeNodeId } from './device-api.js';

const ignored = { passed: () => {}, cutOff: () => {} };

/** Adds the routes; GET handlers answer HEAD too. */
export function addFileRoutes(app: FastifyInstance, api: DeviceApi): void {
  const { site } = api;
  const send = async (request: FastifyRequest, reply: FastifyReply, folder: string, contentType: string) => {
    const path = `${folder}/${restOf(request)}`;
    const file = await api.bytes.open(path);
    if (!file) throw new ZtpError('missing-file', `there is no file ${path}`);
    if (request.method === 'HEAD') return sendFile(request, reply, file, contentType, ignored);
    const about = request.nodeId === null ? {} : { node: request.nodeId };
    const range = request.headers.range?.slice(0, 64) ?? null;
    const part = range === null ? '' : ` (${range})`;
    site.log.info(`${path} to ${request.ip}, ${file.size} bytes${part}`, about);
    const caller = callerOf(site.settings, request);
    if (folder === 'actions') followActionRequest(site.runs, caller, restOf(request));
    const transfer = folder === 'files' ? beginTransfer(site, caller, path, range) : null;
    let passed = 0;
    reply.raw.once('close', () => {
      // Who has the last byte may hang up before we are told that it left.
      const isHandedOver =
        passed === reply.getHeader('content-length') && request.raw.socket.writableLength === 0;
      transfer?.end(reply.raw.writableFinished || isHandedOver);
    });
    return sendFile(request, reply, file, contentType, {
      passed(bytes) {
        passed += bytes;
        transfer?.passed(bytes);
      },
      cutOff(sent) {
        const message = `${path} to ${request.ip} was cut off after ${sent} bytes: the file was shortened meanwhile`;
        site.log.warning(message, about);
      },
    });
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
    const id = normalizeNodeId(site.settings, claimed);
    if (id === null) throw new ZtpError('missing-file', `there is no file nodes/${path}`);
    return [id, ...rest].join('/');
  }
}

function restOf(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'];
}
