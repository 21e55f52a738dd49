// Keeps a section's own password out of what is said of it: servers repeat in their answers what they were sent, login included.

import type { NotifySettings } from '../config/notify-settings.js';
import type { Log } from '../log/log.js';
import { MASK } from '../wire/mask-text.js';
import type { Notifier } from '../wire/notifier.js';

/** Fewer characters are no secret, and say nothing where a text was cut within one. */
const leastPart = 3;

/** What `make` makes, with the section's secrets hidden in all that it logs, or says of a test. */
export function hideOwnSecrets(settings: NotifySettings, log: Log, make: (log: Log) => Notifier): Notifier {
  const secrets = findSecrets(settings);
  const hide = (text: string) => hideIn(text, secrets);
  const notifier = make({
    debug: (message, fields) => log.debug(hide(message), fields),
    info: (message, fields) => log.info(hide(message), fields),
    warning: (message, fields) => log.warning(hide(message), fields),
    error: (message, fields) => log.error(hide(message), fields),
  });
  return {
    name: notifier.name,
    tell: (record) => notifier.tell(record),
    close: () => notifier.close(),
    async test() {
      try {
        return hide(await notifier.test());
      } catch (error) {
        throw new Error(hide(error instanceof Error ? error.message : String(error)));
      }
    },
  };
}

/** Longest first: one may be part of another. */
function findSecrets(settings: NotifySettings): readonly string[] {
  return listSecrets(settings)
    .filter(({ length }) => length >= leastPart)
    .sort((one, other) => other.length - one.length);
}

function listSecrets(settings: NotifySettings): readonly string[] {
  switch (settings.type) {
    case 'syslog':
      return [];
    case 'webhook': {
      // What stands behind the host may be a secret in itself.
      const { pathname, search } = new URL(settings.url);
      const place = [pathname + search, search, pathname].filter((text) => text.length > leastPart);
      return [...place, settings.secret ?? ''];
    }
    case 'xmpp':
      return asSent(settings);
    case 'mail':
      return settings.login ? asSent(settings.login) : [];
  }
}

/** As it is, and as it crosses the wire (RFC 4616, and AUTH LOGIN). */
function asSent({ username, password }: { readonly username: string; readonly password: string }) {
  const blobs = [password, `\0${username}\0${password}`, `${username}\0${username}\0${password}`];
  return [password, ...blobs.map((text) => Buffer.from(text).toString('base64').replace(/=+$/, ''))];
}

function hideIn(text: string, secrets: readonly string[]): string {
  let hidden = text;
  for (const secret of secrets) {
    hidden = hidden.replaceAll(secret, MASK);
    // A text that was cut may end with the beginning of one.
    for (let length = secret.length - 1; length >= leastPart; length -= 1) {
      hidden = hidden.replaceAll(`${secret.slice(0, length)}…`, `${MASK}…`);
    }
  }
  return hidden.replace(/\b(AUTH[ \t]{1,8}(?:PLAIN|LOGIN|XOAUTH2)[ \t]{1,8})\S+/gi, `$1${MASK}`);
}
