// What every command is handed: where it writes, what it reads settings from, how the server is put together.

import type { Config } from '../config/config.js';
import type { ConfigFlags } from '../config/read-config.js';
import type { Log } from '../log/log.js';
import type { Assembly } from '../main.js';

/** The world as a command sees it. */
export interface CliContext {
  /** Loads what puts the server together: only when a command needs it, so that `--version` and `init` start at once. */
  loadAssemble(): Promise<(config: Config, log: Log) => Assembly>;
  createLog(config: Config): Log;
  /** Writes to standard output; the text ends its own lines. Bytes are written as they are. */
  print(text: string | Uint8Array): void;
  /** Writes to standard error. */
  printError(text: string): void;
  /** Resolves with the name of the signal when someone asks the process to stop. */
  waitForStop(): Promise<string>;
}

/** The options that every command takes. */
export interface GlobalOptions extends ConfigFlags {
  readonly json: boolean;
}

/** Runs a command with the options that stand before it; its exit status becomes the process's. */
export type RunCommand = (
  command: (options: GlobalOptions, context: CliContext) => Promise<number>,
) => Promise<void>;
