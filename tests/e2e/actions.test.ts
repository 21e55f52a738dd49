// The built-in actions on a switch: what they leave on it, after the reboot that ends a run.
import { describe, expect, test } from 'vitest';
import { startServer } from './server-process.js';
import { addConfig, serial, siteOf } from './sites.js';
import { startSmtpSink } from './smtp-sink.js';
import { failToProvision, namesOnFlash, provision, readConsole, snapshot, unpackSwitch } from './switches.js';

const end = addConfig('end.cfg');
const endConfig = { 'files/end.cfg': 'hostname x\n' };

describe.concurrent('add_config and replace_config', () => {
  test('write startup-config in the order of the definition; loose mode leaves unknown names', async (context) => {
    const actions = [
      addConfig('lost.cfg'),
      { action: 'replace_config', attributes: { url: 'files/base.cfg' } },
      { action: 'add_config', attributes: { url: 'files/more.cfg', variables: { a: 1, b: [true, null] } } },
    ];
    const server = await startServer(context, {
      files: siteOf(actions, {
        'files/lost.cfg': 'lost\n',
        'files/base.cfg': 'hostname base $a',
        'files/more.cfg': '! $a ${b} $unknown $$ $-',
      }),
    });
    const { startupConfig } = await provision(await unpackSwitch(context), server.url);
    expect(startupConfig).toBe('hostname base $a\n! 1 [True, None] $unknown $ $-\n');
  });

  test('in strict mode a name without a value fails the run, which leaves flash as it was', async (context) => {
    const attributes = { url: 'files/more.cfg', substitution_mode: 'strict', variables: { a: 1 } };
    const files = siteOf([end, { action: 'add_config', attributes }], {
      ...endConfig,
      'files/more.cfg': '! $a\n! $b\n',
    });
    const server = await startServer(context, { files });
    const leaf = await unpackSwitch(context);
    const before = snapshot(leaf.flash);
    const outcome = await failToProvision(leaf, server.url);
    expect(outcome.console).toContain(
      `${serial}: FAILED: action add_config failed: files/more.cfg: line 2: no value for 'b'`,
    );
    expect(snapshot(leaf.flash)).toEqual(before);
  });
});

describe.concurrent('copy_file', () => {
  test('copies to persistent storage at once', async (context) => {
    const actions = [
      {
        action: 'copy_file',
        attributes: { src_url: 'files/key.pem', dst_url: '/mnt/flash/certs', mode: '0600' },
      },
      { action: 'copy_file', attributes: { src_url: 'files/key.pem', dst_url: '/persist/sys' } },
      end,
    ];
    const files = siteOf(actions, { ...endConfig, 'files/key.pem': 'secret\n' });
    const server = await startServer(context, { files });
    const leaf = await unpackSwitch(context);
    await provision(leaf, server.url);
    const { output } = await leaf.shell('stat -c "%a %n" /mnt/flash/certs/*; cat /persist/sys/key.pem');
    expect(output).toBe('600 /mnt/flash/certs/key.pem\nsecret\n');
    expect(namesOnFlash(leaf)).not.toContain('rc.eos');
  });

  test('elsewhere has rc.eos copy it at every boot, by the same rules', async (context) => {
    const actions = [
      {
        action: 'copy_file',
        attributes: { src_url: 'files/hosts', dst_url: '/etc/hosts', mode: '0640', overwrite: 'backup' },
      },
      {
        action: 'copy_file',
        attributes: { src_url: 'files/hosts', dst_url: '/etc/hostname', overwrite: 'if-missing' },
      },
      { action: 'copy_file', attributes: { src_url: 'files/hosts', dst_url: '/var/new folder/' } },
      end,
    ];
    const files = siteOf(actions, { ...endConfig, 'files/hosts': '192.0.2.1 gateway\n' });
    const server = await startServer(context, { files });
    const leaf = await unpackSwitch(context);
    const { console } = await provision(leaf, server.url);
    const look =
      'cat /etc/hosts; stat -c %a /etc/hosts; cat /etc/hosts.backup /etc/hostname "/var/new folder/hosts"';
    const copied =
      '192.0.2.1 gateway\n640\n127.0.0.1 localhost\n::1 localhost\nlocalhost\n192.0.2.1 gateway\n';
    expect((await leaf.shell(look)).output).toBe(copied);
    await leaf.reboot();
    expect((await leaf.shell(look)).output).toBe(copied);
    expect(console.filter((line) => line.startsWith('rc.eos ended'))).toEqual([]);
  });
});

describe.concurrent('install_image', () => {
  const image = { url: 'files/EOS.swi', version: '4.33.1F' };
  const files = (attributes: Record<string, unknown>) =>
    siteOf([{ action: 'install_image', attributes }, end], { ...endConfig, 'files/EOS.swi': 'an image\n' });

  test('installs another version, which the switch then boots', async (context) => {
    const server = await startServer(context, { files: files(image) });
    const leaf = await unpackSwitch(context, { version: '4.32.2F' });
    await provision(leaf, server.url);
    expect(leaf.readFlash('EOS-4.33.1F.swi')).toBe('an image\n');
    expect(leaf.readFlash('boot-config')).toBe('SWI=flash:/EOS-4.33.1F.swi\n');
    const { output } = await leaf.shell('FastCli -p 15 -c "show version"');
    expect(output).toContain('Software image version: 4.33.1F\n');
  });

  test('replaces a newer version too, under the name of the URL if so asked', async (context) => {
    const attributes = { ...image, version: '4.31.0F', image_name_from_url: true };
    const server = await startServer(context, { files: files(attributes) });
    const leaf = await unpackSwitch(context, { version: '4.32.2F' });
    await provision(leaf, server.url);
    expect(leaf.readFlash('boot-config')).toBe('SWI=flash:/EOS.swi\n');
    expect(leaf.cliLog.map(({ command }) => command)).toContain('install source flash:EOS.swi');
  });

  test.for([
    ['4.33.1F', image, 'install_image: version 4.33.1F is running already'],
    [
      '4.34.0F',
      { ...image, downgrade: false },
      'install_image: running version 4.34.0F is newer than 4.33.1F and stays',
    ],
  ] as const)('does nothing on %s if it need not', async ([version, attributes, said], context) => {
    const server = await startServer(context, { files: files(attributes) });
    const leaf = await unpackSwitch(context, { version });
    const outcome = await provision(leaf, server.url);
    expect(outcome.console).toContain(`${serial}: ${said}`);
    expect(namesOnFlash(leaf)).toEqual([`EOS-${version}.swi`, 'boot-config', 'startup-config']);
    expect(server.said(serial).join('\n')).not.toContain('EOS.swi');
  });
});

describe.concurrent('install_extension and install_cli_plugin', () => {
  test('an extension is entered once, forced if so asked', async (context) => {
    const install = (url: string, force?: boolean | string) => ({
      action: 'install_extension',
      attributes: { url, force },
    });
    const actions = [
      install('files/agent-1.2.swix'),
      install('files/plain.rpm'),
      install('files/agent-1.2.swix', 'true'),
      end,
    ];
    const files = { ...endConfig, 'files/agent-1.2.swix': 'agent\n', 'files/plain.rpm': 'plain\n' };
    const server = await startServer(context, { files: siteOf(actions, files) });
    const leaf = await unpackSwitch(context);
    await provision(leaf, server.url);
    expect(leaf.readFlash('boot-extensions')).toBe('agent-1.2.swix force\nplain.rpm\n');
    expect(leaf.readFlash('.extensions/agent-1.2.swix')).toBe('agent\n');
    expect(leaf.readFlash('.extensions/plain.rpm')).toBe('plain\n');
  });

  test("a plugin lies in the CliPlugin folder of the switch's Python after every boot", async (context) => {
    const actions = [{ action: 'install_cli_plugin', attributes: { url: 'files/ShowFacts.py' } }, end];
    const files = siteOf(actions, { ...endConfig, 'files/ShowFacts.py': 'facts = 1\n' });
    const server = await startServer(context, { files });
    const leaf = await unpackSwitch(context);
    await provision(leaf, server.url);
    const { output } = await leaf.shell(
      'cd /usr/lib/python*/site-packages/CliPlugin && stat -c "%a %n" *.py && cat *.py',
    );
    expect(output).toBe('644 ShowFacts.py\nfacts = 1\n');
  });
});

describe.concurrent('run_bash_script and run_cli_commands', () => {
  test('a script runs as root with its variables', async (context) => {
    const actions = [
      { action: 'run_bash_script', attributes: { url: 'files/make.sh', variables: { label: 'data' } } },
      end,
    ];
    const script = '#!/bin/bash\necho "$label $$(id -u) $$#" > /mnt/flash/label\n';
    const server = await startServer(context, {
      files: siteOf(actions, { ...endConfig, 'files/make.sh': script }),
    });
    const leaf = await unpackSwitch(context);
    await provision(leaf, server.url);
    expect(leaf.readFlash('label')).toBe('data 0 0\n');
  });

  test('a script that fails ends the run with its status and its output', async (context) => {
    const actions = [end, { action: 'run_bash_script', attributes: { url: 'files/make.sh' } }];
    const script = 'echo half > /mnt/flash/label\necho "no drive" >&2\nexit 3\n';
    const server = await startServer(context, {
      files: siteOf(actions, { ...endConfig, 'files/make.sh': script }),
    });
    const leaf = await unpackSwitch(context);
    const before = snapshot(leaf.flash);
    const { console } = await failToProvision(leaf, server.url);
    const failed = console.findIndex((line) => line.startsWith(`${serial}: FAILED`));
    expect(console.slice(failed, failed + 2)).toEqual([
      `${serial}: FAILED: action run_bash_script failed: RuntimeError: files/make.sh: exit code 3`,
      `${serial}: no drive`,
    ]);
    expect(snapshot(leaf.flash)).toEqual(before);
  });

  test('commands run in one session from enable mode', async (context) => {
    const actions = [
      { action: 'run_cli_commands', attributes: { url: 'files/commands', variables: { name: 'vlan10' } } },
      end,
    ];
    const commands = '! a comment\nconfigure\n\ninterface $name\n   description $$10\nend\nwrite memory\n';
    const server = await startServer(context, {
      files: siteOf(actions, { ...endConfig, 'files/commands': commands }),
    });
    const leaf = await unpackSwitch(context);
    await provision(leaf, server.url);
    const told = leaf.cliLog.filter(({ via }) => via === 'eAPI').map(({ command }) => command);
    expect(told).toEqual(
      expect.arrayContaining(['configure', 'interface vlan10', 'description $10', 'end', 'write memory']),
    );
  });

  test('a command that EOS refuses ends the run with its words', async (context) => {
    const actions = [end, { action: 'run_cli_commands', attributes: { url: 'files/commands' } }];
    const server = await startServer(context, {
      files: siteOf(actions, { ...endConfig, 'files/commands': 'show version\nnonsense here\n' }),
    });
    const { console } = await failToProvision(await unpackSwitch(context), server.url);
    expect(console).toContain(
      `${serial}: FAILED: action run_cli_commands failed: command 'nonsense here' was refused: Invalid input (at token 0: 'nonsense')`,
    );
  });
});

describe.concurrent('other actions', () => {
  test('send_email sends a mail with files and output of commands', async (context) => {
    const { address, mails } = await startSmtpSink(context);
    const attributes = {
      smarthost: address,
      sender: 'ztp@example.com',
      receivers: 'noc@example.com, lab@example.com',
      body: 'It is ready.',
      attachments: ['/mnt/flash/startup-config', '/mnt/flash/missing'],
      commands: ['show version'],
    };
    const server = await startServer(context, {
      files: siteOf([end, { action: 'send_email', attributes }], endConfig),
    });
    const outcome = await provision(await unpackSwitch(context), server.url);
    const [mail] = mails;
    expect(mails.length).toBe(1);
    expect(mail).toMatchObject({
      sender: 'ztp@example.com',
      receivers: ['noc@example.com', 'lab@example.com'],
    });
    expect(mail?.content).toMatch(/^Subject: ZTP Bootstrap$/m);
    expect(mail?.content).toContain(Buffer.from('It is ready.').toString('base64'));
    expect(mail?.content).toMatch(/filename="startup-config"[\s\S]*aG9zdG5hbWUgeAo=/);
    expect(mail?.content).toContain('filename="show-version.txt"');
    expect(outcome.console).toContainEqual(
      expect.stringContaining('send_email: attachment /mnt/flash/missing is left out'),
    );
  });

  test('configure_ansible_client makes a user that is there after every boot', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('a switch needs several user ids: sudo npm test');
    const attributes = { user: 'robot', passwd: 'pa$$ word', key: 'files/robot.pub' };
    const files = siteOf([{ action: 'configure_ansible_client', attributes }, end], {
      ...endConfig,
      'files/robot.pub': 'ssh-ed25519 AAAA robot@example\n',
    });
    const server = await startServer(context, { files });
    const leaf = await unpackSwitch(context);
    await provision(leaf, server.url);
    const look =
      'id -un robot; id -gn robot; cd /persist/local/robot && stat -c "%a %U:%G %n" . .ssh .ssh/authorized_keys; ' +
      'cat .ssh/authorized_keys; grep -c "^robot:[$]" /etc/shadow';
    const found = [
      'robot',
      'eosadmin',
      '755 robot:eosadmin .',
      '700 robot:eosadmin .ssh',
      '600 robot:eosadmin .ssh/authorized_keys',
      'ssh-ed25519 AAAA robot@example',
      '1',
    ];
    expect((await leaf.shell(look)).output.trim().split('\n')).toEqual(found);
    await leaf.reboot();
    expect((await leaf.shell(look)).output.trim().split('\n')).toEqual(found);
  });

  test('template, as it is, only logs', async (context) => {
    const actions = [{ action: 'template', attributes: { text: 'it works' } }, end];
    const server = await startServer(context, { files: siteOf(actions, endConfig) });
    const outcome = await provision(await unpackSwitch(context), server.url);
    expect(readConsole(outcome, server.url)).toContain(`${serial}: template: it works`);
  });

  test('an action that the data root lacks fails the run, with the reason', async (context) => {
    const server = await startServer(context, { files: siteOf([end, { action: 'nothing' }], endConfig) });
    const outcome = await failToProvision(await unpackSwitch(context), server.url);
    expect(readConsole(outcome, server.url)).toContain(
      `${serial}: FAILED: action nothing failed: GET SERVER/meta/actions/nothing: 404 Not Found, missing-file, ` +
        'there is no file actions/nothing',
    );
  });
});
