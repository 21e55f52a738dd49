// What a resource plugin is asked and what it answers. Every plugin, built in or an operator's own, has this one shape.

import type { JsonValue } from '../engine/json-value.js';
import type { NodeFacts } from '../engine/node-facts.js';
import type { PoolValue } from '../ports/pool-store.js';

/** One call for one node. */
export interface ResourceRequest {
  readonly nodeId: string;
  readonly args: readonly string[];
  /** What the switch reported; null if the node has no `.node`. */
  readonly facts: NodeFacts | null;
  /** True: answer as if, and take nothing. */
  readonly preview: boolean;
}

/** What a plugin took for the node, or holds for it since an earlier request. */
export interface TakenResource {
  readonly pool: string;
  readonly value: PoolValue;
  /** The key that tells a node's several values of a pool apart; null if it has the one. */
  readonly key: string | null;
}

/** The value, and what was taken for it: null if nothing was. */
export interface ResourceAnswer {
  readonly value: JsonValue;
  readonly taken: TakenResource | null;
}

/** Gives nodes values. Asked twice for the same it answers the same: a node keeps what it was given. */
export interface ResourcePlugin {
  /** What is wrong with the number of arguments, in words; null if nothing is. */
  checkArguments(args: readonly string[]): string | null;
  /** @throws ZtpError with a reason, any other error counts as `plugin-failed` */
  call(request: ResourceRequest): Promise<ResourceAnswer>;
}
