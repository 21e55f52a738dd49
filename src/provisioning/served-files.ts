// What a URL in an action's attributes leads to, read from the data root as the server would serve it. Fetches nothing from
// anywhere else.

import { isNodeId } from '../wire/node-id.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { Site } from './site.js';

/** The bytes; or, in words, that they can not be seen from here, or that the switch can not have them either. */
export type Served =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'unseen' | 'failed'; readonly reason: string };

/**
 * Reads what a switch would fetch.
 * @param servers the URLs that the server is known by; the first for relative ones
 * @param url as an attribute has it
 * @param readStartupConfig the startup-config that is served for a node, null if there is none
 */
export async function readServed(
  site: Site,
  servers: readonly [string, ...string[]],
  url: string,
  readStartupConfig: (id: string) => Promise<Buffer | null>,
): Promise<Served> {
  const path = pathOnServer(url, servers);
  if (typeof path !== 'string') return path;
  const [room, id = '', file, ...rest] = path.split('/');
  try {
    const isFile = room === 'files' || room === 'actions';
    const isStartupConfig =
      room === 'nodes' && file === 'startup-config' && rest.length === 0 && isNodeId(id);
    if (!isFile && !isStartupConfig) return { kind: 'unseen', reason: `${url} is no file of files/` };
    const bytes = isFile ? await site.files.readBytes(path) : await readStartupConfig(id);
    return bytes
      ? { kind: 'bytes', bytes }
      : { kind: 'failed', reason: `${path} is not there: add it, or name another` };
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    return { kind: error.code === 'read-failed' ? 'unseen' : 'failed', reason: error.message };
  }
}

/** The path below a server's URL, decoded; else why there is none. */
function pathOnServer(
  url: string,
  servers: readonly [string, ...string[]],
): string | Exclude<Served, { kind: 'bytes' }> {
  const typed = url.replace(/[\\\s]/g, encodeURIComponent);
  const isRelative = !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(typed);
  if (!isRelative && !/^https?:\/\/[^/]/i.test(typed)) {
    return { kind: 'failed', reason: `${url}: only http and https URLs can be fetched` };
  }
  try {
    const bases = servers.map((server) => new URL(`${server.replace(/\/+$/, '')}/`));
    const { origin, pathname } = new URL(isRelative ? bases[0] + typed.replace(/^\/+/, '') : typed);
    const base = bases.find((it) => it.origin === origin && pathname.startsWith(it.pathname));
    if (base === undefined) return { kind: 'unseen', reason: `${url} is on another server` };
    return decodeURIComponent(pathname.slice(base.pathname.length));
  } catch {
    return { kind: 'failed', reason: `${url} is no URL` };
  }
}
