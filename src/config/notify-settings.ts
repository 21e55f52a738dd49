// Who is told of what happens: the sections [notify NAME] of ztpserver.conf, once read.

import type { RecordLevel, RecordType } from '../wire/journal-record.js';

/** How a connection is kept private; null where it is not, which has to be asked for. There is no third way. */
export interface TlsSettings {
  /** Absolute path of certificates (PEM) to trust instead of the system's; null for the system's. */
  readonly ca: string | null;
}

/** What all kinds have. */
export interface NotifyCommon {
  /** The section is [notify NAME]. */
  readonly name: string;
  /** Records of this level and those above are told. */
  readonly level: RecordLevel;
  /** Only records of these types; null for all. */
  readonly events: readonly RecordType[] | null;
}

/** A syslog server. */
export interface SyslogSettings extends NotifyCommon {
  readonly type: 'syslog';
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** Null with UDP. */
  readonly tls: TlsSettings | null;
  readonly format: 'rfc5424' | 'rfc3164';
  /** 0 to 23 (RFC 5424, 6.2.1). */
  readonly facility: number;
}

/** Rooms of an XMPP server (XEP-0045). */
export interface XmppSettings extends NotifyCommon {
  readonly type: 'xmpp';
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  /** Full addresses, such as `ztps@conference.example.com`; at least one. */
  readonly rooms: readonly string[];
  readonly nickname: string;
  /** Where to connect to; null to look it up from the domain. */
  readonly host: string | null;
  readonly port: number;
  readonly tls: TlsSettings | null;
}

/** A mail server to hand mails to. */
export interface MailSettings extends NotifyCommon {
  readonly type: 'mail';
  readonly host: string;
  readonly port: number;
  /** Null: no login. */
  readonly login: { readonly username: string; readonly password: string } | null;
  readonly from: string;
  /** At least one. */
  readonly to: readonly string[];
  /** By STARTTLS. */
  readonly tls: TlsSettings | null;
}

/** A URL that is posted to. */
export interface WebhookSettings extends NotifyCommon {
  readonly type: 'webhook';
  readonly url: string;
  /** Signs each body (HMAC-SHA256); null: none is signed. */
  readonly secret: string | null;
  readonly template: 'record' | 'slack' | 'teams';
  readonly tls: TlsSettings | null;
}

/** One section. */
export type NotifySettings = SyslogSettings | XmppSettings | MailSettings | WebhookSettings;
