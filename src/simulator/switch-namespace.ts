// The namespaces that a simulated switch lives in while it has power: made by unshare, entered by nsenter, gone with
// every process in them when the switch loses power or this process ends. It knows nothing of EOS.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PythonInterpreter } from './find-python.js';
import { explainRefusedNamespace, requireProgram } from './missing-requirement.js';
import { NAMESPACE_SCRIPT, PRIVATE_FOLDERS, SWITCH_FOLDER } from './namespace-script.js';

/** What a switch's namespaces are made of. */
export interface NamespaceOptions {
  /** Folder with `root/`, `etc/`, `run/` and `switch/`: what a loss of power forgets. */
  readonly work: string;
  /** Folder with `mnt/` and `persist/`: what a loss of power keeps. */
  readonly state: string;
  readonly python: PythonInterpreter;
  /** Folders that programs of the switch need, wherever they are. */
  readonly needed: readonly string[];
  /** Bytes of flash; without it flash has the room that this machine has. */
  readonly flashSize: number | undefined;
  /** Whether the switch gets a network of its own instead of this machine's. */
  readonly ownNetwork: boolean;
}

/** How a program on the switch ended and what it printed. */
export interface RunResult {
  /** Exit status; null if a signal ended it. */
  readonly exitCode: number | null;
  /** Standard output and standard error, in the order they came. */
  readonly output: string;
}

/** How to run a program on the switch. */
export interface RunOptions {
  readonly onLine?: (line: string) => void;
  /** Standard input; without it there is none. */
  readonly input?: string | Buffer;
  /** Keeps the rights over mounts and network that programs of a switch do not get here. */
  readonly privileged?: boolean;
}

/** What root may do on the switch: everything about files and accounts, nothing about this machine. */
const CAPABILITIES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'setfcap',
  'net_bind_service',
  'net_raw',
  'sys_chroot',
  'audit_write',
]; // prettier-ignore

const ENVIRONMENT = {
  PATH: `${SWITCH_FOLDER}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
};

const START_LIMIT_MS = 60_000;

/** A running set of namespaces. */
export class SwitchNamespace {
  readonly #options: NamespaceOptions;
  readonly #holder: ChildProcess;
  /** Process number, on this machine, of the first process inside. */
  readonly #pid: number;
  readonly #ended: Promise<unknown>;

  private constructor(options: NamespaceOptions, holder: ChildProcess, pid: number) {
    this.#options = options;
    this.#holder = holder;
    this.#pid = pid;
    this.#ended = once(holder, 'exit');
  }

  /**
   * Makes the namespaces and the file system in them.
   * @throws MissingRequirement if a program is missing or the kernel refuses
   */
  static async start(options: NamespaceOptions): Promise<SwitchNamespace> {
    for (const name of ['nsenter', 'setpriv', 'umount', 'pivot_root']) requireProgram(name, 'util-linux');
    requireProgram('mount', 'mount');
    if (options.ownNetwork) requireProgram('ip', 'iproute2');
    const ordinary = isOrdinaryUser();
    const script = join(options.work, 'build-root.sh');
    await writeFile(script, NAMESPACE_SCRIPT);
    const holder = spawn(
      requireProgram('unshare', 'util-linux'),
      [
        ...(ordinary ? ['--user', '--map-root-user'] : []),
        ...(options.ownNetwork ? ['--net'] : []),
        ...[
          '--mount',
          '--pid',
          '--uts',
          '--ipc',
          '--fork',
          '--kill-child',
          '/bin/sh',
          '-c',
          NAMESPACE_SCRIPT,
        ],
      ],
      {
        detached: true,
        cwd: '/',
        stdio: ['pipe', 'pipe', 'pipe'],
        env: scriptEnvironment(options, ordinary),
      },
    );
    let complaints = '';
    holder.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    holder.stdin.on('error', () => {});
    const timer = setTimeout(() => holder.kill('SIGKILL'), START_LIMIT_MS);
    try {
      const [line] = await Promise.race([
        once(createInterface(holder.stdout), 'line'),
        once(holder, 'close'),
      ]);
      const pid = /^ready (\d+)$/.exec(String(line))?.[1];
      if (pid !== undefined) return new SwitchNamespace(options, holder, Number(pid));
    } finally {
      clearTimeout(timer);
    }
    throw explainRefusedNamespace(complaints, ordinary);
  }

  /** Whether the switch has a network of its own. */
  get ownNetwork(): boolean {
    return this.#options.ownNetwork;
  }

  /** The switch's root folder, seen from this machine while the switch has power. */
  get root(): string {
    return `/proc/${this.#pid}/root`;
  }

  /** Runs a program on the switch, as its root, to its end. */
  async run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const namespaces = ['--mount', '--pid', '--uts', '--ipc', ...(this.#options.ownNetwork ? ['--net'] : [])];
    const user = isOrdinaryUser() ? ['--user', '--preserve-credentials'] : [];
    const bounds = `-all,${CAPABILITIES.map((name) => `+${name}`).join(',')}`;
    const limits = options.privileged ? [] : ['setpriv', '--bounding-set', bounds];
    const child = spawn(
      requireProgram('nsenter', 'util-linux'),
      [
        ...['--target', String(this.#pid), ...user, ...namespaces, '--'],
        ...[...limits, '/bin/sh', '-c', 'exec "$0" "$@" 2>&1', ...command],
      ],
      {
        detached: true,
        cwd: '/',
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        env: ENVIRONMENT,
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
    let output = '';
    let unfinished = '';
    const take = (text: string): void => {
      output += text;
      const lines = (unfinished + text).split('\n');
      unfinished = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', take);
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => {
        // What a program leaves running may hold its output open for as long as the switch has power.
        const patience = setTimeout(() => resolve(code), 500);
        child.on('close', () => {
          clearTimeout(patience);
          resolve(code);
        });
      });
    });
    child.stdout?.destroy();
    child.stderr?.destroy();
    if (unfinished !== '') options.onLine?.(unfinished);
    return { exitCode, output };
  }

  /** Ends every process and the namespaces; a flash of limited size is copied out to the state folder before. */
  async stop(): Promise<void> {
    if (this.#options.flashSize !== undefined && this.#holder.exitCode === null) {
      const save = 'kill -9 -1 2>/dev/null; find /.flash -mindepth 1 -delete; cp -a /mnt/flash/. /.flash/';
      await this.run(['/bin/sh', '-c', save]);
    }
    this.stopNow();
    await this.#ended;
  }

  /** As `stop`, without waiting and without saving: for a process that is about to end. */
  stopNow(): void {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    try {
      process.kill(this.#pid, 'SIGKILL');
    } catch {
      this.#holder.kill('SIGKILL');
    }
  }
}

/** Whether the switch has to live in a user namespace, where it has one user id only. */
export function isOrdinaryUser(): boolean {
  return process.geteuid?.() !== 0;
}

function scriptEnvironment(options: NamespaceOptions, ordinary: boolean): NodeJS.ProcessEnv {
  const under = (folder: string, outer: string): boolean => folder.startsWith(`${outer}/`);
  const hidden = [...new Set(options.needed)].filter(
    (folder) =>
      PRIVATE_FOLDERS.some((outer) => under(folder, outer)) &&
      !options.needed.some((outer) => under(folder, outer)),
  );
  return {
    ...ENVIRONMENT,
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    SWITCH_FOLDER,
    SWITCH_ROOT: `${options.work}/root`,
    SWITCH_WORK: options.work,
    SWITCH_STATE: options.state,
    SWITCH_KEEP: hidden.join('\n'),
    SWITCH_PYTHON: options.python.path,
    SWITCH_PYTHON_NAMES: options.python.names.join(' '),
    SWITCH_CLI_PLUGINS: `lib/python${options.python.version}/site-packages/CliPlugin`,
    SWITCH_FLASH_SIZE: options.flashSize === undefined ? '' : String(options.flashSize),
    SWITCH_ORDINARY: ordinary ? '1' : '',
    SWITCH_NETWORK: options.ownNetwork ? '1' : '',
  };
}
