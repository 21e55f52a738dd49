// A real rsyslogd in a folder of the test: it needs no root and touches nothing outside.

import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificates, endProcess, freePort, startListener, whyMissing } from './receivers.js';

/** Why there is none; undefined if it runs. */
export const whyNoRsyslog =
  whyMissing(['rsyslogd', '-v'], 'rsyslog rsyslog-gnutls') ??
  whyMissing(['sh', '-c', 'ls /usr/lib/*/rsyslog/lmnsd_gtls.so'], 'rsyslog rsyslog-gnutls') ??
  whyMissing(['openssl', 'version'], 'openssl');

/** What rsyslogd understood of a message. */
export interface SyslogLine {
  readonly pri: string;
  readonly timestamp: string;
  readonly hostname: string;
  readonly app: string;
  readonly procid: string;
  readonly msgid: string;
  readonly data: string;
  readonly msg: string;
}

/** A syslog server by UDP and TCP, the latter with TLS if there are certificates. */
export class Rsyslog {
  readonly #conf: string;
  readonly #output: string;
  #child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    certificates: Certificates | null,
  ) {
    this.#conf = join(folder, 'rsyslog.conf');
    this.#output = join(folder, 'received');
    const tls = certificates
      ? ' StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"'
      : '';
    const driver = certificates
      ? `defaultNetstreamDriverCAFile="${certificates.ca}" defaultNetstreamDriverCertFile="${certificates.cert}" defaultNetstreamDriverKeyFile="${certificates.key}"`
      : '';
    writeFileSync(
      this.#conf,
      `global(workDirectory="${folder}" ${driver})
module(load="imudp")
module(load="imtcp"${tls})
input(type="imudp" address="127.0.0.1" port="${port}")
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="all" type="list" option.jsonf="on") {
  property(outname="pri" name="pri" format="jsonf")
  property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="hostname" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="procid" name="procid" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
}
action(type="omfile" file="${this.#output}" template="all")
`,
    );
  }

  static async start(folder: string, certificates: Certificates | null = null): Promise<Rsyslog> {
    const rsyslog = new Rsyslog(await freePort(), folder, certificates);
    await rsyslog.restart();
    return rsyslog;
  }

  /** As a loss of power would, with what it had not written yet. */
  async kill(): Promise<void> {
    if (this.#child) await endProcess(this.#child);
  }

  async restart(): Promise<void> {
    const words = ['-n', '-f', this.#conf, '-i', join(this.folder, `pid-${Date.now()}`)];
    this.#child = await startListener('rsyslogd', words, this.port);
  }

  /** Everything it wrote. */
  text(): string {
    return existsSync(this.#output) ? readFileSync(this.#output, 'utf8') : '';
  }

  lines(): SyslogLine[] {
    return this.text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as SyslogLine);
  }
}
