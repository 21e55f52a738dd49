// Nodes as folders below `nodes/`. Folders are made whole or not at all, files are replaced whole.

import { lstatSync, renameSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeFacts } from '../engine/node-facts.js';
import type {
  NewNode,
  NodeParts,
  NodeRemoval,
  NodeStanding,
  NodeStore,
  Replacement,
  Reservation,
} from '../ports/node-store.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { isNodeId } from '../wire/node-id.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { ConfinedFile, ConfinedRoot } from './confined-path.js';
import type { Documents } from './documents.js';
import { codeOf, isAbsent, readFailed, writeFailed } from './file-errors.js';
import { leftoverName } from './file-version.js';
import { FolderLock } from './folder-lock.js';
import { readNodeFacts, writeNodeFacts } from './node-facts-file.js';
import {
  endRenaming,
  fillReserved,
  lookAtNode,
  readMarks,
  readPlaces,
  readReservation,
  renameNode,
  replacedByFile,
  replacesFile,
  reservedFile,
  reserveNode,
  writeMarks,
} from './node-succession.js';
import { maxWholeFile, readBounded } from './read-bounded.js';
import { refuseLinksInto, removeNodeFolder } from './remove-node-folder.js';
import { readWhole } from './site-files.js';
import { type Made, VersionedFiles } from './versioned-files.js';
import {
  newFileMode,
  newFolderMode,
  removeLeftovers,
  replaceFile,
  syncFolder,
  writeNewFile,
} from './write-file.js';
import { writeYaml } from './write-yaml.js';

/** The nodes of a data root. */
export class FileNodeStore implements NodeStore {
  readonly #facts: VersionedFiles<NodeFacts>;
  /** Whose turn it is to work exclusively. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly root: ConfinedRoot,
    private readonly documents: Documents,
  ) {
    this.#facts = new VersionedFiles(root, {
      make: makeFacts,
      maxFiles: 4_000,
      maxBytes: 128 * 1024 * 1024,
    });
  }

  async find(id: string): Promise<NodeParts | null> {
    const path = folderOf(id);
    try {
      let real = await this.root.resolve(path);
      if (real === null) {
        if (!(await isThere(join(this.root.path, path)))) return null;
        // It came this moment. Or it is a link that leads nowhere, which takes the name too: a node that holds nothing.
        real = await this.root.resolve(path);
      }
      const listed = real === null ? new Set<string>() : await this.#listFiles(path, real);
      // A name that is only kept is no node, whatever somebody put there.
      const names = listed.has(reservedFile)
        ? new Set([...listed].filter((name) => name === '.node'))
        : listed;
      return {
        definition: names.has('definition'),
        startupConfig: names.has('startup-config'),
        pattern: names.has('pattern'),
        attributes: names.has('attributes'),
        configHandler: names.has('config-handler'),
        facts: names.has('.node'),
      };
    } catch (error) {
      throw readFailed(path, error);
    }
  }

  async create(id: string, node: NewNode): Promise<boolean> {
    const path = folderOf(id);
    try {
      const nodes = await this.#nodesFolder();
      const target = join(nodes, id);
      if (await isThere(target)) return false;
      await removeLeftovers(nodes);
      const aside = join(nodes, leftoverName());
      try {
        await mkdir(aside, newFolderMode);
        await writeParts(aside, node);
        if (!moveIntoPlace(aside, target)) return false;
      } finally {
        await rm(aside, { recursive: true, force: true }).catch(() => undefined);
      }
      await syncFolder(nodes);
      return true;
    } catch (error) {
      throw writeFailed(path, error);
    }
  }

  async readFacts(id: string): Promise<NodeFacts | null> {
    return this.#facts.get(`${folderOf(id)}/.node`);
  }

  async writeFacts(id: string, facts: NodeFacts): Promise<void> {
    const written = await this.#replace(id, '.node', writeNodeFacts(facts));
    if (!written)
      throw new ZtpError('write-failed', `${folderOf(id)}/.node can not be written: there is no such folder`);
  }

  async readDefinition(id: string): Promise<YamlDocument | null> {
    return this.documents.read(`${folderOf(id)}/definition`);
  }

  async readPattern(id: string): Promise<YamlDocument | null> {
    return this.documents.read(`${folderOf(id)}/pattern`);
  }

  async readAttributes(id: string): Promise<YamlDocument | null> {
    return this.documents.read(`${folderOf(id)}/attributes`);
  }

  async readStartupConfig(id: string): Promise<Buffer | null> {
    return readWhole(this.root, `${folderOf(id)}/startup-config`, maxStartupConfig);
  }

  async writeStartupConfig(id: string, config: Buffer): Promise<'created' | 'replaced' | null> {
    if ((await this.root.stat(`${folderOf(id)}/${reservedFile}`)) !== null) return null;
    return this.#replace(id, 'startup-config', config);
  }

  async findConfigHandler(id: string): Promise<string | null> {
    const path = `${folderOf(id)}/config-handler`;
    await this.root.resolve(path);
    const file = join(this.root.path, path);
    try {
      return (await isThere(file)) ? file : null;
    } catch (error) {
      throw readFailed(path, error);
    }
  }

  async remove(id: string): Promise<NodeRemoval | null> {
    const path = folderOf(id);
    const nodes = await this.root.resolve('nodes');
    if (nodes === null) return null;
    try {
      // A link that leads out is removed as well, and what it leads to says nothing of it.
      const target = await this.#findMarks(id).catch(() => null);
      const removed = await removeNodeFolder(nodes, id);
      if (removed === 'link' && target) await this.#writeMark(target, id, null);
      return removed;
    } catch (error) {
      throw writeFailed(path, error);
    }
  }

  async look(id: string): Promise<NodeStanding> {
    const path = folderOf(id);
    const nodes = await this.root.resolve('nodes');
    if (nodes === null) return { kind: 'none' };
    try {
      return await lookAtNode(nodes, id);
    } catch (error) {
      throw readFailed(path, error);
    }
  }

  async readReplacedBy(id: string): Promise<string | null> {
    const path = `${folderOf(id)}/${replacedByFile}`;
    if ((await this.root.stat(path)) === null) return null;
    const bytes = await readWhole(this.root, path);
    return bytes && (readMarks(bytes.toString()).get(id) ?? null);
  }

  async readReplacement(id: string): Promise<Replacement> {
    const bytes = await readWhole(this.root, `${folderOf(id)}/${replacesFile}`);
    const places = readPlaces(bytes?.toString() ?? '');
    return { replacedBy: await this.readReplacedBy(id), replaces: places[0] ?? null, places };
  }

  async markReplaced(id: string, by: string | null): Promise<boolean> {
    const path = `${folderOf(id)}/${replacedByFile}`;
    try {
      const target = await this.#findMarks(id);
      if (target) await this.#writeMark(target, id, by);
      return target !== null;
    } catch (error) {
      throw writeFailed(path, error);
    }
  }

  async reserve(
    reservation: Reservation,
    { over, facts }: { readonly over: boolean; readonly facts: NodeFacts | null },
  ): Promise<boolean> {
    const path = folderOf(reservation.id);
    try {
      const nodes = await this.#nodesFolder();
      if (over) await refuseLinksInto(nodes, reservation.id);
      return await reserveNode(nodes, reservation, { over, facts: facts && writeNodeFacts(facts) });
    } catch (error) {
      throw writeFailed(path, error);
    }
  }

  async readReservation(id: string): Promise<Reservation | null> {
    const bytes = await readWhole(this.root, `${folderOf(id)}/${reservedFile}`);
    return bytes && readReservation(bytes.toString());
  }

  async fill(id: string, from: string, facts: NodeFacts | null): Promise<boolean> {
    const path = folderOf(id);
    const source = await this.root.resolve(folderOf(from));
    if (source === null) return false;
    try {
      const nodes = await this.#nodesFolder();
      return await fillReserved(nodes, id, {
        source,
        isOwn: source === join(nodes, from),
        readLinked: (name) => readWhole(this.root, `${folderOf(from)}/${name}`, maxStartupConfig),
        replaces: from,
        facts: facts && writeNodeFacts(facts),
      });
    } catch (error) {
      throw writeFailed(path, error);
    }
  }

  async rename(from: string, to: string): Promise<boolean> {
    const [path, other] = [folderOf(from), folderOf(to)];
    const nodes = await this.root.resolve('nodes');
    if (nodes === null) return false;
    try {
      if (!(await isThere(join(nodes, from)))) return false;
      await refuseLinksInto(nodes, from);
      return await renameNode(nodes, from, to);
    } catch (error) {
      throw writeFailed(`${path} (to ${other})`, error);
    }
  }

  async isRenamed(from: string, to: string): Promise<boolean> {
    const bytes = await readWhole(this.root, `${folderOf(to)}/${replacedByFile}`);
    return bytes !== null && readMarks(bytes.toString()).get(from) === to;
  }

  async findOldName(id: string): Promise<string | null> {
    const bytes = await readWhole(this.root, `${folderOf(id)}/${replacedByFile}`);
    const found = [...(bytes ? readMarks(bytes.toString()) : [])].find(
      ([old, by]) => by === id && old !== id,
    );
    return found?.[0] ?? null;
  }

  async refuseLinks(id: string): Promise<void> {
    const path = folderOf(id);
    const nodes = await this.root.resolve('nodes');
    try {
      if (nodes !== null) await refuseLinksInto(nodes, id);
    } catch (error) {
      throw readFailed(path, error);
    }
  }

  async endRename(from: string, to: string): Promise<void> {
    const path = `${folderOf(to)}/${replacedByFile}`;
    try {
      const target = await this.#findMarks(to);
      if (target !== null) await this.#writeMark(target, from, null);
      const reservation = await this.readReservation(from);
      // The old name is free only now.
      if (reservation?.to === 'rename' && reservation.id === to) {
        await endRenaming(await this.#nodesFolder(), from);
      }
    } catch (error) {
      throw writeFailed(path, error);
    }
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      // A lock is shared by all that one process does; hence the turns.
      const lock = new FolderLock(await this.#nodesFolder(), () => undefined);
      return lock.hold(work);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async list(): Promise<readonly string[]> {
    const real = await this.root.resolve('nodes');
    if (real === null) return [];
    try {
      const entries = await readdir(real, { withFileTypes: true });
      const ids: string[] = [];
      for (const entry of entries) {
        if (!isNodeId(entry.name)) continue;
        if (entry.isDirectory() || entry.isSymbolicLink()) ids.push(entry.name);
      }
      return ids.sort();
    } catch (error) {
      if (isAbsent(error)) return [];
      throw readFailed('nodes', error);
    }
  }

  /** The names of a node's plain files, links followed; none if it has no folder. A link that leads out is refused. */
  async #listFiles(path: string, real: string): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    try {
      for (const entry of await readdir(real, { withFileTypes: true })) {
        if (entry.isFile() || (entry.isSymbolicLink() && entry.name === '.node')) names.add(entry.name);
        else if (entry.isSymbolicLink() && isPart(entry.name)) {
          const target = await this.root.resolve(`${path}/${entry.name}`);
          if (target !== null && (await isPlainFile(target))) names.add(entry.name);
        }
      }
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    return names;
  }

  /** The folder that says who took the place of a node, links followed. */
  async #findMarks(id: string): Promise<string | null> {
    const real = await this.root.resolve(folderOf(id));
    return real !== null && (await isFolder(real)) ? real : null;
  }

  async #writeMark(folder: string, id: string, by: string | null): Promise<void> {
    const bytes = await readFile(join(folder, replacedByFile)).catch((error: unknown) => {
      if (isAbsent(error)) return '';
      throw error;
    });
    const marks = readMarks(bytes.toString());
    if ((marks.get(id) ?? null) === by) return;
    if (by === null) marks.delete(id);
    else marks.set(id, by);
    await writeMarks(folder, marks);
  }

  /** The file may be a link that others share: it is replaced by the node's own. Null if the node has no folder. */
  async #replace(id: string, name: string, bytes: Buffer): Promise<'created' | 'replaced' | null> {
    const path = folderOf(id);
    const real = await this.root.resolve(path);
    if (real === null) return null;
    try {
      if (!(await isFolder(real))) return null;
      const file = join(real, name);
      // Looked at in the turn of the rename: of several first ones only one creates it.
      let before = false;
      await replaceFile(file, bytes, () => {
        before = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
      });
      return before ? 'replaced' : 'created';
    } catch (error) {
      throw writeFailed(`${path}/${name}`, error);
    }
  }

  async #nodesFolder(): Promise<string> {
    const there = await this.root.resolve('nodes');
    if (there !== null) return there;
    await mkdir(join(this.root.path, 'nodes'), newFolderMode).catch((error) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    const made = await this.root.resolve('nodes');
    if (made !== null) return made;
    throw new ZtpError('write-failed', 'nodes can not be written: it is a link that leads nowhere');
  }
}

/** The most that a startup-config may have: what a switch may put (32 MiB), and room for one copied in by hand. */
const maxStartupConfig = 64 * 1024 * 1024;

function folderOf(id: string): string {
  if (isNodeId(id)) return `nodes/${id}`;
  throw new ZtpError(
    'invalid-node-id',
    `${JSON.stringify(id.slice(0, 128))} is no node id: wanted 1 to 128 letters, digits, \`.\`, \`_\` or \`-\`, not starting with \`.\``,
  );
}

async function writeParts(folder: string, node: NewNode): Promise<void> {
  const parts: readonly (readonly [string, Buffer | undefined, number])[] = [
    ['.node', node.facts && writeNodeFacts(node.facts), newFileMode],
    ['definition', node.definition, newFileMode],
    ['pattern', node.pattern && Buffer.from(writeYaml(node.pattern)), newFileMode],
    ['startup-config', node.startupConfig, newFileMode],
    ['config-handler', node.configHandler, 0o775],
  ];
  for (const [name, bytes, mode] of parts) {
    if (bytes) await writeNewFile(join(folder, name), bytes, mode);
  }
  await syncFolder(folder);
}

/**
 * Renames a folder unless its new name is taken. A rename replaces an empty folder, hence the look before it; both are in one
 * turn of the event loop, so that of this server's requests only one gets the name. A folder with something in it is never
 * replaced; what remains is an empty one that somebody else makes between these two calls of the system.
 */
function moveIntoPlace(aside: string, target: string): boolean {
  if (lstatSync(target, { throwIfNoEntry: false })) return false;
  try {
    renameSync(aside, target);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(codeOf(error))) return false;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** The files that a node is made of, but for `.node`, which is rewritten wherever it leads. */
function isPart(name: string): boolean {
  return ['definition', 'startup-config', 'pattern', 'attributes', 'config-handler'].includes(name);
}

async function isPlainFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function makeFacts(file: ConfinedFile, path: string): Promise<Made<NodeFacts>> {
  const { size } = file.stats;
  try {
    if (size > maxWholeFile)
      throw new ZtpError('invalid-node-file', `${path} has ${size} bytes, more than ${maxWholeFile}`);
    const value = readNodeFacts(await readBounded(file.handle, size, path), path);
    return { outcome: { ok: true, value }, digest: '', bytes: Number(size) * 4 };
  } catch (error) {
    if (!(error instanceof ZtpError) || error.code !== 'invalid-node-file') throw error;
    return { outcome: { ok: false, error }, digest: '', bytes: 0 };
  }
}
