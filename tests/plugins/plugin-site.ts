// A data root with plugins and the real registry over it: real files, real processes.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { onTestFinished } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import { readOrderedYaml } from '../../src/data-root/ordered-yaml.js';
import { writeYaml } from '../../src/data-root/write-yaml.js';
import type { JsonValue } from '../../src/engine/json-value.js';
import type { NodeFacts } from '../../src/engine/node-facts.js';
import type { Log, LogFields } from '../../src/log/log.js';
import type { PluginLimits } from '../../src/plugins/custom-plugins.js';
import { createPluginRegistry, type PluginRegistry } from '../../src/plugins/plugin-registry.js';
import { type Content, makeFolder } from '../data-root/temporary-folder.js';

const project = resolve(import.meta.dirname, '../..');

/** How a site is made. */
export interface PluginSiteOptions {
  readonly limits?: Partial<PluginLimits>;
  /** Of the plugins; PATH is the machine's if left out. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** A data root with plugins. */
export interface PluginSite {
  readonly root: string;
  readonly plugins: PluginRegistry;
  /** `level node message`, without the plugin's name. */
  readonly logged: readonly string[];
  /** The value that a call for the node N1 gives. */
  call(plugin: string, ...args: string[]): Promise<JsonValue>;
  /** Why a call fails: the message of the error, without the call that opens it. */
  refusal(plugin: string, ...args: string[]): Promise<string>;
  /** Writes files; those of plugins/ without an extension, and `.sh`, may be executed. */
  write(files: Readonly<Record<string, string | Buffer>>): void;
  read(path: string): string;
  /** Resolves when a file is there. */
  appears(path: string): Promise<void>;
}

/** What the switch of most tests reported. */
export const facts: NodeFacts = {
  model: 'DCS-7050',
  serialnumber: 'N1',
  systemmac: '001c73aabbcc',
  version: '4.30.1F',
  neighbors: new Map([
    ['Ethernet2', [{ device: 'spine2', port: 'Ethernet1' }]],
    ['Ethernet1', []],
  ]),
  others: { rack: 'r1' },
};

/** Makes a site that goes away with its processes when the test ends. */
export function makePluginSite(
  files: Readonly<Record<string, string | Buffer>> = {},
  { limits = {}, environment }: PluginSiteOptions = {},
): PluginSite {
  const root = makeFolder({ plugins: null } as Record<string, Content>);
  const hosts = makeFolder({ 'package.json': '{"type": "module"}', 'javascript-host.js': compiledHost() });
  const logged: string[] = [];
  const say = (level: string) => (message: string, fields?: LogFields) =>
    void logged.push(`${level} ${fields?.node} ${message.replace(/^plugin \w+: /, '')}`);
  const log: Log = { debug: say('debug'), info: say('info'), warning: say('warning'), error: say('error') };
  const dataRoot = openDataRoot(root, [], log);
  const plugins = createPluginRegistry({
    pools: dataRoot.pools,
    tables: null,
    files: dataRoot.pluginFiles,
    log,
    limits: { calls: 4, timeoutSeconds: 30, ...limits },
    hosts: {
      javascript: join(hosts, 'javascript-host.js'),
      python: join(project, 'plugin-host/ztps_plugin_host.py'),
    },
    yaml: { read: readOrderedYaml, write: writeYaml },
    environment: environment ?? { PATH: process.env.PATH },
    settings: { dataRoot: root, identifier: 'serialnumber', serverUrls: ['http://ztp:8080'] },
  });
  onTestFinished(() => plugins.close());
  const call: PluginSite['call'] = async (plugin, ...args) =>
    (await plugins.call(plugin, { nodeId: 'N1', args, facts, preview: false })).value;
  const site: PluginSite = {
    root,
    plugins,
    logged,
    call,
    refusal: (plugin, ...args) =>
      call(plugin, ...args).then(
        (value) => {
          throw new Error(`no refusal but ${JSON.stringify(value)}`);
        },
        (error: Error) => error.message.replace(/^.*? for node N1: /, ''),
      ),
    write(content) {
      for (const [name, text] of Object.entries(content)) {
        const path = join(root, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        if (/^plugins\/[^.]*(\.sh)?$/.test(name)) chmodSync(path, 0o755);
      }
    },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    async appears(path) {
      while (!existsSync(join(root, path))) await new Promise((done) => setTimeout(done, 10));
    },
  };
  site.write(files);
  return site;
}

/**
 * Calls a plugin that gives its process's id until one process has served two calls: a file just written is loaded once
 * more, as it may have changed again within a tick of the file system's clock.
 */
export async function repeatCall(site: PluginSite, plugin: string): Promise<JsonValue> {
  for (let last: JsonValue = null; ; ) {
    const pid = await site.call(plugin, 'x');
    if (pid === last) return pid;
    last = pid;
  }
}

let host: string | undefined;

function compiledHost(): string {
  host ??= ts.transpileModule(readFileSync(join(project, 'src/plugins/javascript-host.ts'), 'utf8'), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  }).outputText;
  return host;
}

/** False for a process that is gone or only waits to be reaped. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
