// The command line: which options and commands there are, and what becomes of their errors.

import { Command, CommanderError } from 'commander';
import { reasonCodes } from '../wire/reason-codes.js';
import { ZtpError } from '../wire/ztp-error.js';
import { clearResources } from './commands/clear-resources.js';
import { addConfigCommand } from './commands/config.js';
import { addExplainCommand } from './commands/explain.js';
import { addImagesCommand } from './commands/images.js';
import { initDataRoot } from './commands/init.js';
import { addLogCommand } from './commands/log.js';
import { addNodeCommand } from './commands/node.js';
import { addNodesCommand } from './commands/nodes.js';
import { addNotifyCommand } from './commands/notify.js';
import { addPoolCommand } from './commands/pool.js';
import { addRenderCommand } from './commands/render.js';
import { addReplaceCommand } from './commands/replace.js';
import { addRunsCommand } from './commands/runs.js';
import { serve } from './commands/serve.js';
import { addSimulateSwitchCommand } from './commands/simulate-switch.js';
import { validateConfig } from './commands/validate-config.js';
import type { CliContext, GlobalOptions, RunCommand } from './context.js';
import { normalizeArguments } from './normalize-arguments.js';
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

const INIT_HELP = `
What becomes of each file:
  made       it was not there
  replaced   it was an earlier release's, unedited, and is this release's now
  unchanged  nothing was to do
  kept       it was edited: it stays, and this release's is laid beside it as NAME.new
  refused    it can not be laid without touching what is not the data root's

--conf FILE names the configuration that the data root and file names are taken from, --json prints JSON instead of
text, and both may stand before or behind init.

Examples:
  ztps init                                    the data root of /etc/ztpserver/ztpserver.conf
  ztps init /srv/ztp                           another one, made if it is not there
  ztps init --conf site.conf --json            the one that site.conf names, and tell a program what was done

Exit status: 0 done, 1 failed or something was refused, 2 not understood.`;

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
      const command = validate ? validateConfig : clear ? clearResources : serve;
      status = await command(globals(), context);
    })
    .hook('preSubcommand', (_, subcommand) => {
      const { validateConfig: validate, clearResources: clear } = program.opts<Modes>();
      if (!validate && !clear) return;
      const mode = validate ? '--validate-config' : '--clear-resources';
      program.error(`error: ${mode} does not go together with ${subcommand.name()}`);
    });

  program
    .command('init')
    .argument('[dir]', 'the data root (default: the configured one)')
    .description('make a data root, or bring an old one up to date')
    .addHelpText('after', INIT_HELP)
    .action(async (directory: string | undefined) => {
      status = await initDataRoot(directory, globals(), context);
    });
  addNodesCommand(program, run);
  addLogCommand(program, run);
  addRunsCommand(program, run);
  addExplainCommand(program, run);
  addRenderCommand(program, run);
  addConfigCommand(program, run);
  addImagesCommand(program, run);
  addPoolCommand(program, run);
  addNodeCommand(program, run);
  addReplaceCommand(program, run);
  addNotifyCommand(program, run);
  addSimulateSwitchCommand(program);
  pointToHelp(program, 'ztps');

  try {
    await program.parseAsync(normalizeArguments(words, program), { from: 'user' });
    return status;
  } catch (error) {
    return explain(error, globals().debug ?? false, context);
  }
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
