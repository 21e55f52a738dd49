// What a neighbordb makes of a node: the match, and why it would be refused. Writes nothing and logs nothing.

import type { NodeFacts } from '../engine/node-facts.js';
import type { Problem } from '../engine/problem.js';
import { describeMatch, explainNoMatch } from '../engine/topology/explain-words.js';
import { type MatchResult, matchNeighbordb } from '../engine/topology/match.js';
import { type CompiledNeighbordb, compileNeighbordb } from '../engine/topology/neighbordb.js';
import { namePattern, type Pattern } from '../engine/topology/pattern.js';
import type { YamlDocument } from '../ports/yaml-document.js';
import { ZtpError } from '../wire/ztp-error.js';
import { runBoundedRegex } from './run-bounded-regex.js';
import { loadNeighbordb, type Site } from './site.js';

/** How it is tried. */
export interface TrialOptions {
  /** Another neighbordb than the site's; its path is for messages. */
  readonly neighbordb?: YamlDocument | null;
  /** How many of the nearest misses are looked at, as `matchNeighbordb` takes it. */
  readonly most?: number;
}

/** What came of it. */
export interface NeighbordbTrial {
  /** The neighbordb's path. */
  readonly file: string;
  /** Why it is not valid, every error; empty if it is, or could not be read. */
  readonly errors: readonly Problem[];
  /** Null if the neighbordb is not valid or could not be read. */
  readonly result: MatchResult | null;
  /** What the pattern that matches gives: bytes of its files. Null if the node is refused. */
  readonly parts: { readonly definition: Buffer | null; readonly configHandler: Buffer | null } | null;
  /**
   * `invalid-neighbordb`, `invalid-yaml`, `no-pattern-matched`, `missing-definition`, `missing-config-handler`; for a file that
   * could not be looked at `read-failed` or `path-refused`; null if none.
   */
  readonly refusal: ZtpError | null;
}

/** Tries a node against a neighbordb as POST /nodes does, and says what is wrong instead of throwing it. */
export async function tryNeighbordb(
  site: Site,
  id: string,
  facts: NodeFacts,
  { neighbordb: other = null, most }: TrialOptions = {},
): Promise<NeighbordbTrial> {
  const file = other?.path ?? site.settings.neighbordbFilename;
  const nothing = { file, errors: [], result: null, parts: null };
  let neighbordb: CompiledNeighbordb;
  try {
    neighbordb = other ? compileNeighbordb(other.root, site.settings) : await loadNeighbordb(site);
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    if (error.code !== 'invalid-yaml') return { ...nothing, refusal: error };
    const { place, message } = error;
    const problem = { line: place?.line ?? null, reason: place?.reason ?? message };
    return { ...nothing, errors: [{ severity: 'error', ...problem }], refusal: error };
  }
  if (neighbordb.invalid) {
    const errors = neighbordb.problems.filter(({ severity }) => severity === 'error');
    return { ...nothing, errors, refusal: refuseInvalid(file, errors) };
  }
  const result = matchNeighbordb({ id, facts }, neighbordb, runBoundedRegex, most);
  if (result.kind === 'no-match') {
    const refusal = new ZtpError('no-pattern-matched', `${file}: ${explainNoMatch(id, facts, result)}`, {
      explanation: describeMatch(id, facts, result),
    });
    return { ...nothing, result, refusal };
  }
  const { pattern } = result;
  let read: readonly [Buffer | null, Buffer | null];
  try {
    read = await Promise.all([readPart(site, pattern.definition), readPart(site, pattern.configHandler)]);
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    return { ...nothing, result, refusal: error };
  }
  const [definition, configHandler] = read;
  const lack =
    definition === null
      ? refuseLack(file, pattern, 'definition', pattern.definition)
      : configHandler === null && pattern.configHandler !== null
        ? refuseLack(file, pattern, 'config-handler', pattern.configHandler)
        : null;
  return { ...nothing, result, parts: lack ? null : { definition, configHandler }, refusal: lack };
}

/** `pattern leaf (neighbordb line 4) matched, definition definitions/leaf`. */
export function sayMatched(file: string, pattern: Pattern): string {
  return `${namePattern(pattern.name)} (${file} line ${pattern.line}) matched, definition ${pattern.definition}`;
}

function refuseInvalid(file: string, errors: readonly Problem[]): ZtpError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new ZtpError('invalid-neighbordb', `${file} line ${first?.line ?? '?'}: ${first?.reason}${more}`);
}

async function readPart(site: Site, path: string | null): Promise<Buffer | null> {
  return path === null ? null : site.files.readBytes(path);
}

function refuseLack(
  file: string,
  pattern: Pattern,
  part: 'definition' | 'config-handler',
  path: string | null,
): ZtpError {
  return new ZtpError(
    `missing-${part}`,
    `${namePattern(pattern.name)} (${file} line ${pattern.line}) matched, but its ${part} ${path} is not there: add the file, or name another`,
  );
}
