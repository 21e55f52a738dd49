// `ztps notify`: who is told of what happens, and whether a message arrives there.

import type { Command } from 'commander';
import type { NotifySettings } from '../../config/notify-settings.js';
import { nearestName } from '../../engine/nearest-name.js';
import { ZtpError } from '../../wire/ztp-error.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { loadConfiguration } from '../load-configuration.js';
import { printableJson, printableLine } from '../printable.js';
import { describeTerminal } from '../terminal.js';
import { type OpenDataRoot, useDataRoot } from '../use-data-root.js';

const HELP = `
Each section [notify NAME] of ztpserver.conf is one of those who are told: a syslog server, rooms of an XMPP server, people by
mail, a webhook.

Examples:
  ztps notify list                              who is told of what
  ztps notify test noc                          send [notify noc] one message now

Exit status: 0 done, 1 failed, 2 not understood.`;

const LIST_HELP = `
Passwords and secrets are not shown, nor what stands behind the host of a webhook's URL, which often is one.

Examples:
  ztps notify list
  ztps notify list --json                       {"notify": [{"name", "type", "receiver", "level", "events"}, …]}`;

const TEST_HELP = `
Sends one message, whatever level and events the section wants, and says what became of it. A running server does not mind.

Examples:
  ztps notify test noc
  ztps notify test noc --json                   {"name", "arrived": true, "message"}

Exit status: 0 it arrived, 1 it did not, or there is no such section, 2 not understood.`;

/** How long nothing is said, in milliseconds. */
const patienceMs = 2000;

/** Adds `notify` and its subcommands. */
export function addNotifyCommand(program: Command, run: RunCommand): void {
  const notify = program
    .command('notify')
    .description('list who is told of what happens, and try it')
    .addHelpText('after', HELP);
  notify
    .command('list')
    .description('list the sections [notify NAME]')
    .addHelpText('after', LIST_HELP)
    .action(() => run(list));
  notify
    .command('test')
    .argument('<name>', 'the section is [notify NAME]')
    .description('send one message now and say what happened')
    .addHelpText('after', TEST_HELP)
    .action((name: string) => run((...world) => test(name, ...world)));
}

async function list(options: GlobalOptions, context: CliContext): Promise<number> {
  const { config } = await loadConfiguration(options, context);
  const sections = config.notify.map((settings) => {
    const { name, type, level, events } = settings;
    return { name, type, receiver: describeReceiver(settings), level, events };
  });
  if (options.json) context.print(`${printableJson({ notify: sections }, 2)}\n`);
  else if (sections.length === 0) {
    context.print(
      `Nobody is told: there is no section [notify NAME] in ${config.file ?? 'any configuration'}\n`,
    );
  } else {
    const rows = sections.map(({ name, type, receiver, level, events }) =>
      [name, type, receiver, level, events === null ? 'all' : events.join(', ')].map(printableLine),
    );
    context.print(writeTable([['NAME', 'TYPE', 'RECEIVER', 'LEVEL', 'EVENTS'], ...rows]));
  }
  return 0;
}

async function test(name: string, options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async (root) => {
    const settings = root.config.notify.find((it) => it.name === name) ?? refuse(name, root);
    const receiver = printableLine(describeReceiver(settings));
    const notifiers = await root.createNotifiers();
    const stopTelling = tellWaiting(`${name}: waiting for ${receiver}`, context);
    try {
      const message = await (notifiers.find((it) => it.name === name) ?? refuse(name, root)).test();
      stopTelling();
      context.print(
        options.json
          ? `${printableJson({ name, arrived: true, message }, 2)}\n`
          : `${name}: ${printableLine(message)}\n`,
      );
      return 0;
    } catch (error) {
      stopTelling();
      const message = error instanceof Error ? error.message : String(error);
      if (options.json) context.print(`${printableJson({ name, arrived: false, message }, 2)}\n`);
      context.printError(`ztps: [notify ${name}], ${receiver}: ${printableLine(message)}\n`);
      return 1;
    } finally {
      await Promise.all(notifiers.map((it) => it.close()));
    }
  });
}

function refuse(name: string, { config }: OpenDataRoot): never {
  const names = config.notify.map((it) => it.name);
  const near = nearestName(name, names);
  const offer =
    names.length === 0
      ? 'there is none at all; docs/notifications.md says how to write one'
      : `${near === null ? '' : `did you mean ${near}? `}there is ${names.join(', ')}`;
  throw new ZtpError(
    'invalid-config',
    `there is no section [notify ${name}] in ${config.file ?? 'any configuration'}; ${offer}`,
  );
}

/** A line on a terminal that counts the seconds once it takes long. @returns what takes it away */
function tellWaiting(text: string, context: CliContext): () => void {
  if (!process.stderr.isTTY) return () => {};
  const beganAt = Date.now();
  let isThere = false;
  const timer = setInterval(() => {
    const elapsed = Date.now() - beganAt;
    if (elapsed < patienceMs) return;
    isThere = true;
    context.printError(`\r${text}, ${Math.round(elapsed / 1000)} s`);
  }, 1000);
  return () => {
    clearInterval(timer);
    if (isThere) context.printError('\r\x1b[K');
  };
}

/** Whom a section tells, without its secrets. */
function describeReceiver(settings: NotifySettings): string {
  switch (settings.type) {
    case 'syslog': {
      const { host, port, transport, tls } = settings;
      return `${transport}${tls ? '+tls' : ''}://${join(host, port)}`;
    }
    case 'xmpp':
      return settings.rooms.join(', ');
    case 'mail':
      return `${settings.to.join(', ')} by ${join(settings.host, settings.port)}`;
    case 'webhook': {
      const { origin, pathname, search } = new URL(settings.url);
      return pathname === '/' && search === '' ? origin : `${origin}/…`;
    }
  }
}

function join(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function writeTable([titles = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = titles.map((_, column) =>
    Math.max(...[titles, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const write = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const { bold } = describeTerminal().colours;
  return [bold(write(titles)), ...rows.map(write)].map((line) => `${line}\n`).join('');
}
