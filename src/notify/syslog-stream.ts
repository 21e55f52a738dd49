// Syslog over a connection, TCP or TLS. No receiver confirms a message, so one counts as sent once the system has taken it. What
// a connection may have taken along with its end is sent again: rather twice than never.

import type { Socket } from 'node:net';
import type { TlsSettings } from '../config/notify-settings.js';
import type { JournalRecord } from '../wire/journal-record.js';
import { describeStream, openStream } from './open-stream.js';
import type { GiveBack, OutboxLimits, Transport } from './transport.js';

/** What was written so shortly before a connection was closed may not have been read by the other end. */
const unsureMs = 5_000;
/** The same if the other end just fell silent: the system keeps trying for about a quarter of an hour before it says so. */
const unsureSilentMs = 20 * 60_000;
/** Octets of what was written that are remembered for that. */
const mostRemembered = 32 * 1024 * 1024;
const silence = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']);
/** How long the end of a connection is waited for, so that what was written gets out; and how long a test waits for a complaint. */
const endMs = 1_000;
const complaintMs = 300;

interface Written {
  readonly at: number;
  readonly size: number;
  readonly record: JournalRecord;
}

/** A syslog server over TCP or TLS. */
export class SyslogStream implements Transport {
  readonly receiver: string;
  #socket: Socket | null = null;
  #written: Written[] = [];
  /** Octets in them. */
  #size = 0;
  #isClosed = false;
  /** True if the other end did not even take note of our end. */
  #isDeaf = false;

  constructor(
    private readonly parts: {
      readonly receiver: string;
      readonly host: string;
      readonly port: number;
      readonly tls: TlsSettings | null;
      readonly limits: OutboxLimits;
      /** A message as it is written. */
      frame(record: JournalRecord): Buffer;
      readonly giveBack: GiveBack<JournalRecord>;
    },
  ) {
    this.receiver = parts.receiver;
  }

  async send(record: JournalRecord, signal: AbortSignal): Promise<void> {
    const socket = this.#socket ?? this.#keep(await openStream(this.parts, signal));
    const abort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    const frame = this.parts.frame(record);
    try {
      await new Promise<void>((resolve, reject) =>
        socket.write(frame, (error) => {
          if (error) {
            reject(socket.errored ?? new Error('it closed the connection'));
            return;
          }
          this.#remember(record, frame.length);
          resolve();
        }),
      );
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async test(record: JournalRecord, signal: AbortSignal): Promise<string> {
    const socket = await openStream(this.parts, signal);
    socket.resume();
    const words = describeStream(socket);
    await new Promise<void>((resolve, reject) => {
      const patience = setTimeout(resolve, complaintMs);
      socket.once('error', reject);
      socket.once('close', resolve);
      socket.end(this.parts.frame(record));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      socket.once('close', () => clearTimeout(patience));
    }).finally(() => socket.destroy());
    return `delivered to ${this.receiver} ${words}`;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      // Who reads sees the end, and answers it.
      const patience = setTimeout(() => {
        this.#isDeaf = true;
        socket.destroy();
      }, endMs);
      socket.once('close', () => {
        clearTimeout(patience);
        resolve();
      });
      socket.end();
    });
  }

  /** Watches the connection: its end is noticed before the next message is written, and what it may have lost is given back. */
  #keep(socket: Socket): Socket {
    this.#socket = socket;
    // Nothing is expected, but only who reads hears of the end.
    socket.resume();
    let unsureFor = unsureMs;
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== undefined && silence.has(code)) unsureFor = unsureSilentMs;
      // It took nothing any more for as long as an attempt may take.
      else if (code === undefined) unsureFor += this.parts.limits.attemptMs;
    });
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = null;
      if (this.#isDeaf) unsureFor = unsureSilentMs;
      const unsure = this.#written.filter(({ at }) => at > performance.now() - unsureFor);
      this.#written = [];
      this.#size = 0;
      if (!this.#isClosed || this.#isDeaf || socket.errored)
        this.parts.giveBack(unsure.map(({ record }) => record));
    });
    return socket;
  }

  #remember(record: JournalRecord, size: number): void {
    // A message says nothing of the data.
    this.#written.push({ at: performance.now(), size, record: { ...record, data: {} } });
    this.#size += size;
    if (this.#written.length % 1_000 !== 0 && this.#size < mostRemembered) return;
    const since = performance.now() - unsureSilentMs;
    this.#size = 0;
    const kept: Written[] = [];
    for (const written of this.#written.toReversed()) {
      if (written.at < since || this.#size + written.size > mostRemembered / 2) break;
      this.#size += written.size;
      kept.push(written);
    }
    this.#written = kept.reverse();
  }
}
