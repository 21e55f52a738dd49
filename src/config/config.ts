// The server's configuration once read: one frozen object, handed down from main.ts.

import type { Identifier } from '../engine/node-facts.js';
import type { NotifySettings } from './notify-settings.js';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything `ztpserver.conf`, environment and flags decide (data-root.md). */
export interface Config {
  /** Absolute. */
  readonly dataRoot: string;
  readonly identifier: Identifier;
  /** At least one, as typed: `http://ztpserver:8080`, perhaps with a path and slashes at the end. */
  readonly serverUrls: readonly [string, ...string[]];
  readonly logging: boolean;
  readonly consoleLogging: boolean;
  readonly consoleLoggingFormat: string;
  readonly logFormat: 'text' | 'json';
  readonly debug: boolean;
  readonly disableTopologyValidation: boolean;
  /** Absolute folders that links out of the data root may point into. */
  readonly trustedFolders: readonly string[];
  readonly interface: string;
  readonly port: number;
  /** Transfers of big files at once; further ones wait. */
  readonly maxDownloads: number;
  /** File names within `bootstrap/` and the data root. */
  readonly bootstrapFilename: string;
  readonly neighbordbFilename: string;
  /** Absolute, or relative to the data root. */
  readonly sqlite: string;
  /** Calls of one custom plugin that run at once. */
  readonly pluginCalls: number;
  /** Seconds that one call of a custom plugin may take. */
  readonly pluginTimeout: number;
  /** Absolute: the folder of what the server itself owns, such as journal and history. */
  readonly stateFolder: string;
  /** Days that records are kept. */
  readonly keepDays: number;
  /** Seconds without a sign of life after which a run counts as stalled. */
  readonly stalledAfter: number;
  /** Versions of a node's startup-config that are kept. */
  readonly keepVersions: number;
  /** What becomes of an unknown switch that stands where a known one stood: nothing, it is proposed, it takes its place. */
  readonly byPosition: 'off' | 'propose' | 'auto';
  /** Seconds without a sign of life before a switch may lose its place by itself. */
  readonly silentFor: number;
  /** Who is told of what happens, one for each section `[notify NAME]`. */
  readonly notify: readonly NotifySettings[];
  /** The server's own environment, which config-handlers inherit. */
  readonly environment: Environment;
  /** The file it was read from; null if there is none. */
  readonly file: string | null;
  /** Unknown keys and the like: said in the log at start. */
  readonly warnings: readonly string[];
}
