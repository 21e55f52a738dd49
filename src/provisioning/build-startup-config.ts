// The startup-config that a definition's actions build on a switch: add_config and replace_config are done here as they are
// there, of every other action that may write it it is said that it may. Writes nothing.

import { actionsOf, attributesOf, ownValue } from '../engine/definitions/definition-shape.js';
import type { JsonObject, JsonValue } from '../engine/json-value.js';
import { addConfig, readAddConfigAttributes } from '../engine/startup-config/add-config.js';
import type { Served } from './served-files.js';

/** Something that the text does not show. */
export interface StartupConfigNote {
  /** The action's place, counted from 1; null for what is about all of them. */
  readonly action: number | null;
  /** Its file in actions/. */
  readonly name: string | null;
  /** `unknown`: the text may differ from what the switch ends up with. `failure`: the switch's run ends there, in vain. */
  readonly kind: 'unknown' | 'failure';
  readonly text: string;
}

/** What the actions build. */
export interface BuiltStartupConfig {
  /** Null if no action writes any. */
  readonly content: Buffer | null;
  readonly notes: readonly StartupConfigNote[];
}

/** Where files are had from. */
export interface StartupConfigSources {
  /** What a switch would fetch. */
  read(url: string): Promise<Served>;
  /** Bytes of a file in actions/, null if there is none. */
  readAction(name: string): Promise<Buffer | null>;
  /** The built-in actions of this release, by name. */
  readonly builtIn: ReadonlyMap<string, Buffer>;
}

/** Built-in actions that never write startup-config. */
const harmless: readonly string[] = [
  'configure_ansible_client',
  'install_cli_plugin',
  'install_extension',
  'install_image',
  'template',
];

/**
 * Does the actions in their order. What can not be done is noted, and the text goes on.
 * @param definition as the switch gets it
 */
export async function buildStartupConfig(
  definition: JsonObject,
  sources: StartupConfigSources,
): Promise<BuiltStartupConfig> {
  const builder = new Builder(sources);
  const outer = attributesOf(definition);
  for (const [index, action] of actionsOf(definition).entries()) {
    const attributes = { ...outer, ...attributesOf(action) };
    const name = ownValue(action, 'action');
    await builder.run(index + 1, typeof name === 'string' ? name : '', attributes);
  }
  return builder.finish();
}

class Builder {
  #content: Uint8Array | null = null;
  readonly #notes: StartupConfigNote[] = [];
  readonly #sources: StartupConfigSources;

  constructor(sources: StartupConfigSources) {
    this.#sources = sources;
  }

  async run(action: number, name: string, attributes: JsonObject): Promise<void> {
    const note = (kind: StartupConfigNote['kind'], text: string) =>
      void this.#notes.push({ action, name, kind, text });
    const get = (attribute: string): JsonValue => ownValue(attributes, attribute) ?? null;
    const file = await this.#sources.readAction(name);
    if (file === null) return note('failure', `actions/${name} is not there: add it, or name another`);
    const ours = this.#sources.builtIn.get(name);
    if (ours === undefined) return note('unknown', 'what it does to startup-config is not known');
    const isDone = name === 'add_config' || name === 'replace_config';
    if (!file.equals(ours)) {
      const shown = isDone ? ": shown is what this release's does" : '';
      note('unknown', `actions/${name} is not this release's${shown}`);
    }
    if (!isDone) {
      if (mayWrite(name, get)) note('unknown', 'what it does to startup-config is not known');
      return;
    }
    const options = name === 'add_config' ? readAddConfigAttributes(get) : null;
    const url = strip(get('url'));
    if (url === null) return note('failure', 'url: a text is required');
    if (options?.ok === false) return note('failure', options.reason);
    const served = await this.#sources.read(url);
    if (served.kind !== 'bytes') {
      const { kind, reason } = served;
      return kind === 'failed'
        ? note('failure', reason)
        : note('unknown', `${reason}: what it holds is not shown`);
    }
    if (options === null) {
      this.#content = served.bytes;
      return;
    }
    const appended = addConfig(this.#content, served.bytes, options);
    if (appended.ok) this.#content = appended.content;
    else note('failure', `${url}: ${appended.reason}`);
  }

  finish(): BuiltStartupConfig {
    const content = this.#content && Buffer.from(this.#content);
    const isBlank = content === null || /^[\t-\r ]*$/.test(content.toString('latin1'));
    if (isBlank && this.#notes.length === 0) {
      const text = 'the actions leave no startup-config, or a blank one';
      this.#notes.push({ action: null, name: null, kind: 'failure', text });
    }
    return { content, notes: this.#notes };
  }
}

/** Whether a built-in action may write startup-config with these attributes. */
function mayWrite(name: string, get: (attribute: string) => JsonValue): boolean {
  if (harmless.includes(name)) return false;
  if (name === 'copy_file') {
    return ['src_url', 'dst_url'].some((it) => /(?:^|\/)startup-config\/?$/.test(strip(get(it)) ?? ''));
  }
  if (name !== 'send_email') return true;
  const commands = get('commands');
  const list = Array.isArray(commands) ? commands : commands === null ? [] : [commands];
  return !list.every((it: JsonValue) => typeof it === 'string' && /^\s*sh(?:ow?)?\s/.test(it));
}

/** A text without the blanks at its ends; null for anything else, and for none. */
function strip(value: JsonValue): string | null {
  return typeof value === 'string' ? value.trim() || null : null;
}
