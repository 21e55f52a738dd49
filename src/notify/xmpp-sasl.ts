// Proving to a server who we are (RFC 6120, 6): SCRAM (RFC 5802, 7677) where it is offered, else PLAIN. Whoever calls has seen to it
// that the stream is private, if it has to be.

import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import xml, { type Element } from '@xmpp/xml';
import { readError, type XmppStream } from './xmpp-stream.js';

const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const derive = promisify(pbkdf2);
/** More rounds than any server asks for; they cost time. */
const mostRounds = 1_000_000;

/** An account. */
export interface XmppAccount {
  readonly domain: string;
  readonly username: string;
  readonly password: string;
}

/** Logs in by the best way that is offered. @throws with the server's reason */
export async function authenticate(
  stream: XmppStream,
  features: Element,
  account: XmppAccount,
): Promise<void> {
  const offered = features.getChild('mechanisms', SASL)?.getChildren('mechanism') ?? [];
  const names = offered.map((mechanism) => mechanism.getText());
  if (names.includes('SCRAM-SHA-256')) return authenticateByScram(stream, 'sha256', account);
  if (names.includes('SCRAM-SHA-1')) return authenticateByScram(stream, 'sha1', account);
  if (names.includes('PLAIN')) {
    const { username, password } = account;
    start(stream, 'PLAIN', `\0${username}\0${password}`);
    await answer(stream, account, 'success');
    return;
  }
  throw new Error(
    names.length === 0
      ? `it offers no login${stream.protocol === null ? ' in plain text: take tls = off out' : ''}`
      : `it offers no login that is known here (${names.join(', ')}; wanted SCRAM-SHA-256, SCRAM-SHA-1 or PLAIN)`,
  );
}

async function authenticateByScram(
  stream: XmppStream,
  hash: 'sha1' | 'sha256',
  account: XmppAccount,
): Promise<void> {
  const name = account.username.normalize('NFKC').replaceAll('=', '=3D').replaceAll(',', '=2C');
  const nonce = randomBytes(18).toString('base64');
  const first = `n=${name},r=${nonce}`;
  start(stream, hash === 'sha1' ? 'SCRAM-SHA-1' : 'SCRAM-SHA-256', `n,,${first}`);

  const challenge = await answer(stream, account, 'challenge');
  const { r: bothNonces = '', s: salt = '', i = '' } = readFields(challenge);
  const rounds = /^\d{1,7}$/.test(i) ? Number(i) : 0;
  if (!bothNonces.startsWith(nonce) || salt === '' || rounds < 1 || rounds > mostRounds) {
    throw new Error('its challenge at login is not one of SCRAM');
  }
  const password = account.password.normalize('NFKC');
  const length = hash === 'sha1' ? 20 : 32;
  const salted = await derive(password, Buffer.from(salt, 'base64'), rounds, length, hash);
  const clientKey = hmac(hash, salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  const last = `c=biws,r=${bothNonces}`;
  const signed = `${first},${challenge},${last}`;
  const signature = hmac(hash, storedKey, signed);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  stream.write(xml('response', { xmlns: SASL }, toBase64(`${last},p=${proof.toString('base64')}`)));

  const { v: verifier = '' } = readFields(await answer(stream, account, 'success'));
  const wanted = hmac(hash, hmac(hash, salted, 'Server Key'), signed);
  const given = Buffer.from(verifier, 'base64');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new Error('it does not know the password itself, so it is not the server that it claims to be');
  }
}

function start(stream: XmppStream, mechanism: string, text: string): void {
  stream.write(xml('auth', { xmlns: SASL, mechanism }, toBase64(text)));
}

/** The text of the next element, which has to be a `name`. */
async function answer(
  stream: XmppStream,
  { username, domain }: XmppAccount,
  name: 'challenge' | 'success',
): Promise<string> {
  const element = await stream.receive();
  if (element.is('failure', SASL)) {
    const { condition, text } = readError(element);
    const said = text === '' ? '' : `: ${text}`;
    throw new Error(
      `it does not let ${username}@${domain} in (${condition}${said}); check username and password`,
    );
  }
  if (element.is(name, SASL)) return Buffer.from(element.getText(), 'base64').toString();
  throw new Error(`it sent <${element.getName().slice(0, 40)}> at login, wanted <${name}>`);
}

function readFields(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split(',').map((field) => [field.slice(0, 1), field.slice(2)]));
}

function hmac(hash: string, key: Buffer, text: string): Buffer {
  return createHmac(hash, key).update(text).digest();
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
