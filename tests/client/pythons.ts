// Finds the Python interpreters of this machine that the client's suites run on. It asks each for its version and
// installs nothing.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A Python that runs. */
export interface Python {
  /** Path, or the name under which PATH has it. */
  readonly command: string;
  /** `2.7.18`, as the interpreter itself says. */
  readonly version: string;
}

/** A version that EOS has and this machine lacks. */
export interface MissingPython {
  /** `2.7` */
  readonly version: string;
  /** What a skipped test says: what is missing, and the command that supplies it. */
  readonly reason: string;
}

export interface Pythons {
  /** Every version found, oldest first. */
  readonly all: readonly Python[];
  /** What suites run on: the oldest and the newest; all with ZTPS_TEST_PYTHONS=all. */
  readonly chosen: readonly Python[];
  /** What suites skip by name: Python 2.7; with ZTPS_TEST_PYTHONS=all every version that EOS has. */
  readonly missing: readonly MissingPython[];
}

/** What EOS has had so far. */
const EOS_VERSIONS = ['2.7', ...range(6, 13).map((minor) => `3.${minor}`)];

const NAMES = [
  'python3',
  'python',
  'python2',
  'python2.7',
  ...range(6, 14).map((minor) => `python3.${minor}`),
];

const QUESTION = 'import sys; print("%d.%d.%d" % sys.version_info[:3])';

let found: Pythons | undefined;

/** Looks on PATH and among pyenv's versions, once; names that do not run (pyenv's stand-ins) do not count. */
export function findPythons(): Pythons {
  found ??= look();
  return found;
}

function look(): Pythons {
  const byVersion = new Map<string, Python>();
  for (const command of [...NAMES, ...pyenvPythons()]) {
    const version = ask(command, ['-c', QUESTION]);
    if (/^(2\.7|3)\.\d/.test(version) && !byVersion.has(version))
      byVersion.set(version, { command, version });
  }
  const all = [...byVersion.values()].sort((a, b) => compareVersions(a.version, b.version));
  const everything = process.env.ZTPS_TEST_PYTHONS === 'all';
  const ends = [all[0], all.at(-1)].filter((python) => python !== undefined);
  const wanted = everything ? EOS_VERSIONS : ['2.7'];
  return {
    all,
    chosen: everything ? all : [...new Set(ends)].sort((a, b) => compareVersions(a.version, b.version)),
    missing: wanted
      .filter((version) => !all.some((python) => python.version.startsWith(`${version}.`)))
      .map((version) => ({ version, reason: `no Python ${version} (pyenv install ${version} supplies it)` })),
  };
}

/** The interpreters of every version that pyenv has installed, also those that are not selected. */
function pyenvPythons(): string[] {
  const root = ask('pyenv', ['root']) || process.env.PYENV_ROOT;
  if (!root) return [];
  return namesIn(join(root, 'versions')).flatMap((version) => {
    const bin = join(root, 'versions', version, 'bin');
    const python = namesIn(bin).find((name) => /^python[23]\.\d+$/.test(name));
    return python === undefined ? [] : [join(bin, python)];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What a program prints, or an empty text if it does not run. */
function ask(command: string, args: readonly string[]): string {
  const answer = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  return answer.status === 0 ? answer.stdout.trim() : '';
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
