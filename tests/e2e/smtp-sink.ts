// A mail server for tests that takes every mail and sends none. It knows as much SMTP (RFC 5321) as Python's smtplib.
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { TestContext } from 'vitest';

/** A mail as it came in. */
export interface Mail {
  readonly sender: string;
  readonly receivers: readonly string[];
  /** Headers and body, lines ended by LF. */
  readonly content: string;
}

/** Starts a mail server that ends with the test. */
export async function startSmtpSink(context: TestContext): Promise<{ address: string; mails: Mail[] }> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    take(socket, mails);
  });
  context.onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { address: `127.0.0.1:${port}`, mails };
}

function take(socket: Socket, mails: Mail[]): void {
  let sender = '';
  let receivers: string[] = [];
  let content: string[] | undefined;
  socket.write('220 sink\r\n');
  createInterface(socket).on('line', (line) => {
    if (content) {
      if (line !== '.') {
        content.push(line.replace(/^\./, ''));
        return;
      }
      mails.push({ sender, receivers, content: content.join('\n') });
      content = undefined;
    }
    const address = /<(.*)>/.exec(line)?.[1] ?? '';
    if (/^MAIL /i.test(line)) sender = address;
    if (/^RCPT /i.test(line)) receivers = [...receivers, address];
    if (/^DATA/i.test(line)) content = [];
    socket.write(content ? '354 go on\r\n' : /^QUIT/i.test(line) ? '221 bye\r\n' : '250 fine\r\n');
  });
}
