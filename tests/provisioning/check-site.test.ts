import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { assemble } from '../../src/main.js';
import { makeDataRoot, writeConfig } from '../fixtures/data-root.js';
import { silentLog } from '../fixtures/log.js';

/** `path: severity line reason`, one string a finding. */
async function check(root: string): Promise<string[]> {
  const config = await readConfig({ file: writeConfig(root) }, {});
  const report = await assemble(config, silentLog).checkSite();
  return report.flatMap(({ path: file, problems }) =>
    problems.map(({ severity, line, reason }) => `${file}: ${severity} ${line ?? '-'} ${reason}`),
  );
}

const sound = {
  neighbordb: 'patterns:\n- name: a\n  definition: leaf\n  config-handler: keep\n  interfaces: [any: any]\n',
  'definitions/leaf':
    "actions:\n- action: add_config\n  attributes:\n    url: files/base\n    ip: allocate('mgmt')\n",
  'config-handlers/keep': '#!/bin/sh\n',
  'actions/add_config': '',
  'files/base': '',
  'resources/mgmt': '10.0.0.1: null\n',
  'bootstrap/bootstrap': '',
  'nodes/N/definition': 'name: x\n',
  'nodes/N/pattern': 'name: x\n',
};

function valuesOf(owner: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `10.0.1.${i}: ${owner}\n`).join('');
}

describe('checkSite', () => {
  it('finds nothing in a sound data root', async () => {
    expect(await check(makeDataRoot(sound))).toEqual([]);
  });

  it('takes a pool for sound while more than a tenth of its values is free', async () => {
    const pool = `10.0.0.1:\n10.0.0.2:\n${valuesOf('N', 17)}`;
    expect(await check(makeDataRoot({ ...sound, 'resources/mgmt': pool }))).toEqual([]);
  });

  it.each<[string, Record<string, string | null>, RegExp]>([
    ['a broken neighbordb', { neighbordb: 'patterns: [' }, /^neighbordb: error 1 (?!neighbordb)/],
    ['a wrong pattern', { neighbordb: 'patterns:\n- name: a\n  model: x\n' }, /^neighbordb: error 2 /],
    [
      'a missing definition',
      { neighbordb: sound.neighbordb.replace('leaf', 'gone') },
      /^neighbordb: error 3 .*definitions\/gone is not there/,
    ],
    [
      'a missing config-handler',
      { neighbordb: sound.neighbordb.replace('keep', 'gone') },
      /^neighbordb: error 4 .*config-handlers\/gone is not there/,
    ],
    ['a repeated key', { 'definitions/leaf': 'name: a\nname: b\n' }, /^definitions\/leaf: warning 2 /],
    [
      'a missing action',
      { 'definitions/leaf': 'actions:\n- name: x\n  action: gone\n' },
      /^definitions\/leaf: error 3 actions\/gone is not there/,
    ],
    [
      'a missing file',
      { 'definitions/leaf': 'actions:\n- action: add_config\n  attributes: {url: files/gone}\n' },
      /^definitions\/leaf: error 3 files\/gone is not there/,
    ],
    [
      'a missing pool',
      { 'definitions/leaf': "attributes:\n  ip: allocate('gone')\n" },
      /^definitions\/leaf: error 2 .*resources\/gone is not there/,
    ],
    [
      'a pool outside',
      { 'definitions/leaf': "attributes:\n  ip: allocate('../gone')\n" },
      /^definitions\/leaf: error 2 /,
    ],
    [
      'an unknown plugin',
      { 'definitions/leaf': "attributes:\n  ip: nope('x')\n" },
      /^definitions\/leaf: error 2 .*nope/,
    ],
    [
      'an exhausted pool',
      { 'resources/mgmt': '10.0.0.1: N\n' },
      /^resources\/mgmt: warning - every value is taken/,
    ],
    [
      'a pool with a tenth of its values left',
      { 'resources/mgmt': `10.0.0.1:\n10.0.0.2:\n${valuesOf('N', 18)}` },
      /^resources\/mgmt: warning - 2 of 20 values are free: add values/,
    ],
    ['a broken pool', { 'resources/mgmt': '- 10.0.0.1\n' }, /^resources\/mgmt: error /],
    [
      'a plugin of an old installation',
      { 'plugins/allocate': 'x' },
      /^plugins\/allocate: warning .*built in/,
    ],
    [
      'an outdated bootstrap',
      { 'bootstrap/bootstrap': 'import sleekxmpp\n' },
      /^bootstrap\/bootstrap: warning .*sleekxmpp/,
    ],
    [
      'a value listed twice',
      { 'resources/mgmt': 'a: N\nb:\na:\n' },
      /^resources\/mgmt: warning 1 a is listed again/,
    ],
    [
      'the line of a broken pool',
      { 'resources/mgmt': 'a:\nb: [\n' },
      /^resources\/mgmt: error [23] (?!resources)/,
    ],
    [
      'a broken bootstrap.conf',
      { 'bootstrap/bootstrap.conf': 'logging: 5\n' },
      /^bootstrap\/bootstrap.conf: error .*logging/,
    ],
    ['a half-made node', { 'nodes/M': null }, /^nodes\/M: error - neither definition nor startup-config/],
    [
      'a node without pattern',
      { 'nodes/M/definition': 'name: x\n' },
      /^nodes\/M: error - pattern is not there/,
    ],
    ['a wrong pattern of a node', { 'nodes/N/pattern': 'nonsense: 1\n' }, /^nodes\/N\/pattern: error 1 /],
    [
      'a wrong definition of a node',
      { 'nodes/N/definition': 'actions: 5\n' },
      /^nodes\/N\/definition: error 1 /,
    ],
    [
      'an unknown reference of a node',
      {
        'nodes/N/definition': 'actions:\n- action: add_config\n  attributes: {a: $hostnam}\n',
        'nodes/N/attributes': 'hostname: x\n',
      },
      /^nodes\/N\/definition: warning 3 .*hostname/,
    ],
    ['wrong attributes of a node', { 'nodes/N/attributes': '- a\n' }, /^nodes\/N\/attributes: error 1 /],
    ['broken facts', { 'nodes/N/.node': '{' }, /^nodes\/N\/.node: error /],
  ])('names %s with file, line and reason', async (_, files, finding) => {
    const found = await check(makeDataRoot({ ...sound, ...files }));
    expect(found.filter((line) => finding.test(line)).length, found.join('\n')).toBe(1);
  });

  it('lists links that lead out of the data root', async () => {
    const root = makeDataRoot(sound);
    symlinkSync('/etc/hostname', path.join(root, 'files/out'));
    symlinkSync('/etc/hostname', path.join(root, 'nodes/N/startup-config'));
    symlinkSync('nowhere', path.join(root, 'nodes/M'));
    expect(await check(root)).toEqual([
      expect.stringMatching(/^files\/out: error .*trusted_folders/),
      expect.stringMatching(/^nodes\/M: error .*neither definition nor startup-config/),
      expect.stringMatching(/^nodes\/M: error .*pattern is not there/),
      expect.stringMatching(/^nodes\/N: error .*trusted_folders/),
    ]);
  });
});
