// `ztps render`: the definition and the startup-config that a switch would get. Changes nothing.

import type { Command } from 'commander';
import type { StartupConfigNote } from '../../provisioning/build-startup-config.js';
import { type RenderedNode, renderDefinition } from '../../provisioning/render-definition.js';
import type { CliContext, GlobalOptions, RunCommand } from '../context.js';
import { printableJson, printableLine } from '../printable.js';
import { readNodeArgument } from '../read-argument-file.js';
import { readBuiltInActions } from '../shipped-files.js';
import { type Colours, describeTerminal } from '../terminal.js';
import { useDataRoot } from '../use-data-root.js';

const HELP = `
NODE is what ztps explain takes: a file with what a switch posts to /nodes, or the id of a node that has a folder in nodes/.
A node that is not known is matched first.

Nothing is taken: a resource is what it would be now, and another node may get it in the meantime. What can not say its value
without giving it stands as its call.

IMAGE says what install_image would do, by the version and model that the switch reported.

The startup-config is what add_config and replace_config would build. What other actions do to it is not known, and said.

Examples:
  ztps render leaf.json                         what would a new switch get?
  ztps render JPE14140001                       and one that is known
  ztps render JPE14140001 --json | jq -j .startupConfig.content
                                                the startup-config alone, byte for byte

Exit status: 0 done, 1 refused or failed, also in an action, 2 not understood.`;

/** Adds `render`. */
export function addRenderCommand(program: Command, run: RunCommand): void {
  program
    .command('render')
    .argument('<node>', 'a JSON file, or the id of a known node')
    .description('print the definition and startup-config that a switch would get')
    .addHelpText('after', HELP)
    .action((node: string) => run((...world) => render(node, ...world)));
}

async function render(argument: string, options: GlobalOptions, context: CliContext): Promise<number> {
  return useDataRoot(options, context, async ({ site, hashes, links, config }) => {
    const claim = await readNodeArgument(site, argument);
    const { serverUrls } = config;
    const rendered = await renderDefinition(site, claim, {
      links,
      hashes,
      serverUrls,
      builtIn: await readBuiltInActions(),
    });
    context.print(
      options.json ? `${printableJson(rendered, 2)}\n` : writeRendered(rendered, describeTerminal().colours),
    );
    const steps = [...rendered.notes, ...rendered.images];
    const fails = rendered.refusal !== null || steps.some(({ kind }) => kind === 'failure');
    return fails ? 1 : 0;
  });
}

function writeRendered(rendered: RenderedNode, { bold, red, yellow, dim }: Colours): string {
  const { node, origin, refusal, definition, resources, images, warnings, notes } = rendered;
  if (refusal) {
    const { status, reason, message, explanation } = refusal;
    const lines = [`${node}: would be refused, ${status} ${reason}: ${message}`, ...explanation];
    return lines.map((line, index) => `${(index === 0 ? red : String)(printableLine(line))}\n`).join('');
  }
  const lines = [bold(printableLine(`${node}: ${origin}`)), printableJson(definition, 2)];
  if (resources.length > 0) lines.push(bold('resources, none of them taken:'));
  for (const { call, value, previewed } of resources) {
    const shown = previewed ? `= ${printableJson(value)}` : 'can not be previewed, so the call stands for it';
    lines.push(`  ${printableLine(call)} ${shown}`);
  }
  for (const { action, kind, text } of images) {
    const colour = kind === 'failure' ? red : kind === 'unknown' ? yellow : String;
    const label = { install: 'IMAGE', keep: 'IMAGE', unknown: 'NOTE', failure: 'FAILS' }[kind];
    lines.push(colour(printableLine(`${label}: action ${action}, install_image: ${text}`)));
  }
  lines.push(...warnings.map((it) => yellow(`WARNING: ${printableLine(it)}`)));
  lines.push(...notes.map((it) => (it.kind === 'failure' ? red : yellow)(printableLine(writeNote(it)))));
  lines.push(bold('startup-config:'));
  return lines.map((line) => `${line}\n`).join('') + (writeConfig(rendered) ?? `${dim('none')}\n`);
}

function writeNote({ action, name, kind, text }: StartupConfigNote): string {
  const words = action === null ? text : `action ${action}, ${name}: ${text}`;
  return kind === 'failure' ? `FAILS: ${words}` : `NOTE: ${words}`;
}

/** Line by line, so that what could move the cursor is escaped and all else stands as it is. */
function writeConfig({ startupConfig }: RenderedNode): string | null {
  if (startupConfig === null) return null;
  const { encoding, content } = startupConfig;
  const text = encoding === 'utf-8' ? content : Buffer.from(content, 'base64').toString('latin1');
  const lines = text.split('\n').map((line) => line.split('\t').map(printableLine).join('\t'));
  return text.endsWith('\n') ? lines.join('\n') : `${lines.join('\n')}\n`;
}
