// Puts the server together. The only file that names concrete back ends.

import type { AddressInfo } from 'node:net';
import type { Config } from './config/config.js';
import { openDataRoot } from './data-root/data-root.js';
import { createServer } from './http/server.js';
import type { Log } from './log/log.js';
import { createPluginRegistry } from './plugins/plugin-registry.js';
import type { PoolStore } from './ports/pool-store.js';
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
  readonly pools: PoolStore;
}

/** Puts the parts together; starts nothing by itself. */
export function assemble(config: Config, log: Log): Assembly {
  const { nodes, pools, files, bytes } = openDataRoot(config.dataRoot, config.trustedFolders);
  const site: Site = { settings: config, log, nodes, pools, files, plugins: createPluginRegistry({ pools }) };
  return {
    pools,
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
          await app.close();
          await handlers.idle();
        },
      };
    },
  };
}
