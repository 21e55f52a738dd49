// Where bin/ztps enters: the real process around the command line. Decides nothing itself.

import { createLog } from '../log/create-log.js';
import { openStandardError } from '../log/open-standard-error.js';
import { runCli } from './run-cli.js';

/** Runs the process's command line and ends the process with its status. */
export async function main(): Promise<never> {
  process.title = 'ztps';
  // A closed pipe (`ztps … | head`) ends what is printed, not a server.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const standardError = openStandardError();
  const status = await runCli(process.argv.slice(2), {
    loadAssemble: async () => (await import('../main.js')).assemble,
    createLog: (config) => createLog(config, standardError),
    print: (text) => process.stdout.write(text),
    printError: (text) => process.stderr.write(text),
    waitForStop,
  });
  await flush(process.stdout);
  await flush(process.stderr);
  await standardError.flush();
  // A simulated switch may have set its own.
  if (status !== 0) process.exitCode = status;
  process.exit();
}

/** Resolves once a pipe has taken what was printed, or nobody reads it any more: an exit would cut it off. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

// The first signal asks; a second one, from somebody who does not want to wait, ends the process as if unhandled.
function waitForStop(): Promise<string> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const stop = (signal: NodeJS.Signals) => {
      for (const one of signals) process.removeListener(one, stop);
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, stop);
  });
}
