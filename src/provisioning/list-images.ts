// The images and extensions below files/: size, hash, the version in their names, and which definitions name them. Reads
// and hashes, changes nothing.

import {
  type CheckContext,
  checkAttributes,
  checkDefinition,
  type DefinitionCheck,
} from '../engine/definitions/check-definition.js';
import { findVersionInName } from '../engine/versions/eos-version.js';
import type { FileHashes } from '../ports/file-hashes.js';
import type { NodeStore } from '../ports/node-store.js';
import type { SiteFiles } from '../ports/site-files.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { ZtpError } from '../wire/ztp-error.js';

/** One image or extension. */
export interface ListedImage {
  /** Below the data root. */
  readonly path: string;
  readonly kind: 'image' | 'extension';
  /** False: it is named, and not there. */
  readonly present: boolean;
  /** In bytes; null if it is not there, or can not be read. */
  readonly size: number | null;
  readonly sha256: string | null;
  /** As its name has it. */
  readonly version: string | null;
  /** The files that name it: definitions, and nodes' own definitions and attributes. */
  readonly usedBy: readonly string[];
  /** Why it can not be had, in words; null if it can. */
  readonly problem: string | null;
}

/** The list, and the files that could not be looked through. */
export interface ImageList {
  readonly images: readonly ListedImage[];
  readonly problems: readonly string[];
}

/** Told before each file that is hashed, and of the bytes that are done. */
export type OnHashing = (path: string, bytes: number) => void;

/** Lists all, by path. @param serverUrls `[default] server_url`, to tell our files from other servers' */
export async function listImages(
  site: { readonly files: SiteFiles; readonly nodes: NodeStore; readonly hashes: FileHashes },
  serverUrls: readonly string[],
  onHashing: OnHashing = () => {},
): Promise<ImageList> {
  const { users, problems } = await findUsers(site, {
    pluginNames: [],
    checkCall: () => null,
    serverUrls: serverUrls.map((url) => url.replace(/\/+$/, '')),
    builtIn: new Set(),
  });
  const there = (await site.files.list('files')).filter(isImage).map((name) => `files/${name}`);
  const paths = [...new Set([...there, ...users.keys()])].sort();
  const images: ListedImage[] = [];
  for (const path of paths) {
    images.push(await describeImage(site.hashes, path, users.get(path) ?? [], onHashing));
  }
  return { images, problems };
}

async function describeImage(
  hashes: FileHashes,
  path: string,
  usedBy: readonly string[],
  onHashing: OnHashing,
): Promise<ListedImage> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const kind = /\.swix$/i.test(name) ? 'extension' : 'image';
  const base = { path, kind, version: findVersionInName(name), usedBy } as const;
  const unknown = { size: null, sha256: null };
  try {
    onHashing(path, 0);
    const found = await hashes.describe(path, (bytes) => onHashing(path, bytes));
    if (found) return { ...base, present: true, size: found.size, sha256: found.sha256, problem: null };
    return { ...base, ...unknown, present: false, problem: `${path} is not there: add it, or name another` };
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    return { ...base, ...unknown, present: true, problem: error.message };
  }
}

function isImage(name: string): boolean {
  return /\.swix?$/i.test(name);
}

/** Which documents name which images, by path. */
async function findUsers(
  { files, nodes }: { readonly files: SiteFiles; readonly nodes: NodeStore },
  context: CheckContext,
): Promise<{ readonly users: ReadonlyMap<string, readonly string[]>; readonly problems: readonly string[] }> {
  const users = new Map<string, string[]>();
  const problems: string[] = [];
  const look = async (
    path: string,
    read: () => Promise<YamlDocument | null>,
    check: (document: YamlDocument) => DefinitionCheck,
  ): Promise<void> => {
    try {
      const document = await read();
      if (!document) return;
      const { files: named, images } = check(document);
      const paths = [...named.map((it) => it.path).filter(isImage), ...images.map((it) => it.path)];
      for (const image of new Set(paths.map((it) => `files/${it}`))) {
        users.set(image, [...(users.get(image) ?? []), path]);
      }
    } catch (error) {
      if (!(error instanceof ZtpError)) throw error;
      problems.push(`${path} can not be looked through: ${error.message}`);
    }
  };
  const checkWhole = (document: YamlDocument) => checkDefinition(document, 'unknown', context);
  for (const name of await files.list('definitions')) {
    const path = `definitions/${name}`;
    await look(path, () => files.readDocument(path), checkWhole);
  }
  for (const id of await nodes.list()) {
    await look(`nodes/${id}/definition`, () => nodes.readDefinition(id), checkWhole);
    await look(
      `nodes/${id}/attributes`,
      () => nodes.readAttributes(id),
      (document) => checkAttributes(document, null, context),
    );
  }
  return { users, problems };
}
