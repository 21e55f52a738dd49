// One room (XEP-0045): how it is entered, under which nickname, and why it was not.

import xml, { type Element } from '@xmpp/xml';
import { readError, type XmppStream } from './xmpp-stream.js';

const MUC = 'http://jabber.org/protocol/muc';
/** Nicknames that are tried: `ztpserver`, `ztpserver2` and so on. */
const mostNicknames = 20;

const sentences: Readonly<Record<string, string>> = {
  'not-authorized': 'it wants a password, and rooms with one can not be entered: take the password off',
  forbidden: 'this account is banned from it: lift the ban',
  'registration-required': 'only members may enter: make this account a member',
  'item-not-found': 'it is not there, or locked: create it, or check its name',
  'not-allowed': 'this account may not create it: create it, or check its name',
  'service-unavailable': 'it is full, or there are no rooms at this address: check its name',
  'remote-server-not-found': 'there is no server of this name: check the name of the room',
  'remote-server-timeout': 'its server does not answer: check the name of the room',
  'jid-malformed': 'this is not the name of a room: check it',
  conflict: 'its nicknames like ours are all taken: give another as nickname =',
};

interface Refusal {
  readonly condition: string;
  readonly text: string;
}

interface Attempt {
  readonly nickname: string;
  readonly entered: (nickname: string) => void;
  readonly refused: (condition: string, text: string) => void;
}

/** A room that we want to be in. */
export class XmppRoom {
  /** What we are called in it; null while we are not in it. */
  nickname: string | null = null;
  #attempt: Attempt | null = null;

  constructor(
    /** `ztps@conference.example.com` */
    readonly address: string,
    private readonly stream: XmppStream,
  ) {}

  /** True if a stanza with this sender came from the room or somebody in it. */
  isFrom(sender: string): boolean {
    return this.#resourceOf(sender) !== null;
  }

  /** True if this sender is ourselves in the room. */
  isOurs(sender: string): boolean {
    return this.nickname !== null && this.#resourceOf(sender) === this.nickname;
  }

  /** Enters it, with a number behind the nickname if that is taken. Rejects with the reason and the mend. */
  async join(nickname: string, limitMs: number): Promise<void> {
    const until = performance.now() + limitMs;
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? nickname : `${nickname}${number}`;
      const refusal = await this.#tryNickname(name, until - performance.now());
      if (refusal === null) return;
      if (refusal.condition !== 'conflict' || number === mostNicknames) throw explain(refusal);
    }
  }

  /** What is said about people in the room. @returns why we are no longer in it, if that is what it says */
  takePresence(presence: Element): string | null {
    const { from, type } = presence.attrs as { from: string; type?: string };
    const attempt = this.#attempt;
    if (type === 'error') {
      const { condition, text } = readError(presence.getChild('error'));
      attempt?.refused(condition, text);
      return null;
    }
    const about = presence.getChild('x', `${MUC}#user`);
    const codes = about?.getChildren('status').map(({ attrs }) => String(attrs.code)) ?? [];
    const who = this.#resourceOf(from);
    if (type === 'unavailable') {
      if (who === null || who !== this.nickname) return null;
      this.nickname = null;
      return about?.getChild('destroy')
        ? 'the room was destroyed'
        : codes.includes('307')
          ? 'we were kicked out'
          : codes.includes('301')
            ? 'we were banned'
            : 'we are no longer in it';
    }
    if (attempt && who !== null && (codes.includes('110') || who === attempt.nickname)) {
      // A room that we made just now takes nobody else before its settings are confirmed.
      if (codes.includes('201')) this.#confirm();
      attempt.entered(who);
    }
    return null;
  }

  #tryNickname(nickname: string, limitMs: number): Promise<Refusal | null> {
    const tried = new Promise<Refusal | null>((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new Error('it did not let us in within the limit of time')),
        Math.max(limitMs, 0),
      ).unref();
      const finish = (end: () => void) => {
        clearTimeout(limit);
        this.#attempt = null;
        end();
      };
      this.#attempt = {
        nickname,
        entered: (given) =>
          finish(() => {
            this.nickname = given;
            resolve(null);
          }),
        refused: (condition, text) => finish(() => resolve({ condition, text })),
      };
      this.stream.write(
        xml(
          'presence',
          { to: `${this.address}/${nickname}` },
          xml('x', { xmlns: MUC }, xml('history', { maxstanzas: '0' })),
        ),
      );
    });
    return Promise.race([tried, this.stream.ended.then((reason) => Promise.reject(reason))]);
  }

  #confirm(): void {
    const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' });
    const query = xml('query', { xmlns: `${MUC}#owner` }, form);
    this.stream.write(xml('iq', { type: 'set', id: 'confirm', to: this.address }, query));
  }

  /** Who in the room; null if the sender is not of this room. */
  #resourceOf(sender: string): string | null {
    const slash = sender.indexOf('/');
    const bare = slash < 0 ? sender : sender.slice(0, slash);
    if (bare.toLowerCase() !== this.address.toLowerCase()) return null;
    return slash < 0 ? '' : sender.slice(slash + 1);
  }
}

function explain({ condition, text }: Refusal): Error {
  const said = text === '' ? condition : `${condition}: ${text}`;
  const sentence = sentences[condition];
  return new Error(sentence === undefined ? `it does not let us in (${said})` : `${sentence} (${said})`);
}
