// A real prosody in a folder of the test: it needs no root and touches nothing outside.

import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificates, endProcess, freePort, startListener, whyMissing } from './receivers.js';

/** Why there is none; undefined if it runs. */
export const whyNoProsody =
  whyMissing(['sh', '-c', 'command -v prosody'], 'prosody') ?? whyMissing(['openssl', 'version'], 'openssl');

/** Accounts, all with the password `sesame`. */
const accounts = ['ztps', 'reader', '100'];

/** The server of the domain localhost, with rooms at conference.localhost. */
export class Prosody {
  readonly #conf: string;
  #child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    folder: string,
    certificates: Certificates | null,
    more: string,
  ) {
    this.#conf = join(folder, 'prosody.cfg.lua');
    const data = join(folder, 'data');
    mkdirSync(join(data, 'localhost', 'accounts'), { recursive: true });
    mkdirSync(join(folder, 'certs'), { recursive: true });
    for (const account of accounts) {
      writeFileSync(
        join(data, 'localhost', 'accounts', `${account}.dat`),
        `return { ["password"] = "sesame"; };`,
      );
    }
    const tls = certificates
      ? `ssl = { key = "${certificates.key}"; certificate = "${certificates.cert}" }`
      : '';
    writeFileSync(
      this.#conf,
      `run_as_root = ${process.getuid?.() === 0}
data_path = "${data}"
pidfile = "${join(folder, 'prosody.pid')}"
modules_enabled = { "saslauth", ${certificates ? '"tls", ' : ''}"disco", "ping"${more.includes('limits') ? ', "limits"' : ''} }
modules_disabled = { "s2s"${certificates ? '' : ', "tls"'} }
interfaces = { "127.0.0.1" }
c2s_ports = { ${this.port} }
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
storage = "internal"
log = { warn = "*console" }
${tls}
${more}
VirtualHost "localhost"
Component "conference.localhost" "muc"
`,
    );
  }

  /** Without certificates it has no TLS. `more` are lines for its configuration. */
  static async start(folder: string, certificates: Certificates | null = null, more = ''): Promise<Prosody> {
    const prosody = new Prosody(await freePort(), folder, certificates, more);
    await prosody.restart();
    return prosody;
  }

  /** As a loss of power would. */
  async kill(): Promise<void> {
    if (this.#child) await endProcess(this.#child);
  }

  async restart(): Promise<void> {
    this.#child = await startListener('prosody', ['-F', '--config', this.#conf], this.port);
  }
}
