// Which of the server's paths a URL of an attribute leads to. Looks at the text only.

import { parseResourceCall } from './resource-call.js';

/** What follows the server's address in a URL: all of a relative one; null if the URL is another server's. */
function pathUnderServer(url: string, serverUrls: readonly string[]): string | null {
  if (/\s/.test(url)) return null;
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) return url.replace(/^\/+/, '');
  const server = serverUrls.find((it) => url.startsWith(`${it}/`));
  return server === undefined ? null : url.slice(server.length + 1);
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

/** True for a relative URL of an action outside everything that the server serves. */
export function leadsNowhere(url: string): boolean {
  if (url.startsWith('$') || parseResourceCall(url) !== null) return false;
  const path = pathUnderServer(url, []);
  return path !== null && !/^(?:files|nodes|actions|meta|bootstrap)(?:\/|$)/.test(path);
}
