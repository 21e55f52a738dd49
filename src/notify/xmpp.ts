// Tells the rooms of an XMPP server of what happens: queue and filter are everybody's, the way there is xmpp-transport.ts.

import type { XmppSettings } from '../config/notify-settings.js';
import type { Log } from '../log/log.js';
import type { JournalRecord } from '../wire/journal-record.js';
import type { Notifier } from '../wire/notifier.js';
import { describeRecord } from './describe-record.js';
import { createRecordNotifier } from './record-notifier.js';
import type { NotifyEnvironment } from './transport.js';
import { XmppTransport } from './xmpp-transport.js';

/** Connecting, TLS, login, entering the rooms, and the first echo: each may take as long as an attempt of the other kinds. */
const steps = 5;

/** The notifier of a section with `type = xmpp`. `describe` says what is said of a record. */
export function createXmppNotifier(
  settings: XmppSettings,
  log: Log,
  around: NotifyEnvironment,
  describe: (record: JournalRecord) => string = describeRecord,
): Notifier {
  const { limits } = around;
  const longer = { ...around, limits: { ...limits, attemptMs: steps * limits.attemptMs } };
  return createRecordNotifier(
    settings,
    log,
    longer,
    (giveBack) =>
      new XmppTransport({
        name: settings.name,
        settings,
        log,
        stepMs: limits.attemptMs,
        closeMs: limits.closeMs / 2,
        giveBack,
        describe,
      }),
  );
}
