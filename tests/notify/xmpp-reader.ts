// Somebody who reads in a room, with a connection of its own in plain text and nothing of what is tested but the parser.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Element, Parser } from '@xmpp/xml';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';

/** A message of a room. */
export interface HeardMessage {
  readonly room: string;
  readonly nickname: string;
  readonly id: string;
  readonly body: string;
}

/** A client that is logged in as `reader`. */
export class XmppReader {
  /** What was said while it was there. */
  readonly heard: HeardMessage[] = [];
  readonly #elements: Element[] = [];
  #count = 0;

  private constructor(private readonly socket: Socket) {}

  static async start(port: number, account = 'reader'): Promise<XmppReader> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    const reader = new XmppReader(socket);
    await reader.#open();
    const secret = Buffer.from(`\0${account}\0sesame`).toString('base64');
    reader.#write(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${secret}</auth>`);
    await reader.#wait((element) => element.is('success'));
    await reader.#open();
    await reader.#ask('', `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`);
    return reader;
  }

  /** Enters a room, and makes it if it is not there, with these of its settings: `membersonly`, `moderatedroom`. */
  async join(room: string, settings: readonly string[] = []): Promise<void> {
    await this.enter(room, 'reader');
    const fields = settings.map((name) => `<field var='muc#roomconfig_${name}'><value>1</value></field>`);
    const kind = `<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>`;
    await this.#ask(
      room,
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>${kind}${fields.join('')}</x></query>`,
    );
  }

  /** Enters a room. */
  async enter(room: string, nickname: string): Promise<void> {
    this.#write(`<presence to='${room}/${nickname}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`);
    await this.#wait((element) => element.is('presence') && element.attrs.from === `${room}/${nickname}`);
  }

  /** Puts somebody out of a room, for good (`affiliation='outcast'`) or not (`role='none'`). */
  async putOut(room: string, attributes: string): Promise<void> {
    await this.#ask(
      room,
      `<query xmlns='http://jabber.org/protocol/muc#admin'><item ${attributes}/></query>`,
    );
  }

  bodies(room?: string): string[] {
    return this.heard.filter((one) => room === undefined || one.room === room).map(({ body }) => body);
  }

  async #open(): Promise<void> {
    const parser = new Parser();
    parser.on('element', (element: Element) => this.#take(element));
    this.socket.removeAllListeners('data');
    this.socket.on('data', (bytes) => parser.write(bytes.toString()));
    this.#write(
      `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='localhost'>`,
    );
    await this.#wait((element) => element.is('features'));
  }

  async #ask(to: string, question: string): Promise<void> {
    this.#count += 1;
    const id = `q${this.#count}`;
    this.#write(`<iq type='set' id='${id}'${to && ` to='${to}'`}>${question}</iq>`);
    const answer = await this.#wait((element) => element.is('iq') && element.attrs.id === id);
    if (answer.attrs.type !== 'result') throw new Error(String(answer));
  }

  async #wait(isIt: (element: Element) => boolean): Promise<Element> {
    return eventually(() => {
      const index = this.#elements.findIndex(isIt);
      return index < 0 ? null : this.#elements.splice(0, index + 1).at(-1);
    });
  }

  #take(element: Element): void {
    const body = element.getChildText('body');
    if (element.is('message') && body !== null) {
      const [room = '', nickname = ''] = String(element.attrs.from).split('/');
      this.heard.push({ room, nickname, id: String(element.attrs.id), body });
    } else {
      this.#elements.push(element);
    }
  }

  #write(text: string): void {
    this.socket.write(text);
  }
}
