// `ztps --validate-config`: everything that a switch could stumble on, file by file. Changes nothing.

import type { NamedImage } from '../engine/definitions/check-built-in.js';
import {
  type CheckContext,
  checkAttributes,
  checkDefinition,
  type DefinitionCheck,
} from '../engine/definitions/check-definition.js';
import type { JsonValue } from '../engine/json-value.js';
import { describeShortage } from '../engine/pools/describe-shortage.js';
import type { Problem } from '../engine/problem.js';
import type { CompiledNeighbordb } from '../engine/topology/neighbordb.js';
import { compileNodePattern } from '../engine/topology/node-pattern.js';
import { namePattern } from '../engine/topology/pattern.js';
import type { PluginSurvey } from '../plugins/survey-plugins.js';
import type { FileHashes } from '../ports/file-hashes.js';
import type { PoolState } from '../ports/pool-store.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { ZtpError } from '../wire/ztp-error.js';
import { findOtherHash } from './find-other-hash.js';
import { isOutdatedBootstrap, readBootstrapConfig } from './read-bootstrap.js';
import { describeKept } from './replacement/find-begun.js';
import { loadNeighbordb, type Site } from './site.js';

/** What was found about one file. */
export interface FileReport {
  /** Relative to the data root. */
  readonly path: string;
  /** Errors and warnings, by line. */
  readonly problems: readonly Problem[];
}

/** What was found about every file of a data root, in the order of checking. */
export type SiteReport = readonly FileReport[];

/** What a check has to know besides the site. */
export interface CheckOptions {
  /** `[default] server_url`, to tell our files from other servers' in action attributes. */
  readonly serverUrls: readonly string[];
  readonly bootstrapFilename: string;
  /** The built-in actions of this release, by name: what an action of the site knows is known if it is one of them. */
  readonly builtIn: ReadonlyMap<string, Buffer>;
  readonly hashes: FileHashes;
}

/** Checks neighbordb, definitions with what they refer to, plugins, pools, bootstrap and nodes. */
export async function checkSite(site: Site, options: CheckOptions): Promise<SiteReport> {
  const builtIn = await findUnedited(site, options.builtIn);
  const checker = new SiteChecker(site, await site.plugins.survey(), options, builtIn);
  await checker.checkNeighbordb();
  await checker.checkDefinitions();
  await checker.checkLinks();
  checker.checkPlugins();
  await checker.checkPools();
  await checker.checkTables();
  await checker.checkBootstrap(options.bootstrapFilename);
  await checker.checkNodes();
  return checker.report;
}

class SiteChecker {
  readonly report: FileReport[] = [];
  readonly #site: Site;
  readonly #plugins: PluginSurvey;
  readonly #context: CheckContext;
  readonly #hashes: FileHashes;

  constructor(
    site: Site,
    plugins: PluginSurvey,
    { serverUrls, hashes }: CheckOptions,
    builtIn: ReadonlySet<string>,
  ) {
    this.#site = site;
    this.#hashes = hashes;
    this.#plugins = plugins;
    this.#context = {
      pluginNames: plugins.names,
      checkCall: (plugin, args) => plugins.checkCall(plugin, args),
      serverUrls,
      builtIn,
    };
  }

  async checkNeighbordb(): Promise<void> {
    const path = this.#site.settings.neighbordbFilename;
    await this.#check(path, async () => {
      const document = await this.#site.files.readDocument(path);
      if (!document) return [warning(null, 'there is no neighbordb, so no new switch is matched')];
      const neighbordb = await loadNeighbordb(this.#site);
      return [...document.problems, ...neighbordb.problems, ...(await this.#checkNames(neighbordb))];
    });
  }

  async #checkNames(neighbordb: CompiledNeighbordb): Promise<Problem[]> {
    const problems: Problem[] = [];
    for (const pattern of neighbordb.patterns) {
      const named = [
        { path: pattern.definition, line: pattern.definitionLine },
        { path: pattern.configHandler, line: pattern.configHandlerLine },
      ];
      for (const { path, line } of named) {
        const lack = path === null ? null : await this.#findLack(path);
        if (lack !== null) problems.push(error(line, `${namePattern(pattern.name)}: ${lack}`));
      }
    }
    return problems;
  }

  async checkDefinitions(): Promise<void> {
    for (const name of await this.#site.files.list('definitions')) {
      const path = `definitions/${name}`;
      await this.#check(path, async () => {
        const document = await this.#site.files.readDocument(path);
        return document ? this.#checkDefinition(document, 'unknown') : [];
      });
    }
  }

  async #checkDefinition(document: YamlDocument, nodeAttributes: JsonValue | 'unknown'): Promise<Problem[]> {
    const check = checkDefinition(document, nodeAttributes, this.#context);
    return [
      ...document.problems,
      ...document.valueProblems,
      ...check.problems,
      ...(await this.#checkReferred(check)),
    ];
  }

  /** Whether what a definition refers to is there. */
  async #checkReferred({ actions, files, calls, images }: DefinitionCheck): Promise<Problem[]> {
    const pools = calls.filter(({ call }) => call.plugin === 'allocate');
    const referred = [
      ...actions.map(({ name, line }) => ({ path: `actions/${name}`, line, words: '' })),
      ...files.map(({ path, line }) => ({ path: `files/${path}`, line, words: '' })),
      ...pools.map(({ call, line }) => ({
        path: `resources/${call.args[0]}`,
        line,
        words: `${call.text}: `,
      })),
    ];
    const problems: Problem[] = [];
    for (const { path, line, words } of referred) {
      const lack = await this.#findLack(path);
      if (lack !== null) problems.push(error(line, words + lack));
    }
    for (const image of this.#context.builtIn.has('install_image') ? images : []) {
      const difference = await this.#findDifference(image);
      if (difference !== null) problems.push(error(image.line, difference));
    }
    for (const { call, line } of calls.filter((it) => it.call.plugin === 'sqlite')) {
      const lack = await this.#findTableLack(call.args[0]);
      if (lack !== null) problems.push(error(line, `${call.text}: ${lack}`));
    }
    return problems;
  }

  /** Links that lead out of the data root, in the folders whose files are served as they are. */
  async checkLinks(): Promise<void> {
    for (const folder of ['actions', 'config-handlers', 'files']) {
      for (const name of await this.#site.files.list(folder)) {
        const path = `${folder}/${name}`;
        try {
          await this.#site.files.has(path);
        } catch (cause) {
          if (!(cause instanceof ZtpError)) throw cause;
          this.report.push({ path, problems: [error(null, cause.message)] });
        }
      }
    }
  }

  checkPlugins(): void {
    this.report.push(...this.#plugins.files);
  }

  async checkPools(): Promise<void> {
    for (const name of await this.#site.pools.list()) {
      await this.#check(`resources/${name}`, async () => {
        const { entries, problems } = await this.#site.pools.read(name);
        return [...problems, ...findShortage(entries)];
      });
    }
  }

  async checkTables(): Promise<void> {
    const { tables, settings } = this.#site;
    let names: readonly string[] = [];
    try {
      names = await tables.list();
    } catch (cause) {
      await this.#check(settings.sqlite, () => Promise.reject(cause));
    }
    for (const name of names) {
      await this.#check(`${settings.sqlite} table ${name}`, async () => {
        const { entries, problems } = await tables.read(name);
        return [...problems, ...findShortage(entries)];
      });
    }
  }

  async checkBootstrap(filename: string): Promise<void> {
    await this.#check(`bootstrap/${filename}`, async () => {
      const script = await this.#site.files.readBytes(`bootstrap/${filename}`);
      if (!script) return [error(null, 'the bootstrap script is not there: `ztps init` writes it')];
      if (!isOutdatedBootstrap(script)) return [];
      return [
        warning(
          null,
          "it imports sleekxmpp, so today's EOS can not run it: `ztps init` lays the current one beside it",
        ),
      ];
    });
    await this.#check('bootstrap/bootstrap.conf', async () => {
      await readBootstrapConfig(this.#site);
      const document = await this.#site.files.readDocument('bootstrap/bootstrap.conf');
      return document ? [...document.problems, ...document.valueProblems] : [];
    });
  }

  async checkNodes(): Promise<void> {
    for (const id of await this.#site.nodes.list()) await this.#checkNode(id);
  }

  async #checkNode(id: string): Promise<void> {
    const { nodes, settings } = this.#site;
    const parts = await nodes.find(id).catch(() => null);
    await this.#check(`nodes/${id}`, async () => {
      const found = await nodes.find(id);
      const kept = await describeKept(nodes, id);
      if (kept !== null) return [error(null, `it is no node yet, and the switch is refused: ${kept}`)];
      const problems: Problem[] = [];
      if (!found?.definition && !found?.startupConfig) {
        problems.push(error(null, 'neither definition nor startup-config is there: the switch is refused'));
      }
      if (!found?.pattern && !settings.disableTopologyValidation) {
        problems.push(
          error(null, 'pattern is not there: the switch is refused (`name: any` lets any cabling pass)'),
        );
      }
      return problems;
    });
    let attributes: YamlDocument | null = null;
    let definition: YamlDocument | null = null;
    if (parts?.attributes) {
      await this.#check(`nodes/${id}/attributes`, async () => {
        attributes = await nodes.readAttributes(id);
        definition = await nodes.readDefinition(id).catch(() => null);
        if (!attributes) return [];
        const check = checkAttributes(attributes, definition?.value ?? null, this.#context);
        return [
          ...attributes.problems,
          ...attributes.valueProblems,
          ...check.problems,
          ...(await this.#checkReferred(check)),
        ];
      });
    }
    if (parts?.definition) {
      await this.#check(`nodes/${id}/definition`, async () => {
        definition = await nodes.readDefinition(id);
        return definition ? this.#checkDefinition(definition, attributes?.value ?? {}) : [];
      });
    }
    if (parts?.pattern) {
      await this.#check(`nodes/${id}/pattern`, async () => {
        const document = await nodes.readPattern(id);
        return document ? [...document.problems, ...compileNodePattern(document.root).problems] : [];
      });
    }
    if (parts?.facts) {
      await this.#check(`nodes/${id}/.node`, async () => {
        await nodes.readFacts(id);
        return [];
      });
    }
  }

  async #check(path: string, find: () => Promise<readonly Problem[]>): Promise<void> {
    try {
      const problems = await find();
      this.report.push({ path, problems: [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) });
    } catch (cause) {
      if (!(cause instanceof ZtpError)) throw cause;
      const { place, message } = cause;
      // The report names the path already.
      const reason = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
      this.report.push({ path, problems: [place ? error(place.line, place.reason) : error(null, reason)] });
    }
  }

  /** Why a table can not be a pool, in words; null if it can. That it is empty is said of the table itself. */
  async #findTableLack(name: string): Promise<string | null> {
    try {
      await this.#site.tables.preview(name, 'any node');
    } catch (cause) {
      if (!(cause instanceof ZtpError)) throw cause;
      return cause.code === 'pool-exhausted' ? null : cause.message;
    }
    return null;
  }

  /** How an image differs from what its definition says of it, in words; null if it does not, or is not there. */
  async #findDifference({ path, sha256 }: NamedImage): Promise<string | null> {
    if (sha256 === null) return null;
    const difference = await findOtherHash(this.#hashes, path, sha256);
    return difference === null ? null : `install_image: ${difference}`;
  }

  /** Why a file can not be had, in words; null if it can. */
  async #findLack(path: string): Promise<string | null> {
    try {
      return (await this.#site.files.has(path)) ? null : `${path} is not there: add it, or name another`;
    } catch (cause) {
      if (cause instanceof ZtpError) return cause.message;
      throw cause;
    }
  }
}

/** The actions of the site that are this release's, byte for byte. */
async function findUnedited(site: Site, builtIn: ReadonlyMap<string, Buffer>): Promise<ReadonlySet<string>> {
  const unedited = new Set<string>();
  for (const [name, bytes] of builtIn) {
    const own = await site.files.readBytes(`actions/${name}`).catch(() => null);
    if (own?.equals(bytes)) unedited.add(name);
  }
  return unedited;
}

function findShortage(entries: PoolState['entries']): readonly Problem[] {
  const free = entries.filter(({ owner }) => owner === null).length;
  const shortage = describeShortage(free, entries.length);
  return shortage === null ? [] : [warning(null, shortage)];
}

function error(line: number | null, reason: string): Problem {
  return { severity: 'error', line, reason };
}

function warning(line: number | null, reason: string): Problem {
  return { severity: 'warning', line, reason };
}
