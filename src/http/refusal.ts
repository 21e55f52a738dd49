// How a refusal looks on the wire and in the log: one line of text, one stable code, the same in both places.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../log/log.js';
import { type ReasonCode, reasonCodes } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The node that the request is about, once known: opens its log lines. */
    nodeId: string | null;
    /** The run that it belongs to, once known. */
    runId: string | null;
  }
}

/**
 * Answers with an error: status by its code, `text/html` as old clients want it, the reason as the body and in
 * `X-ZTPS-Reason`. The text is not HTML and may quote a stranger, so browsers are told to run nothing of it.
 */
export function sendRefusal(
  log: Log,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): FastifyReply {
  const refusal = error instanceof ZtpError ? error : fromFramework(error);
  const status = statusOf(refusal.code, request.url);
  const reason = oneLine(refusal.message);
  const fields = {
    ...(request.nodeId !== null && { node: request.nodeId }),
    ...(request.runId !== null && { run: request.runId }),
    reason: refusal.code,
  };
  const line = `${request.method} ${request.url.slice(0, 300)} from ${request.ip}: ${status}, ${reason}`;
  // That all places are taken is a state that was asked for, not a fault.
  if (status >= 500 && refusal.code !== 'downloads-busy') {
    log.error(line, fields);
    const cause = refusal.code === 'internal-error' ? refusal.cause : null;
    if (cause instanceof Error && cause.stack) log.error(cause.stack, fields);
  } else {
    log.warning(line, fields);
  }
  return reply
    .code(status)
    .header('x-ztps-reason', refusal.code)
    .header('content-type', 'text/html')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('x-content-type-options', 'nosniff')
    .send(Buffer.from(`${reason}\n`));
}

/** True for paths that name a file: what can not be had there is 404. */
export function isFilePath(url: string): boolean {
  return /^\/(files|actions|meta)\//.test(url);
}

function statusOf(code: ReasonCode, url: string): number {
  return code === 'path-refused' && isFilePath(url) ? 404 : reasonCodes[code].http;
}

const frameworkCodes: Readonly<Record<string, ReasonCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid-body',
  FST_ERR_BAD_URL: 'invalid-request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri-too-long',
  ECONNRESET: 'invalid-body',
};

function fromFramework(error: unknown): ZtpError {
  const code = error instanceof Error && 'code' in error ? frameworkCodes[String(error.code)] : undefined;
  if (code && error instanceof Error) return new ZtpError(code, error.message, { cause: error });
  const words = error instanceof Error ? error.message : String(error);
  return new ZtpError('internal-error', `the server made a mistake (${words}); its log has the details`, {
    cause: error,
  });
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a header, a console or a body
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').slice(0, 4000);
}
