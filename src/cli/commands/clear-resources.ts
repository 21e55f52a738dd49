// `ztps --clear-resources`: frees every value of every file pool, or none.

import type { CliContext, GlobalOptions } from '../context.js';
import { loadConfiguration } from '../load-configuration.js';

/** Prints how many values were freed per pool. Throws `invalid-pool`, with nothing touched, if one is not valid. */
export async function clearResources(options: GlobalOptions, context: CliContext): Promise<number> {
  const { config, log } = await loadConfiguration(options, context);
  const assemble = await context.loadAssemble();
  const freed = await assemble(config, log).pools.clear();
  if (options.json) {
    context.print(`${JSON.stringify({ pools: Object.fromEntries(freed) }, null, 2)}\n`);
  } else if (freed.size === 0) {
    context.print(`There are no pools in ${config.dataRoot}/resources\n`);
  } else {
    for (const [name, count] of freed) context.print(`${name}: ${count} freed\n`);
  }
  return 0;
}
