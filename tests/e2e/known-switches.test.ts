// Switches that somebody named before they boot: by serial number or system MAC, by a folder of their own, by a stored
// startup-config.
import { symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { postNode } from '../fixtures/request.js';
import { startServer } from './server-process.js';
import { addConfig, leafCabling, leafTopology, serial, siteOf } from './sites.js';
import { provision, readConsole, unpackSwitch } from './switches.js';

const borderDefinition = `name: border
actions:
  - action: replace_config
    attributes: {url: files/configs/border.cfg}
  - action: add_config
    attributes: {url: files/mac.template, variables: {mac: test('mac')}}
`;
const borderFiles = {
  'definitions/border': borderDefinition,
  'files/configs/border.cfg': 'hostname border$1\r\n',
  'files/mac.template': '! resource: $mac\n',
};

describe.concurrent('a switch known by name', () => {
  test('gets the definition of the pattern with its serial number, not of one that fits too', async (context) => {
    const neighbordb = `${leafTopology.neighbordb}  - name: this one
    definition: border
    node: ${serial}
    interfaces: [any: dc1-spine1]
`;
    const server = await startServer(context, { files: { ...leafTopology, ...borderFiles, neighbordb } });
    const border = await unpackSwitch(context, { neighbors: leafCabling });
    const { startupConfig } = await provision(border, server.url);
    expect(startupConfig).toBe(`hostname border$1\r\n! resource: ${serial}:mac\n`);
    expect(server.said(serial)).toEqual([
      expect.stringMatching(/^INFO bootstrap sent to 127\.0\.0\.1 \(says: model /),
      'INFO registered: pattern "this one" (neighbordb line 9) matched, definition definitions/border',
      `INFO definition sent: 2 actions, test('mac') = "${serial}:mac"`,
      'INFO actions/replace_config to 127.0.0.1',
      'INFO files/configs/border.cfg to 127.0.0.1, 19 bytes',
      'INFO actions/add_config to 127.0.0.1',
      'INFO files/mac.template to 127.0.0.1, 17 bytes',
    ]);
  });

  test('without a serial number, as vEOS has none, is known by its system MAC', async (context) => {
    const neighbordb = 'patterns: [{name: lab, definition: border, node: "00:1C:73:AB:CD:EF"}]\n';
    const settings = { identifier: 'systemmac' };
    const server = await startServer(context, { files: { ...borderFiles, neighbordb }, settings });
    const veos = await unpackSwitch(context, {
      model: 'vEOS-lab',
      serial: '',
      systemMac: '00:1c:73:ab:cd:ef',
    });
    const outcome = await provision(veos, server.url);
    expect(outcome.startupConfig).toBe('hostname border$1\r\n! resource: 001c73abcdef:mac\n');
    expect(readConsole(outcome, server.url)).toContain(
      '00:1c:73:ab:cd:ef: registered as 001c73abcdef; asking for the definition',
    );
    expect(JSON.parse(server.read('nodes/001c73abcdef/.node'))).toMatchObject({
      model: 'vEOS-lab',
      systemmac: '001c73abcdef',
    });
  });
});

describe.concurrent('a switch with a folder of its own', () => {
  test('gets the definition in it, whatever the neighbordb says', async (context) => {
    const site = siteOf([addConfig('one.cfg')], { 'files/one.cfg': 'hostname one\n' });
    const server = await startServer(context, { files: { ...leafTopology, ...site } });
    const leaf = await unpackSwitch(context, { neighbors: leafCabling });
    expect((await provision(leaf, server.url)).startupConfig).toBe('hostname one\n');
    expect(server.said(serial)).toContain('INFO known node: facts rewritten');
    expect(JSON.parse(server.read(`nodes/${serial}/.node`)).neighbors).toEqual(leafCabling);
  });

  test('gets its stored startup-config and the actions marked always_execute, no others', async (context) => {
    const site = siteOf(
      [
        { action: 'no_such_action' },
        { ...Object(addConfig('banner.cfg')), always_execute: true },
        { action: 'no_such_action', always_execute: false },
      ],
      {
        [`nodes/${serial}/startup-config`]: 'hostname stored\n! bytes as they are: \xe9 $x\n',
        'files/banner.cfg': '! always\n',
      },
    );
    const server = await startServer(context, { files: site });
    const leaf = await unpackSwitch(context);
    const outcome = await provision(leaf, server.url);
    expect(outcome.startupConfig).toBe('hostname stored\n! bytes as they are: \xe9 $x\n! always\n');
    expect(readConsole(outcome, server.url)).toEqual(
      expect.arrayContaining([
        `${serial}: definition static: replace_config, add_config`,
        expect.stringMatching(/action 1 of 2: replace_config/),
        expect.stringMatching(/action 2 of 2: add_config/),
      ]),
    );
  });

  test('a stored startup-config needs no definition', async (context) => {
    const files = {
      [`nodes/${serial}/startup-config`]: 'hostname stored\n',
      [`nodes/${serial}/pattern`]: 'name: any\n',
    };
    const server = await startServer(context, { files });
    const leaf = await unpackSwitch(context);
    expect((await provision(leaf, server.url)).startupConfig).toBe('hostname stored\n');
  });

  test('a replacement that is linked to its predecessor gets what that had', async (context) => {
    const site = siteOf([], { [`nodes/${serial}/startup-config`]: 'hostname stored\n' });
    const server = await startServer(context, { files: site });
    symlinkSync(serial, `${server.root}/nodes/SIM00000002`);
    const replacement = await unpackSwitch(context, { serial: 'SIM00000002' });
    expect((await provision(replacement, server.url)).startupConfig).toBe('hostname stored\n');
  });

  test('one that was made by POSTing a config gets that config', async (context) => {
    const server = await startServer(context, { files: leafTopology });
    const answer = await postNode(server.url, { serialnumber: serial, config: 'hostname posted\n' });
    expect(answer.status).toBe(201);
    const leaf = await unpackSwitch(context);
    expect((await provision(leaf, server.url)).startupConfig).toBe('hostname posted\n');
  });
});
