// Connects by TCP or TLS, within the time that the caller has. With TLS, whoever answers is checked: there is no falling back.

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { TlsSettings } from '../config/notify-settings.js';
import { readCa } from './read-ca.js';

/** Seconds of silence after which the system asks whether the other end is still there. */
const keepAliveMs = 10_000;

/** A connection to `host` and `port`. Rejects with what the system or TLS says; nothing is left open then. */
export async function openStream(
  { host, port, tls }: { readonly host: string; readonly port: number; readonly tls: TlsSettings | null },
  signal: AbortSignal,
): Promise<Socket> {
  const ca = tls && (await readCa(tls));
  signal.throwIfAborted();
  const socket: Socket = tls
    ? connectTls({
        host,
        port,
        ...(isIP(host) === 0 && { servername: host }),
        ...(ca && { ca }),
        minVersion: 'TLSv1.2',
        // Whatever the environment says.
        rejectUnauthorized: true,
      })
    : connect({ host, port });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(error);
    };
    const abort = () => fail(signal.reason as Error);
    const close = () => fail(new Error('it closed the connection before it was ready'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('close', close);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      socket.off('close', close);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, keepAliveMs);
      resolve(socket);
    });
  });
}

/** What was agreed on, in words: `over TLSv1.3, certificate of CN=syslog.example.com`. */
export function describeStream(socket: Socket): string {
  if (!('getPeerCertificate' in socket)) return 'over TCP, in plain text';
  const tls = socket as TLSSocket;
  return `over ${tls.getProtocol()?.replace('v', ' ')}, certificate of ${nameOf(tls)}`;
}

function nameOf(tls: TLSSocket): string {
  const { subject, subjectaltname } = tls.getPeerCertificate();
  const name = subject?.CN === undefined ? (subjectaltname ?? 'nobody') : `CN=${subject.CN}`;
  return name;
}
