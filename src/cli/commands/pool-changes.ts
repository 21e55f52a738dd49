// `ztps pool generate`, `allocate` and `release`: change a pool and say what was done.

import { expandValues, type ValuesWish } from '../../engine/pools/expand-values.js';
import { isRefusal } from '../../engine/pools/refusal.js';
import type { ReleaseWish } from '../../ports/pool-store.js';
import { locatePool } from '../../provisioning/pool-usage.js';
import {
  type HeldValue,
  type HeldValues,
  releaseEverywhere,
  releaseInPool,
} from '../../provisioning/release-values.js';
import { isNodeId } from '../../wire/node-id.js';
import { ZtpError } from '../../wire/ztp-error.js';
import type { CliContext, GlobalOptions } from '../context.js';
import { printable } from '../printable.js';
import { useDataRoot } from '../use-data-root.js';

/** Adds values to a pool, or prints them. Ends in `refuse` for a wish that can not be fulfilled. */
export async function generateValues(
  name: string,
  wish: ValuesWish,
  { dryRun, refuse }: { readonly dryRun: boolean; refuse(reason: string): never },
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  const values = expandValues(wish);
  if (isRefusal(values)) return refuse(values.reason);
  if (dryRun) {
    context.print(
      options.json ? `${JSON.stringify({ pool: name, values }, null, 2)}\n` : `${values.join('\n')}\n`,
    );
    return 0;
  }
  return useDataRoot(options, context, async (root) => {
    const { store, pool } = locatePool(root, name);
    const done = await store.add(pool, values);
    const { made, added, present } = done;
    const said = made
      ? `made with ${added} ${added === 1 ? 'value' : 'values'}`
      : `${added} added${present === 0 ? '' : `, ${present} there already`}`;
    context.print(
      options.json ? `${JSON.stringify({ pool: name, ...done }, null, 2)}\n` : `${name}: ${said}\n`,
    );
    return 0;
  });
}

/** Prints the value that a node has, or has now. Throws as `PoolStore.allocate`. */
export async function allocateValue(
  name: string,
  node: string,
  key: string | null,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  if (!isNodeId(node)) {
    throw new ZtpError(
      'invalid-node-id',
      `${JSON.stringify(node)} is no node id: wanted 1 to 128 letters, digits, \`.\`, \`_\` or \`-\`, not starting with \`.\``,
    );
  }
  return useDataRoot(options, context, async (root) => {
    const { store, pool } = locatePool(root, name);
    const value = await store.allocate(pool, key === null ? node : `${node}#${key}`);
    context.print(
      options.json ? `${JSON.stringify({ pool: name, node, key, value }, null, 2)}\n` : `${value}\n`,
    );
    return 0;
  });
}

/** Frees a value, or what a node holds in a pool; 1 if there is nothing to free, 2 if `what` may be either. */
export async function releaseFromPool(
  name: string,
  what: string,
  kind: ReleaseWish['kind'] | null,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const outcome = await releaseInPool(locatePool(root, name), what, kind, root);
    const values = outcome.kind === 'released' ? outcome.values : [];
    if (options.json) context.print(writeJson({ values, failures: [] }));
    else context.print(values.map((it) => `${sayFreed(it)}\n`).join(''));
    if (outcome.kind === 'released') return 0;
    const mend = outcome.kind === 'ambiguous' ? ': say --value or --node' : '';
    context.printError(`ztps: ${outcome.reason}${mend}\n`);
    return outcome.kind === 'ambiguous' ? 2 : 1;
  });
}

/** Frees what a node holds in any pool; 1 if that is nothing, or a pool can not be read or written. */
export async function releaseEverything(
  node: string,
  options: GlobalOptions,
  context: CliContext,
): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const done = await releaseEverywhere(root, node, root);
    if (options.json) context.print(writeJson(done));
    else context.print(done.values.map((it) => `${it.pool}: ${sayFreed(it)}\n`).join(''));
    for (const { error } of done.failures) context.printError(`ztps: ${error}\n`);
    if (done.failures.length > 0) return 1;
    if (done.values.length > 0) return 0;
    context.printError(`ztps: "${node}" holds no value of any pool\n`);
    return 1;
  });
}

/** What people read about a value that was given back. */
export function sayFreed({ value, owner }: HeldValue): string {
  return `${printable(value)} freed, ${printable(owner)} had it`;
}

function writeJson({ values, failures }: HeldValues): string {
  return `${JSON.stringify({ released: values, failures }, null, 2)}\n`;
}
