// eAPI as EOS speaks it: JSON-RPC 2.0 `runCmds` over HTTP POST /command-api. It carries; what commands do is
// decided by the command line.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CliRefusal, CliSession, type EosCli } from './eos-cli.js';

const BODY_LIMIT = 32 * 1024 * 1024;

const REFUSAL_CODES = {
  'could not run command': 1000,
  'invalid command': 1002,
  'unconverted command': 1003,
} as const;

/** A JSON-RPC error: its code and EOS's words. */
interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: readonly unknown[];
}

interface RunCmds {
  readonly commands: readonly { readonly cmd: string; readonly input: string }[];
  readonly format: 'json' | 'text';
}

/**
 * An HTTP server that answers eAPI requests; where it listens is up to the caller.
 * @param authenticates whether a caller must name a user of privilege 15, as everywhere but on the unix socket
 */
export function createCommandApi(cli: EosCli, authenticates: boolean): Server {
  return createServer((request, response) => {
    answer(cli, authenticates, request, response).catch((error: unknown) => {
      send(response, 500, 'text/plain', String(error));
    });
  });
}

async function answer(
  cli: EosCli,
  authenticates: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (authenticates && !isKnown(cli, request.headers.authorization)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="COMMAND_API_AUTH"');
    return send(
      response,
      401,
      'text/plain',
      'Unable to authenticate user: Bad username/password combination\n',
    );
  }
  if (request.url !== '/command-api') return send(response, 404, 'text/plain', 'Not Found\n');
  if (request.method !== 'POST') {
    response.setHeader('Allow', 'POST');
    return send(response, 405, 'text/plain', 'Method Not Allowed\n');
  }
  send(response, 200, 'application/json', JSON.stringify(await respond(cli, body)));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error('request too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isKnown(cli: EosCli, authorization: string | undefined): boolean {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return false;
  const [, user = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return cli.authenticates(user, password);
}

async function respond(cli: EosCli, body: string): Promise<Record<string, unknown>> {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return rpcError(null, { code: -32700, message: 'Parse error' });
  }
  if (!isObject(request) || request.jsonrpc !== '2.0' || typeof request.method !== 'string') {
    return rpcError(null, { code: -32600, message: 'Invalid request' });
  }
  const id = request.id ?? null;
  if (request.method !== 'runCmds') {
    return rpcError(id, { code: -32601, message: `Method '${request.method}' not found` });
  }
  const call = readParams(request.params);
  if ('code' in call) return rpcError(id, call);
  return runCommands(cli, id, call);
}

async function runCommands(cli: EosCli, id: unknown, call: RunCmds): Promise<Record<string, unknown>> {
  const session = new CliSession('eAPI', false);
  const results: unknown[] = [];
  for (const { cmd, input } of call.commands) {
    try {
      const done = await cli.execute(session, cmd, input);
      if (call.format === 'json' && isUnconverted(cmd)) {
        throw new CliRefusal('unconverted command', [
          "Command cannot be used over the API at this time. To see ASCII output, set format='text' in your request",
        ]);
      }
      results.push(call.format === 'text' ? { output: done.text } : done.json);
    } catch (error) {
      if (!(error instanceof CliRefusal)) throw error;
      const message = `CLI command ${results.length + 1} of ${call.commands.length} '${cmd}' failed: ${error.kind}`;
      const data = [...results, { errors: error.errors }];
      return rpcError(id, { code: REFUSAL_CODES[error.kind], message, data });
    }
  }
  return { jsonrpc: '2.0', id, result: results };
}

/** Output that EOS has as text only. */
function isUnconverted(command: string): boolean {
  return /^\s*sh\S* .*\|/.test(command) || /^\s*sh\S* run\S* sec/.test(command);
}

/** Parameters by name or, as older clients send them, by position. */
function readParams(params: unknown): RunCmds | RpcError {
  const [version, cmds, format] = Array.isArray(params)
    ? params
    : isObject(params)
      ? [params.version, params.cmds, params.format]
      : [];
  if (version !== 1 && version !== 'latest') return invalidParams(`version ${JSON.stringify(version)}`);
  if (!Array.isArray(cmds) || cmds.length === 0) return invalidParams('cmds is no list of commands');
  if (format !== undefined && format !== 'json' && format !== 'text') return invalidParams('format');
  const commands: { cmd: string; input: string }[] = [];
  for (const entry of cmds) {
    const command: Record<string, unknown> = isObject(entry) ? entry : { cmd: entry };
    if (typeof command.cmd !== 'string') return invalidParams('a command is no string');
    commands.push({ cmd: command.cmd, input: typeof command.input === 'string' ? command.input : '' });
  }
  return { commands, format: format ?? 'json' };
}

function invalidParams(what: string): RpcError {
  return { code: -32602, message: `Invalid params: ${what}` };
}

function rpcError(id: unknown, error: RpcError): Record<string, unknown> {
  return { jsonrpc: '2.0', id, error };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
