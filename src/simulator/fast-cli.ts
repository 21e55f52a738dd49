// FastCli: the small program of that name on the switch, and the listener outside that runs what it was given.
// The program only carries text; what commands do is decided by the command line.
import { createServer, type Server, type Socket } from 'node:net';
import { CliRefusal, CliSession, type EosCli } from './eos-cli.js';
import { SWITCH_FOLDER } from './namespace-script.js';

/** Socket on the switch that leads to the listener. */
const SOCKET = `${SWITCH_FOLDER}/cli.sock`;

/** The program, for Node.js: arguments and, without `-c`, standard input go out; output and status come back. */
export const FAST_CLI_PROGRAM = `
const args = process.argv.slice(2);
const input = args.some((arg) => /^-[a-zA-Z]*c$/.test(arg)) ? '' : require('fs').readFileSync(0, 'utf8');
const socket = require('net').connect(${JSON.stringify(SOCKET)});
let answer = '';
socket.on('error', (error) => { console.error('FastCli: ' + error.message); process.exit(1); });
socket.on('data', (chunk) => { answer += chunk; });
socket.on('end', () => {
  const { output, status } = JSON.parse(answer);
  process.exitCode = status;
  process.stdout.write(output);
});
socket.end(JSON.stringify({ args, input }));
`;

/** A listener for FastCli's calls; where it listens is up to the caller. */
export function createFastCliListener(cli: EosCli): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    answer(cli, socket).catch(() => socket.destroy());
  });
}

async function answer(cli: EosCli, socket: Socket): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) chunks.push(chunk);
  const call: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  socket.end(JSON.stringify(await runFastCli(cli, readCall(call))));
}

function readCall(call: unknown): { args: string[]; input: string } {
  const { args, input } = Object(call) as { args?: unknown; input?: unknown };
  return {
    args: Array.isArray(args) ? args.map(String) : [],
    input: typeof input === 'string' ? input : '',
  };
}

/**
 * Runs a FastCli command line: `-p LEVEL` privilege, `-c COMMANDS` one a line, `-A` and others change nothing here.
 * A refused command is reported and the next one is run, as on a console; the status is then 1.
 */
export async function runFastCli(
  cli: EosCli,
  call: { readonly args: readonly string[]; readonly input: string },
): Promise<{ output: string; status: number }> {
  let privilege = '1';
  let commands = call.input;
  call.args.forEach((arg, index) => {
    const value = call.args[index + 1] ?? '';
    if (/^-[a-zA-Z]*p$/.test(arg)) privilege = value;
    else if (/^-p\d+$/.test(arg)) privilege = arg.slice(2);
    else if (/^-[a-zA-Z]*c$/.test(arg)) commands = value;
  });
  const session = new CliSession('FastCli', privilege === '15');
  let output = '';
  let status = 0;
  const lines = commands.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    let input = '';
    if (/^\s*banner (login|motd)\s*$/.test(line)) {
      const end = lines.indexOf('EOF', index);
      input = lines.slice(index + 1, end < 0 ? undefined : end + 1).join('\n');
      index = end < 0 ? lines.length : end;
    }
    try {
      output += (await cli.execute(session, line, input)).text;
    } catch (error) {
      if (!(error instanceof CliRefusal)) throw error;
      output += error.errors.map((reason) => `% ${reason}\n`).join('');
      status = 1;
    }
  }
  return { output, status };
}
