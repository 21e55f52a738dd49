// `ztps pool list` and `ztps pool show`: what pools hold, for people and for programs. Changes nothing.

import picocolors from 'picocolors';
import { isNearlyEmpty } from '../../engine/pools/is-nearly-empty.js';
import {
  isFailure,
  listPools,
  locatePool,
  type PoolCounts,
  readPool,
} from '../../provisioning/pool-usage.js';
import type { CliContext, GlobalOptions } from '../context.js';
import { printable } from '../printable.js';
import { useDataRoot } from '../use-data-root.js';

/** Prints a table of all pools; 1 if one can not be read, else 0. */
export async function listAllPools(options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const pools = await listPools(root);
    if (options.json) {
      context.print(`${JSON.stringify({ pools }, null, 2)}\n`);
    } else if (pools.length === 0) {
      context.print(
        `There are no pools in ${root.config.dataRoot}/resources; "ztps pool generate" makes one\n`,
      );
    } else {
      context.print(writeTable(pools));
    }
    return pools.some(isFailure) ? 1 : 0;
  });
}

/** Prints the values of a pool and their owners. Throws as `PoolStore.read`. */
export async function showPool(name: string, options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const pool = await readPool(locatePool(root, name));
    if (options.json) {
      context.print(`${JSON.stringify(pool, null, 2)}\n`);
      return 0;
    }
    const { dim, yellow } = colours();
    const width = widest(pool.entries.map(({ value }) => printable(value)));
    const lines = pool.entries.map(
      ({ value, owner }) =>
        `${printable(value).padEnd(width)}  ${owner === null ? dim('free') : printable(owner)}`,
    );
    const warnings = pool.problems.map(({ line, reason }) =>
      yellow(`WARNING: ${pool.file}${line === null ? '' : `:${line}`}: ${reason}`),
    );
    context.print(`${[...lines, writeCounts(pool), ...warnings].join('\n')}\n`);
    return 0;
  });
}

function writeTable(pools: Awaited<ReturnType<typeof listPools>>): string {
  const { red, yellow, bold } = colours();
  const counts = pools.filter((pool): pool is PoolCounts => !isFailure(pool));
  const names = widest(['POOL', ...pools.map(({ name }) => name)]);
  const used = widest(['USED', ...counts.map((pool) => String(pool.used))]);
  const free = widest(['FREE', ...counts.map((pool) => String(pool.free))]);
  const row = (cells: readonly [string, string, string, string]): string =>
    [cells[0].padEnd(names), cells[1].padStart(used), cells[2].padStart(free), cells[3]].join('  ');
  const lines = pools.map((pool) => {
    if (isFailure(pool)) return red(`${pool.name.padEnd(names)}  ERROR: ${pool.error}`);
    const line = row([pool.name, String(pool.used), String(pool.free), pool.file]);
    return isNearlyEmpty(pool.free, pool.total) ? yellow(line) : line;
  });
  return `${[bold(row(['POOL', 'USED', 'FREE', 'FILE'])), ...lines].join('\n')}\n`;
}

function writeCounts({ used, free, total }: PoolCounts): string {
  return `${total} ${total === 1 ? 'value' : 'values'}: ${used} used, ${free} free`;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}

function colours() {
  return picocolors.createColors(process.stdout.isTTY && picocolors.isColorSupported);
}
