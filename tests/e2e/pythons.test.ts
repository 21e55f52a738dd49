// One whole provisioning on each Python of this machine: what EOS had in 2011 and what it has today.
import { describe, expect, test } from 'vitest';
import { findPythons } from '../client/pythons.js';
import { namedJson, usesJsonRpc, usesSix } from './older-actions.js';
import { startServer } from './server-process.js';
import { leafCabling, leafConfig, leafSite, leafTopology, serial } from './sites.js';
import { provision, unpackSwitch } from './switches.js';

const { chosen, missing } = findPythons();

/** After the leaf's actions: each built-in one that a switch of any user can run, and those of old make. */
const everyAction = [
  { action: 'copy_file', attributes: { src_url: 'files/note', dst_url: '/mnt/flash/notes' } },
  { action: 'copy_file', attributes: { src_url: 'files/note', dst_url: '/etc', mode: '0600' } },
  { action: 'install_extension', attributes: { url: 'files/note' } },
  { action: 'install_cli_plugin', attributes: { url: 'files/note' } },
  { action: 'install_image', attributes: { url: 'files/note', version: '4.99.0F' } },
  { action: 'run_bash_script', attributes: { url: 'files/script', variables: { what: '\u00e9' } } },
  { action: 'run_cli_commands', attributes: { url: 'files/commands' } },
  { action: 'uses_six', attributes: { names: { six: 'there' } } },
  { action: 'uses_jsonrpc' },
  { action: 'json' },
];

describe.concurrent.each(chosen)('on Python $version', ({ command, version }) => {
  test('a leaf is provisioned with every kind of action', async (context) => {
    const definition = leafSite['definitions/leaf']
      ?.toString()
      .replace(
        'attributes:\n  domain',
        `${everyAction.map((action) => `  - ${JSON.stringify(action)}\n`).join('')}attributes:\n  domain`,
      );
    const files = {
      ...leafSite,
      'definitions/leaf': definition ?? '',
      'files/note': 'note \u00e9\n',
      'files/script': 'echo "$what" > /mnt/flash/from-script\n',
      'files/commands': 'show version\n',
      'actions/uses_six': usesSix,
      'actions/uses_jsonrpc': usesJsonRpc,
      'actions/json': namedJson,
    };
    const server = await startServer(context, { files });
    const leaf = await unpackSwitch(context, { python: command, neighbors: leafCabling });
    const outcome = await provision(leaf, server.url);
    expect(outcome.startupConfig).toBe(
      `${leafConfig('192.0.2.11/24')}! six there\n! 192.0.2.5:80 True\n! 4.32.2F 4.32.2F\n! {"a": [1]}\n`,
    );
    expect(outcome.console.join('\n')).toContain(`Python ${version}, zero-touch provisioning`);
    for (const name of ['notes/note', '.extensions/note', '.ztp-plugins/note', 'EOS-4.99.0F.swi'])
      expect(leaf.readFlash(name), name).toBe('note \u00e9\n');
    expect(leaf.readFlash('from-script')).toBe('\u00e9\n');
    expect((await leaf.shell('cat /etc/note /usr/lib/python*/site-packages/CliPlugin/note')).output).toBe(
      'note \u00e9\nnote \u00e9\n',
    );
  });

  test('a run that fails leaves a live switch as it was', async (context) => {
    const definition = 'actions: [{action: add_config, attributes: {url: files/none}}]\n';
    const files = { ...leafTopology, 'definitions/leaf': definition };
    const server = await startServer(context, { files });
    const live = await unpackSwitch(context, {
      python: command,
      neighbors: leafCabling,
      startupConfig: 'hostname live\n',
    });
    await live.powerOn();
    const running = live.runningConfig;
    const outcome = await live.runManually(server.url);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.console).toContainEqual(
      expect.stringMatching(/FAILED: action add_config failed: .*missing-file/),
    );
    expect(outcome.startupConfig).toBe('hostname live\n');
    expect(live.runningConfig).toBe(running);
  });
});

describe.each(missing)('on Python $version', ({ reason }) => {
  test('a leaf is provisioned', (context) => context.skip(reason));
});

test('an EOS that has eAPI by HTTP alone is provisioned too', async (context) => {
  const [oldest] = chosen;
  if (!oldest) context.skip('no Python: apt-get install python3');
  const server = await startServer(context, { files: leafSite });
  const old = await unpackSwitch(context, {
    version: '4.14.5F',
    neighbors: leafCabling,
    ...(oldest && { python: oldest.command }),
  });
  const outcome = await provision(old, server.url);
  expect(outcome.startupConfig).toBe(leafConfig('192.0.2.11/24'));
  expect(outcome.console).toContainEqual(expect.stringContaining('this EOS has no eAPI on a unix socket'));
  expect(server.said(serial)).toContainEqual(expect.stringContaining('registered: pattern leaf'));
});
