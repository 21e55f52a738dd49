// `ztps render` as people and scripts run it: the definition that the server then gives, and nothing taken for it.

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../data-root/temporary-folder.js';
import { snapshot } from '../e2e/switches.js';
import { makeDataRoot, serveSite, writeConfig, writeFiles } from '../fixtures/data-root.js';
import { request } from '../fixtures/request.js';
import { runZtps, ztps } from './run-ztps.js';

const actionsFolder = path.resolve(import.meta.dirname, '../../client/actions');

const base = {
  neighbordb: 'patterns:\n  - {name: leaf, definition: leaf, interfaces: [{Ethernet1: spine1}]}\n',
  'definitions/leaf': `name: leaf
actions:
  - action: add_config
    onstart: $greeting
    attributes:
      url: files/system
      substitution_mode: strict
      variables: {domain: $domain}
  - action: add_config
    attributes:
      url: http://ztp.example.com/files/ma1
      variables: {ip: allocate('mgmt'), second: "allocate('mgmt', 'b')", third: "allocate('mgmt', 'c')"}
attributes: {domain: dc1.example.com, greeting: hello}
`,
  'files/system': 'hostname leaf\ndns domain $domain\n',
  'files/ma1': 'ip $ip, $second, $third, $unknown',
  'resources/mgmt': '10.0.0.1:\n10.0.0.2: OTHER\n10.0.0.3:\n10.0.0.4:\n',
};

const report = {
  serialnumber: 'JPE1',
  model: 'DCS-7050SX3',
  neighbors: { Ethernet1: [{ device: 'spine1', port: 'Ethernet1' }] },
};

const settings = 'server_url = http://ztp.example.com\n';

/** A data root with the built-in actions, and `ztps render` on it. */
function makeSite(files: Readonly<Record<string, string | Buffer | null>> = {}, more = '') {
  const root = makeDataRoot();
  cpSync(actionsFolder, path.join(root, 'actions'), { recursive: true });
  writeFiles(root, { ...base, ...files });
  const folder = makeFolder();
  const conf = writeConfig(root, `[default]\n${settings}${more}[state]\npath = ${folder}/state\n`);
  const render = (node: string, ...words: string[]) => runZtps(['--conf', conf, 'render', node, ...words]);
  return {
    root,
    conf,
    render,
    lay(content: unknown): string {
      const file = path.join(folder, 'node.json');
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    async json(node: string) {
      return JSON.parse((await render(node, '--json')).out);
    },
  };
}

describe('ztps render', () => {
  it('shows what a new switch gets, and takes nothing', async () => {
    const { root, render, lay } = makeSite();
    const before = snapshot(root);
    const { status, out, err } = await render(lay(report));
    expect([status, err]).toEqual([0, '']);
    const [headline, ...rest] = out.split('\n');
    expect(headline).toBe('JPE1: pattern leaf (neighbordb line 2) matched, definition definitions/leaf');
    const end = rest.indexOf('}');
    expect(JSON.parse(rest.slice(0, end + 1).join('\n'))).toMatchObject({
      name: 'leaf',
      actions: [{ onstart: 'hello' }, { attributes: { variables: { ip: '10.0.0.1', second: '10.0.0.3' } } }],
    });
    expect(rest.slice(end + 1)).toEqual([
      'resources, none of them taken:',
      '  allocate(\'mgmt\') = "10.0.0.1"',
      "  allocate('mgmt', 'b') = \"10.0.0.3\"",
      "  allocate('mgmt', 'c') = \"10.0.0.4\"",
      'startup-config:',
      'hostname leaf',
      'dns domain dc1.example.com',
      'ip 10.0.0.1, 10.0.0.3, 10.0.0.4, $unknown',
      '',
    ]);
    expect(snapshot(root)).toEqual(before);
  });

  it('shows what the server then gives', async () => {
    const { root, lay, json } = makeSite();
    const file = lay(report);
    const rendered = await json(file);
    const { url } = await serveSite(root, settings);
    await request(url, 'POST', '/nodes', { body: JSON.stringify(report) });
    const answer = await request(url, 'GET', '/nodes/JPE1');
    expect(rendered.definition).toEqual(JSON.parse(answer.body));
    expect(await json('JPE1')).toEqual({
      ...rendered,
      source: 'nodes/JPE1/.node',
      origin: 'nodes/JPE1',
    });
  });

  it('shows the stored startup-config of a node, and what is always done after it', async () => {
    const definition = `actions:
  - {action: add_config, always_execute: true, attributes: {url: files/system}}
  - {action: add_config, attributes: {url: files/ma1}}
attributes: {variables: {domain: x}}
`;
    const { json } = makeSite({
      'nodes/JPE1/.node': JSON.stringify(report),
      'nodes/JPE1/pattern': 'name: any\n',
      'nodes/JPE1/definition': definition,
      'nodes/JPE1/startup-config': 'hostname old',
    });
    const { definition: sent, startupConfig } = await json('JPE1');
    expect(sent.actions).toMatchObject([
      { action: 'replace_config', attributes: { url: 'http://ztp.example.com/nodes/JPE1/startup-config' } },
      { action: 'add_config' },
    ]);
    expect(startupConfig).toEqual({
      encoding: 'utf-8',
      content: 'hostname old\nhostname leaf\ndns domain x\n',
    });
  });

  it('shows the startup-config that a new switch brings along', async () => {
    const { json, lay } = makeSite();
    const { startupConfig, notes } = await json(lay({ ...report, config: 'hostname mine\n' }));
    expect(startupConfig.content).toBe('hostname mine\n');
    expect(notes).toEqual([]);
  });

  it('carries what is no UTF-8', async () => {
    const { json } = makeSite({
      'nodes/JPE1/pattern': 'name: any\n',
      'nodes/JPE1/.node': '{}',
      'nodes/JPE1/startup-config': Buffer.from([0xff, 0x0a]),
    });
    expect((await json('JPE1')).startupConfig).toEqual({ encoding: 'base64', content: '/wo=' });
  });

  it('shows the call of a plugin that can not say its value without giving it', async () => {
    const { root, render, lay } = makeSite({
      'plugins/ipam': "def main(node_id, pool, node):\n    open('called', 'w')\n    return '192.0.2.1'\n",
      'definitions/leaf': `actions:\n  - {action: add_config, attributes: {url: files/ma1, variables: {ip: ipam('leaf')}}}\n`,
    });
    const before = snapshot(root);
    const { status, out } = await render(lay(report));
    expect(status).toBe(0);
    expect(out).toContain("  ipam('leaf') can not be previewed, so the call stands for it\n");
    expect(out).toContain("\nip ipam('leaf'), $second, $third, $unknown\n");
    expect(snapshot(root)).toEqual(before);
  });

  it('counts what the same definition takes from a table', async () => {
    const { root, json, lay } = makeSite({
      db: null,
      'definitions/leaf': `actions: []\nattributes: {a: sqlite('t'), b: "sqlite('t', 'b')"}\n`,
    });
    const database = new Database(path.join(root, 'db/resources.db'));
    database.exec(
      "CREATE TABLE t (key INTEGER, node_id TEXT); INSERT INTO t VALUES (1, NULL), (2, 'X'), (3, NULL)",
    );
    database.close();
    expect((await json(lay(report))).definition.attributes).toEqual({ a: 1, b: 3 });
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['pool-exhausted', { 'resources/mgmt': '10.0.0.1:\n10.0.0.2:\n' }, 'no more free value'],
    ['missing-pool', { 'definitions/leaf': "actions: []\nattributes: {a: allocate('none')}\n" }, 'none'],
    ['invalid-definition', { 'definitions/leaf': 'actions:\n  - {name: x}\n' }, 'definitions/leaf line 2: '],
    ['invalid-yaml', { 'definitions/leaf': 'actions: [\n' }, 'definitions/leaf line '],
    ['no-pattern-matched', { neighbordb: 'patterns: []\n' }, 'neighbordb: no pattern matched'],
  ])('says why it would be refused: %s', async (reason, files, words) => {
    const { render, json, lay } = makeSite(files);
    const file = lay(report);
    const { status, out } = await render(file);
    expect(status).toBe(1);
    expect(out).toContain(`JPE1: would be refused, 400 ${reason}: `);
    expect(out).toContain(words);
    expect(await json(file)).toMatchObject({ refusal: { reason }, definition: null, startupConfig: null });
  });

  it('refuses a folder that was begun and not finished, as POST /nodes does', async () => {
    const { json } = makeSite({ 'nodes/JPE1': null });
    expect((await json('JPE1')).refusal).toMatchObject({ status: 400, reason: 'incomplete-node' });
  });

  it('says of a table that this user can not look, not that the switch is refused', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can be somebody else: sudo npm test');
    const { root, conf, lay } = makeSite({
      db: null,
      'definitions/leaf': "actions: []\nattributes: {a: sqlite('t')}\n",
    });
    const database = new Database(path.join(root, 'db/resources.db'));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (key INTEGER, node_id TEXT)');
    database.close();
    const file = lay(report);
    for (const folder of [root, path.dirname(conf), path.dirname(file)]) chmodSync(folder, 0o755);
    const before = snapshot(root);
    const run = spawnSync(process.execPath, [ztps, '-c', conf, 'render', file], {
      uid: 65_534,
      gid: 65_534,
      env: {},
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toContain('which this user may not: look as the server');
    expect(snapshot(root)).toEqual(before);
  });

  it('says what the server says of a known node that is cabled otherwise', async () => {
    const { root, json } = makeSite({
      'nodes/JPE1/pattern': 'interfaces:\n  - Ethernet1: spine2\n',
      'nodes/JPE1/.node': JSON.stringify(report),
      'nodes/JPE1/definition': 'actions: []\n',
    });
    const { url } = await serveSite(root, settings);
    const answer = await request(url, 'GET', '/nodes/JPE1');
    expect((await json('JPE1')).refusal).toMatchObject({
      status: answer.status,
      reason: answer.headers['x-ztps-reason'],
      message: answer.body.trim(),
    });
  });

  it('notes what it can not see, names the action, and fails where the switch would', async () => {
    const { render, lay } = makeSite({
      'definitions/leaf': `actions:
  - {action: add_config, attributes: {url: "http://elsewhere.example.com/x"}}
  - {action: run_bash_script, attributes: {url: files/x.sh}}
  - {action: add_config, attributes: {url: files/system}}
  - {action: add_config, attributes: {url: files/../neighbordb}}
  - {action: add_config, attributes: {url: files/none}}
`,
    });
    const { status, out } = await render(lay(report));
    expect(status).toBe(1);
    expect(out.split('\n').filter((line) => /^(NOTE|FAILS)/.test(line))).toEqual([
      'NOTE: action 1, add_config: http://elsewhere.example.com/x is on another server: what it holds is not shown',
      'NOTE: action 2, run_bash_script: what it does to startup-config is not known',
      'NOTE: action 4, add_config: files/../neighbordb is no file of files/: what it holds is not shown',
      'FAILS: action 5, add_config: files/none is not there: add it, or name another',
    ]);
    expect(out).toContain('startup-config:\nhostname leaf\ndns domain $domain\n');
  });

  it('lets nothing move the cursor', async () => {
    const evil = '\u001b[2J\u202e\u009b31m';
    const { render, lay } = makeSite({
      'files/system': `hostname ${evil}\n\tindented\n`,
      'definitions/leaf': `name: "\\e[2J\\u202e"\nactions:\n  - {action: add_config, attributes: {url: files/system}}\n`,
    });
    const { out } = await render(lay({ ...report, version: evil }));
    expect(out).toContain('\n\tindented\n');
    expect(out).not.toMatch(/[^\P{C}\n\t]/u);
  });

  it('has help with examples', async () => {
    for (const command of ['explain', 'render']) {
      const { status, out } = await runZtps([command, '--help']);
      expect(status).toBe(0);
      expect(out).toContain('Examples:\n');
      expect((await runZtps([command])).status).toBe(2);
    }
  });
});
