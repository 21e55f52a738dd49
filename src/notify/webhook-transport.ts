// Posts each record to a URL. A 2xx counts as delivered; redirects are not followed, so that nobody else gets what is meant for
// this receiver.

import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { WebhookSettings } from '../config/notify-settings.js';
import type { JournalRecord } from '../wire/journal-record.js';
import { maskText } from '../wire/mask-text.js';
import { oneLine } from './describe-record.js';
import { readCa } from './read-ca.js';
import { NotTaken, Refused, type Transport } from './transport.js';
import { formatWebhook } from './webhook-format.js';

/** Bytes of an answer's body that are read, and how long it is waited for. */
const longestAnswer = 64 * 1024;
const patienceMs = 1_000;
/** How much of it is looked at for what it says, and shown. */
const longestBegin = 4 * 1024;
const longestSaid = 150;
/** Statuses below 500 that say: not now. */
const notNow = [408, 425, 429];

/** What was answered. */
interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** The first line of the body, without secrets; '' if there is none. */
  readonly said: string;
  readonly secured: string;
}

/** The way to one URL. */
export function createWebhookTransport(settings: WebhookSettings): Transport {
  const url = new URL(settings.url);
  const isHttps = url.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: 2, timeout: 30_000 };
  const makeAgent = () => (isHttps ? new HttpsAgent(options) : new HttpAgent(options));
  const kept = makeAgent();
  // The rest of a URL may be a secret in itself.
  const receiver = url.origin;

  const post = async (
    record: JournalRecord,
    signal: AbortSignal,
    agent: HttpAgent,
    isRepeat = false,
  ): Promise<Answer> => {
    const body = Buffer.from(formatWebhook(record, settings.template));
    const ca = settings.tls ? await readCa(settings.tls) : undefined;
    return new Promise((resolve, reject) => {
      const request = (isHttps ? requestHttps : requestHttp)(url, {
        method: 'POST',
        agent,
        signal,
        // Whatever the environment says.
        ...(isHttps && { rejectUnauthorized: true }),
        ...(ca && { ca }),
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          'user-agent': 'ztpserver',
          'x-ztps-delivery': record.id,
          ...(settings.secret !== null && { 'x-ztps-signature': sign(body, settings.secret) }),
        },
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A connection that was kept may have been closed at this very moment: that is nobody's fault.
        const isStale = request.reusedSocket && !isRepeat && /^(?:ECONNRESET|EPIPE)$/.test(error.code ?? '');
        if (isStale && !signal.aborted) post(record, signal, agent, true).then(resolve, reject);
        else reject(signal.aborted ? signal.reason : error);
      });
      request.on('response', (response) => {
        const { statusCode: status = 0, headers, socket } = response;
        const answer = {
          status,
          retryAfter: headers['retry-after'],
          location: headers.location,
          secured: socket instanceof TLSSocket ? ` over ${socket.getProtocol()?.replace('v', ' ')}` : '',
        };
        drain(response, (body) => resolve({ ...answer, said: firstLine(body) }));
      });
      request.on('upgrade', (_response, socket) => {
        socket.destroy();
        reject(new Error('HTTP 101: it goes on in another protocol, so it takes no webhooks: check url'));
      });
      request.end(body);
    });
  };

  return {
    receiver,
    async send(record, signal) {
      judge(await post(record, signal, kept));
    },
    async test(record, signal) {
      const begin = performance.now();
      const agent = makeAgent();
      const answer = await post(record, signal, agent).finally(() => agent.destroy());
      judge(answer);
      return `HTTP ${answer.status} from ${receiver} after ${Math.round(performance.now() - begin)} ms${answer.secured}`;
    },
    async close() {
      kept.destroy();
    },
  };
}

function sign(body: Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Throws unless the answer is that it was taken. */
function judge({ status, retryAfter, location, said }: Answer): void {
  if (status >= 200 && status < 300) return;
  const answered = `HTTP ${status}${said === '' ? '' : ` (${said})`}`;
  if (status >= 300 && status < 400) {
    const to = location === undefined ? '' : ` to ${originOf(location)}`;
    throw new Error(`HTTP ${status}: a redirect${to}, which is not followed; give the url that it leads to`);
  }
  if (status >= 400 && status < 500 && !notNow.includes(status)) {
    const isDenied = status === 401 || status === 403 || status === 404;
    throw new Refused(
      `${answered}: ${isDenied ? 'check url' : 'it does not take what it is sent: check template and url'}`,
    );
  }
  throw new NotTaken(answered, retryAfter === undefined ? 0 : parseRetryAfter(retryAfter));
}

/** The rest of where it leads may be a secret in itself. */
function originOf(location: string): string {
  try {
    return oneLine(new URL(location).origin, 200);
  } catch {
    return 'another path of the same server';
  }
}

function firstLine(body: string): string {
  const [line = ''] = body.trim().split(/[\r\n]/, 1);
  return oneLine(maskText(line), longestSaid);
}

/** Seconds or a date (RFC 9110, 10.2.3) as milliseconds from now; 0 if it is neither. */
function parseRetryAfter(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now());
}

/** Reads the body so that the connection can be used again, but neither a long nor a slow one. */
function drain(response: IncomingMessage, done: (begin: string) => void): void {
  let size = 0;
  const begin: Buffer[] = [];
  const patience = setTimeout(() => response.destroy(), patienceMs).unref();
  response.on('data', (chunk: Buffer) => {
    if (size < longestBegin) begin.push(chunk);
    size += chunk.length;
    if (size > longestAnswer) response.destroy();
  });
  response.on('error', () => {});
  response.once('close', () => {
    clearTimeout(patience);
    done(Buffer.concat(begin).subarray(0, longestBegin).toString());
  });
}
