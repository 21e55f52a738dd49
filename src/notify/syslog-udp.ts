// Syslog in datagrams. Nobody confirms one, and nobody can tell whether it arrived.

import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { JournalRecord } from '../wire/journal-record.js';
import type { Transport } from './transport.js';

/** How long a looked-up address is used. */
const addressMs = 30_000;
/** How long a test waits for a complaint. */
const complaintMs = 300;

interface Target {
  readonly address: string;
  readonly type: 'udp4' | 'udp6';
  readonly until: number;
}

/** A syslog server by UDP. */
export class SyslogUdp implements Transport {
  readonly receiver: string;
  #socket: { readonly socket: Socket; readonly type: Target['type'] } | null = null;
  #target: Target | null = null;

  constructor(
    private readonly parts: {
      readonly receiver: string;
      readonly host: string;
      readonly port: number;
      format(record: JournalRecord): Buffer;
    },
  ) {
    this.receiver = parts.receiver;
  }

  async send(record: JournalRecord): Promise<void> {
    if (this.#target === null || performance.now() > this.#target.until) this.#target = await this.#lookUp();
    const { address, type } = this.#target;
    if (this.#socket?.type !== type) {
      this.#closeSocket();
      this.#socket = { socket: openSocket(type, () => this.#closeSocket()), type };
    }
    const { socket } = this.#socket;
    await new Promise<void>((resolve, reject) =>
      socket.send(this.parts.format(record), this.parts.port, address, (error) => {
        // Another address may be reachable.
        if (error) this.#target = null;
        return error ? reject(error) : resolve();
      }),
    );
  }

  async test(record: JournalRecord): Promise<string> {
    const { address, type } = await this.#lookUp();
    return new Promise((resolve, reject) => {
      const end = (error: Error | null) => {
        clearTimeout(patience);
        socket.close();
        if (error) reject(error);
        else resolve(`sent to ${this.receiver} (${address}) by UDP; nobody confirms UDP, so look there`);
      };
      const patience = setTimeout(() => end(null), complaintMs);
      const socket = openSocket(type, end);
      // A socket that is connected hears when the other machine says that nothing listens.
      socket.connect(this.parts.port, address, () =>
        socket.send(this.parts.format(record), (error) => error && end(error)),
      );
    });
  }

  async close(): Promise<void> {
    this.#closeSocket();
  }

  #closeSocket(): void {
    this.#socket?.socket.close();
    this.#socket = null;
  }

  async #lookUp(): Promise<Target> {
    const { address, family } = await lookup(this.parts.host);
    return { address, type: family === 6 ? 'udp6' : 'udp4', until: performance.now() + addressMs };
  }
}

function openSocket(type: Target['type'], fail: (error: Error) => void): Socket {
  const socket = createSocket(type).unref();
  socket.once('error', fail);
  // What comes after the first is of no interest, but must not end the process.
  socket.on('error', () => {});
  return socket;
}
