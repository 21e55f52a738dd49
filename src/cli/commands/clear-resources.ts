// `ztps --clear-resources`: frees every value of every file pool, or none.

import { clearPools } from '../../provisioning/release-values.js';
import type { CliContext, GlobalOptions } from '../context.js';
import { useDataRoot } from '../use-data-root.js';

/** Prints how many values were freed per pool. Throws `invalid-pool`, with nothing touched, if one is not valid. */
export async function clearResources(options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const { config, pools } = root;
    const freed = new Map(
      [...(await clearPools(pools, root))].map(([name, values]) => [name, values.length]),
    );
    if (options.json) {
      context.print(`${JSON.stringify({ pools: Object.fromEntries(freed) }, null, 2)}\n`);
    } else if (freed.size === 0) {
      context.print(`There are no pools in ${config.dataRoot}/resources\n`);
    } else {
      for (const [name, count] of freed) context.print(`${name}: ${count} freed\n`);
    }
    return 0;
  });
}
