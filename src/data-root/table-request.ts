// What a `TablePoolStore` and its thread say to each other.

import type {
  AddedValues,
  PoolState,
  PoolValue,
  ReassignedValues,
  ReleasedValue,
  ReleaseWish,
} from '../ports/pool-store.js';
import type { ReasonCode } from '../wire/reason-codes.js';

/** What the thread is started with. */
export interface TableWorkerData {
  /** Absolute. */
  readonly path: string;
  /** The file as messages show it. */
  readonly file: string;
}

/** One request. */
export type TableRequest =
  | { readonly kind: 'allocate' | 'preview'; readonly pool: string; readonly owner: string }
  | { readonly kind: 'read'; readonly pool: string }
  | { readonly kind: 'list' }
  | { readonly kind: 'release'; readonly pool: string; readonly wish: ReleaseWish }
  | { readonly kind: 'reassign'; readonly pool: string; readonly from: string; readonly to: string }
  | { readonly kind: 'add'; readonly pool: string; readonly values: readonly string[] };

/** What the methods of a pool store resolve to. */
export type TableValue =
  | PoolValue
  | PoolState
  | readonly string[]
  | readonly ReleasedValue[]
  | ReassignedValues
  | AddedValues;

/** What comes of a request. */
export type TableAnswer =
  /** `isNew`: a value that became somebody's just now. */
  | { readonly value: TableValue; readonly isNew?: true }
  | { readonly code: ReasonCode; readonly message: string };

/** What the thread sends back. */
export interface TableMessage {
  /** In the order of the requests. */
  readonly answers: readonly TableAnswer[];
  /** How full the pools are that values were taken from. */
  readonly counts: readonly PoolCount[];
}

/** How full a pool is. */
export interface PoolCount {
  readonly pool: string;
  readonly free: number;
  readonly total: number;
}

/** True if a request may change the file. */
export function isWrite({ kind }: TableRequest): boolean {
  return ['allocate', 'release', 'reassign', 'add'].includes(kind);
}
