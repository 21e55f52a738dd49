// From a section [notify NAME] to who does what it says: the only file that names the kinds.

import { hostname } from 'node:os';
import type { NotifySettings } from '../config/notify-settings.js';
import type { Log } from '../log/log.js';
import type { Notifier } from '../wire/notifier.js';
import { hideOwnSecrets } from './hide-own-secrets.js';
import { createMailNotifier } from './mail-notifier.js';
import { createRecordNotifier } from './record-notifier.js';
import { createSyslogTransport } from './syslog-transport.js';
import type { NotifyEnvironment, OutboxLimits } from './transport.js';
import { createWebhookTransport } from './webhook-transport.js';
import { createXmppNotifier } from './xmpp.js';

/** What the server has; tests have shorter ones. */
export const usualLimits: OutboxLimits = {
  records: 50_000,
  characters: 64 * 1024 * 1024,
  attemptMs: 10_000,
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
  closeMs: 5_000,
};

/** The notifier of one section. Nothing is opened before the first record or test. */
export function createNotifier(
  settings: NotifySettings,
  log: Log,
  environment: Partial<NotifyEnvironment> = {},
): Notifier {
  const around: NotifyEnvironment = { hostname: hostname(), limits: usualLimits, ...environment };
  return hideOwnSecrets(settings, log, (quietLog) => createByType(settings, quietLog, around));
}

function createByType(settings: NotifySettings, log: Log, around: NotifyEnvironment): Notifier {
  switch (settings.type) {
    case 'syslog':
      return createRecordNotifier(settings, log, around, (giveBack) =>
        createSyslogTransport(settings, around, giveBack),
      );
    case 'webhook':
      return createRecordNotifier(settings, log, around, () => createWebhookTransport(settings));
    case 'xmpp':
      return createXmppNotifier(settings, log, around);
    case 'mail':
      return createMailNotifier(settings, log, around);
  }
}
