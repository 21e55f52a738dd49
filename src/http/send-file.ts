// Sends a file, or the part of it that a Range asks for. The open file stays the same one to the last byte,
// whatever is renamed into its place meanwhile.

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenedFile } from '../data-root/site-bytes.js';

/** A part of a file: first and last byte, both inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Who follows a file on its way. */
export interface TransferWatch {
  /** So many bytes more were handed over. */
  passed(bytes: number): void;
  /** The file turned out shorter than announced, after so many bytes; the connection is closed then. */
  cutOff(sent: number): void;
}

/**
 * Reads a `Range` header (RFC 9110, 14.2). Only a single range in bytes is honoured; several are answered with the whole file.
 * @returns the part asked for, `whole` if the header asks for none that we honour, `unsatisfiable` (416) if it lies outside
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(/\s/g, '') ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return 'whole';
  if (match[1] === '') {
    const length = Number(match[2]);
    return length === 0 || size === 0
      ? 'unsatisfiable'
      : { first: Math.max(0, size - length), last: size - 1 };
  }
  const first = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== '' && Number(match[2]) < first) return 'whole';
  return first >= size ? 'unsatisfiable' : { first, last };
}

/** True if an `If-None-Match` header names this entity tag (weak comparison, RFC 9110, 13.1.2). */
export function namesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((tag) => opaque(tag) === etag);
}

/**
 * Answers GET or HEAD with an open file, which is closed in every case.
 * @param contentType sent as it is; nothing is compressed, so that Content-Length is the size of the file
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: OpenedFile,
  contentType: string,
  watch: TransferWatch,
): Promise<FastifyReply> {
  reply.header('accept-ranges', 'bytes').header('etag', file.etag).header('content-type', contentType);
  if (namesEtag(request.headers['if-none-match'], file.etag)) {
    await file.close();
    return reply.code(304).send();
  }
  const ifRange = request.headers['if-range'];
  const rangeHolds = ifRange === undefined || ifRange === file.etag;
  const range = rangeHolds ? readRange(request.headers.range, file.size) : 'whole';
  if (range === 'unsatisfiable') {
    await file.close();
    return reply.code(416).header('content-range', `bytes */${file.size}`).header('content-length', 0).send();
  }
  const part = range === 'whole' ? { first: 0, last: file.size - 1 } : range;
  if (range !== 'whole')
    reply.code(206).header('content-range', `bytes ${part.first}-${part.last}/${file.size}`);
  reply.header('content-length', part.last - part.first + 1);
  if (request.method === 'HEAD' || file.size === 0) {
    await file.close();
    return reply.send();
  }
  const { first, last } = part;
  return reply.send(Readable.from(sendAll(file, first, last, watch), { objectMode: false }));
}

/** The bytes from first to last; an error, and with it the end of the connection, if the file has fewer. */
async function* sendAll(
  file: OpenedFile,
  first: number,
  last: number,
  watch: TransferWatch,
): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of file.stream(first, last)) {
    sent += chunk.length;
    watch.passed(chunk.length);
    yield chunk;
  }
  if (sent === last - first + 1) return;
  watch.cutOff(sent);
  throw new Error('the file was cut short');
}
