// The history as a git repository, one commit for each version. Git decides what is a repository and what is safe; nothing is
// written into a folder that holds anything else.

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ConfigVersion, History } from '../ports/history.js';
import { type ProgramResult, runProgram } from '../processes/run-program.js';
import type { ExportReport } from '../wire/config-history.js';
import { isNodeId } from '../wire/node-id.js';
import { ZtpError } from '../wire/ztp-error.js';

/** Versions that are asked for at once. */
const atOnce = 500;
/** How long git may take for all of an export, and for anything else, in seconds. */
const importSeconds = 3_600;
const otherSeconds = 300;

/** Commits are made here, and become the branch's when all are there. */
const workingRef = 'refs/ztps/export';
/** In each commit: where the next export goes on. */
const trailer = 'Ztps-Position';

/** Neither somebody's hooks nor settings change what is written. */
const settings = [
  ...['core.hooksPath=/dev/null', 'core.autocrlf=false', 'core.attributesFile=/dev/null'],
  ...['core.safecrlf=false', 'gc.auto=0', 'merge.verifySignatures=false'],
].flatMap((setting) => ['-c', setting]);

/**
 * Adds to the repository in `folder`, made if it is not there, what it does not hold yet: each node's config as
 * `NODE/startup-config`, in the order of time.
 * @param environment what git gets; its own variables are left out
 * @throws ZtpError `export-refused` with what is in the way, `read-failed`
 */
export async function exportHistory(
  history: Pick<History, 'versionsAfter' | 'read'>,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<ExportReport> {
  const git = new Repository(folder, environment);
  await git.prepare();
  const head = await git.findHead();
  const position = head === null ? 0 : await git.findPosition(head);
  let commits = 0;
  let failure: unknown;
  async function* write(): AsyncGenerator<Buffer, void> {
    try {
      yield Buffer.from(`feature done\nreset ${workingRef}\n${head === null ? '' : `from ${head}\n`}\n`);
      for await (const version of readVersions(history, position)) {
        const config = await history.read(version.node, version.number);
        if (config === null || !isNodeId(version.node)) continue;
        yield* writeCommit(version, config);
        commits += 1;
      }
      yield Buffer.from('done\n');
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  const first = await history.versionsAfter(position, 1);
  if (first.length === 0) return { folder, commits };
  const result = await git.run(['fast-import', '--quiet', '--force'], importSeconds, Readable.from(write()));
  if (failure) throw failure;
  git.check(result);
  if (commits > 0) git.check(await git.run(['merge', '--quiet', '--ff-only', workingRef]));
  await git.run(['update-ref', '-d', workingRef]);
  return { folder, commits };
}

async function* readVersions(
  history: Pick<History, 'versionsAfter'>,
  position: number,
): AsyncGenerator<ConfigVersion, void> {
  for (let after = position; ; ) {
    const versions = await history.versionsAfter(after, atOnce);
    yield* versions;
    const last = versions.at(-1);
    if (!last) return;
    after = last.position;
  }
}

function* writeCommit(version: ConfigVersion, config: Buffer): Generator<Buffer, void> {
  const { node, number, at, source, address, sha256, position } = version;
  const seconds = Math.max(0, Math.floor(Date.parse(at) / 1000)) || 0;
  const lines = [
    `${node}: version ${number} (${source})`,
    '',
    `${address === null ? 'Recorded' : `From ${address}`} at ${at}, SHA-256 ${sha256}.`,
    '',
    `${trailer}: ${position}`,
  ].map((line) => line.replaceAll(/\p{Cc}/gu, ' '));
  const message = Buffer.from(`${lines.join('\n')}\n`);
  yield Buffer.from(
    `commit ${workingRef}\ncommitter ZTPServer <ztps@localhost> ${seconds} +0000\ndata ${message.length}\n`,
  );
  yield message;
  yield Buffer.from(`M 100644 inline ${node}/startup-config\ndata ${config.length}\n`);
  yield config;
  yield Buffer.from('\n\n');
}

class Repository {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    const own = Object.entries(environment).filter(([name]) => !name.startsWith('GIT_'));
    this.#environment = { ...Object.fromEntries(own), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
  }

  /** Makes the repository unless there is one, in a folder that holds nothing else. */
  async prepare(): Promise<void> {
    let names: readonly string[];
    try {
      await mkdir(this.#folder, { recursive: true });
      names = await readdir(this.#folder);
    } catch (error) {
      throw this.#refuse(error instanceof Error ? error.message : String(error));
    }
    if (names.length > 0 && !names.includes('.git')) {
      throw this.#refuse('it is not empty, and no export made it: name another folder, or a new one');
    }
    // Once more where an earlier one was cut off.
    if (names.length === 0 || (names.length === 1 && (await this.findHead()) === null)) {
      this.check(await this.run(['init', '--quiet', '--template=']));
    }
  }

  /** The commit that is checked out; null if there is none yet. */
  async findHead(): Promise<string | null> {
    const { outcome, standardOutput } = await this.run(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
    if (outcome.kind === 'not-started') throw this.#refuse(describeStart(outcome.reason));
    return outcome.kind === 'exited' && outcome.status === 0 ? standardOutput.toString().trim() : null;
  }

  /** How far the last export came; other commits may lie above it. */
  async findPosition(head: string): Promise<number> {
    const result = await this.run([
      ...['log', '-1', '-E', `--grep=^${trailer}: [0-9]+$`, '--format=%B', head, '--'],
    ]);
    this.check(result);
    const found = new RegExp(`^${trailer}: (\\d{1,16})$`, 'm').exec(result.standardOutput.toString());
    if (found) return Number(found[1]);
    throw this.#refuse('it is a repository that no export made: name another folder, or a new one');
  }

  run(args: readonly string[], timeLimitSeconds = otherSeconds, input?: Readable): Promise<ProgramResult> {
    return runProgram({
      path: 'git',
      args: [...settings, `--git-dir=${join(this.#folder, '.git')}`, `--work-tree=${this.#folder}`, ...args],
      environment: this.#environment,
      workingFolder: this.#folder,
      timeLimitSeconds,
      maxOutputBytes: 64 * 1024,
      endsWhole: true,
      ...(input && { input }),
    });
  }

  /** @throws ZtpError `export-refused` unless git was content */
  check({ outcome, standardError }: ProgramResult): void {
    switch (outcome.kind) {
      case 'exited': {
        if (outcome.status === 0) return;
        const said = standardError.toString().trim().split('\n').slice(0, 8).join(' / ');
        throw this.#refuse(`git ended with ${outcome.status}: ${said}`);
      }
      case 'killed':
        throw this.#refuse(`git was ended by ${outcome.signal}`);
      case 'timed-out':
        throw this.#refuse(`git was not done after ${outcome.seconds} s`);
      case 'not-started':
        throw this.#refuse(describeStart(outcome.reason));
    }
  }

  #refuse(reason: string): ZtpError {
    return new ZtpError('export-refused', `nothing was exported to ${this.#folder}: ${reason}`);
  }
}

function describeStart(reason: string): string {
  return /ENOENT/.test(reason)
    ? 'git is not there, and an export needs it: install git'
    : `git could not be run: ${reason}`;
}
