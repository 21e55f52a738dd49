// The command line of a simulated switch: modes, configuration lines, the few commands that do something, and a
// record of all it was told. It touches only the switch's own flash folder.
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { FlashFolder } from './flash-folder.js';
import { md5Crypt } from './md5-crypt.js';
import { RunningConfig } from './running-config.js';
import { type CliAnswer, isShortFor, show, showRunningConfig } from './show-commands.js';
import { lacksUnixSocket, type SwitchIdentity } from './switch-identity.js';

/** One command that the switch was told. */
export interface CliRecord {
  readonly via: 'FastCli' | 'eAPI';
  readonly command: string;
  /** Sections that were open, outermost first; null when not in configure mode. */
  readonly section: readonly string[] | null;
  /** Why it was refused; null when it was not. */
  readonly refused: string | null;
}

/** A command was refused. `kind` is eAPI's word for it; `errors` are EOS's lines. */
export class CliRefusal extends Error {
  override name = 'CliRefusal';

  constructor(
    readonly kind: 'invalid command' | 'could not run command' | 'unconverted command',
    readonly errors: readonly string[],
  ) {
    super(errors.join('; '));
  }
}

/** What one caller has typed so far: FastCli and every eAPI request begin a new one. */
export class CliSession {
  mode: 'exec' | 'enable' | 'config';
  section: string[] = [];

  constructor(
    readonly via: CliRecord['via'],
    privileged: boolean,
  ) {
    this.mode = privileged ? 'enable' : 'exec';
  }
}

/** What the command line needs of the switch around it. */
export interface EosCliOptions {
  readonly identity: SwitchIdentity;
  readonly flash: FlashFolder;
  /** File that gets one JSON line for each command. */
  readonly recordFile: string;
  /** Runs `bash COMMAND` on the switch; resolves to its output. */
  readonly bash: (command: string) => Promise<string>;
  /** Told after each command that may have changed the configuration. */
  readonly onConfigured: () => void;
}

const PRIVILEGED_WORDS =
  /^(bash|boot|clear|clock|copy|delete|dir|diff|disable|install|mkdir|more|no|ping|platform|pwd|reload|rename|rmdir|send|service|session|swap|tcpdump|terminal|test|traceroute|upload|verify|watch|write|wr|zerotouch|agent|extension|format|monitor|reset|scp|ssh|telnet|cd|commit|abort|rollback|configure)\b/;

const CONFIG_WORDS =
  /^(aaa|agent|alias|arp|as-path|banner|bfd|bgp|boot|class-map|clock|control-plane|cvx|daemon|default|dhcp|dns|dot1x|email|enable|end|errdisable|event-handler|event-monitor|fips|hardware|hostname|igmp|interface|ip|ipv6|kernel|lacp|link|line|lldp|load-interval|logging|mac|maintenance|management|match-list|mirroring|mlag|monitor|mpls|no|ntp|parser|patch|peer-filter|platform|policy-map|port-channel|prompt|ptp|qos|queue-monitor|radius-server|redundancy|role|route-map|router|schedule|security|service|sflow|snmp-server|spanning-tree|storm-control|stun|switch|system|tacacs-server|tap|tcp|terminal|traffic-policies|transceiver|trident|tunnel|username|virtual-router|vlan|vmtracer|vrf|vxlan|zerotouch)\b/;

const API_SECTION = ['management api http-commands'];

/** The command line of one simulated switch, from power-on to power-off. */
export class EosCli {
  runningConfig = new RunningConfig();
  readonly records: CliRecord[] = [];
  readonly #options: EosCliOptions;
  readonly #refusals: { readonly pattern: RegExp; readonly reason: string }[] = [];
  #identity: SwitchIdentity;
  #bootedAt = 0;

  constructor(options: EosCliOptions) {
    this.#options = options;
    this.#identity = options.identity;
  }

  /** Who the switch is: as given, with the version of the image it booted. */
  get identity(): SwitchIdentity {
    return this.#identity;
  }

  /** Takes the configuration and the image from flash, as at power-on. */
  boot(): void {
    this.#bootedAt = Math.floor(Date.now() / 1000);
    const version = /^flash:\/?EOS-(.+)\.swi$/.exec(this.softwareImage() ?? '')?.[1];
    this.#identity = { ...this.#options.identity, version: version ?? this.#options.identity.version };
    this.runningConfig = RunningConfig.parse(this.#options.flash.readText('startup-config') ?? '');
  }

  /** From now on commands that match are refused with this reason. */
  refuse(pattern: RegExp, reason: string): void {
    this.#refusals.push({ pattern, reason });
  }

  /** `SWI=` of boot-config. */
  softwareImage(): string | undefined {
    return /^SWI=(.*)$/m.exec(this.#options.flash.readText('boot-config') ?? '')?.[1];
  }

  /** Whether eAPI answers on its unix socket. */
  unixSocketEnabled(): boolean {
    return this.#apiHas('no shutdown') && this.#apiHas('protocol unix-socket');
  }

  /** TCP ports of localhost on which eAPI answers plain HTTP, and whether it asks who is there. */
  httpPorts(): { readonly port: number; readonly authenticates: boolean }[] {
    if (!this.#apiHas('no shutdown')) return [];
    return this.runningConfig.lines(API_SECTION).flatMap((line) => {
      const match = /^protocol http( localhost)?(?: port (\d+))?$/.exec(line);
      if (!match) return [];
      return [{ port: Number(match[2] ?? (match[1] ? 8080 : 80)), authenticates: !match[1] }];
    });
  }

  /** Whether a user of this name has this password and privilege 15. */
  authenticates(user: string, password: string): boolean {
    return this.runningConfig.lines([]).some((line) => {
      const [, name, salt, hash] =
        /^username (\S+) .*privilege 15 .*secret 5 \$1\$([^$]*)\$(\S+)$/.exec(line) ?? [];
      return name === user && md5Crypt(password, salt ?? '') === `$1$${salt}$${hash}`;
    });
  }

  /**
   * Runs one command in a session.
   * @param input what an interactive command asks for: a banner's text, a password
   * @throws CliRefusal
   */
  async execute(session: CliSession, typed: string, input = ''): Promise<CliAnswer> {
    const command = typed.trim().replace(/[ \t]+/g, ' ');
    const section = session.mode === 'config' ? [...session.section] : null;
    try {
      for (const { pattern, reason } of this.#refusals) {
        if (pattern.test(command)) throw new CliRefusal('invalid command', [reason]);
      }
      const answer = await this.#dispatch(session, command, input);
      this.#record({ via: session.via, command, section, refused: null });
      return answer;
    } catch (error) {
      const refusal = error instanceof CliRefusal ? error : couldNotRun(error);
      this.#record({ via: session.via, command, section, refused: refusal.message });
      throw refusal;
    }
  }

  async #dispatch(session: CliSession, command: string, input: string): Promise<CliAnswer> {
    if (command === '' || command.startsWith('!')) return nothing();
    if (/^sh(o|ow)? /.test(command)) return this.#show(session, command);
    if (isShortFor(command, 'enable')) {
      if (session.mode === 'exec') session.mode = 'enable';
      return nothing();
    }
    if (session.mode === 'exec' && !/^(exit|ping|terminal|traceroute|watch)\b/.test(command)) {
      throw new CliRefusal('invalid command', ['Invalid input (privileged mode required)']);
    }
    if (command === 'exit') return this.#leave(session, false);
    if (session.mode === 'config' && (command === 'end' || command === 'abort'))
      return this.#leave(session, true);
    if (
      isShortFor(command, 'configure') ||
      isShortFor(command, 'configure terminal') ||
      /^configure session/.test(command)
    ) {
      session.mode = 'config';
      session.section = [];
      return nothing();
    }
    if (PRIVILEGED_WORDS.test(command) && !(session.mode === 'config' && CONFIG_WORDS.test(command))) {
      return this.#run(session, command);
    }
    if (session.mode === 'config') return this.#configure(session, command, input);
    throw invalidInput(command);
  }

  #leave(session: CliSession, all: boolean): CliAnswer {
    if (session.mode === 'config' && (all || session.section.length === 0)) session.mode = 'enable';
    session.section = all ? [] : session.section.slice(0, -1);
    return nothing();
  }

  #show(session: CliSession, command: string): CliAnswer {
    if (session.mode === 'exec' && /^sh\S* (run|start)/.test(command)) {
      throw new CliRefusal('invalid command', ['Invalid input (privileged mode required)']);
    }
    const [base = '', ...filters] = command.split('|').map((part) => part.trim());
    const answer = show(base, {
      identity: this.#identity,
      runningConfig: this.runningConfig,
      hostname: this.#hostname(),
      startupConfig: this.#options.flash.readText('startup-config'),
      softwareImage: this.softwareImage(),
      bootedAt: this.#bootedAt,
    });
    if (!answer) throw invalidInput(base, 1);
    const text = filters.reduce((kept, filter) => filterText(kept, filter, answer), answer.text);
    return { json: answer.json, text };
  }

  #configure(session: CliSession, command: string, input: string): CliAnswer {
    if (session.section.length === 0 && !CONFIG_WORDS.test(command)) throw invalidInput(command);
    if (!/^[a-z0-9"]/i.test(command)) throw invalidInput(command);
    if (command === 'protocol unix-socket' && lacksUnixSocket(this.#identity.version)) {
      throw new CliRefusal('invalid command', ["Invalid input (at token 1: 'unix-socket')"]);
    }
    const image = /^boot system flash:(\S+)$/.exec(command)?.[1];
    if (image !== undefined) this.#setSoftwareImage(image);
    const banner = /^banner (login|motd)$/.test(command) ? `\n${input.trimEnd()}` : '';
    session.section = this.runningConfig.enter(session.section, hideSecret(command) + banner);
    this.#options.onConfigured();
    return nothing();
  }

  async #run(session: CliSession, command: string): Promise<CliAnswer> {
    const bash = /^bash (?:timeout \d+ )?(.+)$/.exec(command)?.[1];
    if (bash !== undefined) return messages(await this.#options.bash(bash));
    const install = /^install source (\S+)/.exec(command)?.[1];
    if (install !== undefined) return this.#install(install);
    if (/^wr(i|it|ite)?( mem\S*)?$/.test(command)) return this.#copy('running-config', 'startup-config');
    if (/^write erase/.test(command)) return this.#delete('flash:startup-config');
    const copied = /^copy (\S+) (\S+)/.exec(command);
    if (copied) return this.#copy(copied[1] ?? '', copied[2] ?? '');
    const deleted = /^delete (\S+)/.exec(command)?.[1];
    if (deleted !== undefined) return this.#delete(deleted);
    if (isShortFor(command, 'disable')) session.mode = 'exec';
    return nothing();
  }

  #install(source: string): CliAnswer {
    const name = flashName(source);
    if (name === undefined || !this.#options.flash.has(name)) {
      throw new CliRefusal('could not run command', [`Error: could not access ${source}: no such file`]);
    }
    this.#setSoftwareImage(name);
    return messages('Preparing new boot-config... done.\nInstallation succeeded.\n');
  }

  #copy(from: string, to: string): CliAnswer {
    const { flash } = this.#options;
    const source = /^run/.test(from) ? undefined : flashName(from);
    const content = /^run/.test(from)
      ? this.#runningText()
      : source === undefined
        ? undefined
        : flash.read(source);
    const target = flashName(to);
    if (content === undefined || (target === undefined && !/^run/.test(to))) {
      throw new CliRefusal('could not run command', [
        `Error copying ${from} to ${to} (No such file or directory)`,
      ]);
    }
    if (target === undefined) {
      this.runningConfig = RunningConfig.parse(`${this.runningConfig.render()}${content.toString()}`);
      this.#options.onConfigured();
    } else {
      flash.write(target, content);
    }
    return messages('Copy completed successfully.\n');
  }

  #delete(source: string): CliAnswer {
    const name = flashName(source);
    if (name !== undefined) this.#options.flash.remove(name);
    return nothing();
  }

  #runningText(): string {
    return showRunningConfig({
      identity: this.#identity,
      runningConfig: this.runningConfig,
      hostname: this.#hostname(),
    }).text;
  }

  #hostname(): string {
    const line = this.runningConfig.lines([]).find((entry) => entry.startsWith('hostname '));
    return line?.slice('hostname '.length) ?? 'localhost';
  }

  #apiHas(line: string): boolean {
    return this.runningConfig.has(API_SECTION, line);
  }

  #setSoftwareImage(name: string): void {
    const others = (this.#options.flash.readText('boot-config') ?? '')
      .split('\n')
      .filter((line) => line && !line.startsWith('SWI='));
    const lines = [`SWI=flash:/${name.replace(/^\//, '')}`, ...others];
    this.#options.flash.write('boot-config', `${lines.join('\n')}\n`);
  }

  #record(record: CliRecord): void {
    this.records.push(record);
    appendFileSync(this.#options.recordFile, `${JSON.stringify(record)}\n`);
  }
}

/** Name below `/mnt/flash` of what a command means; undefined for any other place. */
function flashName(source: string): string | undefined {
  if (/^start/.test(source)) return 'startup-config';
  return /^(?:flash:\/?|file:(?:\/\/)?\/mnt\/flash\/|\/mnt\/flash\/)(.+)$/.exec(source)?.[1];
}

function nothing(): CliAnswer {
  return { json: {}, text: '' };
}

function messages(text: string): CliAnswer {
  return { json: text === '' ? {} : { messages: [text] }, text };
}

/** What this machine did not let the switch do: flash is full, or a link leads out of it. */
function couldNotRun(error: unknown): CliRefusal {
  return new CliRefusal('could not run command', [error instanceof Error ? error.message : String(error)]);
}

function invalidInput(command: string, token = 0): CliRefusal {
  const word = command.split(' ')[token];
  const reason = word === undefined ? 'Incomplete command' : `Invalid input (at token ${token}: '${word}')`;
  return new CliRefusal('invalid command', [reason]);
}

function filterText(text: string, filter: string, answer: CliAnswer): string {
  const [verb = '', ...rest] = filter.split(' ');
  const words = rest.join(' ').replace(/^["']|["']$/g, '');
  if (verb === 'json') return `${JSON.stringify(answer.json, null, 4)}\n`;
  if (verb === 'section') return RunningConfig.parse(text).render(words);
  const lines = text.split('\n').filter((line) => line !== '');
  const joined = (kept: readonly string[]): string => kept.map((line) => `${line}\n`).join('');
  if (verb === 'include' || verb === 'grep') return joined(lines.filter((line) => line.includes(words)));
  if (verb === 'exclude') return joined(lines.filter((line) => !line.includes(words)));
  return text;
}

/** EOS keeps only a hash of a password. */
function hideSecret(command: string): string {
  const [, before, secret] = /^(username \S+ .*\bsecret) (?:0 )?(\S+)$/.exec(command) ?? [];
  if (before === undefined || secret === undefined || secret === '*') return command;
  return `${before} 5 ${md5Crypt(secret, randomBytes(4).toString('hex'))}`;
}
