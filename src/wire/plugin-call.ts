// What a plugin in plugins/ is asked and what it may answer: the one shape for JavaScript plugins and for programs, and the
// types that authors of JavaScript plugins import. Only types: nothing here runs.

/** A value that a plugin may give: anything that JSON can carry. */
export type PluginValue =
  | null
  | boolean
  | number
  | string
  | readonly PluginValue[]
  | { readonly [key: string]: PluginValue };

/** A neighbour as the switch's LLDP reports it. */
export interface PluginNeighbor {
  readonly device: string;
  readonly port: string;
}

/** What the switch reported of itself. Claims of a stranger: do not trust them further than that. */
export interface PluginNode {
  readonly model: string | null;
  readonly serialnumber: string | null;
  /** Without separators. */
  readonly systemmac: string | null;
  readonly version: string | null;
  /** Interface name to its neighbours, in the order reported. */
  readonly neighbors: { readonly [interfaceName: string]: readonly PluginNeighbor[] };
  /** Whatever else the switch reported. */
  readonly [other: string]: unknown;
}

/** One call, `ipam('leaf', 'vlan10')`, for one node. */
export interface PluginCall {
  /** The name of the node's folder under `nodes/`. */
  readonly nodeId: string;
  /** What stands between the parentheses: one text or more. */
  readonly args: readonly [string, ...string[]];
  /** True: answer as if, and take nothing. Only plugins with a line `// ztps: preview` near their top are asked this. */
  readonly preview: boolean;
  /** Null if the node has not reported itself. */
  readonly node: PluginNode | null;
  /** Absolute path of the data root, which is also the working folder. */
  readonly dataRoot: string;
}

/** The default export of a JavaScript plugin. Throw to refuse: the message is what switch and log are told. */
export type Plugin = (call: PluginCall) => PluginValue | Promise<PluginValue>;
