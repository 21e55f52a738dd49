// The command line: which options and commands there are, and what becomes of their errors.

import { Command, CommanderError } from 'commander';
import { reasonCodes } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { CliContext, GlobalOptions, RunCommand } from './context.js';
import { findFirstWord, normalizeArguments } from './normalize-arguments.js';
import { printableLine } from './printable.js';
import { readVersion } from './read-version.js';

const EXAMPLES = `
Examples:
  ztps                                         serve, configured by /etc/ztpserver/ztpserver.conf
  ztps --conf site.conf --debug                serve another site, with every detail in the log
  ztps --validate-config                       check every file a switch could stumble on
  ztps init /srv/ztp                           make a data root there, or bring an old one up to date
  ztps nodes                                   where every node stands
  ztps log JPE14140001                         what happened to a switch, and why it was refused
  ztps log --follow                            what happens, as it does
  ztps explain leaf.json                       why a switch would be refused, or which pattern it matches
  ztps render JPE14140001                      the definition and startup-config that it would get
  ztps config diff JPE14140001                 what changed in its config last
  ztps images                                  the images, their hashes, and who uses them
  ztps pool generate mgmt 10.0.0.0/24          make a pool of the addresses of a subnet
  ztps replace JPE14140001 JPE14140009         put a new switch in the place of another
  ztps node remove JPE14140001 --release       remove a switch, and give back its values
  ztps simulate-switch --server http://127.0.0.1:8080
                                               provision a simulated switch
  ztps help init                               print what a command does and takes

Long options may be cut short while unique. Exit status: 0 done, 1 failed, 2 not understood.`;

/** Adds a command to the program. */
type AddCommand = (program: Command, run: RunCommand) => void;

/** What loads each command, in the order of the help. Loading all of them takes longer than most of them take. */
const commands: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['init', async () => (await import('./commands/init.js')).addInitCommand],
  ['nodes', async () => (await import('./commands/nodes.js')).addNodesCommand],
  ['log', async () => (await import('./commands/log.js')).addLogCommand],
  ['runs', async () => (await import('./commands/runs.js')).addRunsCommand],
  ['explain', async () => (await import('./commands/explain.js')).addExplainCommand],
  ['render', async () => (await import('./commands/render.js')).addRenderCommand],
  ['config', async () => (await import('./commands/config.js')).addConfigCommand],
  ['images', async () => (await import('./commands/images.js')).addImagesCommand],
  ['pool', async () => (await import('./commands/pool.js')).addPoolCommand],
  ['node', async () => (await import('./commands/node.js')).addNodeCommand],
  ['replace', async () => (await import('./commands/replace.js')).addReplaceCommand],
  ['notify', async () => (await import('./commands/notify.js')).addNotifyCommand],
  ['simulate-switch', async () => (await import('./commands/simulate-switch.js')).addSimulateSwitchCommand],
]);

/**
 * Runs one command line.
 *
 * @param words what stands behind the program's name
 * @returns the exit status: 0 done, 1 failed, 2 not understood
 */
export async function runCli(words: readonly string[], context: CliContext): Promise<number> {
  let status = 0;
  const program = new Command('ztps');
  const globals = (): GlobalOptions => {
    const { conf, debug, json } = program.opts<{ conf?: string; debug?: boolean; json?: boolean }>();
    return { ...(conf === undefined ? {} : { file: conf }), debug: debug ?? false, json: json ?? false };
  };
  const run: RunCommand = async (command) => {
    status = await command(globals(), context);
  };

  program
    .description('Zero-touch provisioning for Arista EOS switches. Serves unless told otherwise.')
    .option('-c, --conf <file>', 'read this configuration ($ZTPS_CONFIG, else /etc/ztpserver/ztpserver.conf)')
    .option('--debug', 'log every detail')
    .option('--json', 'print JSON instead of text')
    .option('-V, --validate-config', 'check the data root and exit')
    .option('-r, --clear-resources', 'free every value of every pool file and exit')
    .version(`ZTPServer version ${readVersion()}`, '-v, --version', 'print the version and exit')
    .helpOption('-h, --help', 'print this and exit')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: context.print,
      writeErr: context.printError,
      outputError: (text, write) => write(text.replace(/^error: /, 'ztps: ')),
    })
    .action(async () => {
      const { validateConfig: validate, clearResources: clear } = program.opts<Modes>();
      if (validate && clear) {
        program.error('error: --validate-config and --clear-resources are two runs; give one of them');
      }
      const command = validate
        ? (await import('./commands/validate-config.js')).validateConfig
        : clear
          ? (await import('./commands/clear-resources.js')).clearResources
          : (await import('./commands/serve.js')).serve;
      status = await command(globals(), context);
    })
    .hook('preSubcommand', (_, subcommand) => {
      const { validateConfig: validate, clearResources: clear } = program.opts<Modes>();
      if (!validate && !clear) return;
      const mode = validate ? '--validate-config' : '--clear-resources';
      program.error(`error: ${mode} does not go together with ${subcommand.name()}`);
    });

  try {
    pointToHelp(program, 'ztps');
    for (const load of findWanted(words, program)) (await load())(program, run);
    pointToHelp(program, 'ztps');
    await program.parseAsync(normalizeArguments(words, program), { from: 'user' });
    return status;
  } catch (error) {
    return explain(error, globals().debug ?? false, context);
  }
}

/** What loads the commands that this command line needs: one, or, where it is to be said what there is, all. */
function findWanted(words: readonly string[], program: Command): Iterable<() => Promise<AddCommand>> {
  const first = findFirstWord(words, program);
  if (first === null) return [];
  const named = commands.get(first);
  return named ? [named] : commands.values();
}

/** Who got the options of a subcommand wrong is sent to that one's help. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`("${path} --help" shows what there is)`);
  for (const subcommand of command.commands) pointToHelp(subcommand, `${path} ${subcommand.name()}`);
}

interface Modes {
  readonly validateConfig?: boolean;
  readonly clearResources?: boolean;
}

function explain(error: unknown, debug: boolean, context: CliContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ZtpError) {
    context.printError(`ztps: ${printableLine(error.message)}\n`);
    if (debug) context.printError(`${error.stack}\n`);
    return reasonCodes[error.code].exit;
  }
  context.printError(`ztps: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
