// Puts the server together. The only file that names concrete back ends.

import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config/config.js';
import { openDataRoot } from './data-root/data-root.js';
import { readOrderedYaml } from './data-root/ordered-yaml.js';
import { TablePoolStore } from './data-root/table-pool-store.js';
import { writeYaml } from './data-root/write-yaml.js';
import { createServer } from './http/server.js';
import type { Log } from './log/log.js';
import { createPluginRegistry } from './plugins/plugin-registry.js';
import type { NodeStore } from './ports/node-store.js';
import type { ClearablePoolStore, PoolStore } from './ports/pool-store.js';
import { checkSite, type SiteReport } from './provisioning/check-site.js';
import { createConfigHandlers } from './provisioning/config-handlers.js';
import type { Site } from './provisioning/site.js';

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
  /** Checks every file of the data root; changes nothing. */
  checkSite(): Promise<SiteReport>;
  readonly nodes: NodeStore;
  /** The pools in files. */
  readonly pools: ClearablePoolStore;
  /** The pools in tables of the SQLite file. */
  readonly tables: PoolStore;
  /** Ends background work; to be awaited by whoever does not serve. */
  close(): Promise<void>;
}

/** How long requests that wait for an operator's plugin hold up the end, in milliseconds. */
const patienceAtStopMs = 10_000;

/** Puts the parts together; starts nothing by itself. */
export function assemble(config: Config, log: Log): Assembly {
  const { nodes, pools, files, bytes, pluginFiles } = openDataRoot(
    config.dataRoot,
    config.trustedFolders,
    log,
  );
  const tables = new TablePoolStore(resolve(config.dataRoot, config.sqlite), config.sqlite, log);
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
  const site: Site = { settings: config, log, nodes, pools, tables, files, plugins };
  const close = async () => {
    await plugins.close();
    await pools.close();
    await tables.close();
  };
  return {
    nodes,
    pools,
    tables,
    close,
    checkSite: () =>
      checkSite(site, { ...config, serverUrls: config.serverUrls.map((url) => url.replace(/\/+$/, '')) }),
    async serve() {
      const handlers = createConfigHandlers(site, config.environment);
      const app = createServer({ ...config, site, handlers, bytes });
      await app.listen({ host: config.interface, port: config.port });
      const { address, family, port } = app.server.address() as AddressInfo;
      return {
        address: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
        async close() {
          // Requests are answered first, but one that waits for a plugin not for ever.
          const patience = setTimeout(() => void plugins.close(), patienceAtStopMs);
          await app.close();
          clearTimeout(patience);
          await handlers.idle();
          await close();
        },
      };
    },
  };
}
