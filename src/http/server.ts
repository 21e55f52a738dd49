// The HTTP server: limits, prefixes, and what is answered where no route is. Routes live in device/.
//
// A request's way: rewriteUrl (prefix) → onRequest (its turn on the connection, Content-Type forgotten, 405) → body as
// bytes, bounded → handler → reply, or an error thrown anywhere → sendRefusal.

import { METHODS } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { ZtpError } from '../wire/ztp-error.js';
import { isAnswering, takeTurns } from './connection-turns.js';
import { addBootstrapRoutes } from './device/bootstrap-routes.js';
import { callerOf, type DeviceApi, findNodeId } from './device/device-api.js';
import { addFileRoutes } from './device/file-routes.js';
import { addNodeRoutes } from './device/node-routes.js';
import { drainBody } from './drain-body.js';
import { findPrefixes, makeLinks, stripPrefix } from './make-links.js';
import { isFilePath, sendRefusal } from './refusal.js';

/**
 * A connection on which nothing moves for twice this long is closed: a switch that lost power must not hold a file open. Twice,
 * because Node gives one whose bytes are still being written a second round. Not less, because plugins may take long.
 */
const idleConnectionMs = 120_000;

/** What the server needs besides the routes' own surroundings. */
export interface ServerOptions extends Omit<DeviceApi, 'links' | 'get'> {
  readonly serverUrls: readonly [string, ...string[]];
}

/** Builds the server with all routes; the caller listens and closes. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { log } = options.site;
  const prefixes = findPrefixes(options.serverUrls);
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    connectionTimeout: idleConnectionMs,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 65_536 },
    rewriteUrl: (request) => stripPrefix(request.url ?? '/', prefixes),
    frameworkErrors: (error, request, reply) => {
      request.nodeId = null;
      request.runId = null;
      sendRefusal(log, request, reply, isFilePath(request.url) ? noSuchFile(request.url) : error);
    },
    // HTTP/1.1 without Host is answered as well: it only chooses among our own URLs.
    http: { requireHostHeader: false },
    clientErrorHandler: (error, socket) => refuseGarbage(options, error, socket),
  });
  app.decorateRequest('nodeId', null);
  app.decorateRequest('runId', null);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', takeTurns(log));
  endIdleConnections(app);
  // Bodies are read as bytes whatever they are called: EOS and curl send what they like.
  app.addHook('onRequest', async (request) => {
    delete request.raw.headers['content-type'];
    request.nodeId = findNodeId(options.site.settings, request);
    const { runs, settings, byPosition } = options.site;
    if (request.nodeId !== null) byPosition.signs.note(request.nodeId, request.ip);
    // Of who names nobody only those requests are a known switch's that its definition tells it to make.
    const isNamed = request.nodeId !== null || isFilePath(request.url);
    const run = isNamed ? runs.attribute({ ...callerOf(settings, request), node: request.nodeId }) : null;
    if (run) runs.touch(run);
    request.runId = run?.id ?? null;
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url, ip, nodeId } = request;
    const line = `${method} ${url.slice(0, 300)} from ${ip}: ${reply.statusCode} after ${reply.elapsedTime.toFixed(1)} ms`;
    log.debug(line, nodeId === null ? {} : { node: nodeId });
  });
  app.setErrorHandler(async (error, request, reply) => {
    await drainBody(request.raw);
    return sendRefusal(log, request, reply, error);
  });
  app.setNotFoundHandler((request, reply) =>
    sendRefusal(
      log,
      request,
      reply,
      new ZtpError('no-such-path', `nothing is served under ${request.url.split('?', 1)[0]?.slice(0, 300)}`),
    ),
  );

  const api: DeviceApi = {
    ...options,
    links: (request) => makeLinks(options.serverUrls, request.headers.host),
    get: (app, url, handler) => app.route({ method: ['GET', 'HEAD'], url, handler }),
  };
  const allowed = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    allowed.set(url, new Set([...(allowed.get(url) ?? []), ...[method].flat()]));
  });
  addBootstrapRoutes(app, api);
  addNodeRoutes(app, api);
  addFileRoutes(app, api);
  refuseOtherMethods(app, new Map(allowed));
  return app;
}

/** A connection that was busy when the end began may be kept open by its client: it is closed once it is idle. */
function endIdleConnections(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const sweep = setInterval(() => app.server.closeIdleConnections(), 100);
    app.server.once('close', () => clearInterval(sweep));
  });
}

/** Where what can not be decoded can only be a file that is not there. */
function noSuchFile(url: string): ZtpError {
  return new ZtpError(
    'missing-file',
    `there is no file ${url.slice(0, 300)}: that is no valid encoding of a name`,
  );
}

/** Every method that a path does not take is answered 405 with `Allow`, before its body is read. */
function refuseOtherMethods(app: FastifyInstance, allowed: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method))
      app.addHttpMethod(method, { hasBody: true });
  }
  for (const [url, methods] of allowed) {
    const allow = [...methods].join(', ');
    app.route({
      method: app.supportedMethods.filter((method) => !methods.has(method)),
      url,
      onRequest: async (request, reply) => {
        reply.header('allow', allow);
        throw new ZtpError(
          'method-not-allowed',
          `${request.method} is not for this path, which takes ${allow}`,
        );
      },
      handler: () => {},
    });
  }
}

/** What is not HTTP at all gets 400 (431 for over-long headers) and a log line; in the middle of an answer it ends the connection. */
function refuseGarbage(options: ServerOptions, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const reason = `not HTTP as this server takes it: ${error.code ?? error.message}`;
  const isUnderWay = isAnswering(socket);
  options.site.log.warning(
    `from ${socket.remoteAddress ?? 'somewhere'}: ${isUnderWay ? 'cut off' : status}, ${reason}`,
    { reason: 'invalid-request' },
  );
  // What is on its way must not have this in the middle of it.
  if (isUnderWay) {
    socket.destroy();
    return;
  }
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/html\r\nX-ZTPS-Reason: invalid-request\r\nConnection: close\r\n` +
      `Content-Length: ${reason.length + 1}\r\n\r\n${reason}\n`,
  );
}
