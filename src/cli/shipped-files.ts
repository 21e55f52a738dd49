// The files that come with a release and are laid into a data root: the bootstrap script and the actions, and the
// hashes by which a release's own copy is told from an edited one.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';

/** One file of this release. */
export interface ShippedFile {
  /** Its name under client/, such as `bootstrap` or `actions/add_config`. */
  readonly name: string;
  readonly content: Buffer;
}

/** Tells whose bytes these are: the release's version, or null if no release has shipped them under this name. */
export type FindRelease = (name: string, content: Buffer) => string | null;

const CLIENT = new URL('../../client/', import.meta.url);

// client/releases.json: release → file name → SHA-256 in hex. scripts/record-release.mjs adds the current release.
const releasesSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** Reads what this release ships: the bootstrap script first, then the actions by name. */
export async function readShippedFiles(): Promise<readonly ShippedFile[]> {
  const entries = await readdir(new URL('actions/', CLIENT), { withFileTypes: true });
  const actions = entries
    .filter((entry) => entry.isFile() && /^[A-Za-z0-9_-]+$/.test(entry.name))
    .map((entry) => `actions/${entry.name}`);
  return Promise.all(
    ['bootstrap', ...actions.sort()].map(async (name) => ({
      name,
      content: await readFile(new URL(name, CLIENT)),
    })),
  );
}

/** The actions of this release by name. */
export async function readBuiltInActions(): Promise<ReadonlyMap<string, Buffer>> {
  const shipped = await readShippedFiles();
  return new Map(
    shipped.flatMap(({ name, content }): [string, Buffer][] =>
      name.startsWith('actions/') ? [[name.slice('actions/'.length), content]] : [],
    ),
  );
}

/** Reads the hashes of past releases. */
export async function readReleases(): Promise<FindRelease> {
  const text = await readFile(new URL('releases.json', CLIENT), 'utf8');
  const releases = Object.entries(releasesSchema.parse(JSON.parse(text)));
  return (name, content) => {
    const hash = createHash('sha256').update(content).digest('hex');
    return releases.find(([, files]) => Object.hasOwn(files, name) && files[name] === hash)?.[0] ?? null;
  };
}
