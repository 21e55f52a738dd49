// `ztps explain` as people and scripts run it: what it says of a switch, its exit status, and that it changes nothing.

import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../data-root/temporary-folder.js';
import { snapshot } from '../e2e/switches.js';
import { makeDataRoot, serveSite, writeConfig, writeFiles } from '../fixtures/data-root.js';
import { request } from '../fixtures/request.js';
import { runZtps, ztps } from './run-ztps.js';

const neighbordb = `variables:
  any_spine: regex('pod1-spine\\d+')
patterns:
  - name: leaf-pod1
    definition: leaf
    model: DCS-7050.*
    interfaces:
      - Ethernet49: pod1-spine1:Ethernet3
      - Ethernet50: $any_spine:any
      - none: oob9:any
  - name: border
    definition: border
    interfaces:
      - Ethernet1: core1
  - name: by id
    definition: leaf
    config-handler: save
    node: JPE7
`;

const facts = {
  serialnumber: 'JPE1',
  model: 'DCS-7050SX3',
  systemmac: '00:1c:73:aa:bb:cc',
  version: '4.32.2F',
  neighbors: {
    Ethernet49: [{ device: 'pod1-spine1', port: 'Ethernet3' }],
    Ethernet50: [{ device: 'pod1-spine2', port: 'Ethernet3' }],
  },
};

/** The cables of both uplinks the other way round. */
const swapped = {
  ...facts,
  neighbors: { Ethernet49: facts.neighbors.Ethernet50, Ethernet50: facts.neighbors.Ethernet49 },
};

/** A data root, files beside it, and `ztps explain` on them. */
function makeSite(files: Readonly<Record<string, string>> = {}, settings = '') {
  const root = makeDataRoot({ neighbordb, 'definitions/leaf': 'actions: []\n', ...files });
  const state = path.join(makeFolder(), 'state');
  const conf = writeConfig(root, `[default]\n${settings}[state]\npath = ${state}\n`);
  const folder = makeFolder();
  const explain = (node: string, ...words: string[]) => runZtps(['--conf', conf, 'explain', node, ...words]);
  return {
    root,
    folder,
    explain,
    /** Lays a file beside the data root. @returns its path */
    lay(name: string, content: unknown): string {
      const file = path.join(folder, name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    async json(node: string, ...words: string[]) {
      return JSON.parse((await explain(node, '--json', ...words)).out);
    },
  };
}

describe('ztps explain of a switch that is not known', () => {
  it('names the pattern that matches, what satisfied each constraint, the variables and the definition', async () => {
    const { root, lay, explain, json } = makeSite();
    const before = snapshot(root);
    const file = lay('leaf.json', facts);
    expect(await explain(file)).toEqual({
      status: 0,
      err: '',
      out: [
        'JPE1: POST /nodes would register it, 201: pattern leaf-pod1 (neighbordb line 4) matched, definition definitions/leaf',
        'neighbordb:',
        'pattern leaf-pod1 (line 4) matches.',
        '  model DCS-7050.*: DCS-7050SX3 is one.',
        '  "Ethernet49: pod1-spine1:Ethernet3" (line 8): satisfied by Ethernet49, connected to pod1-spine1:Ethernet3.',
        '  "Ethernet50: $any_spine:any" (line 9): satisfied by Ethernet50, connected to pod1-spine2:Ethernet3.',
        '  "none: oob9:any" (line 10): holds.',
        "  variable any_spine: regex('pod1-spine\\d+').",
        '  definition: definitions/leaf.',
        '',
      ].join('\n'),
    });
    expect(await json(file)).toMatchObject({
      node: 'JPE1',
      accepted: true,
      registration: { status: 201, reason: null },
      cabling: null,
      neighbordb: {
        outcome: 'match',
        refusal: null,
        patterns: [
          {
            name: 'leaf-pod1',
            line: 4,
            matches: true,
            definition: 'definitions/leaf',
            model: { wanted: 'DCS-7050.*', reported: 'DCS-7050SX3', matches: true },
            constraints: [{ outcome: 'satisfied', interface: 'Ethernet49' }, {}, { outcome: 'holds' }],
            variables: [{ name: 'any_spine', value: "regex('pod1-spine\\d+')" }],
          },
        ],
      },
    });
    expect(snapshot(root)).toEqual(before);
  });

  it('says of every pattern what it lacks, the nearest miss first, and which cables to swap', async () => {
    const { root, lay, explain, json } = makeSite();
    const before = snapshot(root);
    const file = lay('swapped.json', swapped);
    expect(await explain(file)).toEqual({
      status: 1,
      err: '',
      out: [
        'JPE1: POST /nodes would be refused, 400 no-pattern-matched: neighbordb: no pattern matched; nearest miss: pattern leaf-pod1 (line 4): Ethernet49 is connected to pod1-spine2:Ethernet3, wanted pod1-spine1:Ethernet3; swap the cables of Ethernet49 and Ethernet50 and it matches',
        'neighbordb:',
        'no pattern matched; 2 were tried, the nearest miss first:',
        'pattern leaf-pod1 (line 4) does not match: 1 of 3 constraints fails.',
        '  model DCS-7050.*: DCS-7050SX3 is one.',
        '  "Ethernet49: pod1-spine1:Ethernet3" (line 8): left open, Ethernet49 is connected to pod1-spine2:Ethernet3, wanted pod1-spine1:Ethernet3.',
        '  "Ethernet50: $any_spine:any" (line 9): satisfied by Ethernet50, connected to pod1-spine1:Ethernet3.',
        '  "none: oob9:any" (line 10): holds.',
        '  Swap the cables of Ethernet49 and Ethernet50 and it matches.',
        'pattern border (line 11) does not match: 1 of 1 constraints fails.',
        '  "Ethernet1: core1" (line 14): left open, Ethernet1 has no neighbour, wanted core1.',
        '',
      ].join('\n'),
    });
    expect(await json(file)).toMatchObject({
      accepted: false,
      registration: { status: 400, reason: 'no-pattern-matched' },
      neighbordb: {
        outcome: 'no-match',
        tried: 2,
        patterns: [
          { name: 'leaf-pod1', remedy: 'swap the cables of Ethernet49 and Ethernet50 and it matches' },
          { name: 'border', remedy: null },
        ],
      },
    });
    expect(snapshot(root)).toEqual(before);
  });

  it('has all patterns, not the ten nearest, whole through a pipe', async () => {
    const patterns = Array.from(
      { length: 2000 },
      (_, index) => `  - {name: p${index}, definition: d, interfaces: [{Ethernet1: x${index}}]}\n`,
    );
    const { lay, json } = makeSite({ neighbordb: `patterns:\n${patterns.join('')}` });
    const { neighbordb: found } = await json(lay('leaf.json', facts));
    expect(found.tried).toBe(2000);
    expect(found.patterns).toHaveLength(2000);
  });

  it('says what the server says', async () => {
    const { root, lay, json } = makeSite();
    const { url } = await serveSite(root);
    for (const report of [swapped, { ...facts, model: 'DCS-7280' }, { ...facts, serialnumber: 'JPE7' }]) {
      const answer = await request(url, 'POST', '/nodes', { body: JSON.stringify(report) });
      const { registration } = await json(lay('leaf.json', report));
      expect(registration).toEqual({
        status: answer.status,
        reason: answer.headers['x-ztps-reason'],
        message: answer.body.trim(),
      });
    }
  });

  it('names another model than the wanted one', async () => {
    const { lay, explain } = makeSite();
    const { status, out } = await explain(lay('leaf.json', { ...facts, model: 'DCS-7280SR' }));
    expect(status).toBe(1);
    expect(out).toContain('  model DCS-7050.*: no match, the model is DCS-7280SR, wanted DCS-7050.*.\n');
  });

  it('says that a pattern names the node, and that its config-handler is missing', async () => {
    const { root, lay, explain } = makeSite();
    const file = lay('leaf.json', { ...facts, serialnumber: 'JPE7' });
    const refused = await explain(file);
    expect(refused.status).toBe(1);
    expect(refused.out.split('\n').slice(0, 4)).toEqual([
      'JPE7: POST /nodes would be refused, 400 missing-config-handler: pattern "by id" (neighbordb line 15) matched, but its config-handler config-handlers/save is not there: add the file, or name another',
      'neighbordb:',
      'pattern "by id" (line 15) matches.',
      '  It names the node, so no other pattern is tried.',
    ]);
    writeFiles(root, { 'config-handlers/save': '#!/bin/sh\n' });
    expect((await explain(file)).status).toBe(0);
  });

  it('lists every error of an invalid neighbordb with its line', async () => {
    const invalid =
      "patterns:\n  - name: a\n    definition: x\n    interfaces:\n      - Ethernet1: regex('(')\n  - name: b\n    bogus: 1\n";
    const { lay, explain, json } = makeSite({ neighbordb: invalid });
    const file = lay('leaf.json', facts);
    const { status, out } = await explain(file);
    expect(status).toBe(1);
    expect(out).toContain(
      'would be refused, 400 invalid-neighbordb: neighbordb line 5: pattern a: interface Ethernet1',
    );
    expect(out.match(/^neighbordb line \d+/gm)).toEqual(
      [5, 6, 6, 7].map((line) => `neighbordb line ${line}`),
    );
    const { neighbordb: found } = await json(file);
    expect(found.outcome).toBe('invalid');
    expect(found.errors.map((it: { line: number }) => it.line)).toEqual([5, 6, 6, 7]);
  });

  it('says where a neighbordb stops being YAML', async () => {
    const { lay, explain } = makeSite({ neighbordb: 'patterns:\n  - {name: a\n' });
    const { status, out } = await explain(lay('leaf.json', facts));
    expect(status).toBe(1);
    expect(out).toMatch(/^JPE1: POST \/nodes would be refused, 400 invalid-yaml: neighbordb line \d+: /);
  });

  it.each([
    ['its definition', 'definitions/leaf', 'pattern leaf-pod1 (line 4) matches.'],
    ['its config-handler', 'config-handlers/save', 'pattern "by id" (line 15) matches.'],
    ['the neighbordb', 'neighbordb', 'neighbordb is a link to /etc/hostname, out of the data root'],
    ['its folder', 'nodes/JPE7', 'neighbordb, which a known node is not tried against:'],
  ])('says that %s leads out of the data root, as the server does', async (_what, name, words) => {
    const { root, lay, explain, json } = makeSite({ 'nodes/other/definition': 'actions: []\n' });
    rmSync(path.join(root, name), { force: true });
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    symlinkSync(name.startsWith('nodes/') ? '/etc' : '/etc/hostname', path.join(root, name));
    const report = { ...facts, serialnumber: name.startsWith('definitions/') ? 'JPE1' : 'JPE7' };
    const file = lay('leaf.json', report);
    const { status, out } = await explain(file);
    expect(status).toBe(1);
    expect(out).toContain(`POST /nodes would be refused, 400 path-refused: ${name} is a link to /etc`);
    expect(out).toContain(words);
    const { url } = await serveSite(root);
    const answer = await request(url, 'POST', '/nodes', { body: JSON.stringify(report) });
    expect((await json(file)).registration).toEqual({
      status: answer.status,
      reason: answer.headers['x-ztps-reason'],
      message: answer.body.trim(),
    });
  });

  it('asks no neighbordb for a switch that brings its own startup-config', async () => {
    const { lay, json } = makeSite();
    expect(await json(lay('leaf.json', { ...facts, config: 'hostname x\n' }))).toMatchObject({
      accepted: true,
      registration: { status: 201, message: 'it brings its own startup-config' },
      neighbordb: null,
    });
  });

  it('tries another neighbordb, from anywhere', async () => {
    const { lay, explain } = makeSite();
    const file = lay('swapped.json', swapped);
    const next = lay('next', 'patterns:\n  - {name: all, definition: leaf, model: .*}\n');
    const { status, out } = await explain(file, '--neighbordb', next);
    expect(status).toBe(0);
    expect(out).toContain(`JPE1: POST /nodes would register it, 201: pattern all (${next} line 2) matched`);
    expect(await explain(file, '--neighbordb', `${next}.none`)).toMatchObject({
      status: 1,
      err: `ztps: ${next}.none is not there\n`,
    });
  });
});

describe('ztps explain of a known node', () => {
  const known = {
    'nodes/JPE1/definition': 'actions: []\n',
    'nodes/JPE1/pattern': 'name: mine\ninterfaces:\n  - Ethernet49: pod1-spine1\n',
  };

  it('says how POST would be answered, and how its own pattern fares', async () => {
    const { root, explain } = makeSite({ ...known, 'nodes/JPE1/.node': JSON.stringify(facts) });
    const before = snapshot(root);
    const { status, out } = await explain('JPE1');
    expect(status).toBe(0);
    expect(out.split('\n').slice(0, 5)).toEqual([
      'JPE1: POST /nodes would be answered 409, known: nodes/JPE1 has definition',
      'topology check of GET /nodes/JPE1: nodes/JPE1/pattern matches',
      'pattern mine (line 1) matches.',
      '  "Ethernet49: pod1-spine1" (line 3): satisfied by Ethernet49, connected to pod1-spine1:Ethernet3.',
      'neighbordb, which a known node is not tried against:',
    ]);
    expect(snapshot(root)).toEqual(before);
  });

  it('fails where the server would, by the report at hand', async () => {
    const { root, lay, explain, json } = makeSite({ ...known, 'nodes/JPE1/.node': JSON.stringify(facts) });
    const file = lay('swapped.json', swapped);
    expect((await explain(file)).status).toBe(1);
    const { cabling } = await json(file);
    const { url } = await serveSite(root);
    expect((await request(url, 'POST', '/nodes', { body: JSON.stringify(swapped) })).status).toBe(409);
    const answer = await request(url, 'GET', '/nodes/JPE1');
    expect(cabling).toMatchObject({
      status: answer.status,
      reason: answer.headers['x-ztps-reason'],
      message: answer.body.trim(),
    });
  });

  it('makes no check where that is switched off', async () => {
    const { explain } = makeSite(known, 'disable_topology_validation = true\n');
    const { status, out } = await explain('JPE1');
    expect(status).toBe(0);
    expect(out).toContain('not made: [default] disable_topology_validation is set');
  });

  it('refuses a folder that was begun and not finished', async () => {
    const { root, explain } = makeSite();
    mkdirSync(path.join(root, 'nodes/JPE1'));
    const { status, out } = await explain('JPE1');
    expect(status).toBe(1);
    expect(out).toContain('JPE1: POST /nodes would be refused, 400 incomplete-node: ');
  });

  it('refuses a folder that is a link out of the data root', async () => {
    const { root, explain, json } = makeSite(known);
    symlinkSync('/etc', path.join(root, 'nodes/JPE2'));
    expect((await explain('JPE2')).status).toBe(1);
    expect((await json('JPE2')).registration).toMatchObject({ status: 400, reason: 'path-refused' });
  });

  it('has the exit status of the neighbordb that is named', async () => {
    const { lay, explain } = makeSite({ ...known, 'nodes/JPE1/.node': JSON.stringify(facts) });
    const next = lay('next', 'patterns: []\n');
    expect((await explain('JPE1')).status).toBe(0);
    expect((await explain('JPE1', '--neighbordb', next)).status).toBe(1);
  });
});

describe('ztps explain of what it does not understand', () => {
  it.each([
    ['{"serialnumber": 5}', 'serialnumber'],
    ['{"serialnumber"', 'the body is not JSON'],
    ['[]', 'the body is a list, wanted a JSON object'],
    ['', 'the body is empty'],
    ['{}', 'the report has no serialnumber'],
    ['{"serialnumber": "../x"}', 'can not be used'],
    ['{"serialnumber": "A", "neighbors": {"Ethernet1": [{}]}}', 'neighbors["Ethernet1"]'],
  ])('names file and reason: %s', async (content, reason) => {
    const { lay, explain } = makeSite();
    const file = lay('leaf.json', content);
    const run = await explain(file);
    expect(run).toMatchObject({ status: 2, out: '' });
    expect(run.err).toMatch(new RegExp(`^ztps: ${file}`));
    expect(run.err).toContain(reason);
  });

  it('reads a pipe to its end, and does not wait for one that nobody writes into', async () => {
    const { folder, explain } = makeSite();
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await explain(pipe)).toMatchObject({
      status: 1,
      out: '',
      err: `ztps: ${pipe} is a pipe that nobody writes into: start the writer first\n`,
    });
  });

  it('reads what a shell pipes into it, also from a writer that takes its time', async () => {
    const { root, lay } = makeSite();
    const file = lay('leaf.json', facts);
    const script =
      '"$0" "$1" --conf "$2" explain <(head -c 20 "$3"; sleep 1; tail -c +21 "$3") --neighbordb <(cat "$4")';
    const words = [process.execPath, ztps, writeConfig(root), file, path.join(root, 'neighbordb')];
    const { stdout } = await promisify(execFile)('bash', ['-c', script, ...words]);
    expect(stdout).toContain('JPE1: POST /nodes would register it, 201: pattern leaf-pod1');
  });

  it('offers a file for an id that has no folder, and knows a file by its slash or ending', async () => {
    const { explain } = makeSite();
    expect(await explain('JPE9')).toMatchObject({
      status: 1,
      out: '',
      err: 'ztps: there is no folder nodes/JPE9: name a known node, or a file with what the switch reports (./JPE9.json)\n',
    });
    expect((await explain('none.json')).err).toBe('ztps: none.json is not there\n');
    expect((await explain('no/ne')).err).toBe('ztps: no/ne is not there\n');
    expect((await explain('/')).err).toBe('ztps: / can not be read: it is a folder\n');
  });

  it('lets no name move the cursor', async () => {
    const { lay, explain } = makeSite();
    const evil = '\u001b[2J\u202espine\u009b31m\n';
    const report = {
      ...facts,
      model: evil,
      neighbors: { [evil]: [{ device: evil, port: evil }], Ethernet49: [{ device: evil, port: evil }] },
    };
    for (const words of [[], ['--json']]) {
      const { out, err } = await explain(lay('evil.json', report), ...words);
      expect(out).not.toBe('');
      expect(out + err).not.toMatch(/[^\P{C}\n]/u);
    }
    const { err } = await explain(lay('evil.json', `{"a": ${evil}`));
    expect(err).toContain('is not JSON');
    expect(err).not.toMatch(/[^\P{C}\n]/u);
  });
});
