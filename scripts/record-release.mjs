// Adds the hashes of this release's bootstrap script and actions to client/releases.json, by which `ztps init` tells
// a release's own file from an edited one. Run once per release, before it is tagged; changes no other release's.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const client = new URL('../client/', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const actions = readdirSync(new URL('actions/', client), { withFileTypes: true })
  .filter((entry) => entry.isFile() && /^[A-Za-z0-9_-]+$/.test(entry.name))
  .map((entry) => `actions/${entry.name}`);
const hash = (name) =>
  createHash('sha256')
    .update(readFileSync(new URL(name, client)))
    .digest('hex');

const list = new URL('releases.json', client);
const releases = JSON.parse(readFileSync(list, 'utf8'));
releases[version] = Object.fromEntries(['bootstrap', ...actions.sort()].map((name) => [name, hash(name)]));
writeFileSync(list, `${JSON.stringify(releases, null, 2)}\n`);
console.log(`client/releases.json: ${Object.keys(releases[version]).length} files of release ${version}`);
