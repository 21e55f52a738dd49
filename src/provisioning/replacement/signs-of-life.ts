// When a node last gave a sign of life, and from where: requests that this server saw, and what the journal knows of others.

import { connect } from 'node:net';
import type { Journal } from '../../ports/journal.js';
import type { RecordType } from '../../wire/journal-record.js';

/** A sign of life. */
export interface Sign {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly address: string | null;
}

/** Nodes that are remembered; the one that was silent for longest is let go. */
const mostNodes = 50_000;

/** Requests of this process, by the node whose id was in them. */
export class SignsOfLife {
  readonly #last = new Map<string, Sign>();

  /** A request under a node's id. */
  note(node: string, address: string): void {
    this.#last.delete(node);
    this.#last.set(node, { at: Date.now(), address });
    if (this.#last.size <= mostNodes) return;
    for (const oldest of this.#last.keys()) {
      this.#last.delete(oldest);
      return;
    }
  }

  last(node: string): Sign | null {
    return this.#last.get(node) ?? null;
  }
}

/** Records that a node itself gave cause for. What the server concludes from silence is none of them. */
const signs: readonly RecordType[] = [
  'contacted',
  'registered',
  'refused',
  'definition-sent',
  'definition-refused',
  'action-started',
  'action-succeeded',
  'action-failed',
  'download',
  'log',
  'config-saved',
];

/**
 * A node's last sign of life; null if nothing is known of any.
 * @param seen what this process saw
 * @throws ZtpError `read-failed`
 */
export async function findLastSign(
  journal: Pick<Journal, 'flush' | 'runs' | 'records'>,
  node: string,
  seen: Sign | null,
): Promise<Sign | null> {
  await journal.flush();
  const [runs, records] = await Promise.all([
    journal.runs({ node, limit: 5 }),
    journal.records({ node, types: signs, limit: 20 }),
  ]);
  const found: Sign[] = [
    ...(seen ? [seen] : []),
    ...runs.map(({ lastSignAt, address }) => ({ at: Date.parse(lastSignAt), address })),
    ...records.map(({ at, repeatedAt, address }) => ({ at: Date.parse(repeatedAt ?? at), address })),
  ].sort((one, other) => other.at - one.at);
  const [last] = found;
  if (!last) return null;
  return { at: last.at, address: found.find(({ address }) => address !== null)?.address ?? null };
}

/** What a switch that runs answers on: SSH and eAPI. */
const ports = [22, 443];

/** How long an answer may take, in milliseconds. */
const patience = 1_500;

/** The port on which somebody at this address accepts a connection; null if on none. Whoever that is: it is not asked. */
export async function findAnswer(address: string, signal: AbortSignal): Promise<number | null> {
  const answers = await Promise.all(
    ports.map(async (port) => ((await accepts(address, port, signal)) ? port : null)),
  );
  return answers.find((port) => port !== null) ?? null;
}

function accepts(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patience });
    const settle = (answer: boolean): void => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(answer);
    };
    const giveUp = (): void => settle(false);
    socket.once('connect', () => settle(true));
    socket.once('error', giveUp);
    socket.once('timeout', giveUp);
    signal.addEventListener('abort', giveUp);
  });
}
