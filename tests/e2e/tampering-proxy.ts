// A proxy between switch and server that spoils chosen exchanges: cut off, altered, held, answered by itself. It keeps
// account of every request. Everything that no rule names goes through unchanged.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'vitest';

/** A request that came by. */
export interface PassedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** What the switch was answered; null while it waits, and for good if it never got a status line. */
  status: number | null;
}

/** An exchange that waits. */
export interface Held {
  /** Resolves once it waits. */
  readonly arrived: Promise<void>;
  /** Lets it go on. */
  release(): void;
}

interface Rule {
  readonly method: string;
  readonly path: string | RegExp;
  /** How many exchanges it still applies to. */
  left: number;
  /** Before the server hears of the request; true if it has been answered. */
  readonly before?: (response: ServerResponse) => Promise<boolean>;
  /** Instead of the server's body. */
  readonly body?: (upstream: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** Starts a proxy that ends with the test. `forwardTo` comes before the first request. */
export async function startProxy(context: TestContext): Promise<TamperingProxy> {
  const proxy = new TamperingProxy();
  context.onTestFinished(() => proxy.close());
  await proxy.listen();
  return proxy;
}

/** A running proxy; `startProxy` makes it. */
export class TamperingProxy {
  readonly requests: PassedRequest[] = [];
  readonly #server: Server;
  readonly #rules: Rule[] = [];
  readonly #watchers = new Set<() => void>();
  #target = '';
  #broken = 0;

  constructor() {
    this.#server = createServer((incoming, response) => {
      this.#pass(incoming, response).catch(() => this.#breakOff(response));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends requests on to this server from now on. */
  forwardTo(url: string): void {
    this.#target = url;
  }

  /** Breaks the connection off after this many bytes of the body, `times` times. */
  cut(path: string, after: number, times = 1): void {
    this.#add(path, times, {
      body: async (upstream, response) => {
        let left = after;
        for await (const chunk of upstream as AsyncIterable<Buffer>) {
          await write(response, chunk.subarray(0, left));
          left -= chunk.length;
          if (left <= 0) break;
        }
        throw new Error('cut');
      },
    });
  }

  /** Flips a bit of the body's byte at this place, `times` times. */
  flipByte(path: string, at: number, times = Number.POSITIVE_INFINITY): void {
    this.#add(path, times, {
      body: async (upstream, response) => {
        let passed = 0;
        for await (const chunk of upstream as AsyncIterable<Buffer>) {
          const place = at - passed;
          if (place >= 0 && place < chunk.length) chunk[place] = (chunk[place] ?? 0) ^ 1;
          passed += chunk.length;
          await write(response, chunk);
        }
        response.end();
      },
    });
  }

  /** Answers by itself, `times` times. */
  answer(path: string, status: number, headers: Record<string, string> = {}, times = 1): void {
    this.#add(path, times, {
      before: async (response) => {
        response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('the proxy says so\n');
        return true;
      },
    });
  }

  /** Holds the next such request before the server hears of it. */
  hold(path: string, method = 'GET'): Held {
    const { held, wait } = makeHeld();
    const before = async (): Promise<boolean> => {
      await wait();
      return false;
    };
    this.#add(path, 1, { before }, method);
    return held;
  }

  /** Stalls the next such answer after this many bytes of its body. */
  stall(path: string, after: number): Held {
    const { held, wait } = makeHeld();
    this.#add(path, 1, {
      body: async (upstream, response) => {
        let left = after;
        for await (const chunk of upstream as AsyncIterable<Buffer>) {
          await write(response, left > 0 ? chunk.subarray(0, left) : chunk);
          if (left > 0 && left <= chunk.length) {
            await wait();
            await write(response, chunk.subarray(left));
          }
          left -= chunk.length;
        }
        response.end();
      },
    });
    return held;
  }

  /** Requests of a path, as `METHOD Range-header status`. */
  seen(path: string): string[] {
    return this.requests
      .filter((entry) => entry.path === path)
      .map((entry) => [entry.method, entry.headers.range, entry.status].filter(Boolean).join(' '));
  }

  /** Resolves once this many exchanges broke off, counted from the start. */
  waitForBroken(count = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#broken < count) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #add(path: string, times: number, what: Pick<Rule, 'before' | 'body'>, method = 'GET'): void {
    this.#rules.push({ method, path, left: times, ...what });
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming;
    const passed: PassedRequest = { method, path, headers, status: null };
    this.requests.push(passed);
    response.on('error', () => {});
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const rule = this.#rules.find((it) => it.left > 0 && it.method === method && it.path === path);
    if (rule) rule.left -= 1;
    if (await rule?.before?.(response)) {
      passed.status = response.statusCode;
      return;
    }
    const upstream = await this.#forward(method, path, headers, Buffer.concat(chunks));
    passed.status = upstream.statusCode ?? 0;
    response.writeHead(passed.status, upstream.rawHeaders);
    if (rule?.body) return rule.body(upstream, response);
    for await (const chunk of upstream as AsyncIterable<Buffer>) await write(response, chunk);
    response.end();
  }

  #forward(
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
    body: Buffer,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.#target), { method, headers, agent: false }, resolve);
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #breakOff(response: ServerResponse): void {
    response.destroy();
    this.#broken += 1;
    for (const look of [...this.#watchers]) look();
  }
}

function makeHeld(): { held: Held; wait: () => Promise<void> } {
  let arrive = (): void => {};
  let release = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const wait = (): Promise<void> => {
    arrive();
    return released;
  };
  return { held: { arrived, release }, wait };
}

/** Resolves once the system has the bytes. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
