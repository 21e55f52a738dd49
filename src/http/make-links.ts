// Which of the configured server URLs a request is answered under. `Host` chooses among them; it is never echoed.

import type { Links } from '../provisioning/links.js';

/**
 * The links for one request.
 * @param serverUrls `[default] server_url`, at least one, as typed
 * @param host the request's `Host` header
 * @returns links under the entry whose host and port `host` names, else under the first
 */
export function makeLinks(serverUrls: readonly [string, ...string[]], host: string | undefined): Links {
  const server =
    serverUrls.length === 1 || host === undefined
      ? serverUrls[0]
      : (serverUrls.find((url) => namesHost(url, host)) ?? serverUrls[0]);
  const base = server.replace(/\/+$/, '');
  return {
    server,
    node: (id) => `${base}/nodes/${id}`,
    startupConfig: (id) => `${base}/nodes/${id}/startup-config`,
  };
}

/**
 * The path prefixes that server URLs carry (`http://proxy/ztp` → `/ztp`), longest first: a reverse proxy may leave them on.
 */
export function findPrefixes(serverUrls: readonly string[]): readonly string[] {
  const paths = serverUrls
    .map((url) => new URL(url).pathname.replace(/\/+$/, ''))
    .filter((path) => path !== '');
  return [...new Set(paths)].sort((a, b) => b.length - a.length);
}

/** The path and query without the prefix, if it starts with one. */
export function stripPrefix(url: string, prefixes: readonly string[]): string {
  for (const prefix of prefixes) {
    if (url.startsWith(prefix) && url[prefix.length] === '/') return url.slice(prefix.length);
  }
  return url;
}

function namesHost(serverUrl: string, host: string): boolean {
  const url = new URL(serverUrl);
  try {
    return new URL(`${url.protocol}//${host}/`).host === url.host;
  } catch {
    return false;
  }
}
