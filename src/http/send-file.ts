// Sends a file, or the part of it that a Range asks for. The open file stays the same one to the last byte,
// whatever is renamed into its place meanwhile.

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FileChanged, type OpenedFile } from '../data-root/site-bytes.js';

/** A part of a file: first and last byte, both inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Who follows a file on its way. */
export interface TransferWatch {
  /** So many bytes more were handed over. */
  passed(bytes: number): void;
  /** The file was changed in place, after so many bytes; the connection is closed then. @param reason how, in words */
  cutOff(sent: number, reason: string): void;
}

/** What a request for a file is answered with. */
export type FileAnswer =
  | { readonly kind: 'not-modified' | 'unsatisfiable' }
  | { readonly kind: 'whole' | 'part'; readonly range: ByteRange };

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

/** What GET or HEAD of an open file is answered with, by the request's headers. */
export function planAnswer({ headers }: FastifyRequest, file: OpenedFile): FileAnswer {
  if (namesEtag(headers['if-none-match'], file.etag)) return { kind: 'not-modified' };
  const rangeHolds = headers['if-range'] === undefined || headers['if-range'] === file.etag;
  const range = rangeHolds ? readRange(headers.range, file.size) : 'whole';
  if (range === 'unsatisfiable') return { kind: range };
  return range === 'whole'
    ? { kind: range, range: { first: 0, last: file.size - 1 } }
    : { kind: 'part', range };
}

/** How many bytes of the file an answer carries. */
export function countBytes(request: FastifyRequest, answer: FileAnswer): number {
  if (request.method === 'HEAD' || !('range' in answer)) return 0;
  return answer.range.last - answer.range.first + 1;
}

/**
 * Answers GET or HEAD with an open file, which is closed in every case.
 * @param answer as `planAnswer` gives it
 * @param contentType sent as it is; nothing is compressed, so that Content-Length is the size of the file
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: OpenedFile,
  answer: FileAnswer,
  contentType: string,
  watch: TransferWatch,
): Promise<FastifyReply> {
  reply.header('accept-ranges', 'bytes').header('etag', file.etag).header('content-type', contentType);
  if (!('range' in answer)) {
    await file.close();
    if (answer.kind === 'not-modified') return reply.code(304).send();
    return reply.code(416).header('content-range', `bytes */${file.size}`).header('content-length', 0).send();
  }
  const { first, last } = answer.range;
  if (answer.kind === 'part') reply.code(206).header('content-range', `bytes ${first}-${last}/${file.size}`);
  reply.header('content-length', last - first + 1);
  if (countBytes(request, answer) === 0) {
    await file.close();
    return reply.send();
  }
  const bytes = file.stream(first, last);
  const body = Readable.from(sendAll(bytes, watch), { objectMode: false });
  // A body that nobody began to read does not know that it has something to close.
  body.once('close', () => bytes.destroy());
  return reply.send(body);
}

/** The bytes; an error, and with it the end of the connection, if the file is changed on the way. */
async function* sendAll(bytes: Readable, watch: TransferWatch): AsyncGenerator<Buffer> {
  let sent = 0;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      sent += chunk.length;
      watch.passed(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof FileChanged) watch.cutOff(sent, error.message);
    throw error;
  }
}
