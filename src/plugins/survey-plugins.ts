// What validation says of the files in plugins/: names that no call reaches or two files share, programs that can not be run,
// texts that can not be compiled. Compiles; runs no plugin.

import type { Problem } from '../engine/problem.js';
import type { PluginFile, PluginFiles } from '../ports/plugin-files.js';
import { type ProgramResult, runProgram } from '../processes/run-program.js';
import { ZtpError } from '../wire/ztp-error.js';
import { type CustomPluginParts, noPython, pythonEnvironment, sayNotExecutable } from './custom-plugins.js';
import { builtInNames, findFiles, kindOf, type PluginKind, readFileName } from './plugin-kinds.js';
import { listNames, sayAmbiguous, sayUnknown } from './plugin-names.js';
import type { ResourcePlugin } from './resource-plugin.js';

/** The plugins at one moment. */
export interface PluginSurvey {
  /** Names that calls may use, sorted. */
  readonly names: readonly string[];
  /** Why a call with these arguments would fail whatever is in the pools, in words; null if it would not, as far as can be told. */
  checkCall(plugin: string, args: readonly string[]): string | null;
  /** Every file in plugins/, by its path in the data root. */
  readonly files: readonly { readonly path: string; readonly problems: readonly Problem[] }[];
}

/** What is looked at, and what compiles it. */
interface SurveyParts extends Pick<CustomPluginParts, 'hosts' | 'environment' | 'settings'> {
  readonly files: PluginFiles;
}

/** A file that may hold what can not be compiled. */
interface Source {
  readonly file: PluginFile;
  readonly kind: Exclude<PluginKind, 'program'>;
  readonly problems: Problem[];
}

/** Compiling takes milliseconds a file; whatever takes this long hangs. */
const timeLimitSeconds = 60;

/** Surveys the plugins. Does not throw for what is wrong with plugins/ or a file in it: that is among the problems. */
export async function surveyPlugins(
  builtIn: ReadonlyMap<string, ResourcePlugin>,
  parts: SurveyParts,
): Promise<PluginSurvey> {
  const files: { path: string; problems: Problem[] }[] = [];
  const listed = await parts.files.list().catch((error: unknown) => {
    files.push({ path: 'plugins', problems: [describeError(error)] });
    return [];
  });
  const names = listNames([...builtIn.keys()], listed);
  const sources: Source[] = [];
  for (const name of listed) {
    const problems: Problem[] = [];
    files.push({ path: `plugins/${name}`, problems });
    try {
      const source = await checkFile(name, listed, parts.files, problems);
      if (source !== null) sources.push(source);
    } catch (error) {
      problems.push(describeError(error));
    }
  }
  await compile('python', sources, parts);
  await compile('javascript', sources, parts);
  return {
    names,
    files,
    checkCall(plugin, args) {
      const known = builtIn.get(plugin);
      if (known !== undefined) return known.checkArguments(args);
      if (names.includes(plugin)) return sayAmbiguous(plugin, listed);
      return sayUnknown(plugin, names, listed);
    },
  };
}

function describeError(error: unknown): Problem {
  if (!(error instanceof ZtpError)) throw error;
  return { severity: 'error', line: null, reason: error.message };
}

/** Checks a file's name and rights. @returns the file if its text is to be compiled */
async function checkFile(
  name: string,
  listed: readonly string[],
  files: PluginFiles,
  problems: Problem[],
): Promise<Source | null> {
  const say = (severity: Problem['severity'], reason: string): null => {
    problems.push({ severity, line: null, reason });
    return null;
  };
  const read = readFileName(name);
  if (read.kind === 'called' && builtInNames.includes(read.as)) {
    return say(
      'warning',
      `${read.as} is built in: this file is an old installation's and is not run; remove it`,
    );
  }
  const file = await files.find(name);
  if (file === null) return null;
  if (read.kind === 'ending') {
    if (!file.executable && !file.head.toString('latin1').startsWith('#!')) return null;
    return say(
      'warning',
      `no call reaches it: a program is named as it is called, without an extension, ${read.bare}`,
    );
  }
  const kind = kindOf(file);
  if (read.kind === 'spelling') {
    // Others may import it.
    if (kind === 'javascript') return { file, kind, problems };
    return say('warning', 'no call reaches it: the name of a plugin has letters, digits and _ only');
  }
  const ambiguity = sayAmbiguous(read.as, findFiles(read.as, listed));
  if (ambiguity !== null) say('error', ambiguity);
  if (kind !== 'program') return { file, kind, problems };
  return file.executable ? null : say('error', sayNotExecutable(name));
}

/** Has the sources of one language compiled, all by one process. */
async function compile(kind: Source['kind'], all: readonly Source[], parts: SurveyParts): Promise<void> {
  const sources = all.filter((source) => source.kind === kind);
  if (sources.length === 0) return;
  const paths = sources.map(({ file }) => file.realPath);
  const { environment, hosts, settings } = parts;
  const result = await runProgram({
    path: kind === 'python' ? 'python3' : process.execPath,
    args:
      kind === 'python'
        ? [hosts.python, '--check', ...paths]
        : ['--no-warnings', '--experimental-vm-modules', hosts.javascript, '--check', ...paths],
    environment: kind === 'python' ? pythonEnvironment(environment) : environment,
    workingFolder: settings.dataRoot,
    timeLimitSeconds,
    maxOutputBytes: 16 * 1024 * 1024,
  });
  const verdicts = readVerdicts(result);
  for (const [index, { problems }] of sources.entries()) {
    const verdict = verdicts[index];
    if (verdict === undefined) {
      problems.push({ severity: 'error', line: null, reason: sayNotChecked(kind, result) });
    } else if (verdict.problem !== null) {
      const language = kind === 'python' ? `Python ${verdict.python}, which runs plugins` : 'JavaScript';
      const { line, reason } = verdict.problem;
      problems.push({ severity: 'error', line, reason: `this is not ${language}: ${reason}` });
    } else if (!verdict.callable) {
      const lack = kind === 'python' ? 'function main(node_id, pool, node)' : 'default export';
      const reason = `it has no ${lack}: a call of it fails; fine if only other plugins import it`;
      problems.push({ severity: 'warning', line: null, reason });
    }
  }
}

/** What a host says of one file, in the order of its arguments. */
interface Verdict {
  readonly python?: string;
  readonly problem: { readonly line: number | null; readonly reason: string } | null;
  /** Whether there is something to call, as far as can be told without running it. */
  readonly callable: boolean;
}

function readVerdicts({ outcome, standardOutput }: ProgramResult): readonly Verdict[] {
  if (outcome.kind !== 'exited' || outcome.status !== 0) return [];
  const lines = standardOutput.toString('utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Verdict);
}

function sayNotChecked(kind: Source['kind'], { outcome, standardError }: ProgramResult): string {
  if (kind === 'python' && outcome.kind === 'not-started' && outcome.reason.includes('ENOENT'))
    return noPython;
  const program = kind === 'python' ? 'python3' : process.execPath;
  const said = standardError.toString('utf8').trim().split('\n').at(-1)?.slice(0, 300);
  return `it could not be compiled by ${program}: ${said || JSON.stringify(outcome)}`;
}
