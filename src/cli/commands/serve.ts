// `ztps` without a subcommand: serves until it is told to stop.

import type { Config } from '../../config/config.js';
import { DEFAULT_SERVER_URL } from '../../config/read-config.js';
import { ZtpError } from '../../wire/ztp-error.js';
import type { CliContext, GlobalOptions } from '../context.js';
import { findOutdatedBootstrap } from '../find-outdated-bootstrap.js';
import { loadConfiguration } from '../load-configuration.js';

/**
 * Serves, says what and where, and resolves with the exit status once it was stopped by a signal.
 *
 * @throws ZtpError for a configuration or data root that can not be served, Error when it can not listen
 */
export async function serve(options: GlobalOptions, context: CliContext): Promise<number> {
  const { config, log } = await loadConfiguration(options, context);
  const outdated = await findOutdatedBootstrap(config);
  if (outdated !== null) log.warning(outdated);
  const astray = findWrongPort(config);
  if (astray !== null) log.warning(astray);

  const assemble = await context.loadAssemble();
  const stopped = context.waitForStop();
  const running = await assemble(config, log)
    .serve()
    .catch((error: unknown) => {
      throw explainListenError(error, config);
    });
  context.print(
    options.json ? `${JSON.stringify(describe(config, running.address))}\n` : banner(config, running.address),
  );
  log.info(`serving ${config.dataRoot} on ${running.address}`);

  const signal = await stopped;
  log.info(`${signal}: stopping`);
  await running.close();
  log.info('stopped');
  return 0;
}

/** Says that switches are sent to a port where nobody listens; null if whoever set the port set server_url too. */
function findWrongPort({ serverUrls, port }: Config): string | null {
  const [first, ...others] = serverUrls;
  if (first !== DEFAULT_SERVER_URL || others.length > 0 || String(port) === new URL(first).port) return null;
  return (
    `[server] port is ${port}, but [default] server_url is ${first}, as it is by default: switches are sent to that port; ` +
    `set server_url to this server's URL, such as http://ztpserver:${port}`
  );
}

function describe(config: Config, address: string) {
  const { dataRoot, serverUrls, file } = config;
  return { address, dataRoot, serverUrls, configuration: file, pid: process.pid };
}

function banner(config: Config, address: string): string {
  return [
    `ZTPServer serves ${config.dataRoot}`,
    `  listens on     ${address}`,
    `  switches boot  ${config.serverUrls[0].replace(/\/+$/, '')}/bootstrap   (DHCP option 67)`,
    `  configuration  ${config.file ?? 'defaults and environment (there is no file)'}`,
    '',
  ].join('\n');
}

function explainListenError(error: unknown, config: Config): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const where = `${config.interface} port ${config.port} ([server] interface and port)`;
  const reason =
    code === 'EADDRINUSE'
      ? 'another program listens there; stop it or choose another port'
      : code === 'EACCES'
        ? 'this user may not listen there; choose a port from 1024 up, or grant CAP_NET_BIND_SERVICE'
        : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN'
          ? 'this machine has no such address; an address or a host name is wanted, not the name of an interface such as eth0'
          : null;
  return reason === null
    ? error
    : new ZtpError('invalid-config', `can not listen on ${where}: ${reason}`, { cause: error });
}
