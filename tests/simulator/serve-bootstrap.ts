// A server that has nothing but a hand-written bootstrap script, for tests of the simulated switch itself.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A running server; `answers` are used up in order, the last one for good. */
export interface BootstrapServer {
  readonly url: string;
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/** Serves these scripts, or these statuses, one after the other; `$SERVER` in a script is this server's URL. */
export async function serveBootstrap(...answers: readonly (string | number)[]): Promise<BootstrapServer> {
  const requests: BootstrapServer['requests'] = [];
  let url = '';
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? 404;
    requests.push({ path: request.url ?? '', headers: request.headers });
    response.writeHead(typeof answer === 'number' ? answer : 200, { 'Content-Type': 'text/x-python' });
    response.end(typeof answer === 'number' ? 'there is no such file\n' : answer.replaceAll('$SERVER', url));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
