// Reads the sections [notify NAME]. A mistake in one of them is an error: whoever is to be told must not be forgotten silently.

import { dirname, resolve } from 'node:path';
import { nearestName } from '../engine/nearest-name.js';
import { type RecordType, recordLevels, recordTypes } from '../wire/journal-record.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { NotifyCommon, NotifySettings, TlsSettings } from './notify-settings.js';
import type { IniFile, IniSection } from './read-ini.js';
import { fail, parseChoice, parsePort, parseText, splitList, type Typed } from './typed.js';

/** Something to be said in the log at start, and the line of the file that it is about. */
export interface ConfigWarning {
  readonly line: number;
  readonly text: string;
}

const sectionName = /^notify\s+(\S(?:.*\S)?)\s*$/;

/** Every key of each type; the first four are everybody's. */
const commonKeys = ['type', 'level', 'events'];
const tlsKeys = ['tls', 'ca'];
const keys = {
  syslog: ['server', 'transport', 'format', 'facility', ...tlsKeys],
  xmpp: ['domain', 'username', 'password', 'rooms', 'nickname', 'server', 'port', ...tlsKeys],
  mail: ['server', 'username', 'password', 'from', 'to', ...tlsKeys],
  webhook: ['url', 'secret', 'template', ...tlsKeys],
} as const;

const facilities = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...['ntp', 'security', 'console', 'clock'],
  ...Array.from({ length: 8 }, (_, number) => `local${number}`),
];

/** True for `notify NAME`. */
export function isNotifySection(name: string): boolean {
  return name === 'notify' || sectionName.test(name);
}

/**
 * All of them, in the order of the file, and what is to be said of unknown keys.
 * @throws ZtpError `invalid-config` that names file, line, section and key
 */
export function readNotify(
  file: string,
  ini: IniFile,
): { readonly settings: readonly NotifySettings[]; readonly warnings: readonly ConfigWarning[] } {
  const settings: NotifySettings[] = [];
  const warnings: ConfigWarning[] = [];
  for (const [title, section] of ini.sections) {
    if (!isNotifySection(title)) continue;
    const name = sectionName.exec(title)?.[1];
    const place = `${file}:${section.line}: [${title}]`;
    if (name === undefined) {
      throw new ZtpError('invalid-config', `${place} has no name; wanted: [notify NAME]`);
    }
    if (settings.some((other) => other.name === name)) {
      throw new ZtpError(
        'invalid-config',
        `${place}: there is another [notify ${name}]; give each a name of its own`,
      );
    }
    const reader = new SectionReader(file, title, section);
    const made = readOne(name, reader);
    settings.push(made);
    const known = [...commonKeys, ...keys[made.type]];
    for (const [key, { line }] of section.values) {
      if (known.includes(key)) continue;
      const near = nearestName(key, known);
      const offer = near === null ? '' : `; ${near} is`;
      warnings.push({
        line,
        text: `${file}:${line}: [${title}] ${key} is not known for type ${made.type}${offer}`,
      });
    }
  }
  return { settings, warnings };
}

function readOne(name: string, section: SectionReader): NotifySettings {
  const type = parseChoice(section.need('type'), ['syslog', 'xmpp', 'mail', 'webhook']);
  const common: NotifyCommon = {
    name,
    level: parseChoice(section.get('level', 'info'), recordLevels),
    events: readEvents(section.find('events')),
  };
  switch (type) {
    case 'syslog':
      return { type, ...common, ...readSyslog(section) };
    case 'xmpp':
      return { type, ...common, ...readXmpp(section) };
    case 'mail':
      return { type, ...common, ...readMail(section) };
    case 'webhook':
      return { type, ...common, ...readWebhook(section) };
  }
}

function readSyslog(section: SectionReader) {
  const transport = parseChoice(section.get('transport', 'udp'), ['udp', 'tcp']);
  if (transport === 'udp') {
    for (const key of tlsKeys) {
      const typed = section.find(key);
      if (typed) fail(typed, `no ${key} here, since UDP has no TLS; transport = tcp has`);
    }
  }
  const tls = transport === 'udp' ? null : section.tls();
  const facility = section.get('facility', 'daemon');
  return {
    ...readHost(section.need('server'), tls ? 6514 : 514),
    transport,
    tls,
    format: parseChoice(section.get('format', 'rfc5424'), ['rfc5424', 'rfc3164']),
    facility: facilities.indexOf(parseChoice(facility, facilities)),
  };
}

function readXmpp(section: SectionReader) {
  const domain = parseText(section.need('domain'));
  const rooms = splitList(section.need('rooms').text);
  if (rooms.length === 0) fail(section.need('rooms'), 'rooms, commas between them');
  const server = section.find('server');
  return {
    domain,
    username: parseText(section.need('username')),
    password: parseSecret(section.need('password')),
    rooms: rooms.map((room) => (room.includes('@') ? room : `${room}@conference.${domain}`)),
    nickname: parseText(section.get('nickname', 'ztpserver')),
    host: server ? parseText(server) : null,
    port: parsePort(section.get('port', '5222')),
    tls: section.tls(),
  };
}

function readMail(section: SectionReader) {
  const username = section.find('username');
  const to = section.need('to');
  const addresses = splitList(to.text).map((text) => parseAddress({ ...to, text }));
  if (addresses.length === 0) fail(to, 'addresses, commas between them');
  if (!username && section.find('password')) fail(hide(section.need('password')), 'username beside it');
  return {
    ...readHost(section.need('server'), 587),
    login: username
      ? { username: parseText(username), password: parseSecret(section.need('password')) }
      : null,
    from: parseAddress(section.need('from')),
    to: addresses,
    tls: section.tls(),
  };
}

function readWebhook(section: SectionReader) {
  const typed = section.need('url');
  const tls = section.tls();
  const url = URL.canParse(typed.text) ? new URL(typed.text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) fail(hide(typed), 'a URL such as https://example.com/hook');
  if (tls && url.protocol === 'http:') fail(hide(typed), 'an https:// URL, or tls = off beside it');
  if (!tls && url.protocol === 'https:') fail(hide(typed), 'no tls = off beside it, since https:// is TLS');
  const secret = section.find('secret');
  return {
    url: url.href,
    secret: secret ? parseSecret(secret) : null,
    template: parseChoice(section.get('template', 'record'), ['record', 'slack', 'teams']),
    tls,
  };
}

/** Types by name; `*` stands for any letters (`action-*`). */
function readEvents(typed: Typed | null): readonly RecordType[] | null {
  if (!typed) return null;
  const found = splitList(typed.text).flatMap((text) => {
    const [first = '', ...others] = text.toLowerCase().split('*');
    const matches = recordTypes.filter((type) =>
      others.length === 0 ? type === first : type.startsWith(first) && type.endsWith(others.join('')),
    );
    return matches.length > 0 ? matches : fail({ ...typed, text }, recordTypes.join(', '));
  });
  return found.length > 0 ? [...new Set(found)] : fail(typed, 'types of events, commas between them');
}

/** `HOST`, `HOST:PORT`, `[V6]:PORT`. */
function readHost(typed: Typed, port: number): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)\]|([A-Za-z0-9._-]+))(?::(\d+))?$/.exec(
    typed.text,
  );
  const bare = /^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(typed.text) ? typed.text : undefined;
  const host = match?.[1] ?? match?.[2] ?? bare ?? fail(typed, 'HOST, HOST:PORT or [IPV6]:PORT');
  return { host, port: match?.[3] === undefined ? port : parsePort({ ...typed, text: match[3] }) };
}

function parseAddress(typed: Typed): string {
  return /^[^\s@<>]+@[^\s@<>]+$/.test(typed.text)
    ? typed.text
    : fail(typed, 'an address such as noc@example.com');
}

/** A secret is never shown. */
function parseSecret(typed: Typed): string {
  const isText = typed.text !== '' && !/[\0\ufffd]/.test(typed.text);
  return isText ? typed.text : fail(hide(typed), 'some text in UTF-8');
}

function hide(typed: Typed): Typed {
  return { ...typed, text: '(not shown)' };
}

/** One section, key by key. */
class SectionReader {
  constructor(
    private readonly file: string,
    private readonly title: string,
    private readonly section: IniSection,
  ) {}

  find(key: string): Typed | null {
    const value = this.section.values.get(key);
    if (value === undefined) return null;
    return {
      text: value.value,
      place: `${this.file}:${value.line}: [${this.title}] ${key}`,
      folder: dirname(this.file),
    };
  }

  get(key: string, fallback: string): Typed {
    return this.find(key) ?? { text: fallback, place: `[${this.title}] ${key}`, folder: dirname(this.file) };
  }

  need(key: string): Typed {
    const found = this.find(key);
    if (found) return found;
    throw new ZtpError(
      'invalid-config',
      `${this.file}:${this.section.line}: [${this.title}] has no ${key}; add one`,
    );
  }

  /** `tls = required` (the default) or `off`, and `ca`. */
  tls(): TlsSettings | null {
    const isOff = parseChoice(this.get('tls', 'required'), ['required', 'off']) === 'off';
    const ca = this.find('ca');
    if (isOff && ca) fail(ca, 'no ca beside tls = off');
    return isOff ? null : { ca: ca ? resolve(ca.folder, parseText(ca)) : null };
  }
}
