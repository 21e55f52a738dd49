// Where a simulated switch's eAPI listens: opened and closed as the running configuration says, a moment later, as on
// a switch. It decides where and when, not what is answered.
import type { Server } from 'node:http';
import { createCommandApi } from './command-api.js';
import type { EosCli } from './eos-cli.js';

/** Places that eAPI can listen in. */
export interface ApiPlaces {
  /** The unix socket, as a path of this machine. */
  readonly socketFile: string;
  /** The socket file behind a TCP port of the switch, as a path of this machine. */
  readonly portFile: (port: number) => string;
  /** Makes a TCP port of the switch lead to its socket file; left out where the switch has no network of its own. */
  readonly openPort: ((port: number) => Promise<void>) | undefined;
}

/** How long the agent takes to start on this switch; clients have to wait for it. */
const START_MS = 200;

/** The listeners of one switch while it has power. */
export class ApiListeners {
  readonly #cli: EosCli;
  readonly #places: ApiPlaces;
  readonly #open = new Map<string, Server>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(cli: EosCli, places: ApiPlaces) {
    this.#cli = cli;
    this.#places = places;
  }

  /** Looks at the configuration again: closes what is no longer wanted now, opens what is new in a moment. */
  update(): void {
    const wanted = this.#wanted();
    for (const [path, server] of this.#open) {
      if (wanted.has(path)) continue;
      this.#open.delete(path);
      server.close();
      server.closeIdleConnections();
    }
    clearTimeout(this.#timer);
    if (this.#closed || [...wanted.keys()].every((path) => this.#open.has(path))) return;
    this.#timer = setTimeout(() => this.#openWanted(), START_MS);
  }

  /** Closes everything, requests in flight too. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const server of this.#open.values()) {
      server.close();
      server.closeAllConnections();
    }
    this.#open.clear();
  }

  #openWanted(): void {
    for (const [path, { authenticates, port }] of this.#wanted()) {
      if (this.#open.has(path)) continue;
      this.#open.set(path, createCommandApi(this.#cli, authenticates).listen(path));
      if (port !== undefined) this.#places.openPort?.(port).catch(() => {});
    }
  }

  #wanted(): Map<string, { readonly authenticates: boolean; readonly port?: number }> {
    const wanted = new Map<string, { authenticates: boolean; port?: number }>();
    if (this.#cli.unixSocketEnabled()) wanted.set(this.#places.socketFile, { authenticates: false });
    if (this.#places.openPort) {
      for (const { port, authenticates } of this.#cli.httpPorts()) {
        wanted.set(this.#places.portFile(port), { authenticates, port });
      }
    }
    return wanted;
  }
}
