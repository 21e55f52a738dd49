// /actions, /files and /meta: bytes and hashes, straight from the data root.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OpenedFile } from '../../data-root/site-bytes.js';
import { beginTransfer, followActionRequest, recordWait } from '../../provisioning/runs/follow-requests.js';
import { ZtpError } from '../../wire/ztp-error.js';
import { DownloadSlots } from '../download-slots.js';
import { countBytes, planAnswer, sendFile } from '../send-file.js';
import { callerOf, type DeviceApi, normalizeNodeId } from './device-api.js';

const ignored = { passed: () => {}, cutOff: () => {} };

/** Transfers of more bytes than this count against `[server] max_downloads`. */
const bigTransfer = 16 * 1024 * 1024;
/** When who is told to come again shall do so, in seconds. */
const retryAfter = 10;

/** Adds the routes; GET handlers answer HEAD too. */
export function addFileRoutes(app: FastifyInstance, api: DeviceApi): void {
  const { site } = api;
  const slots = new DownloadSlots(api.maxDownloads);
  app.addHook('preClose', async () => slots.close());
  const busy =
    api.maxDownloads === 1
      ? '1 transfer of over 16 MB is on its way'
      : `${api.maxDownloads} transfers of over 16 MB are on their way`;

  /** Waits until a big transfer may begin; false if the client has gone. Throws `downloads-busy`, having closed the file. */
  const waitForSlot = async (
    request: FastifyRequest,
    reply: FastifyReply,
    path: string,
    file: OpenedFile,
  ) => {
    const about = request.nodeId === null ? {} : { node: request.nodeId };
    const caller = callerOf(site.settings, request);
    const begin = performance.now();
    const slot = slots.take(caller.node ?? caller.address);
    reply.raw.once('close', slot.release);
    if (slot.waits) {
      const words = `${busy}, as many as [server] max_downloads allows`;
      site.log.debug(`${path} to ${request.ip} waits for its turn: ${words}`, about);
    }
    const outcome = await slot.outcome;
    if (outcome !== 'granted' || hasGone(reply)) await file.close();
    if (hasGone(reply)) return false;
    const waited = Math.round((performance.now() - begin) / 100) / 10;
    if (slot.waits) recordWait(site, caller, path, waited, outcome === 'granted');
    if (outcome === 'granted') return true;
    reply.header('retry-after', retryAfter);
    throw new ZtpError(
      'downloads-busy',
      `${path} waited ${waited} s: ${busy}, as many as [server] max_downloads allows; try again in ${retryAfter} s, and it goes before others`,
    );
  };

  const send = async (request: FastifyRequest, reply: FastifyReply, folder: string, contentType: string) => {
    const path = `${folder}/${restOf(request)}`;
    const file = await api.bytes.open(path);
    if (!file) throw new ZtpError('missing-file', `there is no file ${path}`);
    // Who has gone already is not heard to go.
    if (hasGone(reply)) {
      await file.close();
      return reply.hijack();
    }
    const answer = planAnswer(request, file);
    if (request.method === 'HEAD') return sendFile(request, reply, file, answer, contentType, ignored);
    if (countBytes(request, answer) > bigTransfer && !(await waitForSlot(request, reply, path, file))) {
      return reply.hijack();
    }
    const about = request.nodeId === null ? {} : { node: request.nodeId };
    const range = request.headers.range?.slice(0, 64) ?? null;
    const part = range === null ? '' : ` (${range})`;
    site.log.info(`${path} to ${request.ip}, ${file.size} bytes${part}`, about);
    const caller = callerOf(site.settings, request);
    if (folder === 'actions') followActionRequest(site.runs, caller, restOf(request));
    const transfer = folder === 'files' ? beginTransfer(site, caller, path, range) : null;
    let passed = 0;
    let cut: string | undefined;
    reply.raw.once('close', () => {
      // Who has the last byte may hang up before we are told that it left.
      const isHandedOver =
        passed === reply.getHeader('content-length') && request.raw.socket.writableLength === 0;
      transfer?.end(cut === undefined && (reply.raw.writableFinished || isHandedOver), cut);
    });
    return sendFile(request, reply, file, answer, contentType, {
      passed(bytes) {
        passed += bytes;
        transfer?.passed(bytes);
      },
      cutOff(sent, reason) {
        cut = reason;
        const message = `${path} to ${request.ip} was cut off after ${sent} bytes: ${reason} meanwhile`;
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

function hasGone(reply: FastifyReply): boolean {
  return reply.raw.destroyed || reply.request.raw.socket.destroyed;
}

function restOf(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'];
}
