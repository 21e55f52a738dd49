// eAPI and FastCli of a simulated switch, as a client hears them.
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCommandApi } from '../../src/simulator/command-api.js';
import { EosCli } from '../../src/simulator/eos-cli.js';
import { runFastCli } from '../../src/simulator/fast-cli.js';
import { FlashFolder } from '../../src/simulator/flash-folder.js';
import { md5Crypt } from '../../src/simulator/md5-crypt.js';
import { DEFAULT_IDENTITY } from '../../src/simulator/switch-identity.js';

let folder: string;
let cli: EosCli;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-api-'));
  cli = makeCli('4.32.2F');
});

afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  rmSync(folder, { recursive: true });
});

function makeCli(version: string): EosCli {
  return new EosCli({
    identity: { ...DEFAULT_IDENTITY, version },
    flash: new FlashFolder(() => folder),
    recordFile: join(folder, 'cli.log'),
    bash: async (command) => `ran ${command}\n`,
    onConfigured: () => {},
  });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

async function post(body: string, path = '/command-api', auth?: string): Promise<Answer> {
  const socketPath = join(folder, 'api.sock');
  if (!server) {
    server = createCommandApi(cli, auth !== undefined);
    await new Promise<void>((resolve) => server?.listen(socketPath, resolve));
  }
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath, path, method: 'POST', agent: false, ...(auth && { auth }) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

async function runCmds(cmds: readonly unknown[], format?: string): Promise<Record<string, unknown>> {
  const params = { version: 1, cmds, ...(format && { format }) };
  const answer = await post(JSON.stringify({ jsonrpc: '2.0', method: 'runCmds', params, id: 'x' }));
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
  return JSON.parse(answer.text);
}

function fastCli(commands: string, privilege = '15'): Promise<{ output: string; status: number }> {
  return runFastCli(cli, { args: ['-p', privilege, '-A', '-c', commands], input: '' });
}

describe('eAPI', () => {
  test('gives one result a command, `enable` and `configure` empty ones', async () => {
    const answer = await runCmds(['enable', 'show version', 'configure', 'hostname leaf1', 'show hostname']);
    expect(answer).toMatchObject({
      jsonrpc: '2.0',
      id: 'x',
      result: [
        {},
        { modelName: 'DCS-7050SX3-48YC8', serialNumber: 'SIM00000001', version: '4.32.2F' },
        {},
        {},
        { hostname: 'leaf1' },
      ],
    });
  });

  test('gives texts when asked for texts', async () => {
    const answer = await runCmds(['enable', 'show lldp neighbors'], 'text');
    expect(answer.result).toEqual([
      { output: '' },
      { output: expect.stringMatching(/^Port .*\nEthernet49 +dc1-spine1 +Ethernet1\/1 +120\n/) },
    ]);
  });

  test('lists neighbors one an entry, several on one port in their order', async () => {
    const { result } = await runCmds(['show lldp neighbors']);
    expect(result).toMatchObject([
      {
        lldpNeighbors: [
          { port: 'Ethernet49', neighborDevice: 'dc1-spine1', neighborPort: 'Ethernet1/1', ttl: 120 },
          { port: 'Ethernet50', neighborDevice: 'dc1-spine2' },
          { port: 'Management1', neighborDevice: 'dc1-oob1' },
        ],
      },
    ]);
  });

  test('stops at a refused command, says which, and gives what came before', async () => {
    expect(await runCmds(['enable', 'xyz', 'show version'])).toEqual({
      jsonrpc: '2.0',
      id: 'x',
      error: {
        code: 1002,
        message: "CLI command 2 of 3 'xyz' failed: invalid command",
        data: [{}, { errors: ["Invalid input (at token 0: 'xyz')"] }],
      },
    });
    expect(cli.records.map((record) => record.command)).toEqual(['enable', 'xyz']);
  });

  test.each([
    [['configure'], 1002, 'Invalid input (privileged mode required)'],
    [['enable', 'install source flash:EOS-9.swi'], 1000, 'no such file'],
    [['enable', 'copy flash:none startup-config'], 1000, 'No such file or directory'],
    [['enable', 'show running-config | section x'], 1003, "format='text'"],
  ])('refuses %j with code %i', async (cmds, code, reason) => {
    const { error } = await runCmds(cmds);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error)).toContain(reason);
  });

  test('refuses what a test told it to refuse, in EOS words', async () => {
    cli.refuse(/^mlag/, 'Unavailable command (not supported on this hardware platform)');
    const { error } = await runCmds(['enable', 'configure', 'mlag configuration']);
    expect(error).toMatchObject({
      code: 1002,
      data: [{}, {}, { errors: [expect.stringContaining('Unavailable')] }],
    });
  });

  test('takes commands with input and parameters by position', async () => {
    const params = [1, [{ cmd: 'enable', input: 'secret' }, 'show hostname'], 'json'];
    const answer = await post(JSON.stringify({ jsonrpc: '2.0', method: 'runCmds', params, id: 1 }));
    expect(JSON.parse(answer.text)).toMatchObject({ id: 1, result: [{}, { hostname: 'localhost' }] });
  });

  test.each([
    ['no JSON', '{', -32700],
    ['no request', '[]', -32600],
    ['another method', '{"jsonrpc":"2.0","method":"x","id":1}', -32601],
    ['no commands', '{"jsonrpc":"2.0","method":"runCmds","params":{"version":1},"id":1}', -32602],
    [
      'a strange version',
      '{"jsonrpc":"2.0","method":"runCmds","params":{"version":9,"cmds":["x"]},"id":1}',
      -32602,
    ],
  ])('answers %s with a JSON-RPC error', async (_, body, code) => {
    const answer = await post(body);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code } });
  });

  test('has one path', async () => {
    expect(await post('{}', '/')).toMatchObject({ status: 404 });
  });

  test('over HTTP asks for a user of privilege 15, by password or by hash', async () => {
    cli = makeCli('4.14.5F');
    await fastCli(
      `configure\nusername a privilege 15 secret p-w\nusername b privilege 15 secret 5 ${md5Crypt('p2', 'NaCl')}`,
    );
    await fastCli('configure\nusername c privilege 1 secret p-w');
    const body = '{"jsonrpc":"2.0","method":"runCmds","params":{"version":1,"cmds":["enable"]},"id":1}';
    expect(await post(body, '/command-api', 'a:p-w')).toMatchObject({ status: 200 });
    expect(await post(body, '/command-api', 'b:p2')).toMatchObject({ status: 200 });
    for (const other of ['a:x', 'b:p-w', 'c:p-w', 'd:p-w']) {
      expect(await post(body, '/command-api', other)).toMatchObject({ status: 401 });
    }
    // No hash has a hyphen in it.
    expect(cli.runningConfig.render()).not.toContain('p-w');
  });
});

describe('FastCli', () => {
  test('runs lines one after the other and goes on after a refused one', async () => {
    const { output, status } = await fastCli('configure\nxyz\nhostname leaf1\nshow hostname');
    expect(output).toBe("% Invalid input (at token 0: 'xyz')\nHostname: leaf1\nFQDN:     leaf1\n");
    expect(status).toBe(1);
  });

  test('needs privilege to configure', async () => {
    expect(await fastCli('configure', '1')).toMatchObject({
      status: 1,
      output: expect.stringContaining('privileged'),
    });
    expect(await fastCli('enable\nconfigure', '1')).toMatchObject({ status: 0, output: '' });
  });

  test('enables eAPI by its three lines, and takes it back', async () => {
    await fastCli('configure\nmanagement api http-commands\nprotocol unix-socket\nno shutdown');
    expect(cli.unixSocketEnabled()).toBe(true);
    await fastCli('configure\nmanagement api http-commands\nshutdown\nno protocol unix-socket');
    expect(cli.unixSocketEnabled()).toBe(false);
    expect(cli.runningConfig.render()).toBe('');
  });

  test.each(['4.12.0F', '4.14.5F', '4.14.5.1F'])(
    'refuses the unix socket on EOS %s, and has HTTP',
    async (version) => {
      cli = makeCli(version);
      cli.boot();
      const { output } = await fastCli(
        'configure\nmanagement api http-commands\nprotocol unix-socket\nprotocol http\nno shutdown',
      );
      expect(output).toBe("% Invalid input (at token 1: 'unix-socket')\n");
      expect(cli.httpPorts()).toEqual([{ port: 80, authenticates: true }]);
    },
  );

  test('records what it was told, where, and what was refused', async () => {
    await fastCli('configure\ninterface Ethernet1\ndescription x\nexit\nxyz');
    const lines = readFileSync(join(folder, 'cli.log'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(cli.records);
    expect(cli.records.slice(2)).toEqual([
      { via: 'FastCli', command: 'description x', section: ['interface Ethernet1'], refused: null },
      { via: 'FastCli', command: 'exit', section: ['interface Ethernet1'], refused: null },
      { via: 'FastCli', command: 'xyz', section: [], refused: "Invalid input (at token 0: 'xyz')" },
    ]);
  });
});

describe('commands that do something', () => {
  test('install source names the image in boot-config and keeps its other lines', async () => {
    writeFileSync(join(folder, 'boot-config'), 'SWI=flash:/old.swi\nCONSOLESPEED=9600\n');
    writeFileSync(join(folder, 'EOS-4.33.0F.swi'), 'x');
    cli.boot();
    expect(await fastCli('install source flash:EOS-4.33.0F.swi')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'boot-config'), 'utf8')).toBe(
      'SWI=flash:/EOS-4.33.0F.swi\nCONSOLESPEED=9600\n',
    );
    expect(cli.identity.version).toBe('4.32.2F');
    cli.boot();
    expect(cli.identity.version).toBe('4.33.0F');
  });

  test('write memory saves the running configuration, which boots again', async () => {
    await fastCli('configure\nhostname leaf1\nend\nwrite memory');
    cli.boot();
    expect(cli.runningConfig.lines([])).toEqual(['hostname leaf1']);
    await fastCli('write erase');
    cli.boot();
    expect(cli.runningConfig.lines([])).toEqual([]);
  });

  test('bash runs on the switch and prints', async () => {
    expect(await fastCli('bash timeout 10 ls /')).toEqual({ output: 'ran ls /\n', status: 0 });
  });

  test('links on flash are never followed out of it', async () => {
    const outside = join(folder, '..', 'command-api-outside');
    symlinkSync(outside, join(folder, 'startup-config'));
    symlinkSync('/etc', join(folder, 'etc'));
    expect(await fastCli('write memory')).toMatchObject({
      status: 1,
      output: expect.stringContaining('ELOOP'),
    });
    expect(await fastCli('copy running-config flash:etc/motd')).toMatchObject({ status: 1 });
    expect(existsSync(outside)).toBe(false);
    expect(await fastCli('copy flash:../../etc/passwd running-config')).toMatchObject({ status: 1 });
    expect(cli.runningConfig.render()).toBe('');
  });
});

test.each([
  ['a', '$1$abcdefgh$jUYc1Xi7pkozuzWQ0Dft71'],
  ['', '$1$abcdefgh$M55TzYaaccxVGbptZWaxX/'],
  ['secret', '$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1'],
  ['x'.repeat(40), '$1$abcdefgh$qbqmpT5c4yFc3.1Qef15o.'],
])('md5Crypt hashes %j as crypt(3) does', (password, hash) => {
  expect(md5Crypt(password, 'abcdefgh')).toBe(hash);
});
