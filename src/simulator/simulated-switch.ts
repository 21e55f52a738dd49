// A simulated switch: it does what EOS does around the bootstrap client (power-on, ZTP, reboot), and runs that client
// unmodified in namespaces of its own. It writes to its own work and state folders and nowhere else.
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ApiListeners } from './api-listeners.js';
import { type CliRecord, EosCli } from './eos-cli.js';
import { makeEtcFolder } from './etc-folder.js';
import { createFastCliListener, FAST_CLI_PROGRAM } from './fast-cli.js';
import { fetchBootstrap } from './fetch-bootstrap.js';
import { findPython, type PythonInterpreter } from './find-python.js';
import { FlashFolder } from './flash-folder.js';
import { SWITCH_FOLDER } from './namespace-script.js';
import { createOutgoingRelay, RELAY_PROGRAM, startRelay } from './relay.js';
import { DEFAULT_IDENTITY, lacksUnixSocket, type SwitchIdentity } from './switch-identity.js';
import { type RunResult, SwitchNamespace } from './switch-namespace.js';

/** One line on a switch's console, and who wrote it. */
export interface ConsoleLine {
  readonly source: 'eos' | 'client' | 'rc.eos';
  readonly text: string;
}

/** A simulated switch; what is left out is as on the demo's leaf. */
export interface SimulatedSwitchOptions extends Partial<SwitchIdentity> {
  /** Python on the switch, a name on PATH or a path; without it the first of python3, python, python2. */
  readonly python?: string;
  /** Folder that keeps `mnt/`, `persist/` and `cli.log` between switches; without it all goes on dispose. */
  readonly stateFolder?: string;
  /** Startup-config that is on flash from the beginning. */
  readonly startupConfig?: string;
  /** Bytes that flash holds; without it, as much as this machine. */
  readonly flashSize?: number;
  /** Sees each console line as it comes. */
  readonly onConsole?: (line: ConsoleLine) => void;
}

/** How EOS goes about it in ZTP mode. */
export interface BootOptions {
  /** How often the client may be started (1). */
  readonly attempts?: number;
  /** Seconds between two starts (30, as EOS). */
  readonly retryPause?: number;
}

/** What came of running the client. */
export interface RunOutcome {
  /** The client's last exit status; null if it never ran or was cut off. */
  readonly exitCode: number | null;
  /** How often the bootstrap script was asked for. */
  readonly attempts: number;
  /** Every line of the console since the call. */
  readonly console: readonly string[];
  /** What is on flash afterwards. */
  readonly startupConfig: string | undefined;
}

/** Name under which a script is saved before EOS runs it. */
const ZTP_SCRIPT = '/tmp/ztp-bootstrap.XXXXXX';

/** What is left to do for each switch if the process ends: one listener for all, however many there are. */
const endings = new Set<() => void>();

function endAll(): void {
  for (const end of endings) end();
}

/** A simulated switch. `dispose()` it, whatever happens. */
export class SimulatedSwitch {
  readonly #options: SimulatedSwitchOptions;
  readonly #identity: SwitchIdentity;
  readonly #onExit = (): void => this.#disposeNow();
  #folders: { readonly base: string; readonly work: string; readonly state: string } | undefined;
  #python: PythonInterpreter | undefined;
  #cli: EosCli | undefined;
  #namespace: SwitchNamespace | undefined;
  #fastCli: Server | undefined;
  #api: ApiListeners | undefined;
  readonly #relays = new Map<string, Server>();
  #console: string[] = [];
  #power = new AbortController();
  #disposal: Promise<void> | undefined;

  constructor(options: SimulatedSwitchOptions = {}) {
    this.#options = options;
    this.#identity = {
      model: options.model ?? DEFAULT_IDENTITY.model,
      serial: options.serial ?? DEFAULT_IDENTITY.serial,
      systemMac: options.systemMac ?? DEFAULT_IDENTITY.systemMac,
      version: options.version ?? DEFAULT_IDENTITY.version,
      neighbors: options.neighbors ?? DEFAULT_IDENTITY.neighbors,
    };
    if (endings.size === 0) process.on('exit', endAll);
    endings.add(this.#onExit);
  }

  /** Unpacks the switch: its folders, and on a new flash an image and the boot-config that names it. */
  async prepare(): Promise<void> {
    this.#mustBeThere();
    if (this.#folders) return;
    const base = await mkdtemp(join(await realpath(tmpdir()), 'ztps-switch-'));
    const state = this.#options.stateFolder ? resolve(this.#options.stateFolder) : join(base, 'state');
    this.#folders = { base, work: join(base, 'work'), state };
    const isNew = await mkdir(join(state, 'mnt/flash'), { recursive: true });
    for (const folder of ['mnt/usb1', 'mnt/drive', 'persist/local', 'persist/sys']) {
      await mkdir(join(state, folder), { recursive: true });
    }
    this.#python = await findPython(this.#options.python);
    const flash = new FlashFolder(() => this.flash);
    if (isNew !== undefined) {
      flash.write(`EOS-${this.#identity.version}.swi`, `simulated image of EOS ${this.#identity.version}\n`);
      flash.write('boot-config', `SWI=flash:/EOS-${this.#identity.version}.swi\n`);
    }
    if (this.#options.startupConfig !== undefined) flash.write('startup-config', this.#options.startupConfig);
    this.#cli = new EosCli({
      identity: this.#identity,
      flash,
      recordFile: join(state, 'cli.log'),
      bash: async (command) => (await this.shell(command)).output,
      onConfigured: () => this.#api?.update(),
    });
  }

  /** Path, on this machine, of the switch's `/mnt/flash`. Call `prepare`, `powerOn`, `boot` or `runManually` first. */
  get flash(): string {
    const limited = this.#options.flashSize !== undefined && this.#namespace;
    return limited ? join(limited.root, 'mnt/flash') : join(this.#prepared(this.#folders).state, 'mnt/flash');
  }

  /** Path, on this machine, of the folder with `mnt/`, `persist/` and `cli.log`. */
  get stateFolder(): string {
    return this.#prepared(this.#folders).state;
  }

  /** Text of a file on flash; undefined if there is no such plain file. */
  readFlash(name: string): string | undefined {
    return new FlashFolder(() => this.flash).readText(name);
  }

  /** Writes a file on flash. */
  writeFlash(name: string, content: string | Buffer): void {
    new FlashFolder(() => this.flash).write(name, content);
  }

  /** Every command that FastCli and eAPI were given since `prepare`, in order. */
  get cliLog(): readonly CliRecord[] {
    return this.#prepared(this.#cli).records;
  }

  /** The running configuration, as `show running-config` has it between its first and last lines. */
  get runningConfig(): string {
    return this.#prepared(this.#cli).runningConfig.render();
  }

  /** From now on commands that match are refused with this reason, as EOS refuses them. */
  refuse(pattern: RegExp, reason = 'Unavailable command (not supported on this hardware platform)'): void {
    this.#prepared(this.#cli).refuse(pattern, reason);
  }

  /** Runs a shell command on the switch, which has to have power. */
  shell(command: string): Promise<RunResult> {
    return this.#prepared(this.#namespace).run(['/bin/bash', '-c', command]);
  }

  /** Gives the switch power: it loads its startup-config and runs `rc.eos`, as EOS does. Already on: nothing. */
  async powerOn(): Promise<void> {
    if (this.#namespace) return;
    await this.prepare();
    const { work, state } = this.#prepared(this.#folders);
    const cli = this.#prepared(this.#cli);
    const python = this.#prepared(this.#python);
    this.#power = new AbortController();
    cli.boot();
    const ownNetwork = lacksUnixSocket(cli.identity.version);
    await this.#layOutWork(work, cli.identity.version);
    const node = await realpath(process.execPath);
    const { flashSize } = this.#options;
    if (flashSize !== undefined) new FlashFolder(() => join(state, 'mnt/flash')).mustFit(flashSize);
    const namespace = await SwitchNamespace.start({
      work,
      state,
      python,
      needed: [dirname(python.path), ...python.folders, dirname(dirname(node))],
      flashSize,
      ownNetwork,
    });
    if (this.#disposal) {
      await namespace.stop();
      this.#mustBeThere();
    }
    this.#namespace = namespace;
    this.#fastCli = createFastCliListener(cli).listen(join(work, 'switch/cli.sock'));
    this.#api = new ApiListeners(cli, {
      socketFile: join(work, 'run/command-api.sock'),
      openPort: ownNetwork
        ? async (port) => {
            const name = `eapi-${port}.sock`;
            const problem = await this.#relay(namespace, port, name);
            if (problem !== undefined) this.#say(`eAPI cannot listen on port ${port}: ${problem}`);
          }
        : undefined,
      portFile: (port) => join(work, `switch/eapi-${port}.sock`),
    });
    this.#api.update();
    await this.#runRcEos(namespace);
  }

  /**
   * Power-on without a startup-config: EOS gets the bootstrap script from the server, runs it, starts over if it
   * fails, reboots if it succeeds. With a startup-config on flash EOS just boots, and no attempt is made.
   * @param serverUrl what DHCP option 67 names, without `/bootstrap`
   */
  async boot(serverUrl: string, { attempts = 1, retryPause = 30 }: BootOptions = {}): Promise<RunOutcome> {
    await this.kill();
    this.#console = [];
    await this.powerOn();
    if (this.readFlash('startup-config') !== undefined) {
      this.#say('flash holds a startup-config: EOS boots from it and does not ask for a bootstrap script');
      return this.#outcome(null, 0);
    }
    const power = this.#power.signal;
    let exitCode: number | null = null;
    let attempt = 0;
    while (attempt < attempts && exitCode !== 0 && !power.aborted) {
      if (attempt > 0) {
        this.#say(`starting over in ${retryPause} s`);
        await sleep(retryPause * 1000, undefined, { signal: power }).catch(() => {});
        if (power.aborted) break;
      }
      attempt += 1;
      exitCode = await this.#runClient(serverUrl, ZTP_SCRIPT, []);
    }
    if (exitCode === 0 && !power.aborted) await this.reboot();
    return this.#outcome(exitCode, attempt);
  }

  /** Somebody logs in on the switch, fetches the script and runs it by hand with these arguments. */
  async runManually(serverUrl: string, args: readonly string[] = []): Promise<RunOutcome> {
    this.#console = [];
    await this.powerOn();
    return this.#outcome(await this.#runClient(serverUrl, '/tmp/bootstrap', args), 1);
  }

  /** Everything but flash and `/persist` is forgotten, then the switch boots again. */
  async reboot(): Promise<void> {
    this.#say('rebooting');
    await this.kill();
    await this.powerOn();
  }

  /** Cuts the power: every process on the switch ends at once. No power: nothing. */
  async kill(): Promise<void> {
    const namespace = this.#namespace;
    if (!namespace) return;
    this.#power.abort();
    this.#api?.close();
    this.#fastCli?.close();
    for (const server of this.#relays.values()) server.close();
    this.#relays.clear();
    await namespace.stop();
    this.#namespace = undefined;
  }

  /**
   * Cuts the power and removes every folder that this object made; the switch is of no use afterwards. May be called
   * while the switch boots, and again once that has ended, to remove what it still made in between.
   */
  dispose(): Promise<void> {
    this.#disposal = (this.#disposal ?? Promise.resolve()).catch(() => {}).then(() => this.#disposeOnce());
    return this.#disposal;
  }

  async #disposeOnce(): Promise<void> {
    await this.kill();
    if (this.#folders) await removeFolder(this.#folders.base);
    endings.delete(this.#onExit);
    if (endings.size === 0) process.off('exit', endAll);
  }

  /** The last act when the process ends without `dispose`, or in the middle of it: what can be done at once. */
  #disposeNow(): void {
    this.#namespace?.stopNow();
    if (this.#folders) rmSync(this.#folders.base, { recursive: true, force: true, maxRetries: 5 });
  }

  /** @throws Error once the switch is disposed of, or about to be */
  #mustBeThere(): void {
    if (this.#disposal) throw new Error('the simulated switch was disposed of');
  }

  async #layOutWork(work: string, version: string): Promise<void> {
    await removeFolder(work);
    for (const folder of ['root', 'etc', 'run', 'switch/bin'])
      await mkdir(join(work, folder), { recursive: true });
    await chmod(join(work, 'run'), 0o755);
    await makeEtcFolder(join(work, 'etc'), version);
    await writeFile(join(work, 'switch/fast-cli.cjs'), FAST_CLI_PROGRAM);
    await writeFile(join(work, 'switch/relay.cjs'), RELAY_PROGRAM);
    const python = this.#prepared(this.#python);
    const programs = { FastCli: [...(await nodeCommand('fast-cli.cjs'))] };
    for (const [name, command] of Object.entries(programs))
      await writeProgram(join(work, 'switch/bin', name), command);
    for (const name of python.names) await writeProgram(join(work, 'switch/bin', name), [python.path]);
  }

  async #runRcEos(namespace: SwitchNamespace): Promise<void> {
    const script = this.readFlash('rc.eos');
    if (script === undefined) return;
    // Flash is a FAT volume on many switches: whether the file may be executed does not count.
    const interpreter = /^#!\s*(.+)/.exec(script)?.[1]?.trim().split(/\s+/) ?? ['/bin/bash'];
    this.#say('running /mnt/flash/rc.eos');
    const { exitCode } = await namespace.run([...interpreter, '/mnt/flash/rc.eos'], {
      onLine: (text) => this.#show({ source: 'rc.eos', text }),
    });
    if (exitCode !== 0) this.#say(`rc.eos ended with status ${exitCode}`);
  }

  /** @returns the client's exit status, null if there was no client to run or it was cut off */
  async #runClient(serverUrl: string, path: string, args: readonly string[]): Promise<number | null> {
    const namespace = this.#prepared(this.#namespace);
    const power = this.#power.signal;
    const server = new URL(serverUrl.endsWith('/') ? serverUrl : `${serverUrl}/`);
    await this.#reachServer(namespace, server);
    const url = new URL('bootstrap', server);
    this.#say(`fetching ${url}`);
    const fetched = await fetchBootstrap(url, this.#prepared(this.#cli).identity, power);
    if (power.aborted) return null;
    if ('problem' in fetched) {
      this.#say(`no bootstrap script: ${fetched.problem}`);
      return null;
    }
    const save = `file=${path.endsWith('XXXXXX') ? `$(mktemp ${path})` : path}; cat > $file && chmod 755 $file && echo $file`;
    const saved = await namespace.run(['/bin/sh', '-c', save], { input: fetched.script });
    if (saved.exitCode !== 0) {
      this.#say(`the script cannot be saved: ${saved.output.trim()}`);
      return null;
    }
    this.#say(`running ${saved.output.trim()}`);
    const { exitCode } = await namespace.run([saved.output.trim(), ...args], {
      onLine: (text) => this.#show({ source: 'client', text }),
    });
    this.#say(power.aborted ? 'power lost' : `the script ended with status ${exitCode}`);
    return power.aborted ? null : exitCode;
  }

  /** In a network of its own a switch reaches one place: the server, under the name or address of its URL. */
  async #reachServer(namespace: SwitchNamespace, server: URL): Promise<void> {
    if (!namespace.ownNetwork || this.#relays.has(server.host)) return;
    const host = server.hostname.replace(/^\[|\]$/g, '');
    const port = Number(server.port || (server.protocol === 'https:' ? 443 : 80));
    const name = `server-${this.#relays.size}.sock`;
    const { work } = this.#prepared(this.#folders);
    this.#relays.set(server.host, createOutgoingRelay(host, port).listen(join(work, 'switch', name)));
    const isAddress = /^[\d.]+$|:/.test(host);
    const prepare = isAddress ? 'ip addr replace "$0" dev lo' : 'echo "127.0.0.1 $0" >> /etc/hosts';
    await namespace.run(['/bin/sh', '-c', prepare, host], { privileged: true });
    const problem = await this.#relay(namespace, port, name);
    if (problem !== undefined) this.#say(`the switch cannot reach ${server.host}: ${problem}`);
  }

  async #relay(namespace: SwitchNamespace, port: number, socketName: string): Promise<string | undefined> {
    return startRelay(namespace, await nodeCommand('relay.cjs'), port, `${SWITCH_FOLDER}/${socketName}`);
  }

  #outcome(exitCode: number | null, attempts: number): RunOutcome {
    return { exitCode, attempts, console: this.#console, startupConfig: this.readFlash('startup-config') };
  }

  #say(text: string): void {
    this.#show({ source: 'eos', text });
  }

  #show(line: ConsoleLine): void {
    this.#console.push(line.text);
    this.#options.onConsole?.(line);
  }

  /** @throws Error if the switch was not unpacked or has no power */
  #prepared<T>(value: T | undefined): T {
    if (value === undefined) throw new Error('the simulated switch has no power, or was not prepared');
    return value;
  }
}

/** Removes a folder, also one in which the switch closed folders to everybody but a real root. */
async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    await promisify(execFile)('chmod', ['-R', 'u+rwX', folder]).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** How the switch starts Node.js with one of the simulator's programs. */
async function nodeCommand(program: string): Promise<readonly string[]> {
  return [await realpath(process.execPath), `${SWITCH_FOLDER}/${program}`];
}

/** Makes a program that runs this command with its own arguments added. */
async function writeProgram(path: string, command: readonly string[]): Promise<void> {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  await writeFile(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
}
