// Finds the Python that a simulated switch offers, and under which names EOS would. It only asks the interpreter
// about itself; it installs nothing.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MissingRequirement } from './missing-requirement.js';

/** A Python on this machine, as a simulated switch offers it. */
export interface PythonInterpreter {
  /** Real path of the executable: no link, no version manager's stand-in. */
  readonly path: string;
  /** `2.7`, `3.11`. */
  readonly version: string;
  /** Names on the switch: EOS up to 4.29 has `python`, from 4.30 on `arista-python` and `python3`. */
  readonly names: readonly string[];
  /** Folders that the interpreter cannot do without. */
  readonly folders: readonly string[];
}

const QUESTION = [
  'import os, sys',
  'prefixes = [getattr(sys, n, sys.prefix) for n in ("base_prefix", "base_exec_prefix")]',
  'print("%d.%d" % sys.version_info[:2])',
  'print(os.path.realpath(sys.executable))',
  'print("\\n".join(sorted(set(os.path.realpath(p) for p in prefixes))))',
].join('\n');

/**
 * The interpreter to offer: `python` (a name on PATH or a path) or, without one, the first of python3, python and
 * python2 that runs.
 * @throws MissingRequirement if none can be run.
 */
export async function findPython(python?: string): Promise<PythonInterpreter> {
  for (const candidate of python === undefined ? ['python3', 'python', 'python2'] : [python]) {
    const interpreter = await askInterpreter(candidate);
    if (interpreter !== undefined) return interpreter;
  }
  throw new MissingRequirement(
    python === undefined ? 'no Python on PATH' : `${python} is no Python that runs`,
    python === undefined ? 'apt-get install python3' : 'give --python the path of an interpreter',
  );
}

async function askInterpreter(python: string): Promise<PythonInterpreter | undefined> {
  let answer: string;
  try {
    answer = (await promisify(execFile)(python, ['-c', QUESTION], { timeout: 20_000 })).stdout;
  } catch {
    return undefined;
  }
  const [version, path, ...folders] = answer.trim().split('\n');
  if (version === undefined || path === undefined) return undefined;
  const major = version.split('.')[0];
  const plain = major === '2' ? ['python', 'python2'] : ['arista-python', 'python3'];
  return { path, version, names: [...plain, `python${version}`], folders };
}
