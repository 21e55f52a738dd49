// `ztps pool …`: which subcommands there are, what they take, and what their help says. What they do is in pool-*.ts.

import { type Command, Option } from 'commander';
import type { RunCommand } from '../context.js';
import { allocateValue, generateValues, releaseEverything, releaseFromPool } from './pool-changes.js';
import { listAllPools, showPool } from './pool-reports.js';

const POOL_HELP = `
POOL is a file below resources/ (mgmt, site1/mgmt), or a table of the SQLite file (sqlite:mgmt). All of this may be done
beside a running server. --conf FILE, --json and --debug may stand anywhere.

Examples:
  ztps pool list                                        what there is, and how full
  ztps pool generate mgmt 10.0.0.0/24                   a pool of the 254 addresses of a subnet
  ztps pool show mgmt                                   who has which value
  ztps pool release mgmt JPE14140001                    give back what that node holds in it
  ztps pool help generate                               print what a subcommand takes

Exit status: 0 done, 1 failed, 2 not understood.`;

const LIST_HELP = `
A pool that can not be read has the reason in its line and makes the exit status 1; the others are shown all the same.

Examples:
  ztps pool list
  ztps pool list --json --conf site.conf                {"pools": [{"name", "file", "used", "free", "total"}, …]}`;

const SHOW_HELP = `
Examples:
  ztps pool show mgmt
  ztps pool show sqlite:mgmt                            a table of the SQLite file
  ztps pool show mgmt --json                            for a program`;

const GENERATE_HELP = `
A subnet gives the addresses of its hosts with their prefix length: 10.0.0.1/24 and so on. IPv4 leaves out the network and
the broadcast address (not in a /31 or /32), IPv6 the subnet's first address (not in a /127 or /128).
A name may have ranges: leaf{001..128}, rack{1..4}-leaf{1..2}. Quote it, or the shell writes the names out.
Values that the pool has already keep their owners; new ones are added at the end. The pool is made if it is not there.

Placeholders of --format: {address} {length} {netmask} {network} {number}; {number} counts from 1, {number:03} from 001.

Examples:
  ztps pool generate mgmt 10.0.0.0/24 --exclude 10.0.0.1,10.0.0.250-10.0.0.254
  ztps pool generate mgmt 10.0.0.0/24 --from 10.0.0.100 --to 10.0.0.199
  ztps pool generate mgmt6 2001:db8:0:1::/64 --to 2001:db8:0:1::ff
  ztps pool generate mgmt 10.0.0.0/24 --format '{address} {netmask}'
  ztps pool generate names 'leaf{001..128}' --exclude leaf013
  ztps pool generate mgmt 10.0.0.0/24 --dry-run         print the values, write nothing`;

const ALLOCATE_HELP = `
Prints the value, and nothing else, on standard output. A node that holds a value gets the same one again.

Examples:
  ztps pool allocate mgmt JPE14140001                   as allocate('mgmt') in its definition
  ztps pool allocate mgmt JPE14140001 --key vlan10      as allocate('mgmt', 'vlan10')
  address=$(ztps pool allocate mgmt JPE14140001)        in a script`;

const RELEASE_HELP = `
A value of the pool is freed; of a node, all that it holds in the pool, with keys or without. What is both is refused until
--value or --node says which.
JPE1#vlan10 is what JPE1 holds with that key only. The exit status is 1 if nothing was to be freed.

Examples:
  ztps pool release mgmt JPE14140001
  ztps pool release mgmt 10.0.0.7/24
  ztps pool release --all JPE14140001                   in every pool, for a switch that is gone
  ztps pool release vlans --value -- -5                 a value that looks like an option`;

interface GenerateOptions {
  readonly from?: string;
  readonly to?: string;
  readonly exclude?: readonly string[];
  readonly format?: string;
  readonly dryRun?: boolean;
}

interface ReleaseOptions {
  readonly all?: boolean;
  readonly node?: boolean;
  readonly value?: boolean;
}

/** Adds `pool` and its subcommands. */
export function addPoolCommand(program: Command, run: RunCommand): void {
  const pool = program
    .command('pool')
    .description('list, fill and free resource pools')
    .addHelpText('after', POOL_HELP);
  pool
    .command('list')
    .description('print every pool with its numbers of used and free values')
    .addHelpText('after', LIST_HELP)
    .action(() => run(listAllPools));
  pool
    .command('show')
    .argument('<pool>')
    .description('print the values of a pool and who has them')
    .addHelpText('after', SHOW_HELP)
    .action((name: string) => run((...world) => showPool(name, ...world)));
  addGenerate(pool, run);
  pool
    .command('allocate')
    .argument('<pool>')
    .argument('<node>', 'its id')
    .option('--key <key>', 'for a node that has several values of the pool')
    .description('give a node a value of a pool and print it')
    .addHelpText('after', ALLOCATE_HELP)
    .action((name: string, node: string, { key }: { readonly key?: string }) =>
      run((...world) => allocateValue(name, node, key ?? null, ...world)),
    );
  addRelease(pool, run);
}

function addGenerate(pool: Command, run: RunCommand): void {
  pool
    .command('generate')
    .argument('<pool>')
    .argument('<what...>', 'subnets, or names with ranges')
    .option('--from <address>', 'the first address of the subnet that is wanted')
    .option('--to <address>', 'the last one')
    .option(
      '--exclude <what>',
      'leave out an address, a range A-B, a subnet, a name; commas between',
      collect,
    )
    .option('--format <text>', 'what a value looks like ("{address}/{length}")')
    .option('--dry-run', 'print the values, one a line, and write nothing')
    .description('add the addresses of a subnet, or numbered names, to a pool')
    .addHelpText('after', GENERATE_HELP)
    .action(async (name: string, what: string[], options: GenerateOptions, command: Command) => {
      const refuse = (reason: string): never => command.error(`error: ${reason}`);
      const { dryRun = false, exclude = [], ...wish } = options;
      await run((...world) => generateValues(name, { what, exclude, ...wish }, { dryRun, refuse }, ...world));
    });
}

function addRelease(pool: Command, run: RunCommand): void {
  pool
    .command('release')
    .usage('[options] <pool> <node|value>\n       ztps pool release [options] --all <node>')
    .argument('[pool]')
    .argument('[what]', 'a node id, or a value')
    .option('--all', 'in every pool, files and tables')
    .addOption(new Option('--node', 'it is a node, even if there is such a value').conflicts('value'))
    .addOption(new Option('--value', 'it is a value, even if a node is called so'))
    .description('give back values, so that other nodes may have them')
    .addHelpText('after', RELEASE_HELP)
    .action(
      async (
        first: string | undefined,
        second: string | undefined,
        options: ReleaseOptions,
        command: Command,
      ) => {
        if (options.all) {
          if (first === undefined || second !== undefined || options.value)
            command.error('error: --all takes a node and nothing else: ztps pool release --all NODE');
          await run((...world) => releaseEverything(first, ...world));
        } else {
          if (first === undefined || second === undefined)
            return command.error('error: wanted a pool, and a node or value: ztps pool release POOL NODE');
          const kind = options.node ? 'owner' : options.value ? 'value' : null;
          await run((...world) => releaseFromPool(first, second, kind, ...world));
        }
      },
    );
}

function collect(item: string, before: readonly string[] = []): readonly string[] {
  return [...before, item];
}
