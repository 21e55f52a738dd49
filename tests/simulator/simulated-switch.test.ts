// A whole simulated switch with a small hand-written bootstrap script, in real namespaces.
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findPython } from '../../src/simulator/find-python.js';
import { SimulatedSwitch, type SimulatedSwitchOptions } from '../../src/simulator/simulated-switch.js';
import { isOrdinaryUser } from '../../src/simulator/switch-namespace.js';
import { findPythons } from '../client/pythons.js';
import { whyNotSimulated } from './can-simulate.js';
import { processesWith, until } from './processes.js';
import { type BootstrapServer, serveBootstrap } from './serve-bootstrap.js';

const ENABLE =
  "FastCli -p 15 -A -c $'configure\\nmanagement api http-commands\\nprotocol unix-socket\\nno shutdown'";

/** Asks eAPI over its socket once it answers, gives up after ten seconds. */
const ASK = `
import json, socket, sys, time
def ask(cmds, path='/var/run/command-api.sock', tries=200):
    for left in range(tries, 0, -1):
        near = socket.socket(socket.AF_UNIX)
        try:
            near.connect(path)
            break
        except (OSError, IOError):
            if left == 1:
                return 'closed'
            time.sleep(0.05)
    body = json.dumps({'jsonrpc': '2.0', 'method': 'runCmds', 'params': {'version': 1, 'cmds': cmds}, 'id': 1}).encode()
    near.sendall(b'POST /command-api HTTP/1.0\\r\\nContent-Length: ' + str(len(body)).encode() + b'\\r\\n\\r\\n' + body)
    text = near.makefile().read()
    return json.loads(text[text.index('{'):])
`;

let missing: string | undefined;
let folder: string;
let marker: string;
let servers: BootstrapServer[] = [];
let switches: SimulatedSwitch[] = [];

beforeAll(async () => {
  missing = await whyNotSimulated();
});

beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
  folder = mkdtempSync(join(tmpdir(), 'simulated-switch-test-'));
  marker = `ztps${randomBytes(6).toString('hex')}`;
});

afterEach(async () => {
  for (const simulated of switches) await simulated.dispose();
  for (const server of servers) await server.close();
  switches = [];
  servers = [];
  rmSync(folder, { recursive: true });
  expect(processesWith(marker)).toEqual([]);
});

function makeSwitch(options: SimulatedSwitchOptions = {}): SimulatedSwitch {
  const simulated = new SimulatedSwitch(options);
  switches.push(simulated);
  return simulated;
}

async function serve(...scripts: readonly (string | number)[]): Promise<BootstrapServer> {
  const server = await serveBootstrap(...scripts);
  servers.push(server);
  return server;
}

/** A bootstrap script in shell, or in Python with what asks eAPI. */
function bash(...lines: readonly string[]): string {
  return `#!/bin/bash\n${lines.join('\n')}\n`;
}

describe('zero-touch provisioning', () => {
  test('runs the served script as root without arguments, then boots its startup-config', async () => {
    const server = await serve(
      bash(
        'echo "arguments: $#, user $(id -u), host $(hostname)"',
        'echo "in two" ; echo "streams" >&2',
        "printf 'hostname leaf1\\n' > /mnt/flash/startup-config",
        'touch /etc/from-ztp /usr/bin/from-ztp /var/log/from-ztp /tmp/from-ztp',
        'echo \'echo "rc.eos: $(ls -d /{etc,usr/bin,var/log,tmp}/from-ztp 2>/dev/null | wc -l) left"\' > /mnt/flash/rc.eos',
      ),
    );
    const lines: string[] = [];
    const texts: string[] = [];
    const simulated = makeSwitch({
      serial: 'S1',
      systemMac: '00:1c:73:aa:bb:cc',
      version: '4.31.2F',
      onConsole: ({ source, text }) => {
        lines.push(`${source}|${text}`);
        texts.push(text);
      },
    });
    const outcome = await simulated.boot(server.url);

    expect(outcome).toMatchObject({ exitCode: 0, attempts: 1, startupConfig: 'hostname leaf1\n' });
    expect(lines.map((line) => line.replace(/bootstrap\.\w+$/, 'bootstrap.X'))).toEqual([
      `eos|fetching ${server.url}/bootstrap`,
      'eos|running /tmp/ztp-bootstrap.X',
      'client|arguments: 0, user 0, host localhost',
      'client|in two',
      'client|streams',
      'eos|the script ended with status 0',
      'eos|rebooting',
      'eos|running /mnt/flash/rc.eos',
      'rc.eos|rc.eos: 0 left',
    ]);
    expect(outcome.console).toEqual(texts);
    expect(simulated.runningConfig).toBe('hostname leaf1\n');
    expect(server.requests).toMatchObject([
      {
        path: '/bootstrap',
        headers: {
          'x-arista-systemmac': '00:1c:73:aa:bb:cc',
          'x-arista-serial': 'S1',
          'x-arista-modelname': 'DCS-7050SX3-48YC8',
          'x-arista-hardwareversion': '11.00',
          'x-arista-softwareversion': '4.31.2F',
          'x-arista-architecture': 'x86_64',
        },
      },
    ]);
  });

  test('starts over after a failure, on the same flash, as often as it is told', async () => {
    const server = await serve(
      bash('echo once > /mnt/flash/seen', 'exit 3'),
      503,
      bash('cat /mnt/flash/seen', 'exit 0'),
    );
    const outcome = await makeSwitch().boot(server.url, { attempts: 5, retryPause: 0 });
    expect(outcome).toMatchObject({ exitCode: 0, attempts: 3 });
    expect(outcome.console).toEqual(
      expect.arrayContaining([
        'the script ended with status 3',
        'starting over in 0 s',
        `no bootstrap script: ${server.url}/bootstrap answered 503: there is no such file`,
        'once',
      ]),
    );
  });

  test('gives the last exit status when every attempt failed, and does not reboot', async () => {
    const server = await serve(bash('exit 7'));
    const outcome = await makeSwitch().boot(server.url, { attempts: 2, retryPause: 0 });
    expect(outcome).toMatchObject({ exitCode: 7, attempts: 2, startupConfig: undefined });
    expect(outcome.console).not.toContain('rebooting');
  });

  test('says why there is no script to run', async () => {
    const server = await serve(bash('true'));
    await server.close();
    const outcome = await makeSwitch().boot(server.url);
    expect(outcome).toMatchObject({ exitCode: null, attempts: 1 });
    expect(outcome.console.at(-1)).toMatch(/^no bootstrap script: .* ECONNREFUSED /);
  });

  test('a script whose interpreter is not there fails', async () => {
    const server = await serve('#!/no/such/interpreter\n');
    const outcome = await makeSwitch().boot(server.url);
    expect(outcome.exitCode).toBeGreaterThan(0);
  });

  test('a switch with a startup-config boots from it and asks nobody', async () => {
    const server = await serve(bash('true'));
    const simulated = makeSwitch({ startupConfig: 'hostname live\n' });
    expect(await simulated.boot(server.url)).toMatchObject({ exitCode: null, attempts: 0 });
    expect(server.requests).toEqual([]);
    expect(simulated.runningConfig).toBe('hostname live\n');
  });
});

describe('isolation', () => {
  test('nothing that the switch writes is on this machine', async () => {
    const places = [
      '/mnt',
      '/mnt/flash',
      '/mnt/usb1',
      '/persist/local',
      '/persist/sys',
      '/tmp',
      '/var/tmp',
      '/run',
      '/var/run',
      '/etc',
      '/usr/bin',
      '/usr/local/bin',
      '/var/log',
      '/home',
      '/root',
      '/opt',
      '/dev/shm',
      '',
    ]; // prettier-ignore
    const passwd = readFileSync('/etc/passwd');
    const server = await serve(
      bash(
        ...places.map((place) => `echo x > ${place}/${marker} || echo "not ${place}"`),
        'echo 1 > /proc/sys/vm/swappiness || echo sealed',
        `echo x > ${process.cwd()}/${marker} || echo sealed`,
        'rm -rf /root/.[a-z]* /home/* /opt/* 2>/dev/null',
        `useradd -M ${marker}; mount -o remount,rw / && echo mounted`,
        'exit 1',
      ),
    );
    const before = hostHomes();
    const simulated = makeSwitch();
    const outcome = await simulated.boot(server.url);
    expect(outcome.console.filter((line) => /^(not |sealed|mounted)/.test(line))).toEqual([
      'sealed',
      'sealed',
    ]);
    for (const place of places) expect(existsSync(`${place}/${marker}`), place).toBe(false);
    expect(existsSync(join(process.cwd(), marker))).toBe(false);
    expect(readFileSync('/etc/passwd')).toEqual(passwd);
    expect(hostHomes()).toEqual(before);
    expect(simulated.readFlash(marker)).toBe('x\n');
  });

  test('the switch sees its own accounts, processes and folders only', async () => {
    const simulated = makeSwitch();
    await simulated.powerOn();
    const { output } = await simulated.shell(
      'id -u; getent passwd admin; getent group eosadmin; ls /tmp /persist /mnt; cat /proc/[0-9]*/cmdline | tr "\\0" " "',
    );
    expect(output).toMatch(
      /^0\nadmin:x:500:88:.*\neosadmin:x:88:\n\/mnt:\ndrive\nflash\nusb1\n\n\/persist:\nlocal\nsys\n\n\/tmp:\n/,
    );
    expect(output).not.toContain('vitest');
  });

  test('a signal from the switch to everybody reaches nobody here', async () => {
    const simulated = makeSwitch();
    await simulated.powerOn();
    await simulated.shell('kill -9 -1');
    expect((await simulated.shell('echo alive')).output).toBe('alive\n');
  });

  test('root has every user id on the switch', async (context) => {
    if (isOrdinaryUser()) context.skip('needs root: sudo npm test -- tests/simulator');
    const simulated = makeSwitch();
    await simulated.powerOn();
    const { output } = await simulated.shell(
      'useradd -d /persist/local/bob -m -g eosadmin bob && su bob -s /bin/sh -c "id -un; id -gn; touch ~/mine"; stat -c %U /persist/local/bob/mine',
    );
    expect(output).toBe('bob\neosadmin\nbob\n');
  });

  test('what goes with the power is gone after a reboot, flash and /persist stay', async () => {
    const simulated = makeSwitch();
    await simulated.powerOn();
    await simulated.shell(
      'for f in /mnt/flash /persist/local /etc /tmp /run /usr/lib /var/log; do touch $f/stays; done',
    );
    await simulated.reboot();
    const { output } = await simulated.shell(
      'ls -d /{mnt/flash,persist/local,etc,tmp,run,usr/lib,var/log}/stays 2>/dev/null',
    );
    expect(output).toBe('/mnt/flash/stays\n/persist/local/stays\n');
  });
});

describe('eAPI on the switch', () => {
  test('is closed until it is enabled, and closed again when it is disabled', async () => {
    const simulated = makeSwitch();
    await simulated.powerOn();
    simulated.writeFlash('ask.py', ASK);
    const ask = (cmds: readonly string[], tries: number): string =>
      `cd /mnt/flash; python3 -c 'from ask import ask; import json; print(json.dumps(ask(json.loads(r"""${JSON.stringify(cmds)}"""), tries=${tries})))'`;
    expect((await simulated.shell(ask(['enable'], 1))).output).toBe('"closed"\n');
    expect((await simulated.shell(ENABLE)).output).toBe('');
    const answer = JSON.parse(
      (await simulated.shell(ask(['enable', 'show version', 'bash id -u', 'xyz'], 200))).output,
    );
    expect(answer).toMatchObject({
      error: {
        code: 1002,
        message: "CLI command 4 of 4 'xyz' failed: invalid command",
        data: [
          {},
          { modelName: 'DCS-7050SX3-48YC8' },
          { messages: ['0\n'] },
          { errors: [expect.any(String)] },
        ],
      },
    });
    await simulated.shell("FastCli -p 15 -c $'configure\\nmanagement api http-commands\\nshutdown'");
    expect((await simulated.shell(ask(['enable'], 1))).output).toBe('"closed"\n');
    expect(simulated.cliLog.map((record) => record.via)).toContain('eAPI');
  });

  test('a live switch has it from its startup-config, for a script that is run by hand', async () => {
    const server = await serve(
      bash(
        'for try in {1..200}; do [ -S /var/run/command-api.sock ] && break; sleep 0.05; done',
        'echo "$0 $*"; ls /var/run/command-api.sock',
      ),
    ); // prettier-ignore
    const live = 'hostname live\n!\nmanagement api http-commands\n   protocol unix-socket\n   no shutdown\n';
    const simulated = makeSwitch({ startupConfig: live });
    const outcome = await simulated.runManually(server.url, ['-n', 'two words']);
    expect(outcome).toMatchObject({ exitCode: 0, startupConfig: live });
    expect(outcome.console).toEqual(
      expect.arrayContaining(['/tmp/bootstrap -n two words', '/var/run/command-api.sock']),
    );
    expect(outcome.console).not.toContain('rebooting');
    expect(simulated.runningConfig).toBe(live);
  });

  test('an old EOS has it on a port of a network that reaches nothing but the server', async (context) => {
    const missingHere = await whyNotSimulated({ version: '4.14.5F' });
    if (missingHere !== undefined) context.skip(missingHere);
    const other = await serve('');
    const server = await serve(
      `#!/usr/bin/env arista-python
import base64, json, subprocess, time
from urllib.request import Request, urlopen
print(subprocess.run(['FastCli', '-p', '15', '-A', '-c', '''configure
username temporary privilege 15 secret s3cret
management api http-commands
protocol unix-socket
protocol http
no shutdown'''], stdout=subprocess.PIPE).stdout.decode())
body = json.dumps({'jsonrpc': '2.0', 'method': 'runCmds', 'params': {'version': 1, 'cmds': ['show version']}, 'id': 1})
call = Request('http://localhost:80/command-api', body.encode())
call.add_header('Authorization', 'Basic ' + base64.b64encode(b'temporary:s3cret').decode())
for left in range(200):
    try:
        print(json.load(urlopen(call))['result'][0]['version'])
        break
    except OSError:
        time.sleep(0.05)
print('status', urlopen('$SERVER/again').status)
try:
    urlopen('${other.url}', timeout=5)
    print('reached')
except OSError:
    print('unreachable')
`,
    );
    const outcome = await makeSwitch({ version: '4.14.5F' }).boot(server.url);
    expect(outcome.console.filter((line) => /^(%|4|status|reach|unreach)/.test(line))).toEqual([
      "% Invalid input (at token 1: 'unix-socket')",
      '4.14.5F',
      'status 200',
      'unreachable',
    ]);
  });
});

describe('Python on the switch', () => {
  test.each(findPythons().all.map((python) => [python.version, python.command]))(
    '%s is the only one, under the names of EOS',
    async (version, command) => {
      const simulated = makeSwitch({ python: command });
      await simulated.powerOn();
      const names = version.startsWith('2.')
        ? ['python', 'python2', 'python2.7']
        : ['arista-python', 'python3'];
      const { output } = await simulated.shell(
        'for name in arista-python python python2 python2.7 python3; do command -v $name >/dev/null && echo $name; done',
      );
      expect(output.trim().split('\n').sort()).toEqual(names.sort());
      const question = 'import sys, json, ssl, socket; print("%d.%d.%d" % sys.version_info[:3])';
      const answers = await simulated.shell(names.map((name) => `${name} -c '${question}'`).join('; '));
      expect(new Set(answers.output.trim().split('\n'))).toEqual(new Set([version]));
    },
  );

  test('one that does not run is refused by name', async () => {
    await expect(findPython('/no/such/python')).rejects.toThrow('/no/such/python is no Python that runs');
  });
});

describe('power and flash', () => {
  test('a cut in mid-run ends every process at once, flash stays, and the switch boots again', async () => {
    const server = await serve(
      bash(
        `echo half > /mnt/flash/half`,
        `bash -c 'exec -a ${marker} sleep 1000' &`,
        'echo waiting',
        'sleep 1000',
      ),
      bash('cat /mnt/flash/half'),
    );
    let cut: Promise<void> | undefined;
    const simulated: SimulatedSwitch = makeSwitch({
      onConsole: ({ text }) => {
        if (text === 'waiting') cut = simulated.kill();
      },
    });
    expect(await simulated.boot(server.url, { attempts: 3 })).toMatchObject({ exitCode: null, attempts: 1 });
    await cut;
    expect(processesWith(marker)).toEqual([]);
    expect(simulated.readFlash('half')).toBe('half\n');
    const again = await simulated.boot(server.url);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.console).toContain('half');
  });

  test('what a script leaves running delays nothing and ends with the reboot', async () => {
    const server = await serve(bash(`bash -c 'exec -a ${marker} sleep 1000' &`, 'exit 0'));
    expect(await makeSwitch().boot(server.url)).toMatchObject({ exitCode: 0 });
    expect(processesWith(marker)).toEqual([]);
  });

  test('a small flash is full when it is full, is seen meanwhile, and is kept', async () => {
    const server = await serve(
      bash(
        'echo $(df -k --output=size /mnt/flash | tail -1)',
        'echo kept > /mnt/flash/kept',
        'echo look',
        'head -c 3000000 /dev/zero > /mnt/flash/big; rm /mnt/flash/big; rm /mnt/flash/boot-config; exit 1',
      ),
    ); // prettier-ignore
    let seen: string | undefined;
    const simulated: SimulatedSwitch = makeSwitch({
      flashSize: 2_097_152,
      onConsole: ({ text }) => {
        if (text === 'look') seen = simulated.readFlash('kept');
      },
    });
    const outcome = await simulated.boot(server.url);
    expect(outcome.console).toContain('2048');
    expect(outcome.console.join('\n')).toContain('No space left on device');
    expect(seen).toBe('kept\n');
    await simulated.kill();
    expect(readdirSync(simulated.flash).sort()).toEqual(['EOS-4.32.2F.swi', 'kept']);
  });

  test('a state folder holds flash, /persist and the record of commands between switches', async () => {
    const stateFolder = join(folder, 'state');
    const server = await serve(
      bash('touch /persist/sys/seen', "FastCli -p 15 -c 'show version' > /mnt/flash/version", 'exit 1'),
    );
    const first = makeSwitch({ stateFolder });
    await first.boot(server.url);
    await first.dispose();
    expect(existsSync(join(stateFolder, 'persist/sys/seen'))).toBe(true);
    expect(readFileSync(join(stateFolder, 'mnt/flash/version'), 'utf8')).toMatch(
      /^Arista DCS-7050SX3-48YC8\n/,
    );
    expect(JSON.parse(readFileSync(join(stateFolder, 'cli.log'), 'utf8'))).toMatchObject({
      command: 'show version',
    });
    const second = makeSwitch({ stateFolder });
    await second.prepare();
    expect(second.readFlash('version')).toContain('Arista');
  });

  test('dispose removes what the switch closed to itself', async () => {
    const simulated = makeSwitch();
    await simulated.powerOn();
    const base = realpathSync(join(simulated.stateFolder, '..'));
    await simulated.shell(
      'mkdir -p /mnt/flash/a/b /etc/c && touch /mnt/flash/a/b/f && chmod 0 /mnt/flash/a/b /mnt/flash/a /etc/c',
    );
    await simulated.dispose();
    expect(existsSync(base)).toBe(false);
    await until(() => processesWith(base).length === 0);
  });
});

/** What is in the folders that a wild script would clear. */
function hostHomes(): string[] {
  return ['/root', '/home', '/opt'].flatMap((place) => {
    try {
      lstatSync(place);
      return readdirSync(place).map((name) => join(place, name));
    } catch {
      return [];
    }
  });
}
