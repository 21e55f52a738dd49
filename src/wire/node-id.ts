// What a node id may be. It comes from the network and becomes a folder name.

const nodeId = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** True for 1 to 128 of letters, digits, `.`, `_`, `-`, not starting with `.` (data-root.md, *names*). */
export function isNodeId(text: string): boolean {
  return nodeId.test(text);
}
