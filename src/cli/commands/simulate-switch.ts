// `ztps simulate-switch`: provisions a simulated switch and shows its console. It only reads options and prints; what
// a switch does is in simulator/.

import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { load } from 'js-yaml';
import picocolors from 'picocolors';
import { z } from 'zod';
import { FlashTooSmall } from '../../simulator/flash-folder.js';
import { MissingRequirement } from '../../simulator/missing-requirement.js';
import {
  type ConsoleLine,
  type RunOutcome,
  SimulatedSwitch,
  type SimulatedSwitchOptions,
} from '../../simulator/simulated-switch.js';
import { DEFAULT_IDENTITY, type SwitchIdentity } from '../../simulator/switch-identity.js';

const EXAMPLES = `
Examples:
  ztps simulate-switch --server http://localhost:8080
      a leaf of the demo site boots with an empty flash
  ztps simulate-switch --server http://localhost:8080 --serial JPE001 --neighbors cabling.yml --attempts 3
      another switch; cabling.yml says, for example,  Ethernet1: [{device: spine1, port: Ethernet7}]
  ztps simulate-switch --server http://localhost:8080 --state /var/tmp/leaf1
      keep its flash: look into /var/tmp/leaf1/mnt/flash, or put files there beforehand
  ztps simulate-switch --server http://localhost:8080 --config running.cfg --manual -- --no-flash-factory-restore
      somebody runs the script by hand on a switch that has a startup-config
  ztps simulate-switch --server http://localhost:8080 --eos 4.14.5F --python python2.7
      an old switch, whose eAPI has no unix socket

Exit status: 0 the client succeeded, 1 it failed or this machine cannot run it, 2 the options are wrong.
As root the switch has every user id; an ordinary user's switch has one, and cannot make others.`;

const neighborsSchema = z.record(z.string(), z.array(z.object({ device: z.string(), port: z.string() })));

interface Options {
  readonly server: string;
  readonly model: string;
  readonly serial: string;
  readonly mac: string;
  readonly eos: string;
  readonly neighbors?: string;
  readonly python?: string;
  readonly state?: string;
  readonly config?: string;
  readonly flashSize?: number;
  readonly attempts: number;
  readonly retryPause: number;
  readonly manual: boolean;
  readonly json: boolean;
}

/** A file that an option names cannot be used; the message says why. */
class BadFile extends Error {}

/** Adds the command. It sets the process's exit status itself. */
export function addSimulateSwitchCommand(program: Command): void {
  program
    .command('simulate-switch')
    .description('run the real bootstrap client on a simulated switch, apart from this machine')
    .requiredOption('--server <url>', 'the ZTP server, without /bootstrap', parseServer)
    .option('--model <name>', 'model', DEFAULT_IDENTITY.model)
    .option('--serial <number>', 'serial number, "" for none', DEFAULT_IDENTITY.serial)
    .option('--mac <address>', 'system MAC address', DEFAULT_IDENTITY.systemMac)
    .option('--eos <version>', 'EOS version', DEFAULT_IDENTITY.version)
    .option('--neighbors <file>', 'YAML or JSON: interface to a list of {device, port} (a leaf of the demo)')
    .option('--python <path>', "the switch's Python (the first of python3, python, python2)")
    .option('--state <dir>', 'keep flash, /persist and cli.log there (nothing is kept)')
    .option('--config <file>', 'startup-config that is on flash at the start')
    .option('--flash-size <size>', 'room on flash in bytes, or with K, M or G', parseSize)
    .option('--attempts <n>', 'how often EOS starts the client at most', parseCount, 1)
    .option('--retry-pause <seconds>', 'time between two starts', parseSeconds, 30)
    .option(
      '--manual',
      'run the script by hand instead of in ZTP mode; what follows -- are its arguments',
      false,
    )
    .option('--json', 'print the result as JSON, the console on standard error', false)
    .argument('[arguments...]', 'with --manual: arguments of the script')
    .addHelpText('after', EXAMPLES)
    .action(async (args: string[], options: Options, command: Command) => {
      if (args.length > 0 && !options.manual) command.error('error: arguments of the script need --manual');
      try {
        process.exitCode = await simulate(options, args);
      } catch (error) {
        const badOption = error instanceof BadFile || error instanceof FlashTooSmall;
        if (!(error instanceof MissingRequirement || badOption)) throw error;
        process.stderr.write(`ztps: ${error.message}\n`);
        process.exitCode = badOption ? 2 : 1;
      }
    });
}

async function simulate(options: Options, args: readonly string[]): Promise<number> {
  const show = consoleWriter(options.json);
  const simulated = new SimulatedSwitch(await readSwitchOptions(options, show));
  const signals = disposeOnSignal(simulated);
  try {
    const { attempts, retryPause } = options;
    const outcome = options.manual
      ? await simulated.runManually(options.server, args)
      : await simulated.boot(options.server, { attempts, retryPause });
    if (signals.status() === undefined) report(options, simulated, outcome);
    return signals.status() ?? (outcome.exitCode === 0 ? 0 : 1);
  } catch (error) {
    if (signals.status() === undefined) throw error;
    return signals.status() ?? 1;
  } finally {
    await simulated.dispose();
    signals.release();
  }
}

async function readSwitchOptions(
  options: Options,
  onConsole: (line: ConsoleLine) => void,
): Promise<SimulatedSwitchOptions> {
  const { model, serial, mac, eos, neighbors, python, state, config, flashSize } = options;
  return {
    model,
    serial,
    systemMac: mac,
    version: eos,
    onConsole,
    ...(neighbors !== undefined && { neighbors: await readNeighbors(neighbors) }),
    ...(python !== undefined && { python }),
    ...(state !== undefined && { stateFolder: state }),
    ...(config !== undefined && { startupConfig: await readOptionFile(config) }),
    ...(flashSize !== undefined && { flashSize }),
  };
}

async function readNeighbors(file: string): Promise<SwitchIdentity['neighbors']> {
  const text = await readOptionFile(file);
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    throw new BadFile(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  const checked = neighborsSchema.safeParse(document);
  if (checked.success) return checked.data;
  throw new BadFile(
    `${file}: wanted interface names with lists of {device, port}. ${z.prettifyError(checked.error)}`,
  );
}

async function readOptionFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new BadFile(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Lines of EOS itself are set off from what the client prints; colours on a terminal only. */
function consoleWriter(json: boolean): (line: ConsoleLine) => void {
  const out = json ? process.stderr : process.stdout;
  const { cyan, dim } = picocolors.createColors(out.isTTY && picocolors.isColorSupported);
  return ({ source, text }) => {
    const line =
      source === 'client' ? text : source === 'eos' ? cyan(`EOS: ${text}`) : dim(`rc.eos: ${text}`);
    out.write(`${line}\n`);
  };
}

function report(options: Options, simulated: SimulatedSwitch, outcome: RunOutcome): void {
  const { exitCode, attempts, startupConfig } = outcome;
  if (options.json) {
    const result = {
      provisioned: exitCode === 0,
      exitCode,
      attempts,
      startupConfig: startupConfig ?? null,
      console: outcome.console,
      commands: simulated.cliLog,
    };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const { bold, red, green } = picocolors.createColors(process.stdout.isTTY && picocolors.isColorSupported);
  if (exitCode !== 0) {
    const notBooted = attempts === 0 && options.state !== undefined;
    const mend = notBooted ? ` Remove ${simulated.flash}/startup-config to have it provisioned again.` : '';
    process.stdout.write(
      `\n${red(options.manual ? 'The script failed.' : 'The switch was not provisioned.')}${mend}\n`,
    );
    return;
  }
  const success = options.manual ? 'The script succeeded.' : 'The switch is provisioned.';
  process.stdout.write(`\n${green(success)} Its startup-config:\n\n`);
  process.stdout.write(`${bold((startupConfig ?? '(none)').trimEnd())}\n`);
  if (options.state !== undefined) process.stdout.write(`\nIts flash: ${simulated.flash}\n`);
}

/**
 * A signal ends the switch before it ends the command; `status` is then the command's exit status. Later signals change
 * nothing: `timeout`, for one, sends each twice, and the second one must not end the process before the folders are gone.
 */
function disposeOnSignal(simulated: SimulatedSwitch): { status(): number | undefined; release(): void } {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
  const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
  let status: number | undefined;
  const stop = (signal: keyof typeof numbers): void => {
    if (status !== undefined) return;
    status = 128 + numbers[signal];
    simulated.dispose().catch(() => {});
  };
  for (const signal of signals) process.on(signal, stop);
  return {
    status: () => status,
    release: () => {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}

function parseServer(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw new InvalidArgumentError('Wanted a URL such as http://localhost:8080.');
}

function parseCount(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Wanted a whole number from 1.');
}

function parseSeconds(value: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Wanted a number of seconds.');
}

function parseSize(value: string): number {
  const [, digits, unit = ''] = /^(\d{1,12})([KMG]?)$/i.exec(value) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('Wanted a size such as 4000000, 64M or 2G.');
  return Number(digits) * 1024 ** ['', 'K', 'M', 'G'].indexOf(unit.toUpperCase());
}
