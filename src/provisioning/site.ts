// What every use case works on: the site's stores and settings, and the neighbordb compiled once per file version.

import type { Identifier } from '../engine/node-facts.js';
import type { CompiledNeighbordb } from '../engine/topology/neighbordb.js';
import { compileNeighbordb } from '../engine/topology/neighbordb.js';
import type { Log } from '../log/log.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import type { History } from '../ports/history.js';
import type { Journal } from '../ports/journal.js';
import type { NodeStore } from '../ports/node-store.js';
import type { PoolStore } from '../ports/pool-store.js';
import type { Proposals } from '../ports/proposals.js';
import type { SiteFiles } from '../ports/site-files.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import type { ConfigKeeper } from './config-keeper.js';
import type { Recorder } from './recorder.js';
import type { ByPosition } from './replacement/by-position.js';
import type { RunTracker } from './runs/run-tracker.js';

/** The settings that decide how switches are provisioned (a part of `Config`). */
export interface SiteSettings {
  readonly dataRoot: string;
  readonly identifier: Identifier;
  readonly disableTopologyValidation: boolean;
  readonly neighbordbFilename: string;
  /** The SQLite file as configured. */
  readonly sqlite: string;
}

/** One data root and what serves it. */
export interface Site {
  readonly settings: SiteSettings;
  readonly log: Log;
  readonly nodes: NodeStore;
  /** The pools in files. */
  readonly pools: PoolStore;
  /** The pools in tables of the SQLite file. */
  readonly tables: PoolStore;
  readonly files: SiteFiles;
  readonly plugins: PluginRegistry;
  readonly journal: Journal;
  /** The versions of the nodes' configs. */
  readonly history: History;
  /** The way into the history. */
  readonly configs: ConfigKeeper;
  /** Who was proposed to take whose place. */
  readonly proposals: Proposals;
  /** Replacement of switches by what they are cabled to. */
  readonly byPosition: ByPosition;
  readonly runs: RunTracker;
  readonly recorder: Recorder;
}

const compiled = new WeakMap<YamlDocument, CompiledNeighbordb>();

/**
 * The neighbordb as it stands on disk now. A missing or empty one has no patterns; an invalid one says so in its problems.
 * @throws ZtpError `invalid-yaml`, `read-failed`, `path-refused`
 */
export async function loadNeighbordb(site: Site): Promise<CompiledNeighbordb> {
  const document = await site.files.readDocument(site.settings.neighbordbFilename);
  if (document === null) return compileNeighbordb(null, site.settings);
  const known = compiled.get(document);
  if (known) return known;
  const neighbordb = compileNeighbordb(document.root, site.settings);
  compiled.set(document, neighbordb);
  return neighbordb;
}
