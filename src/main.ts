// Puts the server together. The only file that names concrete back ends.

import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config/config.js';
import { openDataRoot } from './data-root/data-root.js';
import { parseDocument } from './data-root/documents.js';
import { readOrderedYaml } from './data-root/ordered-yaml.js';
import { TablePoolStore } from './data-root/table-pool-store.js';
import { writeYaml } from './data-root/write-yaml.js';
import { makeLinks } from './http/make-links.js';
import type { Log } from './log/log.js';
import { createPluginRegistry } from './plugins/plugin-registry.js';
import type { FileHashes } from './ports/file-hashes.js';
import type { History } from './ports/history.js';
import type { Journal } from './ports/journal.js';
import type { NodeStore } from './ports/node-store.js';
import type { ClearablePoolStore, OnGiven, PoolStore } from './ports/pool-store.js';
import type { YamlDocument } from './ports/yaml-document.js';
import { checkSite, type SiteReport } from './provisioning/check-site.js';
import { createConfigHandlers } from './provisioning/config-handlers.js';
import { ConfigKeeper } from './provisioning/config-keeper.js';
import { followOperators } from './provisioning/follow-operators.js';
import type { Links } from './provisioning/links.js';
import { readXmpp } from './provisioning/read-bootstrap.js';
import { recordGiven } from './provisioning/record-resources.js';
import { createRecorder, type Recorder } from './provisioning/recorder.js';
import { ByPosition } from './provisioning/replacement/by-position.js';
import { RunTracker } from './provisioning/runs/run-tracker.js';
import { tagRuns } from './provisioning/runs/tag-runs.js';
import type { Site } from './provisioning/site.js';
import { FileProposals } from './state/file-proposals.js';
import { HashFile } from './state/hash-file.js';
import { SqliteHistory } from './state/sqlite-history.js';
import { SqliteJournal } from './state/sqlite-journal.js';
import type { Notifier } from './wire/notifier.js';

/** A server that listens. */
export interface RunningServer {
  /** What it is bound to, as a URL such as `http://0.0.0.0:8080`. */
  readonly address: string;
  /** Answers what has been asked, ends background work, then resolves. */
  close(): Promise<void>;
}

/** The parts put together for one configuration. */
export interface Assembly {
  /** Starts listening; throws what the system says when it can not (`EADDRINUSE`, …). */
  serve(): Promise<RunningServer>;
  /** Checks every file of the data root; changes nothing. @param builtIn the actions of this release, by name */
  checkSite(builtIn?: ReadonlyMap<string, Buffer>): Promise<SiteReport>;
  readonly nodes: NodeStore;
  /** The pools in files. */
  readonly pools: ClearablePoolStore;
  /** The pools in tables of the SQLite file. */
  readonly tables: PoolStore;
  readonly site: Site;
  /** Sizes and hashes of the data root's files. */
  readonly hashes: FileHashes;
  /** How URLs are written for a switch that asks under the first of the server's URLs. */
  readonly links: Links;
  /** Parses a YAML file that is not of the data root; `path` is for messages. Throws `invalid-yaml`. */
  parseDocument(bytes: Buffer, path: string): YamlDocument;
  readonly journal: Journal;
  readonly history: History;
  readonly recorder: Recorder;
  /** Those of the sections [notify NAME], made anew; whoever asks closes them. */
  createNotifiers(): Promise<readonly Notifier[]>;
  /** Ends background work; to be awaited by whoever does not serve. */
  close(): Promise<void>;
}

/** How long requests that wait for an operator's plugin hold up the end, in milliseconds. */
const patienceAtStopMs = 10_000;

/** Puts the parts together; starts nothing by itself. @param journal @param history others than those in `[state] path` */
export function assemble(
  config: Config,
  plainLog: Log,
  journal: Journal = openJournal(config, plainLog),
  history: History = openHistory(config),
): Assembly {
  const notifiers: Notifier[] = [];
  let isServing = false;
  const recorder = createRecorder({ journal, log: plainLog, notifiers });
  const runs = new RunTracker({ recorder, journal, log: plainLog, stalledAfter: config.stalledAfter });
  const log = tagRuns(plainLog, runs);
  const onGiven =
    (kind: string): OnGiven =>
    (pool, value, owner) =>
      recordGiven(recorder, runs, `${kind}${pool}`, value, owner, isServing ? 'server' : 'operator');
  const hashes = new HashFile(config.stateFolder, plainLog);
  const { nodes, pools, files, bytes, pluginFiles } = openDataRoot(
    config.dataRoot,
    config.trustedFolders,
    log,
    onGiven(''),
    hashes,
  );
  const sqlite = resolve(config.dataRoot, config.sqlite);
  const tables = new TablePoolStore(sqlite, config.sqlite, log, onGiven('sqlite:'));
  const plugins = createPluginRegistry({
    pools,
    tables,
    files: pluginFiles,
    log,
    settings: config,
    environment: config.environment,
    limits: { calls: config.pluginCalls, timeoutSeconds: config.pluginTimeout },
    hosts: {
      javascript: fileURLToPath(new URL('./plugins/javascript-host.js', import.meta.url)),
      python: fileURLToPath(new URL('../plugin-host/ztps_plugin_host.py', import.meta.url)),
    },
    yaml: { read: readOrderedYaml, write: writeYaml },
  });
  const configs = new ConfigKeeper({ history, nodes, log });
  const proposals = new FileProposals(config.stateFolder);
  const settings = { byPosition: config.byPosition, silentFor: config.silentFor };
  const parts = { nodes, pools, tables, history, journal, recorder, log, proposals, settings };
  const byPosition = new ByPosition(parts);
  const site: Site = {
    settings: config,
    log,
    nodes,
    pools,
    tables,
    files,
    plugins,
    journal,
    history,
    configs,
    proposals,
    byPosition,
    runs,
    recorder,
  };
  const close = async () => {
    await byPosition.close();
    await plugins.close();
    await pools.close();
    await tables.close();
    await configs.close();
    runs.close();
    await hashes.close();
    await Promise.all([journal.close(), history.close(), ...notifiers.map((notifier) => notifier.close())]);
  };
  // What only a server needs is loaded only by one: commands start sooner.
  const createNotifiers = async () => {
    if (config.notify.length === 0) return [];
    const { createNotifier } = await import('./notify/create-notifier.js');
    return config.notify.map((settings) => createNotifier(settings, plainLog));
  };
  return {
    nodes,
    pools,
    tables,
    site,
    hashes: bytes,
    links: makeLinks(config.serverUrls, undefined),
    parseDocument,
    journal,
    history,
    recorder,
    createNotifiers,
    close,
    checkSite: (builtIn = new Map()) => {
      const serverUrls = config.serverUrls.map((url) => url.replace(/\/+$/, ''));
      return checkSite(site, { ...config, serverUrls, builtIn, hashes: bytes });
    },
    async serve() {
      isServing = true;
      const { createBootstrapXmpp } = await import('./notify/bootstrap-xmpp.js');
      notifiers.push(
        ...(await createNotifiers()),
        createBootstrapXmpp({ read: () => readXmpp(site), log: plainLog }),
      );
      await runs.restore();
      const handlers = createConfigHandlers(site, config.environment);
      const { createServer } = await import('./http/server.js');
      const app = createServer({ ...config, site, handlers, bytes });
      await app.listen({ host: config.interface, port: config.port });
      const operators = followOperators(journal, notifiers);
      hashes.makeFolder();
      const hashing = bytes.hashInBackground(plainLog);
      const { address, family, port } = app.server.address() as AddressInfo;
      return {
        address: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
        async close() {
          // Requests are answered first, but one that waits for a plugin not for ever.
          const patience = setTimeout(() => void plugins.close(), patienceAtStopMs);
          const handled = handlers.close();
          await app.close();
          clearTimeout(patience);
          await handled;
          await operators.close();
          await hashing.close();
          await close();
        },
      };
    },
  };
}

function openJournal({ stateFolder, keepDays }: Config, log: Log): Journal {
  return new SqliteJournal({ folder: stateFolder, keepDays, log });
}

function openHistory({ stateFolder, keepVersions }: Config): History {
  return new SqliteHistory({ folder: stateFolder, keep: keepVersions });
}
