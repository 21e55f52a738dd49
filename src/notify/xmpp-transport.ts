// The way into the rooms of an XMPP server: a session that is opened when there is something to say, and kept. Many messages are
// on their way at once; those that no room has echoed when a session ends are given back, so nothing is lost with it.

import { randomBytes } from 'node:crypto';
import type { Log } from '../log/log.js';
import type { JournalRecord } from '../wire/journal-record.js';
import { type GiveBack, Refused, RetryLater, type Transport } from './transport.js';
import {
  openXmppSession,
  type XmppMessage,
  type XmppSession,
  type XmppSessionParts,
} from './xmpp-session.js';

/** Messages on their way, not echoed yet. More would only wait in the server, which takes them at its own pace. */
const mostOnTheirWay = 50;

/** What a transport is made of. */
export interface XmppTransportParts {
  /** Of the section [notify NAME]. */
  readonly name: string;
  readonly settings: XmppSessionParts['settings'];
  readonly log: Log;
  /** How long each step of opening a session may take. */
  readonly stepMs: number;
  /** How long the end waits for echoes. */
  readonly closeMs: number;
  readonly giveBack: GiveBack<JournalRecord>;
  /** What is said of a record. */
  describe(record: JournalRecord): string;
}

interface OnItsWay {
  readonly record: JournalRecord;
  readonly message: XmppMessage;
}

/** The rooms of one section. */
export class XmppTransport implements Transport {
  readonly receiver: string;
  #session: XmppSession | null = null;
  readonly #onTheirWay = new Map<string, OnItsWay>();
  #most = mostOnTheirWay;
  /** Which rooms have a record already that has to be said again in others. */
  readonly #heardIn = new Map<string, Set<string>>();
  readonly #troubles = new Map<string, string>();
  /** Tells our echoes from those of another section that speaks in the same room by the same name. */
  readonly #mark = randomBytes(4).toString('hex');
  #changed: (() => void) | null = null;
  #isClosing = false;

  constructor(private readonly parts: XmppTransportParts) {
    const { domain, host, port } = parts.settings;
    this.receiver = host === null ? domain : `${host}:${port}`;
  }

  async send(record: JournalRecord, signal: AbortSignal): Promise<void> {
    const session = this.#session ?? (await this.#open(signal));
    const message = this.#write(record, this.#heardIn.get(record.id));
    this.#heardIn.delete(record.id);
    // Until a session has proved to work, and where a room asked for it, one message at a time.
    if (!session.isProven || this.#most === 1) await this.#sayAlone(session, record, message, signal);
    else {
      while (this.#onTheirWay.size >= this.#most) await this.#change(signal);
      session.check();
      this.#sayAmongOthers(session, record, message);
    }
  }

  async test(record: JournalRecord, signal: AbortSignal): Promise<string> {
    const troubles: string[] = [];
    const session = await openXmppSession(
      {
        ...this.parts,
        onRoom: (room, trouble) => {
          if (trouble !== null) troubles.push(`${room} ${trouble}`);
        },
        onEnd() {},
      },
      signal,
    );
    const abort = () => session.fail(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const { places, privacy } = session;
      await session.say(this.#write(record));
      const rooms = places.map(({ room, nickname }) => `${room} as ${nickname}`).join(', ');
      if (troubles.length > 0) throw new Error(`${troubles.join('; ')} (said in ${rooms}, ${privacy})`);
      return `said in ${rooms}, ${privacy}`;
    } finally {
      signal.removeEventListener('abort', abort);
      await session.close();
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const patience = AbortSignal.timeout(this.parts.closeMs);
    while (this.#onTheirWay.size > 0) {
      try {
        await this.#change(patience);
      } catch {
        break;
      }
    }
    await this.#session?.close();
  }

  #write(record: JournalRecord, heardIn = new Set<string>()): XmppMessage {
    return { id: `${record.id}-${this.#mark}`, text: this.parts.describe(record), heardIn };
  }

  async #open(signal: AbortSignal): Promise<XmppSession> {
    const session: XmppSession = await openXmppSession(
      {
        ...this.parts,
        onRoom: (room, trouble) => this.#sayTrouble(room, trouble),
        onEnd: (reason) => this.#end(reason),
      },
      signal,
    );
    this.#session = session;
    return session;
  }

  async #sayAlone(
    session: XmppSession,
    { id }: JournalRecord,
    message: XmppMessage,
    signal: AbortSignal,
  ): Promise<void> {
    const abort = () => session.fail(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await session.say(message);
    } catch (error) {
      if (!(error instanceof Refused)) this.#heardIn.set(id, message.heardIn);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #sayAmongOthers(session: XmppSession, record: JournalRecord, message: XmppMessage): void {
    const { id } = record;
    const said = session.say(message);
    this.#onTheirWay.set(id, { record, message });
    said.then(
      () => this.#forget(id),
      (error: unknown) => {
        // With the session, it was given back already.
        if (!this.#forget(id) || error instanceof Refused) return;
        if (error instanceof RetryLater) this.#goOneByOne(error);
        this.#heardIn.set(id, message.heardIn);
        this.parts.giveBack([record]);
      },
    );
  }

  /** The session is over: what was not echoed goes back, in its order. */
  #end(reason: Error): void {
    this.#session = null;
    const lost = [...this.#onTheirWay.values()];
    this.#onTheirWay.clear();
    if (reason instanceof RetryLater) this.#goOneByOne(reason);
    for (const { record, message } of lost) this.#heardIn.set(record.id, message.heardIn);
    this.#changed?.();
    if (!this.#isClosing) {
      this.parts.giveBack(lost.map(({ record }) => record));
    } else if (lost.length > 0) {
      const some = lost.length === 1 ? '1 message was' : `${lost.length} messages were`;
      this.#say('warning', `${some} not echoed before the server ended, and may not have arrived`);
    }
  }

  #forget(id: string): boolean {
    const was = this.#onTheirWay.delete(id);
    this.#changed?.();
    return was;
  }

  /** Waits until there are fewer messages on their way. */
  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      this.#changed = () => {
        this.#changed = null;
        signal.removeEventListener('abort', abort);
        resolve();
      };
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    });
  }

  #goOneByOne(reason: RetryLater): void {
    if (this.#most === 1) return;
    this.#most = 1;
    this.#say('info', `${reason.message}: from now on they are said one at a time`);
  }

  #sayTrouble(room: string, trouble: string | null): void {
    const before = this.#troubles.get(room) ?? null;
    if (before === trouble) return;
    if (trouble === null) {
      this.#troubles.delete(room);
      this.#say('info', `${room} takes messages again`);
    } else {
      this.#troubles.set(room, trouble);
      this.#say('error', `${room} ${trouble}`);
    }
  }

  #say(level: 'info' | 'warning' | 'error', text: string): void {
    this.parts.log[level](`[notify ${this.parts.name}] ${this.receiver}: ${text}`);
  }
}
