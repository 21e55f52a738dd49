// `ztps images`, and what `--validate-config` and `ztps render` say of images, as people and scripts run them.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDataRoot, writeConfig, writeFiles } from '../fixtures/data-root.js';
import { runZtps } from './run-ztps.js';

const actionsFolder = path.resolve(import.meta.dirname, '../../client/actions');
const hashOf = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** A data root with the built-in actions, and `ztps` on it. */
function makeSite(files: Readonly<Record<string, string | Buffer | null>>) {
  const root = makeDataRoot();
  cpSync(actionsFolder, path.join(root, 'actions'), { recursive: true });
  writeFiles(root, files);
  const conf = writeConfig(root, 'server_url = http://ztp.example.com\n');
  const run = (...words: string[]) => runZtps(['--conf', conf, ...words]);
  return { root, run, json: async (...words: string[]) => JSON.parse((await run('--json', ...words)).out) };
}

/** A definition with one install_image, JSON being YAML too. */
const install = (attributes: Record<string, unknown>) =>
  JSON.stringify({ actions: [{ action: 'install_image', attributes }] });

describe('ztps images', () => {
  it('lists images with size, hash, version and users, and those that are missing', async () => {
    const { run, json } = makeSite({
      'files/images/EOS-4.31.0F.swi': 'image',
      'files/images/EOS64-4.30.5M.swi': 'unused',
      'files/ext/TerminAttr-1.19.5-1.swix': 'extension',
      'files/images/readme.txt': 'no image',
      'files/odd-name': 'an image too',
      'definitions/leaf': install({ url: 'files/images/EOS-4.31.0F.swi', version: '4.31.0F' }),
      'definitions/mixed': install({
        images: [
          { model: 'a', url: 'http://ztp.example.com/files/images/EOS-4.31.0F.swi', version: '4.31.0F' },
          { model: 'b', url: 'files/images/EOS-4.33.0F.swi', version: '4.33.0F' },
          { model: 'c', url: 'http://elsewhere/files/images/EOS-4.34.0F.swi', version: '4.34.0F' },
          { model: 'd', url: 'files/odd-name', version: '4.34.0F' },
        ],
      }),
      'nodes/N1/definition': install({ url: '$image' }),
      'nodes/N1/attributes': 'image: files/images/EOS-4.31.0F.swi\n',
    });
    const { images, problems } = await json('images');
    expect(problems).toEqual([]);
    const none = { size: null, sha256: null, present: false };
    const there = (text: string) => ({
      size: text.length,
      sha256: hashOf(text),
      present: true,
      problem: null,
    });
    expect(images).toEqual([
      {
        ...there('extension'),
        path: 'files/ext/TerminAttr-1.19.5-1.swix',
        kind: 'extension',
        version: '1.19.5-1',
        usedBy: [],
      },
      {
        ...there('image'),
        path: 'files/images/EOS-4.31.0F.swi',
        kind: 'image',
        version: '4.31.0F',
        usedBy: ['definitions/leaf', 'definitions/mixed', 'nodes/N1/attributes'],
      },
      {
        ...none,
        path: 'files/images/EOS-4.33.0F.swi',
        kind: 'image',
        version: '4.33.0F',
        usedBy: ['definitions/mixed'],
        problem: expect.stringContaining('is not there'),
      },
      {
        ...there('unused'),
        path: 'files/images/EOS64-4.30.5M.swi',
        kind: 'image',
        version: '4.30.5M',
        usedBy: [],
      },
      {
        ...there('an image too'),
        path: 'files/odd-name',
        kind: 'image',
        version: null,
        usedBy: ['definitions/mixed'],
      },
    ]);
    const { status, out, err } = await run('images');
    expect([status, err]).toEqual([1, '']);
    expect(out.split('\n').slice(0, 6)).toEqual([
      'IMAGE                               SIZE      VERSION',
      'files/ext/TerminAttr-1.19.5-1.swix  9 bytes   1.19.5-1',
      `  sha256 ${hashOf('extension')}`,
      '  no definition names it',
      'files/images/EOS-4.31.0F.swi        5 bytes   4.31.0F',
      `  sha256 ${hashOf('image')}`,
    ]);
    expect(out).toContain(
      'files/images/EOS-4.33.0F.swi        missing   4.33.0F\n  used by definitions/mixed\n',
    );
    expect(out).toMatch(/\n5 images, 1 missing\n$/);
  });

  it('says so if there are none', async () => {
    const { run } = makeSite({});
    expect(await run('images')).toEqual({
      status: 0,
      out: 'There are no images below files/, and no definition names one\n',
      err: '',
    });
  });

  it('goes on behind a definition that is no YAML, and fails', async () => {
    const { run } = makeSite({ 'files/a.swi': 'a', 'definitions/broken': 'actions: [' });
    const { status, out, err } = await run('images');
    expect([status, out.includes('files/a.swi')]).toEqual([1, true]);
    expect(err).toMatch(/^ztps: definitions\/broken can not be looked through: /);
  });

  it('remembers the hashes of big files where the server keeps its state, and makes no folder for it', async () => {
    const big = Buffer.alloc(17 * 1024 * 1024, 'big');
    const { root, run, json } = makeSite({ 'files/a.swi': big });
    expect((await run('images')).status).toBe(0);
    expect(existsSync(path.join(root, 'state'))).toBe(false);
    mkdirSync(path.join(root, 'state'));
    expect((await run('images')).status).toBe(0);
    const file = path.join(root, 'state/hashes.json');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(hashOf(big));
    // What is remembered is taken for the truth: the image is not read again.
    writeFileSync(file, text.replace(hashOf(big), 'f'.repeat(64)));
    const { ino } = statSync(file);
    expect((await json('images')).images).toMatchObject([{ sha256: 'f'.repeat(64) }]);
    expect(statSync(file).ino).toBe(ino);
  });
});

describe('--validate-config', () => {
  it('says what a switch would stumble on: attributes, policy, hash, missing files', async () => {
    const { json } = makeSite({
      'files/EOS.swi': 'image',
      'definitions/a': `actions:
- action: install_image
  attributes:
    url: files/EOS.swi
    version: 4.31.0F
    sha256: ${hashOf('image')}
- action: install_image
  attributes:
    url: files/EOS.swi
    version: 4.31.0F
    sha256: ${hashOf('other')}
    minimun: 4.30.0F
    maximum: 4.29.0F
- action: install_image
  attributes:
    images:
    - {model: '[', url: files/gone.swi, version: 4.31.0F}
- action: install_imgae
`,
    });
    const { ok, files } = await json('--validate-config');
    const { problems } = files.find((it: { path: string }) => it.path === 'definitions/a');
    const said = problems.map((it: { severity: string; line: number; reason: string }) =>
      [it.severity, it.line, it.reason].join(' '),
    );
    expect([ok, said]).toEqual([
      false,
      [
        `error 11 install_image: sha256 is ${hashOf('other')}, but files/EOS.swi has ${hashOf('image')}: the switch would refuse it`,
        'warning 12 `minimun` is no attribute of install_image; is `minimum` meant?',
        'error 13 install_image: version: 4.31.0F is newer than the maximum 4.29.0F',
        expect.stringMatching(/^error 17 install_image: images: model: \[ is no regular expression: /),
        'error 17 files/gone.swi is not there: add it, or name another',
        'error 18 actions/install_imgae is not there: add it, or name another',
      ],
    ]);
  });

  it('says nothing of the attributes of an action that was edited', async () => {
    const { root, json } = makeSite({
      'files/EOS.swi': 'image',
      'definitions/a': install({ url: 'files/EOS.swi', version: 'newest', sha256: hashOf('other'), mine: 1 }),
    });
    const file = path.join(root, 'actions/install_image');
    writeFileSync(file, `${readFileSync(file, 'utf8')}# edited\n`);
    const { files } = await json('--validate-config');
    expect(files.find((it: { path: string }) => it.path === 'definitions/a').problems).toEqual([]);
  });
});

describe('ztps render', () => {
  const attributes = {
    minimum: '4.30.0F',
    images: [
      { model: 'DCS-7050.*', url: 'files/EOS.swi', version: '4.32.2F' },
      { model: 'DCS-7280.*', url: 'files/gone.swi', version: '4.32.2F' },
      { model: 'vEOS', url: 'files/EOS.swi', version: "test('x')" },
      { model: 'hash', url: 'files/EOS.swi', version: '4.32.2F', sha256: hashOf('other') },
      { model: 'right', url: 'files/EOS.swi', version: '4.32.2F', sha256: hashOf('image') },
      { model: 'ftp', url: 'ftp://h/EOS.swi', version: '4.32.2F' },
      { model: 'capitals', url: 'HTTP://ZTP.example.com/files/gone.swi', version: '4.32.2F' },
      { model: 'nowhere', url: 'http://ztp.example.com/images/EOS.swi', version: '4.32.2F' },
      { model: 'slash', url: '/images/EOS.swi', version: '4.32.2F' },
    ],
  };
  const node = (facts: Record<string, unknown>) =>
    JSON.stringify({ serialnumber: 'N1', neighbors: {}, ...facts });
  it.each<[string, Record<string, unknown>, string, number]>([
    [
      'would be installed',
      { model: 'DCS-7050X', version: '4.28.3M' },
      'IMAGE: action 1, install_image: running version 4.28.3M is older than the minimum 4.30.0F: files/EOS.swi would be installed',
      0,
    ],
    [
      'is not needed',
      { model: 'DCS-7050X', version: '4.31.0F' },
      'IMAGE: action 1, install_image: nothing to do: running version 4.31.0F is within the minimum 4.30.0F',
      0,
    ],
    [
      'is not there',
      { model: 'DCS-7280', version: '4.28.3M' },
      'FAILS: action 1, install_image: files/gone.swi is not there: add it, or name another',
      1,
    ],
    [
      'has another hash',
      { model: 'hash', version: '4.28.3M' },
      `FAILS: action 1, install_image: sha256 is ${hashOf('other')}, but files/EOS.swi has ${hashOf('image')}: the switch would refuse it`,
      1,
    ],
    [
      'has the hash',
      { model: 'right', version: '4.28.3M' },
      'IMAGE: action 1, install_image: running version 4.28.3M is older than the minimum 4.30.0F: files/EOS.swi would be installed',
      0,
    ],
    [
      'can not be fetched by the client',
      { model: 'ftp', version: '4.28.3M' },
      'FAILS: action 1, install_image: url: ftp://h/EOS.swi: only http and https URLs can be fetched',
      1,
    ],
    [
      'is not there, whatever the letters of its URL',
      { model: 'capitals', version: '4.28.3M' },
      'FAILS: action 1, install_image: files/gone.swi is not there: add it, or name another',
      1,
    ],
    [
      'is under no path that is served',
      { model: 'nowhere', version: '4.28.3M' },
      'NOTE: action 1, install_image: `url: http://ztp.example.com/images/EOS.swi` is a path of this server, which has no such path: is files/images/EOS.swi meant?',
      0,
    ],
    [
      'is under no path that is served, from its root',
      { model: 'slash', version: '4.28.3M' },
      'NOTE: action 1, install_image: `url: /images/EOS.swi` is a path of this server, which has no such path: is files/images/EOS.swi meant?',
      0,
    ],
    [
      'is there for no such model',
      { model: 'DCS-800', version: '4.28.3M' },
      'FAILS: action 1, install_image: images: model DCS-800 matches no entry; there are DCS-7050.*, DCS-7280.*, vEOS, hash, right, ftp, capitals, nowhere, slash',
      1,
    ],
    [
      'can not be told without the version',
      { model: 'DCS-7050X' },
      'NOTE: action 1, install_image: the switch did not report its version; files/EOS.swi is 4.32.2F',
      0,
    ],
  ])('says that the image %s', async (_, facts, line, status) => {
    const config = { action: 'add_config', attributes: { url: 'files/end.cfg' } };
    const { run } = makeSite({
      'files/EOS.swi': 'image',
      'files/end.cfg': 'hostname x\n',
      'nodes/N1/definition': JSON.stringify({ actions: [{ action: 'install_image', attributes }, config] }),
      'nodes/N1/pattern': 'name: x\n',
      'nodes/N1/.node': node(facts),
    });
    const rendered = await run('render', 'N1');
    expect(rendered.out.split('\n')).toContain(line);
    expect(rendered.status).toBe(status);
  });

  it('says nothing of an image that depends on what can not be previewed', async () => {
    const images = [{ model: '.*', url: 'files/EOS.swi', version: "ipam('version')" }];
    const { run } = makeSite({
      'files/EOS.swi': 'image',
      'plugins/ipam': '#!/bin/sh\nexit 1\n',
      'nodes/N1/definition': install({ images }),
      'nodes/N1/pattern': 'name: x\n',
      'nodes/N1/.node': node({ model: 'vEOS', version: '4.28.3M' }),
    });
    const { out } = await run('render', 'N1');
    expect(out.split('\n')).toContain(
      "NOTE: action 1, install_image: ipam('version') can not be previewed, so what would happen is not known",
    );
  });
});
