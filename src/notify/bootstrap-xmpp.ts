// Speaks in the rooms that `xmpp` in bootstrap.conf names, in place of switches whose client reports to the server instead of
// speaking itself. The file is the operator's: it is read anew while the server runs, and what is wrong in it is only logged.

import { hostname } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../log/log.js';
import type { JournalRecord } from '../wire/journal-record.js';
import type { Notifier } from '../wire/notifier.js';
import { usualLimits } from './create-notifier.js';
import { oneLine } from './describe-record.js';
import { explainFailure } from './explain-failure.js';
import { hideOwnSecrets } from './hide-own-secrets.js';
import { type BootstrapXmpp, readBootstrapXmpp } from './read-bootstrap-xmpp.js';
import type { NotifyEnvironment } from './transport.js';
import { createXmppNotifier } from './xmpp.js';

/** The file is read at most this often. */
const readAgainMs = 1_000;
/** Records that wait while it is read; what comes beyond them is dropped. */
const mostWaiting = 10_000;

/** What it is made of. */
export interface BootstrapXmppParts {
  /** The section as it is served, read anew; `{}` if there is none. Rejects if the file is broken. */
  read(): Promise<unknown>;
  readonly log: Log;
  readonly environment?: NotifyEnvironment;
}

/** Tells the rooms what switches report. Silent while the section is missing or incomplete. */
export function createBootstrapXmpp(parts: BootstrapXmppParts): Notifier {
  return new BootstrapXmppNotifier(parts);
}

interface Speaker {
  /** The section that it was made of. */
  readonly section: string;
  readonly notifier: Notifier | null;
  readonly everything: boolean;
}

class BootstrapXmppNotifier implements Notifier {
  readonly name = 'bootstrap.conf';
  readonly #around: NotifyEnvironment;
  #waiting: JournalRecord[] = [];
  #running: Promise<void> | null = null;
  #speaker: Speaker = { section: '{}', notifier: null, everything: false };
  /** Those of sections that are no longer in the file, while they end. */
  readonly #ending = new Set<Promise<void>>();
  #readAt = Number.NEGATIVE_INFINITY;
  #lastFault = '';
  /** Records for which there was no room, since the file was last read. */
  #dropped = 0;
  #isClosing = false;
  #isOver = false;

  constructor(private readonly parts: BootstrapXmppParts) {
    this.#around = parts.environment ?? { hostname: hostname(), limits: usualLimits };
  }

  tell(record: JournalRecord): void {
    if (record.source !== 'switch' || this.#isClosing) return;
    if (this.#waiting.length < mostWaiting) this.#waiting.push(record);
    else this.#dropped += 1;
    this.#running ??= this.#pass();
  }

  async test(): Promise<string> {
    await this.#refresh();
    if (this.#speaker.notifier) return this.#speaker.notifier.test();
    throw new Error(this.#lastFault === '' ? 'bootstrap.conf has no xmpp: add it' : this.#lastFault);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    let limit: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, this.#around.limits.closeMs);
    });
    await Promise.race([this.#running, patience]);
    clearTimeout(limit);
    // The file was not read in time: those that it named last are told.
    this.#isOver = true;
    this.#handOn();
    await Promise.all([this.#speaker.notifier?.close(), ...this.#ending]);
  }

  /** Hands on what waits. Never rejects. */
  async #pass(): Promise<void> {
    // Whoever tells goes first.
    await nextTurn();
    while (this.#waiting.length > 0 && !this.#isOver) {
      if (performance.now() - this.#readAt >= readAgainMs) await this.#refresh();
      this.#handOn();
    }
    // In the same turn as the last look, so that nothing comes between.
    this.#running = null;
  }

  /** To whom the file names now. */
  #handOn(): void {
    const { notifier, everything } = this.#speaker;
    const waiting = this.#waiting.splice(0);
    for (const record of waiting) {
      if (everything || isForInfo(record)) notifier?.tell(record);
    }
    const wasRead = this.#readAt > Number.NEGATIVE_INFINITY;
    const lost = this.#dropped + (wasRead ? 0 : waiting.length);
    this.#dropped = 0;
    if (lost > 0) {
      this.parts.log.warning(
        `bootstrap.conf: xmpp: ${lost} ${lost === 1 ? 'record was' : 'records were'} dropped: the file was not read in time`,
      );
    }
  }

  async #refresh(): Promise<void> {
    try {
      const read = await this.parts.read();
      if (this.#isOver) return;
      this.#readAt = performance.now();
      const section = JSON.stringify(read) ?? '{}';
      if (section !== this.#speaker.section) this.#change(section, readBootstrapXmpp(read));
    } catch (error) {
      this.#readAt = performance.now();
      this.#complain(`bootstrap.conf can not be read, so its xmpp stays as it was: ${explainFailure(error)}`);
    }
  }

  #change(section: string, found: BootstrapXmpp): void {
    const { notifier } = this.#speaker;
    if (notifier) {
      const end = notifier.close().finally(() => this.#ending.delete(end));
      this.#ending.add(end);
    }
    if (found.fault === null) this.#lastFault = '';
    else this.#complain(`bootstrap.conf: xmpp: ${found.fault}`);
    const { settings, everything } = found;
    this.#speaker = {
      section,
      everything,
      notifier:
        settings &&
        hideOwnSecrets(settings, this.parts.log, (log) =>
          createXmppNotifier(settings, log, this.#around, describe),
        ),
    };
  }

  #complain(fault: string): void {
    if (fault === this.#lastFault) return;
    this.#lastFault = fault;
    this.parts.log.warning(fault);
  }
}

/** `msg_type: info` has errors, and what a definition itself says by its on… messages. */
function isForInfo(record: JournalRecord): boolean {
  return record.level === 'error' || ownMessage(record) !== null;
}

/** The on… message of an action that a record is about. */
function ownMessage({ type, data }: JournalRecord): string | null {
  const { message } = data;
  return type.startsWith('action-') && typeof message === 'string' && message !== '' ? message : null;
}

/** `<node id>: <time> - <text>` */
function describe(record: JournalRecord): string {
  const { node, at, level, message } = record;
  const own = ownMessage(record);
  const withOwn = own === null || message.includes(own) ? message : `${message}; ${own}`;
  const text = level === 'error' ? withOwn : (own ?? message);
  return oneLine(`${node ?? 'ztpserver'}: ${at} - ${text}`);
}
