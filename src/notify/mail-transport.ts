// Hands mails to a mail server: one connection for all that come in a row.

import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailSettings } from '../config/notify-settings.js';
import { oneLine } from './describe-record.js';
import { type Digest, writeBody, writeSubject } from './mail-digest.js';
import { type Delivery, isFinal, MailSession } from './mail-session.js';
import {
  type GiveBack,
  type IsWritten,
  type NotifyEnvironment,
  NotTaken,
  Refused,
  type Transport,
} from './transport.js';

/** How long a server may take to confirm a mail that it has, in attempts: 10 minutes (RFC 5321, 4.5.3.2.6); and a test's patience. */
const confirmAttempts = 60;
const testConfirmAttempts = 6;
/** A connection without a mail for so long is closed. */
const idleMs = 5_000;

/** The way to one mail server. */
export function createMailTransport(
  settings: MailSettings,
  environment: NotifyEnvironment,
  giveBack: GiveBack<Digest>,
): Transport<Digest> {
  const { host, port, tls, from } = settings;
  const receiver = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const confirmMs = confirmAttempts * environment.limits.attemptMs;
  let kept: MailSession | null = null;
  let idle: NodeJS.Timeout | undefined;

  const open = (signal: AbortSignal) => MailSession.open(settings, environment, signal, confirmMs);
  const compose = (digest: Digest) => composeMail(digest, from, settings.to, environment.hostname);

  const deliver = async (digest: Digest, signal: AbortSignal, isWritten: IsWritten): Promise<Delivery> => {
    const mail = await compose(digest);
    const envelope = { from, to: digest.to ?? settings.to };
    clearTimeout(idle);
    let wasWritten = false;
    const send = async (session: MailSession) => {
      const delivery = await session.send(envelope, mail, signal, () => {
        wasWritten = true;
        isWritten(confirmMs);
      });
      kept = session;
      idle = setTimeout(() => session.quit(), idleMs).unref();
      return delivery;
    };
    const session = kept;
    kept = null;
    if (session?.isUsable) {
      try {
        return await send(session);
      } catch (error) {
        // That the server has closed a connection that was kept is nobody's fault.
        const isStale = !(error instanceof Refused || error instanceof NotTaken) && !wasWritten;
        if (!isStale || signal.aborted) throw error;
      }
    }
    return send(await open(signal));
  };

  return {
    receiver,
    async send(digest, signal, isWritten) {
      const { rejected } = await deliver(digest, signal, isWritten);
      const forNow = rejected.filter(({ error }) => !isFinal(error));
      if (forNow.length > 0) giveBack([{ ...digest, to: forNow.map(({ to }) => to) }]);
      const never = rejected.filter(({ error }) => isFinal(error));
      if (never.length === 0) return;
      const names = never.map(({ to, error }) => `${to} (${oneLine(error.message, 300)})`).join(', ');
      throw new Refused(`not for ${names}; the others have it`);
    },
    async test(digest, signal, isWritten) {
      const mail = await compose(digest);
      const session = await open(signal);
      const patience = () => isWritten(testConfirmAttempts * environment.limits.attemptMs);
      const { response, rejected } = await session.send({ from, to: settings.to }, mail, signal, patience);
      session.quit();
      const [first] = rejected;
      if (first) throw new Error(`${first.to} was refused: ${oneLine(first.error.message, 300)}; check to =`);
      const by = tls ? 'over TLS, by STARTTLS' : 'in plain text';
      return `handed to ${receiver} ${by}: ${oneLine(response, 200)}`;
    },
    async close() {
      clearTimeout(idle);
      kept?.quit();
    },
  };
}

function composeMail(digest: Digest, from: string, to: readonly string[], hostname: string): Promise<Buffer> {
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
