// Connections across a switch's own network: a small program on the switch takes them, a socket file carries them
// out. Bytes only; nobody here looks into them.
import { connect, createServer, type Server } from 'node:net';
import type { SwitchNamespace } from './switch-namespace.js';

/** The program, for Node.js: every connection to TCP port `argv[2]` goes on to the socket file `argv[3]`. */
export const RELAY_PROGRAM = `
const net = require('net');
const [port, path] = process.argv.slice(2);
const server = net.createServer({ allowHalfOpen: true }, (near) => {
  const far = net.connect({ path, allowHalfOpen: true });
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.pipe(far).pipe(near);
});
server.on('error', (error) => { console.log(error.message); process.exit(1); });
server.listen(Number(port), () => console.log('listening'));
`;

/**
 * Runs the program on the switch until the switch loses power or the process it belongs to is killed.
 * @param command how to start Node.js with the program, on the switch
 * @returns once it listens; the error's text if it cannot
 */
export function startRelay(
  namespace: SwitchNamespace,
  command: readonly string[],
  port: number,
  path: string,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const answer = (line: string): void => resolve(line === 'listening' ? undefined : line);
    namespace.run([...command, String(port), path], { onLine: answer }).then(
      () => resolve('ended'),
      (error: unknown) => resolve(String(error)),
    );
  });
}

/** A server that carries every connection on to a TCP port that this machine reaches. */
export function createOutgoingRelay(host: string, port: number): Server {
  return createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host, port, allowHalfOpen: true });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  });
}
