// `ztps render` beforehand, and a simulated switch that boots afterwards: the same startup-config, byte for byte.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runZtps } from '../cli/run-ztps.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { startServer } from './server-process.js';
import { leafCabling, leafSite } from './sites.js';
import { provision, unpackSwitch } from './switches.js';

const definition = `name: leaf
actions:
  - {action: replace_config, attributes: {url: files/golden.cfg}}
  - action: add_config
    attributes: {url: files/templates/system.template, substitution_mode: strict, variables: {domain: $domain}}
  - action: install_extension
    attributes: {url: files/tool.rpm}
  - action: add_config
    attributes:
      url: files/templates/odd.template
      variables: {mgmt: allocate('management'), vlan: "allocate('vlans', 'a')", other: "allocate('vlans', 'b')", list: [1, it's, 1.5e-7, null, {a: true}]}
attributes: {domain: dc1.example.com}
`;

const files = {
  ...leafSite,
  'definitions/leaf': definition,
  'files/golden.cfg': Buffer.from('! golden \xe9\r\n$domain, no line end', 'latin1'),
  'files/tool.rpm': 'x',
  'files/templates/odd.template':
    '\ufeffinterface Management1\r\n   ip address ${mgmt}\r\nvlan $vlan,$other\n! $list $$ $nope ${mgmt é\n\n',
  'resources/vlans': '0010:\n0020: OTHER\n0030:\n',
};

test('a switch ends with the startup-config that was rendered, with the values that were previewed', async (context) => {
  const server = await startServer(context, { files });
  const folder = makeFolder();
  const conf = join(folder, 'ztpserver.conf');
  writeFileSync(
    conf,
    `[default]\ndata_root = ${server.root}\nserver_url = ${server.url}\n[state]\npath = ${folder}/state\n`,
  );
  const node = join(folder, 'leaf.json');
  writeFileSync(
    node,
    JSON.stringify({ serialnumber: 'SIM00000001', model: 'DCS-7050SX3-48YC8', neighbors: leafCabling }),
  );
  const render = async (what: string) => {
    const { status, out, err } = await runZtps(['--conf', conf, 'render', what, '--json']);
    expect(status, out + err).toBe(0);
    return JSON.parse(out);
  };
  const pools = () => [server.read('resources/management'), server.read('resources/vlans')];
  const before = pools();
  const rendered = await render(node);
  expect(rendered.notes).toEqual([]);
  expect(pools()).toEqual(before);
  expect(server.has('nodes/SIM00000001')).toBe(false);

  const leaf = await unpackSwitch(context, { serial: 'SIM00000001', neighbors: leafCabling });
  await provision(leaf, server.url);
  const { encoding, content } = rendered.startupConfig;
  expect(readFileSync(join(leaf.flash, 'startup-config'))).toEqual(Buffer.from(content, encoding));
  expect(pools()).toEqual([
    before[0]?.replace('192.0.2.11/24: null', '192.0.2.11/24: SIM00000001'),
    '0010: SIM00000001#a\n0020: OTHER\n0030: SIM00000001#b\n',
  ]);

  const after = pools();
  expect((await render('SIM00000001')).startupConfig).toEqual(rendered.startupConfig);
  expect(pools()).toEqual(after);
});
