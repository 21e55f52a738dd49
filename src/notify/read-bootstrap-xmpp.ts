// Makes settings of what an operator wrote under `xmpp` in bootstrap.conf. What YAML took for a number is text here. Never shows
// a password.

import { isAbsolute } from 'node:path';
import type { TlsSettings, XmppSettings } from '../config/notify-settings.js';

/** What the section asks for. */
export interface BootstrapXmpp {
  /** Null if nobody is to be told, or the section is not complete. */
  readonly settings: XmppSettings | null;
  /** `msg_type: debug`; else errors and on… messages only. */
  readonly everything: boolean;
  /** What is wrong in it, with the mend; null if nothing is. */
  readonly fault: string | null;
}

/** Reads the section as it is served. */
export function readBootstrapXmpp(section: unknown): BootstrapXmpp {
  const values = toMapping(section);
  const texts = new Map(Object.entries(values).map(([key, value]) => [key, toText(value)]));
  const rooms = toList(values.rooms);
  const msgType = texts.get('msg_type') ?? 'info';
  const found = { settings: null, everything: msgType === 'debug' };
  if (Object.keys(values).length === 0) return { ...found, fault: null };

  const missing = ['domain', 'username', 'password'].filter((key) => (texts.get(key) ?? '') === '');
  if (rooms.length === 0) missing.push('rooms');
  if (missing.length > 0) {
    return { ...found, fault: `${missing.join(', ')} missing, so nothing is said in rooms` };
  }
  const domain = texts.get('domain') ?? '';
  const port = texts.get('port') ?? '5222';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return { ...found, fault: `port is ${JSON.stringify(port)}, wanted 1 to 65535` };
  }
  const tls = readTls(values.tls, texts.get('ca') ?? null);
  if (typeof tls === 'string') return { ...found, fault: tls };
  return {
    everything: found.everything,
    fault: /^(?:debug|info)$/.test(msgType)
      ? null
      : `msg_type is ${JSON.stringify(msgType)}, wanted debug or info: it is taken as info`,
    settings: {
      type: 'xmpp',
      name: 'bootstrap.conf',
      level: 'debug',
      events: null,
      domain,
      username: texts.get('username') ?? '',
      password: texts.get('password') ?? '',
      rooms: rooms.map((room) => (room.includes('@') ? room : `${room}@conference.${domain}`)),
      nickname: texts.get('nickname') || 'ztpserver',
      host: texts.get('server') || null,
      port: Number(port),
      tls,
    },
  };
}

/** @returns the fault if there is one */
function readTls(tls: unknown, ca: string | null): TlsSettings | null | string {
  // YAML 1.1 takes a bare off for false.
  const isOff = tls === false || tls === 'off';
  if (!isOff && tls !== undefined && tls !== null && tls !== 'required') {
    return `tls is ${JSON.stringify(tls)}, wanted required or off`;
  }
  if (ca === null) return isOff ? null : { ca: null };
  if (isOff) return 'ca stands beside tls: off; take one of them out';
  return isAbsolute(ca) ? { ca } : `ca is ${JSON.stringify(ca)}, wanted an absolute path`;
}

function toMapping(value: unknown): Readonly<Record<string, unknown>> {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as Record<string, unknown>) : {};
}

function toText(value: unknown): string | undefined {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? String(value) : undefined;
}

/** A list, or a single name. */
function toList(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map(toText).filter((text) => text !== undefined && text !== '') as string[];
}
