// What the real receivers have in common: programs that may be missing, ports, certificates, folders, processes that are ended.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { NotifySettings } from '../../src/config/notify-settings.js';
import { createNotifier } from '../../src/notify/create-notifier.js';
import type { OutboxLimits } from '../../src/notify/transport.js';
import type { Notifier } from '../../src/wire/notifier.js';
import { keepLog } from '../fixtures/log.js';
import { eventually } from './eventually.js';

/** Shorter than what the server has, so that tests need not wait. */
export const quick: OutboxLimits = {
  records: 50_000,
  characters: 64 * 1024 * 1024,
  attemptMs: 2_000,
  firstPauseMs: 20,
  longestPauseMs: 100,
  closeMs: 1_000,
};

/** What all sections have. */
export const everything = { name: 'noc', level: 'debug', events: null } as const;

/** A notifier as the server makes it, its log, and its end after the test. */
export function makeNotifier(settings: NotifySettings, limits: Partial<OutboxLimits> = {}) {
  const { log, logged } = keepLog();
  const notifier: Notifier = createNotifier(settings, log, {
    hostname: 'ztps.example.com',
    limits: { ...quick, ...limits },
  });
  onTestFinished(() => notifier.close());
  return { notifier, lines: () => logged.map(({ level, message }) => `${level} ${message}`) };
}

/** Why a program can not be run, with what would supply it; undefined if it can. */
export function whyMissing(command: readonly [string, ...string[]], packages: string): string | undefined {
  const [program, ...words] = command;
  const { error, status } = spawnSync(program, words, { stdio: 'ignore' });
  return error || status !== 0 ? `${command.join(' ')} does not run; apt-get install ${packages}` : undefined;
}

/** A TCP port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program that is ended after the test, and waits until it takes connections on `port`. */
export async function startListener(
  program: string,
  words: readonly string[],
  port: number,
): Promise<ChildProcess> {
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  onTestFinished(() => endProcess(child));
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended at once: ${complaint}`);
    return takesConnections(port);
  });
  return child;
}

/** Ends a process at once, as a loss of power would. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).then((answer) => {
    socket.destroy();
    return answer as boolean;
  });
}

/** A server that keeps what it is sent, and says `greeting` first. */
export async function listenRaw(greeting = '', answer: (line: string) => string = () => '') {
  let received = '';
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.write(greeting);
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      socket.write(answer(bytes.toString('latin1')));
    });
    onTestFinished(() => void socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { port, received: () => received, connections: () => connections };
}

/** Certificates made for one test. */
export interface Certificates {
  /** Of the CA that signed `cert`. */
  readonly ca: string;
  /** For localhost and 127.0.0.1, with its key. */
  readonly cert: string;
  readonly key: string;
  /** Of a CA that signed nothing. */
  readonly otherCa: string;
}

/** Makes them in `folder`, for `name`. */
export function makeCertificates(folder: string, name = 'localhost'): Certificates {
  const at = (file: string) => join(folder, `${name}-${file}`);
  const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const ca of ['ca', 'other']) {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      at(`${ca}.key`),
      '-out',
      at(`${ca}.pem`),
      '-days',
      '2',
      '-subj',
      `/CN=${ca}`,
    );
  }
  openssl('req', ...newKey, '-keyout', at('key.pem'), '-out', at('request.pem'), '-subj', `/CN=${name}`);
  const addresses = name === 'localhost' ? ',IP:127.0.0.1' : '';
  writeFileSync(at('extensions'), `subjectAltName=DNS:${name}${addresses}\n`);
  openssl(
    ...[
      'x509',
      '-req',
      '-in',
      at('request.pem'),
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
    ],
    ...['-days', '2', '-extfile', at('extensions'), '-out', at('cert.pem')],
  );
  return { ca: at('ca.pem'), cert: at('cert.pem'), key: at('key.pem'), otherCa: at('other.pem') };
}

/** A server with TLS that keeps what it is sent. */
export async function listenTls({ cert, key }: Certificates) {
  let received = '';
  const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    onTestFinished(() => void socket.destroy());
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, received: () => received };
}
