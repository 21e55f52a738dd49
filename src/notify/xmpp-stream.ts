// An XML stream over one socket (RFC 6120, 4): elements out, elements in, and its end. Whatever the other end sends, nothing is
// thrown where nobody waits: a fault ends the stream, and everybody who waits hears why.

import { isIP, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import {
  checkServerIdentity,
  connect as connectTls,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { domainToASCII } from 'node:url';
import { type Element, escapeXML, Parser } from '@xmpp/xml';
import { oneLine } from './describe-record.js';

const STREAMS = 'http://etherx.jabber.org/streams';
/** Characters of one element: far over what any server sends us. */
const longestElement = 256 * 1024;
/** Elements that may come before anybody asks for them. */
const mostUnread = 100;

type Waiter = { readonly resolve: (element: Element) => void; readonly reject: (error: Error) => void };

/** A stream to a server. */
export class XmppStream {
  /** Resolves with the reason once the stream is over. Never rejects. */
  readonly ended: Promise<Error>;
  /** When something last came, as `performance.now()`. */
  heardAt = performance.now();
  #end: (reason: Error) => void = () => {};
  #reason: Error | null = null;
  #socket: Socket;
  #release: () => void;
  #parser: Parser | null = null;
  /** Octets since the last whole element. */
  #unfinished = 0;
  #unread: Element[] = [];
  #waiter: Waiter | null = null;
  #listener: ((element: Element) => void) | null = null;

  constructor(
    socket: Socket,
    /** Whom the stream is addressed to. */
    private readonly domain: string,
  ) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#socket = socket;
    this.#release = this.#watch(socket);
  }

  /** `TLSv1.3` or the like; null in plain text. */
  get protocol(): string | null {
    return 'getProtocol' in this.#socket ? (this.#socket as TLSSocket).getProtocol() : null;
  }

  /** Opens the stream, or opens it anew. @returns what the server offers */
  async open(): Promise<Element> {
    this.#parse();
    this.write(
      `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${STREAMS}' version='1.0' ` +
        `xml:lang='en' to='${escapeXML(this.domain)}'>`,
    );
    const features = await this.receive();
    if (!features.is('features', STREAMS)) throw new Error('it does not speak XMPP 1.0');
    return features;
  }

  /** Writes to the socket. What is written after the end goes nowhere. */
  write(what: Element | string): void {
    if (!this.#reason) this.#socket.write(typeof what === 'string' ? what : what.toString());
  }

  /** The next element. */
  receive(): Promise<Element> {
    const element = this.#unread.shift();
    if (element) return Promise.resolve(element);
    if (this.#reason) return Promise.reject(this.#reason);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** From now on every element goes to `listener`. */
  listen(listener: (element: Element) => void): void {
    this.#listener = listener;
    for (const element of this.#unread.splice(0)) listener(element);
  }

  /** Ends the stream if `work` takes longer than `limitMs`. */
  async within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
    const limit = setTimeout(
      () => this.fail(new Error(`${what} took longer than ${limitMs / 1000} s`)),
      limitMs,
    ).unref();
    try {
      return await Promise.race([work, this.ended.then((reason) => Promise.reject(reason))]);
    } finally {
      clearTimeout(limit);
    }
  }

  /** Goes on in TLS on the same socket; the certificate has to be for the domain. Nothing that came in plain text counts any more. */
  async secure(context: SecureContextOptions): Promise<void> {
    if (this.#unread.length > 0) throw new Error('it sent plain text where TLS had to begin');
    const plain = this.#socket;
    this.#parser = null;
    this.#release();
    const name = domainToASCII(this.domain) || this.domain;
    const secured = connectTls({
      ...context,
      socket: plain,
      minVersion: 'TLSv1.2',
      // Whatever the environment says.
      rejectUnauthorized: true,
      ...(isIP(name) === 0 && { servername: name }),
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    });
    this.#socket = secured;
    this.#release = this.#watch(secured);
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve);
      void this.ended.then(reject);
    });
  }

  /** Says goodbye, and ends. */
  async close(patienceMs: number): Promise<void> {
    this.write('</stream:stream>');
    this.#socket.end();
    const patience = setTimeout(() => this.fail(new Error('it was closed')), patienceMs);
    await this.ended;
    clearTimeout(patience);
  }

  /** Ends at once. Whoever waits hears the reason. */
  fail(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#socket.destroy();
    this.#waiter?.reject(reason);
    this.#waiter = null;
    this.#end(reason);
  }

  /** @returns how to stop reading, once somebody else reads from the socket */
  #watch(socket: Socket): () => void {
    const decoder = new StringDecoder('utf8');
    const read = (bytes: Buffer) => {
      this.heardAt = performance.now();
      this.#unfinished += bytes.length;
      try {
        this.#parser?.write(decoder.write(bytes));
      } catch {
        // The parser throws for some of what is not XML.
        this.fail(new Error('it sent what is not XML: is this the port of an XMPP server?'));
      }
      if (this.#unfinished > longestElement) this.fail(new Error('it sent an element that is too long'));
    };
    const end = () => this.fail(new Error('it closed the connection'));
    socket.on('data', read);
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', (error) => this.fail(error));
    return () => {
      socket.off('data', read);
      socket.off('end', end);
    };
  }

  #parse(): void {
    const parser = new Parser();
    this.#parser = parser;
    const still = (what: () => void) => {
      if (this.#parser === parser) what();
    };
    parser.on('element', (element: Element) => still(() => this.#take(element)));
    parser.on('end', () => still(() => this.fail(new Error('it ended the stream'))));
    parser.on('error', () => still(() => this.fail(new Error('it sent what is not XML'))));
  }

  #take(element: Element): void {
    this.#unfinished = 0;
    // What stays in the root would stay for good.
    if (element.parent) element.parent.children.length = 0;
    if (element.is('error', STREAMS)) {
      this.fail(new Error(explainStreamError(element, this.domain)));
    } else if (this.#listener) {
      this.#listener(element);
    } else if (this.#waiter) {
      const { resolve } = this.#waiter;
      this.#waiter = null;
      resolve(element);
    } else if (this.#unread.push(element) > mostUnread) {
      this.fail(new Error('it sends more than it is asked for'));
    }
  }
}

const streamErrors: Readonly<Record<string, string>> = {
  'host-unknown': 'it does not serve this domain: check domain and server',
  'policy-violation': 'something is against its policy',
  'system-shutdown': 'it shuts down',
  conflict: 'the same account logged in elsewhere',
};

function explainStreamError(error: Element, domain: string): string {
  const { condition, text } = readError(error);
  const sentence = streamErrors[condition];
  return `it ended the stream to ${domain} (${condition}${text === '' ? '' : `: ${text}`})${sentence ? `; ${sentence}` : ''}`;
}

/** Condition and text of an error of a stream, a stanza or a login. The text is a stranger's. */
export function readError(error: Element | undefined): { readonly condition: string; readonly text: string } {
  const children = error?.getChildElements() ?? [];
  const condition = children.find((child) => child.getName() !== 'text')?.getName() ?? 'no reason given';
  const text = children.find((child) => child.getName() === 'text')?.getText() ?? '';
  return { condition: condition.slice(0, 100), text: oneLine(text, 300) };
}
