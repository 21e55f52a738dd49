// Hashes of the operators' files, and where those of big files are remembered across restarts.

/** Size and hashes (hexadecimal) of a file (device-api.md, `/meta`). */
export interface FileDescription {
  readonly size: number;
  readonly sha1: string;
  readonly sha256: string;
}

/** What hashes files. */
export interface FileHashes {
  /**
   * Size and hashes of a file as it is now, worked out once per version; null if there is none.
   * @param path below the data root, with `/`
   * @param onProgress told how many bytes are done, while a big file is hashed
   * @throws ZtpError `path-refused`, `read-failed`
   */
  describe(path: string, onProgress?: (bytes: number) => void): Promise<FileDescription | null>;
}

/** What remembers hashes by path and version. It may forget: what is forgotten is worked out again. */
export interface HashMemory {
  find(path: string, version: string): Promise<FileDescription | null>;
  /** Takes it to be written; nobody waits or fails. */
  keep(path: string, version: string, description: FileDescription): void;
  /** Resolves once what was kept is written, or could not be. */
  close(): Promise<void>;
}
