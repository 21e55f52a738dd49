// What stands between us and a server: keeps everything that crosses, and can fall silent or hold back what the server says.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A port of its own that leads to `port`. */
export class Relay {
  readonly port: number;
  /** What we sent, of all connections. */
  sent = '';
  connections = 0;
  /** Neither side hears of the other any more, and nobody closes. */
  isSilent = false;
  /** New connections are closed at once. */
  isClosed = false;
  /** Asked for what the server said before we hear it; false drops it, and everything after it. */
  allow: (text: string) => Promise<boolean> = async () => true;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.port = port;
  }

  static async start(target: number): Promise<Relay> {
    const server = createServer((socket) => relay.#join(socket, target)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = new Relay((server.address() as AddressInfo).port);
    onTestFinished(() => {
      server.close();
      relay.cut();
    });
    return relay;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get open(): number {
    return this.#sockets.size;
  }

  #join(ours: Socket, target: number): void {
    this.connections += 1;
    if (this.isClosed) {
      ours.destroy();
      return;
    }
    const theirs = connect(target, '127.0.0.1');
    let order = Promise.resolve(true);
    for (const socket of [ours, theirs]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (this.isSilent) return;
        order = order.then((isOn) => {
          ours.destroy();
          theirs.destroy();
          return isOn;
        });
      });
    }
    ours.on('data', (bytes) => {
      this.sent += bytes.toString('latin1');
      if (!this.isSilent) theirs.write(bytes);
    });
    theirs.on('data', (bytes) => {
      order = order.then(async (isOn) => {
        const goesOn = isOn && (await this.allow(bytes.toString()));
        if (goesOn && !this.isSilent) ours.write(bytes);
        return goesOn;
      });
    });
  }
}
