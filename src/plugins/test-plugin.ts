// test('x'): a resource for trying definitions out. Takes nothing.

import type { ResourcePlugin } from './resource-plugin.js';

/** Answers `<node id>:x`. */
export const testPlugin: ResourcePlugin = {
  checkArguments: (args) => (args.length === 1 ? null : "takes one argument: test('x')"),
  call: async ({ nodeId, args }) => ({ value: `${nodeId}:${args[0] ?? ''}`, taken: null }),
};
