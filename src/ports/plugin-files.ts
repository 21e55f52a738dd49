// The files of plugins/, as the runners of custom plugins see them.

/** One version of one file in `plugins/`. */
export interface PluginFile {
  /** Its name in `plugins/`. */
  readonly name: string;
  /** Absolute, links followed: what is run. */
  readonly realPath: string;
  /** Another one whenever this file, or another program text beside it, may have changed. */
  readonly version: string;
  /** Its first bytes, 4,096 at most. */
  readonly head: Buffer;
  /** True if this process may execute it. */
  readonly executable: boolean;
}

/** Throws `ZtpError` `path-refused` for a link that leads out of the data root, `read-failed` when it could not look. */
export interface PluginFiles {
  /** Names of the plain files directly in `plugins/`, hidden ones left out, sorted. */
  list(): Promise<readonly string[]>;
  /** The file as it is now; null if there is none of that name directly in `plugins/`. */
  find(name: string): Promise<PluginFile | null>;
}
