// One connection to a mail server: STARTTLS, login, and mails one after the other. With TLS, neither login nor mail is sent before
// STARTTLS has succeeded and the certificate is that of the server: there is no falling back.

import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MailSettings } from '../config/notify-settings.js';
import { oneLine } from './describe-record.js';
import { readCa } from './read-ca.js';
import { type NotifyEnvironment, NotTaken, Refused } from './transport.js';

/** What became of a mail. */
export interface Delivery {
  /** The server's last word. */
  readonly response: string;
  readonly rejected: readonly { readonly to: string; readonly error: SMTPConnection.SMTPError }[];
}

/** Whom a mail is from, and for whom. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** A connection that is ready for mails. */
export class MailSession {
  /** False once it can take no mail any more. */
  isUsable = true;
  readonly #fails: Promise<never>;

  private constructor(private readonly connection: SMTPConnection) {
    this.#fails = new Promise<never>((_resolve, reject) => {
      const fail = (error: Error) => {
        this.isUsable = false;
        reject(error);
      };
      connection.on('error', fail);
      connection.once('end', () => fail(new Error('it closed the connection')));
    });
    // Whoever loses a race against it must not end the process.
    this.#fails.catch(() => {});
  }

  /** Connects and logs in; nothing is left open if that fails. */
  static async open(
    { host, port, tls, login }: MailSettings,
    { hostname, limits }: NotifyEnvironment,
    signal: AbortSignal,
    confirmMs: number,
  ): Promise<MailSession> {
    const ca = tls ? await readCa(tls) : undefined;
    signal.throwIfAborted();
    const connection = new SMTPConnection({
      host,
      port,
      name: /^[A-Za-z0-9.-]+$/.test(hostname) ? hostname : '[127.0.0.1]',
      secure: false,
      ...(tls
        ? {
            requireTLS: true,
            // Whatever the environment says.
            tls: { minVersion: 'TLSv1.2' as const, rejectUnauthorized: true, ...(ca && { ca }) },
          }
        : { ignoreTLS: true }),
      connectionTimeout: limits.attemptMs,
      greetingTimeout: limits.attemptMs,
      // Whoever sends has a limit of their own.
      socketTimeout: confirmMs + limits.attemptMs,
    });
    const session = new MailSession(connection);
    const abort = () => session.end();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await session.#begin(tls !== null, login);
      return session;
    } catch (error) {
      session.end();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Hands over one mail; `written` is called once the server has all of it. Ends the session unless that succeeds. */
  async send(
    { from, to }: Envelope,
    mail: Buffer,
    signal: AbortSignal,
    written: () => void,
  ): Promise<Delivery> {
    const abort = () => this.end();
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      const content = Readable.from([mail]).once('end', written);
      const info = await this.#step<SMTPConnection.SentMessageInfo>((done) =>
        this.connection.send({ from, to: [...to] }, content, done),
      );
      const errors = info.rejectedErrors ?? [];
      return {
        response: info.response,
        rejected: info.rejected.map((address, index) => ({
          to: address,
          error: errors[index] ?? new Error('it was refused'),
        })),
      };
    } catch (error) {
      this.end();
      const { responseCode = 0, message } = error as SMTPConnection.SMTPError;
      if (isFinal(error)) throw new Refused(oneLine(message, 300));
      // 421: it ends the connection, whatever the mail is (RFC 5321, 3.8).
      if (responseCode >= 400 && responseCode !== 421) throw new NotTaken(oneLine(message, 300));
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Says goodbye. */
  quit(): void {
    if (this.isUsable) this.connection.quit();
    this.end();
  }

  /** Ends it at once. */
  end(): void {
    this.isUsable = false;
    this.connection.close();
  }

  async #begin(isPrivate: boolean, login: MailSettings['login']): Promise<void> {
    const { connection } = this;
    const mend = 'so nothing secret was sent: set tls = off if you trust the network';
    try {
      await this.#step<void>((done) => connection.connect((error) => done(error, undefined)));
    } catch (error) {
      const { message, response } = error as SMTPConnection.SMTPError;
      if (!isPrivate || !message.includes('STARTTLS')) throw error;
      const answer = response ? ` (it answered ${oneLine(response, 200)})` : '';
      throw new Error(`it offers no STARTTLS${answer}, ${mend}`);
    }
    if (isPrivate && !connection.secure) throw new Error(`it offers no STARTTLS, ${mend}`);
    if (login) {
      const credentials = { user: login.username, pass: login.password };
      await this.#step<void>((done) => connection.login({ credentials }, (error) => done(error, undefined)));
    }
  }

  #step<T>(begin: (done: (error: Error | null | undefined, value: T) => void) => void): Promise<T> {
    return Promise.race([
      this.#fails,
      new Promise<T>((resolve, reject) => begin((error, value) => (error ? reject(error) : resolve(value)))),
    ]);
  }
}

/** True if the server will never take this mail (RFC 5321, 4.2.1). */
export function isFinal(error: unknown): boolean {
  const { responseCode } = error as SMTPConnection.SMTPError;
  return responseCode !== undefined && responseCode >= 500 && responseCode < 600;
}
