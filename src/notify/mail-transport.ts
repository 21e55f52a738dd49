// Hands mails to a mail server. With TLS, neither login nor mail is sent before STARTTLS has succeeded and the certificate is
// that of the server: there is no falling back.

import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MailSettings } from '../config/notify-settings.js';
import { oneLine } from './describe-record.js';
import { type Digest, writeBody, writeSubject } from './mail-digest.js';
import { readCa } from './read-ca.js';
import { type GiveBack, type NotifyEnvironment, Refused, type Transport } from './transport.js';

/** The way to one mail server. A connection serves one mail. */
export function createMailTransport(
  settings: MailSettings,
  { hostname, limits }: NotifyEnvironment,
  giveBack: GiveBack<Digest>,
): Transport<Digest> {
  const { host, port, tls, login, from } = settings;
  const receiver = `${host.includes(':') ? `[${host}]` : host}:${port}`;

  const deliver = async (digest: Digest, signal: AbortSignal) => {
    const to = digest.to ?? settings.to;
    const mail = await compose(digest, from, settings.to, hostname);
    const ca = tls ? await readCa(tls) : undefined;
    signal.throwIfAborted();
    const connection = new SMTPConnection({
      host,
      port,
      name: /^[A-Za-z0-9.-]+$/.test(hostname) ? hostname : '[127.0.0.1]',
      secure: false,
      ...(tls
        ? { requireTLS: true, tls: { minVersion: 'TLSv1.2' as const, ...(ca && { ca }) } }
        : { ignoreTLS: true }),
      connectionTimeout: limits.attemptMs,
      greetingTimeout: limits.attemptMs,
      socketTimeout: limits.attemptMs,
    });
    const abort = () => connection.close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await converse(connection, { from, to, login, isPrivate: tls !== null }, mail);
    } finally {
      signal.removeEventListener('abort', abort);
      connection.close();
    }
  };

  return {
    receiver,
    async send(digest, signal) {
      const { rejected } = await deliver(digest, signal);
      const forNow = rejected.filter(({ error }) => !isFinal(error));
      if (forNow.length > 0) giveBack([{ ...digest, to: forNow.map(({ to }) => to) }]);
      const never = rejected.filter(({ error }) => isFinal(error));
      if (never.length === 0) return;
      const names = never.map(({ to, error }) => `${to} (${oneLine(error.message, 300)})`).join(', ');
      throw new Refused(`not for ${names}; the others have it`);
    },
    async test(digest, signal) {
      const { response, rejected } = await deliver(digest, signal);
      const [first] = rejected;
      if (first) throw new Error(`${first.to} was refused: ${oneLine(first.error.message, 300)}; check to =`);
      const by = tls ? 'over TLS, by STARTTLS' : 'in plain text';
      return `handed to ${receiver} ${by}: ${oneLine(response, 200)}`;
    },
    async close() {},
  };
}

interface Delivery {
  /** The server's last word. */
  readonly response: string;
  readonly rejected: readonly { readonly to: string; readonly error: SMTPConnection.SMTPError }[];
}

async function converse(
  connection: SMTPConnection,
  {
    from,
    to,
    login,
    isPrivate,
  }: {
    readonly from: string;
    readonly to: readonly string[];
    readonly login: MailSettings['login'];
    readonly isPrivate: boolean;
  },
  mail: Buffer,
): Promise<Delivery> {
  const fails = new Promise<never>((_resolve, reject) => {
    connection.on('error', reject);
    connection.once('end', () => reject(new Error('it closed the connection')));
  });
  // Whoever loses the race below must not end the process.
  fails.catch(() => {});
  const step = <T>(begin: (done: (error: Error | null | undefined, value: T) => void) => void) =>
    Promise.race([
      fails,
      new Promise<T>((resolve, reject) => begin((error, value) => (error ? reject(error) : resolve(value)))),
    ]);
  await step<void>((done) => connection.connect((error) => done(error, undefined)));
  if (isPrivate && !connection.secure) throw new Error('it does not offer STARTTLS');
  if (login) {
    const credentials = { user: login.username, pass: login.password };
    await step<void>((done) => connection.login({ credentials }, (error) => done(error, undefined)));
  }
  try {
    const info = await step<SMTPConnection.SentMessageInfo>((done) =>
      connection.send({ from, to: [...to] }, mail, done),
    );
    connection.quit();
    const errors = info.rejectedErrors ?? [];
    return {
      response: info.response,
      rejected: info.rejected.map((address, index) => ({
        to: address,
        error: errors[index] ?? new Error('it was refused'),
      })),
    };
  } catch (error) {
    if (isFinal(error)) throw new Refused(oneLine((error as Error).message, 300));
    throw error;
  }
}

/** True if the server will never take this mail (RFC 5321, 4.2.1). */
function isFinal(error: unknown): boolean {
  const { responseCode } = error as SMTPConnection.SMTPError;
  return responseCode !== undefined && responseCode >= 500 && responseCode < 600;
}

function compose(digest: Digest, from: string, to: readonly string[], hostname: string): Promise<Buffer> {
  const domain = hostname.replace(/[^A-Za-z0-9.-]/g, '') || 'localhost';
  return new MailComposer({
    from: { name: '', address: from },
    to: to.map((address) => ({ name: '', address })),
    subject: writeSubject(digest),
    text: writeBody(digest),
    // The same when it is sent again, so that a mail that arrives twice can be told.
    messageId: `<${digest.records[0]?.id ?? 'none'}.ztps@${domain}>`,
    date: new Date(),
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}
