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
  readonly facts: NodeFacts;
  /** Bytes of `definitions/…`, copied as they are. */
  readonly definition?: Buffer;
  /** Written as YAML in which every text stays the text that it is. */
  readonly pattern?: JsonObject;
  readonly configHandler?: Buffer;
  readonly startupConfig?: Buffer;
}

/** What a removed node was: a folder of its own, or only a link to another. */
export type NodeRemoval = 'folder' | 'link';

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
  /** Replaces startup-config durably, bytes exactly; null if the node has no folder (nothing is created). */
  writeStartupConfig(id: string, config: Buffer): Promise<'created' | 'replaced' | null>;
  /** The absolute path of `nodes/<id>/config-handler` (links not followed), also of one that can not be run; null if there is none. */
  findConfigHandler(id: string): Promise<string | null>;
  /**
   * Removes a node whole or not at all: its folder, or the link that it is, never what that leads to. Null if there is none.
   * Throws `node-in-use` if other nodes, or files of theirs, are links into it: they would lose what they have.
   */
  remove(id: string): Promise<NodeRemoval | null>;
  /** Every node id, sorted. */
  list(): Promise<readonly string[]>;
}
