// YAML files of the data root, parsed once per version. Gives trees and values; judges neither.

import { createHash } from 'node:crypto';
import type { JsonValue } from '../engine/json-value.js';
import type { Problem } from '../engine/problem.js';
import type { SourceNode } from '../engine/source-node.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { ConfinedFile, ConfinedRoot } from './confined-path.js';
import { decodeYaml } from './decode-yaml.js';
import { parseYaml } from './parse-yaml.js';
import { maxWholeFile, readBounded } from './read-bounded.js';
import { type Made, VersionedFiles } from './versioned-files.js';
import { YamlError } from './yaml-error.js';
import { readYamlValue } from './yaml-values.js';

/** A tree takes about this many times the memory of its text. */
const treeFactor = 12;

/** The YAML documents of a data root. */
export class Documents {
  readonly #files: VersionedFiles<YamlDocument>;

  constructor(root: ConfinedRoot) {
    this.#files = new VersionedFiles(root, {
      make: makeDocument,
      maxFiles: 4_000,
      maxBytes: 512 * 1024 * 1024,
    });
  }

  /**
   * One version of a file, the same object until the file changes; null if there is none.
   * @throws ZtpError `invalid-yaml` (also for a file over 16 MiB), `path-refused`, `read-failed`
   */
  read(path: string): Promise<YamlDocument | null> {
    return this.#files.get(path);
  }
}

/** Parses a document. `path` is only for messages. @throws ZtpError `invalid-yaml` */
export function parseDocument(bytes: Buffer, path: string): YamlDocument {
  try {
    const { root, problems } = parseYaml(decodeYaml(bytes));
    return new ParsedDocument(path, root, problems);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, reason } = error;
    throw new ZtpError('invalid-yaml', `${path} line ${line}: ${reason}`, {
      cause: error,
      place: { line, reason },
    });
  }
}

async function makeDocument(
  file: ConfinedFile,
  path: string,
  previous: Made<YamlDocument> | null,
): Promise<Made<YamlDocument>> {
  const { size } = file.stats;
  if (size > maxWholeFile) {
    const reason = `${path} has ${size} bytes, more than the ${maxWholeFile} that a YAML file may have`;
    const error = new ZtpError('invalid-yaml', reason);
    return { outcome: { ok: false, error }, digest: '', bytes: 0 };
  }
  const bytes = await readBounded(file.handle, size, path);
  const digest = createHash('sha1').update(bytes).digest('hex');
  if (previous?.digest === digest) return previous;
  try {
    const value = parseDocument(bytes, path);
    return { outcome: { ok: true, value }, digest, bytes: bytes.length * treeFactor };
  } catch (error) {
    return { outcome: { ok: false, error }, digest, bytes: 0 };
  }
}

class ParsedDocument implements YamlDocument {
  #read: { value: JsonValue; problems: readonly Problem[] } | null = null;

  constructor(
    readonly path: string,
    readonly root: SourceNode | null,
    readonly problems: readonly Problem[],
  ) {}

  get value(): JsonValue {
    return this.#values().value;
  }

  get valueProblems(): readonly Problem[] {
    return this.#values().problems;
  }

  /** Worked out when first asked for: neighbordb, patterns and pools are read as typed and never need it. */
  #values() {
    this.#read ??= this.root === null ? { value: null, problems: [] } : readYamlValue(this.root);
    return this.#read;
  }
}
