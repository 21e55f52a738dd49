// GET /bootstrap and /bootstrap/config: what a switch needs before it can say anything.

import type { JsonObject, JsonValue } from '../engine/json-value.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { Links } from './links.js';
import type { Site } from './site.js';

const configPath = 'bootstrap/bootstrap.conf';

// EOS up to 4.29 brought this module along; none since does.
const importsSleekxmpp = /^[ \t]*(?:import[ \t][^#\n]*\bsleekxmpp\b|from[ \t]+sleekxmpp\b)/m;

/** True for a bootstrap script that today's EOS can not run, since it imports sleekxmpp. */
export function isOutdatedBootstrap(script: Buffer): boolean {
  return importsSleekxmpp.test(script.toString('latin1'));
}

/**
 * The bootstrap script with `$SERVER` and `${SERVER}` replaced by the server's URL; nothing else in it changes.
 * @param filename `[bootstrap] filename`, within `bootstrap/`
 * @throws ZtpError `missing-bootstrap`
 */
export async function readBootstrap(site: Site, filename: string, links: Links): Promise<Buffer> {
  const path = `bootstrap/${filename}`;
  const script = await site.files.readBytes(path);
  if (!script) {
    throw new ZtpError('missing-bootstrap', `${path} is not there: \`ztps init\` writes it`);
  }
  // latin1 maps bytes to characters one to one, so that whatever else the file holds stays as it is.
  const text = script.toString('latin1');
  return Buffer.from(
    text.replaceAll(/\$SERVER(?![A-Za-z0-9_])|\$\{SERVER\}/g, () => links.server),
    'latin1',
  );
}

/**
 * The client's settings, in the shape that every client in the field relies on: `logging` and `xmpp` are always there.
 * @throws ZtpError `invalid-bootstrap-conf`
 */
export async function readBootstrapConfig(site: Site): Promise<JsonObject> {
  const value = await readSettings(site);
  const sections = value ?? {};
  if (!isMapping(sections))
    throw invalid(`wanted a mapping with the keys logging and xmpp, found ${nameOf(sections)}`);
  const { logging, xmpp, client } = sections;
  return {
    logging: readLogging(logging ?? []),
    xmpp: readSection('xmpp', xmpp ?? {}),
    ...(client === undefined ? {} : { client: readSection('client', client ?? {}) }),
  };
}

/** The `xmpp` section of bootstrap.conf; empty if there is none. @throws ZtpError `invalid-bootstrap-conf` */
export async function readXmpp(site: Site): Promise<JsonValue> {
  return (await readBootstrapConfig(site)).xmpp ?? {};
}

async function readSettings(site: Site): Promise<JsonValue> {
  try {
    return (await site.files.readDocument(configPath))?.value ?? null;
  } catch (error) {
    if (error instanceof ZtpError && error.code === 'invalid-yaml') {
      throw new ZtpError('invalid-bootstrap-conf', error.message, {
        cause: error,
        ...(error.place && { place: error.place }),
      });
    }
    throw error;
  }
}

function readLogging(value: JsonValue): JsonValue {
  if (!Array.isArray(value)) throw invalid(`logging is ${nameOf(value)}, wanted a list`);
  return value.map((entry: JsonValue, index) => {
    if (!isMapping(entry) || typeof entry.destination !== 'string') {
      throw invalid(`logging entry ${index + 1} has no destination (HOST, HOST:PORT or file:/PATH)`);
    }
    return { ...entry, level: entry.level ?? 'DEBUG' };
  });
}

function readSection(name: string, value: JsonValue): JsonObject {
  if (isMapping(value)) return value;
  throw invalid(`${name} is ${nameOf(value)}, wanted a mapping`);
}

function isMapping(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: JsonValue): string {
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a mapping' : JSON.stringify(value);
}

function invalid(reason: string): ZtpError {
  return new ZtpError('invalid-bootstrap-conf', `${configPath}: ${reason}`);
}
