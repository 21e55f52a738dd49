// The way to an XMPP server: its address, TCP, STARTTLS, login. Where TLS is asked for, neither a password nor a message can come
// before it: there is no falling back to plain text.

import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import xml from '@xmpp/xml';
import type { XmppSettings } from '../config/notify-settings.js';
import { openStream } from './open-stream.js';
import { readCa } from './read-ca.js';
import { authenticate } from './xmpp-sasl.js';
import { readError, XmppStream } from './xmpp-stream.js';

const TLS = 'urn:ietf:params:xml:ns:xmpp-tls';
const BIND = 'urn:ietf:params:xml:ns:xmpp-bind';
const SESSION = 'urn:ietf:params:xml:ns:xmpp-session';
/** Servers of one domain that are tried. */
const mostServers = 5;

/** What of the settings decides about the connection. */
export type XmppServer = Pick<XmppSettings, 'domain' | 'username' | 'password' | 'host' | 'port' | 'tls'>;

/** Where a server listens. */
export interface XmppAddress {
  readonly host: string;
  readonly port: number;
}

/** A stream that is logged in. Each step may take `stepMs`; whatever fails, nothing is left open. */
export async function connectXmpp(
  server: XmppServer,
  stepMs: number,
  signal: AbortSignal,
): Promise<XmppStream> {
  const socket = await connectToFirst(await lookUp(server, stepMs, signal), stepMs, signal);
  const stream = new XmppStream(socket, server.domain);
  const abort = () => stream.fail(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    await prepare(stream, server, stepMs);
    return stream;
  } catch (error) {
    stream.fail(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** `host` if there is one; else what the domain's SRV records name, in their order; else the domain itself. */
export async function findXmppServers(
  { domain, host, port }: Pick<XmppServer, 'domain' | 'host' | 'port'>,
  resolver: Pick<Resolver, 'resolveSrv'>,
): Promise<readonly XmppAddress[]> {
  const name = domainToASCII(domain) || domain;
  if (host !== null) return [{ host, port }];
  if (isIP(name) !== 0) return [{ host: name, port }];
  // No records, or nobody to ask: the domain's own address may still be known.
  const records = await resolver.resolveSrv(`_xmpp-client._tcp.${name}`).catch(() => []);
  const [only] = records;
  if (records.length === 1 && (only?.name === '' || only?.name === '.')) {
    throw new Error(`${domain} says in its DNS that it has no XMPP: check domain, or give server =`);
  }
  // By priority; among equals a greater weight comes first more often (RFC 2782).
  const ordered = records
    .map((record) => ({ record, lot: Math.random() ** (1 / Math.max(record.weight, 0.01)) }))
    .sort((one, other) => one.record.priority - other.record.priority || other.lot - one.lot)
    .slice(0, mostServers);
  if (ordered.length === 0) return [{ host: name, port }];
  return ordered.map(({ record }) => ({ host: record.name, port: record.port }));
}

async function lookUp(server: XmppServer, stepMs: number, signal: AbortSignal) {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const cancel = () => resolver.cancel();
  const limit = setTimeout(cancel, stepMs / 2).unref();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await findXmppServers(server, resolver);
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', cancel);
  }
}

async function connectToFirst(servers: readonly XmppAddress[], stepMs: number, signal: AbortSignal) {
  let failure: unknown;
  for (const { host, port } of servers) {
    const step = new AbortController();
    const limit = setTimeout(
      () => step.abort(new Error(`connecting took longer than ${stepMs / 1000} s`)),
      stepMs,
    ).unref();
    try {
      return await openStream({ host, port, tls: null }, AbortSignal.any([signal, step.signal]));
    } catch (error) {
      failure = error;
      if (signal.aborted) break;
    } finally {
      clearTimeout(limit);
    }
  }
  throw failure;
}

async function prepare(stream: XmppStream, server: XmppServer, stepMs: number): Promise<void> {
  const { tls } = server;
  let features = await stream.within(stepMs, 'opening the stream', stream.open());
  const startTls = features.getChild('starttls', TLS);
  if (tls) {
    if (!startTls) {
      throw new Error(
        'it offers no STARTTLS, so nothing secret was sent: set tls = off if you trust the network',
      );
    }
    const ca = await readCa(tls);
    await stream.within(stepMs, 'STARTTLS', beginTls(stream, ca));
    features = await stream.within(stepMs, 'opening the stream', stream.open());
  } else if (startTls?.getChild('required')) {
    throw new Error('it wants TLS: take tls = off out');
  }
  await stream.within(stepMs, 'the login', authenticate(stream, features, server));
  features = await stream.within(stepMs, 'opening the stream', stream.open());
  await stream.within(stepMs, 'the login', bind(stream));
  const session = features.getChild('session', SESSION);
  if (session && !session.getChild('optional')) {
    await stream.within(stepMs, 'the login', ask(stream, xml('session', { xmlns: SESSION })));
  }
}

async function beginTls(stream: XmppStream, ca: string | undefined): Promise<void> {
  stream.write(xml('starttls', { xmlns: TLS }));
  const answer = await stream.receive();
  if (!answer.is('proceed', TLS)) throw new Error('it offers STARTTLS and then refuses it');
  await stream.secure(ca === undefined ? {} : { ca });
}

async function bind(stream: XmppStream): Promise<void> {
  await ask(stream, xml('bind', { xmlns: BIND }));
}

async function ask(stream: XmppStream, question: ReturnType<typeof xml>): Promise<void> {
  const id = question.getName();
  stream.write(xml('iq', { type: 'set', id }, question));
  let answer = await stream.receive();
  while (!answer.is('iq') || answer.attrs.id !== id) answer = await stream.receive();
  if (answer.attrs.type === 'result') return;
  const { condition, text } = readError(answer.getChild('error'));
  throw new Error(`it does not take the login (${id}: ${condition}${text === '' ? '' : `, ${text}`})`);
}
