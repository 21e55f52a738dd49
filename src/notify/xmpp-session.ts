// A stream with rooms entered, in which messages are said. A message counts as delivered once the rooms have sent it back to us,
// since only then did everybody in them get it. Does not come back by itself: xmpp-transport.ts opens another one.

import xml, { type Element } from '@xmpp/xml';
import type { XmppSettings } from '../config/notify-settings.js';
import { Refused, RetryLater } from './transport.js';
import { connectXmpp, type XmppServer } from './xmpp-connect.js';
import { XmppRoom } from './xmpp-room.js';
import { readError, type XmppStream } from './xmpp-stream.js';
import { toXmlText } from './xmpp-text.js';

/** After so many steps of silence the server is asked whether it is still there. */
const quietSteps = 6;
/** How often a room that did not let us in is tried again, beside every new session. */
const rejoinMs = 300_000;
/** How long a room that is busy wants to be left alone, if it does not say. */
const busyMs = 2_000;
/** A room that echoes nothing for so many steps has ended the session. */
const echoSteps = 3;

/** What a session needs. */
export interface XmppSessionParts {
  readonly settings: XmppServer & Pick<XmppSettings, 'rooms' | 'nickname'>;
  /** How long each step may take. */
  readonly stepMs: number;
  /** Hears why a room was not entered or takes no message, and null once it does. */
  onRoom(room: string, trouble: string | null): void;
  /** Hears the reason once it is over, before those who wait for an echo do. */
  onEnd(reason: Error): void;
}

/** Something to say. */
export interface XmppMessage {
  /** Comes back with the echo. */
  readonly id: string;
  readonly text: string;
  /** The rooms that have it. They are not told again. */
  readonly heardIn: Set<string>;
}

interface Said {
  readonly message: XmppMessage;
  readonly body: string;
  readonly waiting: Set<XmppRoom>;
  refusal: string | null;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Opens a session. Rejects if not one room lets us in. */
export async function openXmppSession(parts: XmppSessionParts, signal: AbortSignal): Promise<XmppSession> {
  const stream = await connectXmpp(parts.settings, parts.stepMs, signal);
  const session = new XmppSession(parts, stream);
  const abort = () => session.fail(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    await session.join();
    return session;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** See `openXmppSession`. */
export class XmppSession {
  /** True once something was echoed. */
  isProven = false;
  readonly #rooms: readonly XmppRoom[];
  readonly #said = new Map<string, Said>();
  readonly #watch: NodeJS.Timeout;
  #echoedAt = performance.now();
  #pingedAt: number | null = null;
  #joinedAt = performance.now();
  #reason: Error | null = null;

  constructor(
    private readonly parts: XmppSessionParts,
    private readonly stream: XmppStream,
  ) {
    const addresses = new Map(parts.settings.rooms.map((address) => [address.toLowerCase(), address]));
    this.#rooms = [...addresses.values()].map((address) => new XmppRoom(address, stream));
    stream.listen((element) => this.#take(element));
    this.#watch = setInterval(() => this.#look(), parts.stepMs / 4).unref();
    void stream.ended.then((reason) => this.#finish(reason));
  }

  /** Where we are, and as whom. */
  get places(): readonly { readonly room: string; readonly nickname: string }[] {
    return this.#rooms.flatMap(({ address, nickname }) =>
      nickname === null ? [] : [{ room: address, nickname }],
    );
  }

  /** `over TLSv1.3` */
  get privacy(): string {
    const { protocol } = this.stream;
    return protocol === null ? 'in plain text' : `over ${protocol}`;
  }

  /** Enters the rooms that we are not in. Rejects, and ends the session, if we are in none after that. */
  async join(): Promise<void> {
    this.#joinedAt = performance.now();
    const { settings, stepMs, onRoom } = this.parts;
    const troubles = await Promise.all(
      this.#rooms
        .filter(({ nickname }) => nickname === null)
        .map(async (room) => {
          try {
            await room.join(settings.nickname, stepMs);
            return null;
          } catch (error) {
            return { room: room.address, reason: error instanceof Error ? error.message : String(error) };
          }
        }),
    );
    if (this.#reason) throw this.#reason;
    const reasons = troubles.filter((trouble) => trouble !== null);
    if (this.places.length === 0) {
      const error = new Error(reasons.map(({ room, reason }) => `${room}: ${reason}`).join('; '));
      this.fail(error);
      throw error;
    }
    for (const { room, reason } of reasons) onRoom(room, `can not be entered: ${reason}`);
  }

  /**
   * Says it in every room that we are in. Resolves once they have echoed it. Rejects with `Refused` if not one of them takes it,
   * with `RetryLater` if one is too busy, and with the reason if the session ends first.
   */
  say(message: XmppMessage): Promise<void> {
    if (this.#reason) return Promise.reject(this.#reason);
    const rooms = this.#rooms.filter(
      ({ nickname, address }) => nickname !== null && !message.heardIn.has(address),
    );
    if (rooms.length === 0) return Promise.resolve();
    const body = toXmlText(message.text);
    if (this.#said.size === 0) this.#echoedAt = performance.now();
    return new Promise((resolve, reject) => {
      this.#said.set(message.id, {
        message,
        body,
        waiting: new Set(rooms),
        refusal: null,
        resolve,
        reject,
      });
      for (const { address } of rooms) {
        const { id } = message;
        this.stream.write(xml('message', { type: 'groupchat', to: address, id }, xml('body', {}, body)));
      }
    });
  }

  /** Throws the reason if it is over. */
  check(): void {
    if (this.#reason) throw this.#reason;
  }

  /** Ends it at once. */
  fail(reason: Error): void {
    this.stream.fail(reason);
    this.#finish(reason);
  }

  /** Leaves the rooms, and ends it. */
  async close(): Promise<void> {
    if (this.#reason) return;
    for (const { room, nickname } of this.places) {
      this.stream.write(xml('presence', { type: 'unavailable', to: `${room}/${nickname}` }));
    }
    this.#finish(new Error('it was closed'));
    await this.stream.close(Math.min(this.parts.stepMs, 1_000));
  }

  #finish(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    clearInterval(this.#watch);
    this.parts.onEnd(reason);
    for (const { reject } of this.#said.values()) reject(reason);
    this.#said.clear();
  }

  #take(element: Element): void {
    if (this.#reason) return;
    const from: unknown = element.attrs.from;
    if (element.is('iq')) this.#takeQuestion(element);
    if (typeof from !== 'string') return;
    const room = this.#rooms.find((one) => one.isFrom(from));
    if (!room) return;
    if (element.is('presence')) {
      const end = room.takePresence(element);
      if (end !== null) this.fail(new Error(`${room.address}: ${end}`));
    } else if (element.is('message')) {
      if (element.attrs.type === 'error') this.#takeRefusal(room, element);
      else if (element.attrs.type === 'groupchat' && room.isOurs(from)) this.#takeEcho(room, element);
    }
  }

  #takeEcho(room: XmppRoom, echo: Element): void {
    const said = this.#said.get(String(echo.attrs.id)) ?? this.#findByBody(room, echo);
    if (!said?.waiting.delete(room)) return;
    said.message.heardIn.add(room.address);
    this.isProven = true;
    this.#echoedAt = performance.now();
    this.parts.onRoom(room.address, null);
    this.#settle(said);
  }

  /** For rooms that give messages an id of their own. */
  #findByBody(room: XmppRoom, echo: Element): Said | undefined {
    const body = echo.getChildText('body');
    return [...this.#said.values()].find((said) => said.body === body && said.waiting.has(room));
  }

  #takeRefusal(room: XmppRoom, refusal: Element): void {
    const said = this.#said.get(String(refusal.attrs.id));
    if (!said?.waiting.has(room)) return;
    const error = refusal.getChild('error');
    const { condition, text } = readError(error);
    const words = `${condition}${text === '' ? '' : `: ${text}`}`;
    if (condition === 'not-acceptable' || condition === 'item-not-found') {
      // The room has forgotten us: it was restarted, or lost our presence.
      this.fail(new Error(`${room.address}: we are no longer in it (${words})`));
    } else if (error?.attrs.type === 'wait') {
      const later = new RetryLater(`${room.address} wants fewer messages (${words})`, busyMs);
      if (this.#said.size > 1) this.fail(later);
      else this.#reject(said, later);
    } else {
      said.waiting.delete(room);
      said.refusal = `${room.address} takes no message of ours (${words})`;
      this.#echoedAt = performance.now();
      this.parts.onRoom(room.address, `takes no message of ours (${words}): give this account a voice there`);
      this.#settle(said);
    }
  }

  #settle(said: Said): void {
    if (said.waiting.size > 0) return;
    if (said.refusal !== null && said.message.heardIn.size === 0) {
      this.#reject(said, new Refused(said.refusal));
      return;
    }
    this.#said.delete(said.message.id);
    said.resolve();
  }

  #reject(said: Said, error: Error): void {
    this.#said.delete(said.message.id);
    said.reject(error);
  }

  #takeQuestion(question: Element): void {
    const { from, id, type } = question.attrs;
    if (type === 'result' || type === 'error') return;
    const attributes = { id, ...(typeof from === 'string' && { to: from }) };
    const isPing = type === 'get' && question.getChild('ping', 'urn:xmpp:ping');
    const error = xml('error', { type: 'cancel' });
    error.append(xml('service-unavailable', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' }));
    this.stream.write(
      isPing
        ? xml('iq', { type: 'result', ...attributes })
        : xml('iq', { type: 'error', ...attributes }, error),
    );
  }

  /** Now and then: is the other end still there (XEP-0199), do the rooms echo, does a room let us in by now? */
  #look(): void {
    const now = performance.now();
    const { stepMs } = this.parts;
    if (this.#pingedAt !== null && this.stream.heardAt > this.#pingedAt) this.#pingedAt = null;
    if (this.#said.size > 0 && now - this.#echoedAt > echoSteps * stepMs) {
      this.fail(new Error(`a message was not echoed within ${(echoSteps * stepMs) / 1000} s`));
    } else if (this.#pingedAt !== null && now - this.#pingedAt > stepMs) {
      this.fail(new Error(`it did not answer within ${stepMs / 1000} s`));
    } else if (this.#pingedAt === null && now - this.stream.heardAt > quietSteps * stepMs) {
      this.#pingedAt = now;
      this.stream.write(xml('iq', { type: 'get', id: 'ping' }, xml('ping', { xmlns: 'urn:xmpp:ping' })));
    } else if (this.places.length < this.#rooms.length && now - this.#joinedAt > rejoinMs) {
      // Ends with the stream, and says by `onRoom` what happened.
      this.join().catch(() => {});
    }
  }
}
