// The real server, `bin/ztps` on dist/, as a process of its own with a data root of its own. When the test ends, neither
// is left. What the server does is not known here.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'vitest';
import { ztps } from '../cli/run-ztps.js';
import { writeFiles } from '../fixtures/data-root.js';

/** Files of a data root; keys are paths, a value that is null makes a folder. */
export type SiteFiles = Readonly<Record<string, string | Buffer | null>>;

/** A user that a process runs as. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** How a server is started. */
export interface ServerOptions {
  /** What the data root holds besides the bootstrap script and the built-in actions. */
  readonly files?: SiteFiles;
  /** An existing data root instead of a new one. */
  readonly root?: string;
  /** `[default] server_url`, if it is not the server's own address: a proxy's. */
  readonly serverUrl?: string;
  /** More keys of `[default]`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More sections of the configuration. */
  readonly sections?: string;
  readonly user?: User;
}

/** One line of the server's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly node?: string;
  readonly reason?: string;
  /** `switch`: it is what a switch reported. */
  readonly source?: string;
}

const client = resolve(import.meta.dirname, '../../client');

/** What clients in the tests are told: patient enough for a restart, quick to give up what never comes. */
const bootstrapConf = 'client: {timeout: 20, retries: 8}\n';

/**
 * Starts a server and resolves once it says that it listens.
 * @throws Error with its log if it ends instead
 */
export async function startServer(context: TestContext, options: ServerOptions = {}): Promise<ServerProcess> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'ztps-e2e-')));
  const server = new ServerProcess(base, options);
  context.onTestFinished(async () => {
    await server.kill('SIGKILL');
    rmSync(base, { recursive: true, force: true });
  });
  await server.start();
  return server;
}

/** A server process; `startServer` makes it. */
export class ServerProcess {
  readonly root: string;
  /** Every line of the log, also of earlier processes. */
  readonly lines: LogLine[] = [];
  readonly #base: string;
  readonly #options: ServerOptions;
  readonly #watchers = new Set<() => void>();
  #port = 0;
  #child: ChildProcess | undefined;

  constructor(base: string, options: ServerOptions) {
    this.#base = base;
    this.#options = options;
    this.root = options.root ?? join(base, 'root');
    if (options.root === undefined) this.#layDataRoot(options.files ?? {});
  }

  /** Base URL, without a trailing slash; the same after a restart. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The configuration file. */
  get configuration(): string {
    return join(this.#base, 'ztpserver.conf');
  }

  /** Starts a process that does not run yet, on a port that nobody has. */
  async start(): Promise<void> {
    for (;;) {
      this.#port = await findFreePort();
      const problem = await this.#launch();
      if (problem === undefined) return;
      if (!problem.includes('another program listens there')) throw new Error(problem);
    }
  }

  /** Ends the process, if there is one, and resolves once it is gone. */
  async kill(signal: NodeJS.Signals): Promise<{ status: number | null }> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return { status: null };
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      child.kill(signal);
      await closed;
    }
    return { status: child.exitCode };
  }

  /** Starts the server again, at the same address. */
  async restart(): Promise<void> {
    const problem = await this.#launch();
    if (problem !== undefined) throw new Error(problem);
  }

  /** Stops it as an operator does. @returns its exit status */
  async stop(): Promise<number | null> {
    return (await this.kill('SIGTERM')).status;
  }

  /**
   * What the server itself says in the log, as `LEVEL message [reason]`, without the sizes of our actions; with `node`, only of
   * that one. With `source`, what switches reported: that comes when it comes.
   */
  said(node?: string, source?: 'switch'): string[] {
    return this.lines
      .filter((line) => (node === undefined || line.node === node) && line.source === source)
      .map(({ level, message, reason }) => {
        const text = message.replace(/^(actions\/\S+ to \S+), \d+ bytes/, '$1');
        return `${level} ${text}${reason === undefined ? '' : ` [${reason}]`}`;
      });
  }

  /** Resolves once a line of the log matches. */
  waitForLine(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.lines.some((line) => pattern.test(line.message))) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Text of a file of the data root. */
  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Whether the data root has this file or folder. */
  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** Writes files into the data root. */
  write(files: SiteFiles): void {
    writeFiles(this.root, files);
  }

  #layDataRoot(files: SiteFiles): void {
    for (const folder of ['nodes', 'definitions', 'files', 'resources', 'config-handlers', 'plugins']) {
      mkdirSync(join(this.root, folder), { recursive: true });
    }
    cpSync(join(client, 'actions'), join(this.root, 'actions'), { recursive: true });
    cpSync(join(client, 'bootstrap'), join(this.root, 'bootstrap/bootstrap'));
    this.write({ 'bootstrap/bootstrap.conf': bootstrapConf, ...files });
    const { user } = this.#options;
    if (!user) return;
    for (const name of ['.', ...readdirSync(this.#base, { recursive: true, encoding: 'utf8' })]) {
      chownSync(join(this.#base, name), user.uid, user.gid);
    }
  }

  /** @returns why it does not listen; nothing if it does */
  async #launch(): Promise<string | undefined> {
    const file = this.configuration;
    const settings = {
      data_root: this.root,
      server_url: this.#options.serverUrl ?? this.url,
      log_format: 'json',
      ...this.#options.settings,
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`);
    writeFileSync(
      file,
      `[default]\n${lines.join('')}[server]\ninterface = 127.0.0.1\nport = ${this.#port}\n${this.#options.sections ?? ''}`,
    );
    const child = spawn(process.execPath, [ztps, '--conf', file], {
      cwd: '/',
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...this.#options.user,
    });
    this.#child = child;
    const firstNew = this.lines.length;
    createInterface(child.stderr).on('line', (text) => {
      this.lines.push(readLogLine(text));
      for (const look of [...this.#watchers]) look();
    });
    const isServing = (): boolean =>
      this.lines.slice(firstNew).some((line) => line.message.startsWith('serving '));
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (isServing()) settle(undefined);
      };
      const settle = (problem: string | undefined): void => {
        this.#watchers.delete(look);
        resolve(problem);
      };
      this.#watchers.add(look);
      child.on('error', reject);
      child.on('close', (status) => {
        settle(`the server ended with status ${status}: ${this.said().slice(firstNew).join('\n')}`);
      });
    });
  }
}

/** A port below those that systems give to outgoing connections: it stays free while its server is restarted. */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

function readLogLine(text: string): LogLine {
  try {
    const { level, message, node, reason, source } = JSON.parse(text) as Record<string, unknown>;
    return {
      level: String(level),
      message: String(message),
      ...(typeof node === 'string' && { node }),
      ...(typeof reason === 'string' && { reason }),
      ...(typeof source === 'string' && { source }),
    };
  } catch {
    return { level: 'RAW', message: text };
  }
}
