// Puts the configuration together: flags over environment over ztpserver.conf over defaults.
// The only reader of process.env; looks at nothing in the data root but whether it is there.

import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, normalize, relative, resolve } from 'node:path';
import { nearestName } from '../engine/nearest-name.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { Config, Environment } from './config.js';
import { type IniFile, readIni } from './read-ini.js';
import { type ConfigWarning, isNotifySection, readNotify } from './read-notify.js';
import {
  fail,
  parseBoolean,
  parseChoice,
  parseCount,
  parseFolder,
  parsePort,
  parseSeconds,
  parseText,
  splitList,
  type Typed,
} from './typed.js';

/** Where the configuration is looked for when neither `--conf` nor `$ZTPS_CONFIG` names a file. */
export const DEFAULT_CONFIG_FILE = '/etc/ztpserver/ztpserver.conf';

/** What `server_url` is when nothing sets it. */
export const DEFAULT_SERVER_URL = 'http://ztpserver:8080';

/** What the command line may say about the configuration. */
export interface ConfigFlags {
  /** `--conf`. */
  readonly file?: string;
  /** `--debug`. */
  readonly debug?: boolean;
}

interface Setting {
  readonly section: string;
  readonly key: string;
  readonly fallback: string;
  readonly variable?: string;
}

// Every key there is (data-root.md). An empty environment variable counts as unset, as in a shell's ${X:-…}.
const settings = {
  dataRoot: {
    section: 'default',
    key: 'data_root',
    fallback: '/usr/share/ztpserver',
    variable: 'ZTPS_DEFAULT_DATAROOT',
  },
  identifier: { section: 'default', key: 'identifier', fallback: 'serialnumber' },
  serverUrl: {
    section: 'default',
    key: 'server_url',
    fallback: DEFAULT_SERVER_URL,
    variable: 'ZTPS_DEFAULT_SERVER',
  },
  logging: { section: 'default', key: 'logging', fallback: 'True', variable: 'ZTPS_DEFAULT_LOGGING' },
  consoleLogging: { section: 'default', key: 'console_logging', fallback: 'True' },
  consoleLoggingFormat: {
    section: 'default',
    key: 'console_logging_format',
    fallback: '%(asctime)s:%(levelname)s:[%(module)s:%(lineno)d] %(message)s',
    variable: 'ZTPS_CONSOLE_LOGGING_FORMAT',
  },
  logFormat: { section: 'default', key: 'log_format', fallback: 'text' },
  disableTopologyValidation: { section: 'default', key: 'disable_topology_validation', fallback: 'False' },
  trustedFolders: { section: 'default', key: 'trusted_folders', fallback: '' },
  interface: { section: 'server', key: 'interface', fallback: '0.0.0.0' },
  port: { section: 'server', key: 'port', fallback: '8080' },
  maxDownloads: { section: 'server', key: 'max_downloads', fallback: '200' },
  bootstrapFilename: {
    section: 'bootstrap',
    key: 'filename',
    fallback: 'bootstrap',
    variable: 'ZTPS_BOOTSTRAP_FILENAME',
  },
  neighbordbFilename: {
    section: 'neighbordb',
    key: 'filename',
    fallback: 'neighbordb',
    variable: 'ZTPS_NEIGHBORDB_FILENAME',
  },
  sqlite: { section: 'resources', key: 'sqlite', fallback: 'db/resources.db' },
  pluginCalls: { section: 'plugins', key: 'calls', fallback: '4' },
  pluginTimeout: { section: 'plugins', key: 'timeout', fallback: '10' },
  state: { section: 'state', key: 'path', fallback: 'state' },
  keepDays: { section: 'journal', key: 'keep_days', fallback: '365' },
  stalledAfter: { section: 'journal', key: 'stalled_after', fallback: '15m' },
  byPosition: { section: 'replacement', key: 'by_position', fallback: 'propose' },
  silentFor: { section: 'replacement', key: 'silent_for', fallback: '1h' },
  keepVersions: { section: 'history', key: 'keep', fallback: '100' },
} as const satisfies Record<string, Setting>;

/**
 * Reads the configuration: `--conf FILE`, else `$ZTPS_CONFIG`, else /etc/ztpserver/ztpserver.conf (only the last may
 * be missing). Environment beats file beats default. A relative data_root or `trusted_folders` entry is relative to
 * the file's folder when it stands in the file, to the working directory when it comes from the environment.
 *
 * @throws ZtpError `invalid-config` that names file, line, section and key of the first bad value, `read-failed` when
 *   the file is there and cannot be read
 */
export async function readConfig(
  flags: ConfigFlags = {},
  environment: Environment = process.env,
): Promise<Config> {
  const source = await readSource(flags.file, environment);
  const typed = (setting: Setting): Typed => findTyped(setting, source, environment);
  const read = <T>(setting: Setting, parse: (typed: Typed) => T): T => parse(typed(setting));

  const dataRoot = read(settings.dataRoot, parseFolder);
  const notify = source === null ? { settings: [], warnings: [] } : readNotify(source.file, source.ini);
  const config: Config = {
    dataRoot,
    identifier: read(settings.identifier, (value) => parseChoice(value, ['serialnumber', 'systemmac'])),
    serverUrls: read(settings.serverUrl, parseServerUrls),
    logging: read(settings.logging, parseBoolean),
    consoleLogging: read(settings.consoleLogging, parseBoolean),
    consoleLoggingFormat: read(settings.consoleLoggingFormat, parseText),
    logFormat: read(settings.logFormat, (value) => parseChoice(value, ['text', 'json'])),
    debug: flags.debug ?? false,
    disableTopologyValidation: read(settings.disableTopologyValidation, parseBoolean),
    trustedFolders: Object.freeze(read(settings.trustedFolders, parseTrustedFolders)),
    interface: read(settings.interface, parseInterface),
    port: read(settings.port, parsePort),
    maxDownloads: read(settings.maxDownloads, (value) =>
      parseCount(value, 100_000, 'transfers at once, 1 to 100000'),
    ),
    bootstrapFilename: read(settings.bootstrapFilename, (value) =>
      parseFileName(value, resolve(dataRoot, 'bootstrap')),
    ),
    neighbordbFilename: read(settings.neighbordbFilename, (value) => parseFileName(value, dataRoot)),
    sqlite: read(settings.sqlite, parseText),
    pluginCalls: read(settings.pluginCalls, (value) => parseCount(value, 100, 'calls at once, 1 to 100')),
    pluginTimeout: read(settings.pluginTimeout, (value) => parseCount(value, 3600, 'seconds, 1 to 3600')),
    stateFolder: read(settings.state, (value) => resolve(dataRoot, parseText(value))),
    keepDays: read(settings.keepDays, (value) => parseCount(value, 36_500, 'days, 1 to 36500')),
    stalledAfter: read(settings.stalledAfter, (value) =>
      parseSeconds(value, 7 * 86_400, 'seconds, or a time such as 15m or 2h, up to 7d'),
    ),
    byPosition: read(settings.byPosition, (value) => parseChoice(value, ['off', 'propose', 'auto'])),
    silentFor: read(settings.silentFor, (value) =>
      parseSeconds(value, 30 * 86_400, 'seconds, or a time such as 30m or 2h, up to 30d'),
    ),
    keepVersions: read(settings.keepVersions, (value) => parseCount(value, 10_000, 'versions, 1 to 10000')),
    notify: Object.freeze(notify.settings),
    environment: Object.freeze({ ...environment }),
    file: source?.file ?? null,
    warnings: Object.freeze(source === null ? [] : findUnknown(source, notify.warnings)),
  };
  return Object.freeze(config);
}

/**
 * Makes sure that the data root is a folder that can be read.
 *
 * @throws ZtpError `invalid-config` that names the folder and the mend
 */
export async function checkDataRoot(config: Config): Promise<void> {
  const place = `the data root ${config.dataRoot} ([default] data_root in ${config.file ?? DEFAULT_CONFIG_FILE}, or $ZTPS_DEFAULT_DATAROOT)`;
  let isFolder: boolean;
  try {
    isFolder = (await stat(config.dataRoot)).isDirectory();
  } catch (error) {
    const reason =
      errorCode(error) === 'ENOENT' ? 'is not there' : `can not be looked at: ${describe(error)}`;
    throw new ZtpError('invalid-config', `${place} ${reason}; "ztps init ${config.dataRoot}" makes one`, {
      cause: error,
    });
  }
  if (!isFolder) throw new ZtpError('invalid-config', `${place} is a file; a folder is wanted`);
  try {
    await access(config.dataRoot, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw new ZtpError('invalid-config', `${place} can not be read by this user: ${describe(error)}`, {
      cause: error,
    });
  }
}

interface Source {
  readonly file: string;
  readonly ini: IniFile;
}

async function readSource(flag: string | undefined, environment: Environment): Promise<Source | null> {
  const named = flag ?? (environment.ZTPS_CONFIG || undefined);
  const file = resolve(named ?? DEFAULT_CONFIG_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      if (named === undefined) return null;
      const who = flag !== undefined ? '--conf' : '$ZTPS_CONFIG';
      throw new ZtpError('invalid-config', `${file}: there is no such file, and ${who} names it`, {
        cause: error,
      });
    }
    throw new ZtpError('read-failed', `${file}: can not be read: ${describe(error)}`, { cause: error });
  }
  return { file, ini: readIni(text, file) };
}

function findTyped(setting: Setting, source: Source | null, environment: Environment): Typed {
  const name = `[${setting.section}] ${setting.key}`;
  const fromEnvironment = setting.variable === undefined ? undefined : environment[setting.variable];
  if (setting.variable !== undefined && fromEnvironment !== undefined && fromEnvironment !== '') {
    return { text: fromEnvironment.trim(), place: `$${setting.variable} (${name})`, folder: process.cwd() };
  }
  const values = source?.ini.sections.get(setting.section)?.values;
  const value = values?.get(setting.key) ?? source?.ini.defaults.get(setting.key);
  if (source !== null && value !== undefined) {
    return {
      text: value.value,
      place: `${source.file}:${value.line}: ${name}`,
      folder: dirname(source.file),
    };
  }
  return { text: setting.fallback, place: name, folder: '/' };
}

function parseInterface(typed: Typed): string {
  // Python binds to every address when the text is empty.
  const host = typed.text.replace(/^\[(.*)\]$/, '$1') || '0.0.0.0';
  return /^[A-Za-z0-9._:%-]+$/.test(host)
    ? host
    : fail(typed, 'one address or host name, such as 0.0.0.0 or ::');
}

function parseServerUrls(typed: Typed): readonly [string, ...string[]] {
  const [first, ...others] = splitList(typed.text).map((text) => {
    const url = /^https?:\/\/[!-[\]-~]+$/i.test(text) && URL.canParse(text) ? new URL(text) : null;
    if (url === null || url.search !== '' || url.hash !== '' || /[?#]/.test(text) || url.hostname === '') {
      const wanted =
        'URLs such as http://ztpserver:8080, commas between them, in ASCII (a host name of other letters as xn--…), without ? and #';
      return fail({ ...typed, text }, wanted);
    }
    return text;
  });
  return first === undefined ? fail(typed, 'at least one URL') : Object.freeze([first, ...others] as const);
}

function parseTrustedFolders(typed: Typed): readonly string[] {
  return [...new Set(splitList(typed.text).map((text) => parseFolder({ ...typed, text })))];
}

// A name within `folder`, as typed but tidied; its own absolute path is fine too.
function parseFileName(typed: Typed, folder: string): string {
  const text = parseText(typed);
  const name = isAbsolute(text) ? relative(folder, text) : normalize(text);
  const inside = name !== '' && name !== '.' && !name.endsWith('/') && !/^\.\.(\/|$)/.test(name);
  return inside ? name : fail(typed, `the name of a file in ${folder}`);
}

function findUnknown(source: Source, others: readonly ConfigWarning[]): readonly string[] {
  const all: readonly Setting[] = Object.values(settings);
  const sectionNames = new Set(all.map((setting) => setting.section));
  const warnings: ConfigWarning[] = [...others];
  const warn = (line: number, text: string) =>
    warnings.push({ line, text: `${source.file}:${line}: ${text}` });

  for (const [name, section] of source.ini.sections) {
    if (isNotifySection(name)) continue;
    if (!sectionNames.has(name)) {
      const near = nearestName(name, sectionNames);
      warn(
        section.line,
        `section [${name}] is not known, so nothing in it counts${near ? `; [${near}] is` : ''}`,
      );
      continue;
    }
    const keys = all.filter((setting) => setting.section === name).map((setting) => setting.key);
    for (const [key, { line }] of section.values) {
      if (!keys.includes(key)) warn(line, `[${name}] ${key} is not known${offer(key, name, keys, all)}`);
    }
  }
  for (const [key, { line }] of source.ini.defaults) {
    if (all.some((setting) => setting.key === key)) continue;
    const keys = all.map((setting) => setting.key);
    warn(line, `[DEFAULT] ${key} is not known${offer(key, 'DEFAULT', keys, all)}`);
  }
  return warnings.sort((a, b) => a.line - b.line).map((warning) => warning.text);
}

function offer(key: string, section: string, keys: readonly string[], all: readonly Setting[]): string {
  const elsewhere = all.find((setting) => setting.key === key && setting.section !== section);
  if (elsewhere !== undefined) return `; it belongs in [${elsewhere.section}]`;
  const near = nearestName(key, keys);
  return near === null ? '' : `; ${near} is`;
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
