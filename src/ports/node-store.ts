// Where nodes live. One contract suite (tests/ports/) holds for every implementation.

import type { JsonObject } from '../engine/json-value.js';
import type { NodeFacts } from '../engine/node-facts.js';
import type { YamlDocument } from './yaml-document.js';

/** Which files a node's folder holds. */
export interface NodeParts {
  readonly definition: boolean;
  readonly startupConfig: boolean;
  readonly pattern: boolean;
  readonly attributes: boolean;
  readonly configHandler: boolean;
  readonly facts: boolean;
}

/** What a new node's folder is made of; an absent part is not written. */
export interface NewNode {
  readonly facts?: NodeFacts;
  /** Bytes of `definitions/…`, copied as they are. */
  readonly definition?: Buffer;
  /** Written as YAML in which every text stays the text that it is. */
  readonly pattern?: JsonObject;
  readonly configHandler?: Buffer;
  readonly startupConfig?: Buffer;
}

/** What a removed node was: a folder of its own, or only a link to another. */
export type NodeRemoval = 'folder' | 'link';

/** What stands under a node's name. */
export type NodeStanding =
  | { readonly kind: 'none' }
  /** Nothing yet but the name: see `reserve`. `holds`: what somebody put there all the same, and that would be lost. */
  | { readonly kind: 'reserved'; readonly holds: readonly string[] }
  | { readonly kind: 'folder' }
  /** `to`: the node that it leads to; null if it leads elsewhere, or nowhere. */
  | { readonly kind: 'link'; readonly to: string | null };

/** What a name, `id`, is kept for: a node that is to take the place of `other`, or to be that one, renamed. */
export interface Reservation {
  readonly to: 'replace' | 'rename';
  readonly other: string;
  readonly id: string;
}

/** How a node stands to one whose place it took, or that took its place. */
export interface Replacement {
  /** Took this node's place. */
  readonly replacedBy: string | null;
  /** The node whose place this one took. */
  readonly replaces: string | null;
  /** That one first, and those whose place that one had. */
  readonly places: readonly string[];
}

/**
 * The nodes. Ids are checked by the caller (`isNodeId`). Every method throws `ZtpError` `read-failed` or `write-failed`
 * when the store could not look or write, `path-refused` when a link leads out; "not there" is null.
 */
export interface NodeStore {
  /** The parts of the node's folder, null if it has none. */
  find(id: string): Promise<NodeParts | null>;
  /** Makes the whole folder aside and renames it into place. False, and nothing changed, if the node exists already. */
  create(id: string, node: NewNode): Promise<boolean>;
  /** `.node`. Throws `invalid-node-file` when it is not what we write. */
  readFacts(id: string): Promise<NodeFacts | null>;
  /** Replaces `.node` whole. */
  writeFacts(id: string, facts: NodeFacts): Promise<void>;
  /** Throw `invalid-yaml` for what is not YAML. */
  readDefinition(id: string): Promise<YamlDocument | null>;
  readPattern(id: string): Promise<YamlDocument | null>;
  readAttributes(id: string): Promise<YamlDocument | null>;
  /** The bytes of the startup-config, exactly. */
  readStartupConfig(id: string): Promise<Buffer | null>;
  /** Replaces startup-config durably, bytes exactly; null if the node has no folder, or its name is only kept (nothing is created). */
  writeStartupConfig(id: string, config: Buffer): Promise<'created' | 'replaced' | null>;
  /** The absolute path of `nodes/<id>/config-handler` (links not followed), also of one that can not be run; null if there is none. */
  findConfigHandler(id: string): Promise<string | null>;
  /**
   * Removes a node whole or not at all: its folder, or the link that it is, never what that leads to. Null if there is none.
   * Throws `node-in-use` if other nodes, or files of theirs, are links into it: they would lose what they have.
   */
  remove(id: string): Promise<NodeRemoval | null>;
  /** What stands under this name. */
  look(id: string): Promise<NodeStanding>;
  /** Who took its place. One call of the system where nobody did. */
  readReplacedBy(id: string): Promise<string | null>;
  readReplacement(id: string): Promise<Replacement>;
  /**
   * Says durably who took the place of a node, or, with null, that nobody did; of a link this node's own, not what it leads to.
   * False if it has no folder.
   */
  markReplaced(id: string, by: string | null): Promise<boolean>;
  /**
   * Keeps a name, which nobody can register meanwhile and no startup-config is written to. In the folder is nothing that `find` tells
   * of but facts.
   * @param over a folder of that name goes, at once
   * @param facts its `.node`, unless its name is kept already; null for none
   * @returns false, and nothing changed, if there is such a node. Throws `node-in-use` as `remove`
   */
  reserve(
    reservation: Reservation,
    how: { readonly over: boolean; readonly facts: NodeFacts | null },
  ): Promise<boolean>;
  /**
   * What the folder of a name says that it is kept for; null if it is not. Under the old name of a renaming that was stopped after
   * the folder had its new one, the `id` is that new one.
   */
  readReservation(id: string): Promise<Reservation | null>;
  /**
   * Makes a reserved node of all that `from` holds, but for its `.node`: whole or not at all, durably. What else lay in its folder is
   * gone.
   * @param facts its own `.node`, if it said nothing itself meanwhile; null for none
   * @returns false, and nothing changed, if `id` is not reserved or `from` is not there
   */
  fill(id: string, from: string, facts: NodeFacts | null): Promise<boolean>;
  /**
   * Gives a node a reserved name. False, and nothing changed, if `to` is not reserved or `from` is not there. What was said to have
   * taken the place of `from` is still noted, until `endRename`. Throws `node-in-use` as `remove`.
   */
  rename(from: string, to: string): Promise<boolean>;
  /** True if the folder of `to` was renamed from `from`, and `endRename` not called yet. */
  isRenamed(from: string, to: string): Promise<boolean>;
  endRename(from: string, to: string): Promise<void>;
  /** The old name of a node whose renaming is not ended yet; null if there is none. */
  findOldName(id: string): Promise<string | null>;
  /** Throws `node-in-use` as `remove`. */
  refuseLinks(id: string): Promise<void>;
  /** Works while nobody else, in any process, works under this. Not for what a request does that replaces nobody. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Every node id, sorted. */
  list(): Promise<readonly string[]>;
}
