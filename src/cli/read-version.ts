// The version of this program, from its package.json, which lies above src/ and dist/ alike.

import { readFileSync } from 'node:fs';

/** Such as `3.0.0`. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { readonly version: string }).version;
}
