// What a switch reports of itself. Claims only: nothing here was concluded by the server.

/** A neighbour as LLDP reports it. */
export interface Neighbor {
  readonly device: string;
  readonly port: string;
}

/** The facts of one node, as they are kept in `.node` (device-api.md). */
export interface NodeFacts {
  readonly model: string | null;
  readonly serialnumber: string | null;
  /** Without separators, in the case reported. */
  readonly systemmac: string | null;
  readonly version: string | null;
  /** Interface name → its neighbours, both in the order reported. An empty list is an interface without a neighbour. */
  readonly neighbors: ReadonlyMap<string, readonly Neighbor[]>;
  /** Keys of the body that the contract does not name, kept for other tools that read `.node`. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** Which fact is the node id (`[default] identifier`). */
export type Identifier = 'serialnumber' | 'systemmac';
