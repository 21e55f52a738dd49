// The one table of reason codes: what a switch, a log reader or a script is told when something is refused.
// docs/troubleshooting.md explains each; a test compares both ways.

/** What a code means to each listener: HTTP status, exit status of a command, and one general sentence. */
export interface ReasonEntry {
  readonly http: number;
  readonly exit: number;
  readonly sentence: string;
}

/** Stable codes, sent as `X-ZTPS-Reason` and written to the log. Never rename one. */
export const reasonCodes = {
  // The request
  'invalid-body': { http: 400, exit: 2, sentence: 'the body of the request is not what this path takes' },
  'invalid-node-id': { http: 400, exit: 2, sentence: 'the node id is missing or can not be a folder name' },
  'invalid-request': { http: 400, exit: 2, sentence: 'the request is not HTTP as this server takes it' },
  'body-too-large': { http: 413, exit: 2, sentence: 'the body is over the limit of this path' },
  'uri-too-long': { http: 414, exit: 2, sentence: 'the path is longer than any name here can be' },
  'method-not-allowed': { http: 405, exit: 2, sentence: 'this path does not take this method' },
  'no-such-path': { http: 404, exit: 2, sentence: 'nothing is served under this path' },
  // The node
  'unknown-node': { http: 400, exit: 1, sentence: 'there is no folder for this node' },
  'no-such-run': { http: 404, exit: 1, sentence: 'the node has neither a folder nor an open run' },
  replaced: { http: 400, exit: 1, sentence: 'another node has taken the place of the node' },
  'node-exists': { http: 409, exit: 1, sentence: 'there is a node of this name already' },
  'node-in-use': { http: 409, exit: 1, sentence: 'other nodes are links to the folder of the node' },
  'incomplete-node': {
    http: 400,
    exit: 1,
    sentence: 'the folder of the node has neither definition nor startup-config',
  },
  'invalid-node-file': { http: 400, exit: 1, sentence: 'a file in the folder of the node is not valid' },
  'missing-definition': { http: 400, exit: 1, sentence: 'the definition is not there' },
  'invalid-definition': { http: 400, exit: 1, sentence: 'the definition is not valid' },
  'missing-config-handler': { http: 400, exit: 1, sentence: 'the config-handler is not there' },
  'missing-startup-config': { http: 400, exit: 1, sentence: 'the node has no startup-config' },
  'missing-version': { http: 404, exit: 1, sentence: 'the history of the node has no such version' },
  // Topology
  'invalid-neighbordb': {
    http: 400,
    exit: 1,
    sentence: 'the neighbordb is not valid, so nothing is matched',
  },
  'no-pattern-matched': { http: 400, exit: 1, sentence: 'no pattern of the neighbordb matches the node' },
  'missing-pattern': { http: 400, exit: 1, sentence: 'the node has no pattern to check its cabling against' },
  'invalid-pattern': { http: 400, exit: 1, sentence: 'the pattern of the node is not valid' },
  'topology-check-failed': {
    http: 400,
    exit: 1,
    sentence: 'the cabling of the node is not what its pattern wants',
  },
  // Resources
  'unknown-plugin': { http: 400, exit: 1, sentence: 'there is no resource plugin of this name' },
  'plugin-failed': { http: 400, exit: 1, sentence: 'a resource plugin gave no value' },
  'plugin-busy': { http: 503, exit: 1, sentence: 'a resource plugin has more calls than it gets done' },
  'missing-pool': { http: 400, exit: 1, sentence: 'the resource pool is not there' },
  'invalid-pool': { http: 400, exit: 1, sentence: 'the resource pool is not valid' },
  'pool-exhausted': { http: 400, exit: 1, sentence: 'every value of the resource pool is taken' },
  // Files
  'missing-bootstrap': { http: 400, exit: 1, sentence: 'there is no bootstrap script to serve' },
  'invalid-bootstrap-conf': { http: 400, exit: 1, sentence: 'bootstrap.conf is not valid' },
  'missing-file': { http: 404, exit: 1, sentence: 'there is no such file' },
  // 404 where a file is asked for by its path: /actions, /files, /meta.
  'path-refused': { http: 400, exit: 1, sentence: 'the path leads out of the data root' },
  'invalid-yaml': { http: 400, exit: 1, sentence: 'the file is not YAML as this server reads it' },
  'export-refused': { http: 500, exit: 1, sentence: 'the history can not be exported to this folder' },
  'invalid-config': { http: 500, exit: 1, sentence: 'the configuration is not valid' },
  // The server itself: a switch retries
  'read-failed': { http: 500, exit: 1, sentence: 'a file is there and can not be read' },
  'downloads-busy': { http: 503, exit: 1, sentence: 'more big files are asked for than are sent at once' },
  'write-failed': { http: 500, exit: 1, sentence: 'a file can not be written' },
  'internal-error': { http: 500, exit: 1, sentence: 'the server made a mistake' },
} as const satisfies Record<string, ReasonEntry>;

/** One of the codes above. */
export type ReasonCode = keyof typeof reasonCodes;
