// Which of the server's paths a URL of an attribute leads to. Looks at the text only.

import { parseResourceCall } from './resource-call.js';

/** Scheme and host in small letters, and no port that is the usual one: as the client spells them. */
function normaliseOrigin(url: string): string {
  const [, scheme = '', login = '', host = '', rest = ''] =
    /^(https?):\/\/([^/?#]*@)?([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (scheme === '') return url;
  const usual = scheme.length === 'http'.length ? /:80$/ : /:443$/;
  return `${scheme.toLowerCase()}://${login}${host.toLowerCase().replace(usual, '')}${rest}`;
}

/** What follows the server's address in a URL: all of a relative one; null if the URL is another server's. */
function pathUnderServer(url: string, serverUrls: readonly string[]): string | null {
  if (/\s/.test(url)) return null;
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) return url.replace(/^\/+/, '');
  const spelled = normaliseOrigin(url);
  const servers = serverUrls.map(normaliseOrigin).filter((it) => spelled.startsWith(`${it}/`));
  // One may lie below another.
  const length = Math.max(...servers.map((it) => it.length));
  return servers.length === 0 ? null : spelled.slice(length + 1);
}

/** The path of a file of files/, null for any other text. */
export function pathBelowFiles(text: string, serverUrls: readonly string[]): string | null {
  const path = pathUnderServer(text, serverUrls)?.replace(/[?#].*$/, '');
  if (path === undefined || !path.startsWith('files/')) return null;
  try {
    return decodeURIComponent(path.slice('files/'.length));
  } catch {
    return path.slice('files/'.length);
  }
}

/** Why a URL of this server leads to nothing, in words; null if it does not, or is another server's. @param name the attribute's */
export function describeNowhere(name: string, url: string, serverUrls: readonly string[]): string | null {
  if (url.startsWith('$') || parseResourceCall(url) !== null) return null;
  const path = pathUnderServer(url, serverUrls);
  if (path === null || /^(?:files|nodes|actions|meta|bootstrap)(?:\/|$)/.test(path)) return null;
  return `\`${name}: ${url}\` is a path of this server, which has no such path: is files/${path} meant?`;
}

/** Why the client can not ask for a URL, in its words; null if it can. */
export function describeUnfetchable(url: string): string | null {
  const isRelative = !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(url);
  return isRelative || /^https?:\/\/[^/]/i.test(url)
    ? null
    : `${url}: only http and https URLs can be fetched`;
}
