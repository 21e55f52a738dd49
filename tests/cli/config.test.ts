// `ztps config` as processes of their own beside a real server: what was put by the command that sites have in their
// event-handlers is listed, shown, compared, restored and exported.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { makeFolder } from '../data-root/temporary-folder.js';
import { startServer } from '../e2e/server-process.js';
import { writeConfig } from '../fixtures/data-root.js';
import { request } from '../fixtures/request.js';
import { runZtps, ztps } from './run-ztps.js';

const first = Buffer.from('hostname leaf1\nenable secret sha512 $6$salt$one\nend\n');
const second = Buffer.from('hostname leaf1\nenable secret sha512 $6$salt$two\nvlan 10\nend\n');
const latin1 = Buffer.from('hostname leaf1\r\nbanner Z\xfcrich\x1b[2J\r\nend', 'latin1');

async function serve(context: TestContext) {
  const server = await startServer(context, { files: { 'nodes/JPE1/definition': 'actions: []\n' } });
  const conf = writeConfig(server.root);
  return {
    server,
    put: async (body: Buffer, id = 'JPE1') => {
      const answer = await request(server.url, 'PUT', `/nodes/${id}/startup-config`, { body });
      expect([200, 201]).toContain(answer.status);
    },
    run: (...words: string[]) => runZtps(['--conf', conf, 'config', ...words]),
    async done(...words: string[]): Promise<string> {
      const { status, out, err } = await runZtps(['--conf', conf, 'config', ...words]);
      expect([status, err]).toEqual([0, '']);
      return out;
    },
    /** What `show` prints, byte for byte. */
    showBytes: (...words: string[]) =>
      execFileSync(process.execPath, [ztps, '--conf', conf, 'config', 'show', ...words]),
  };
}

const columns = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('ztps config', () => {
  it('lists versions, newest first, and says that a file was changed by hand', async (context) => {
    const { server, put, done } = await serve(context);
    expect(await done('history', 'JPE1')).toBe('JPE1 has no version yet\n');
    await put(first);
    await put(first);
    await put(second);
    const [titles, ...rows] = columns(await done('history', 'JPE1'));
    expect(titles).toEqual(['VERSION', 'TIME', 'BYTES', 'SOURCE', 'FROM', 'SHA-256']);
    expect(rows.map(([number, , bytes, source, from]) => [number, bytes, source, from])).toEqual([
      ['2', String(second.length), 'put', '127.0.0.1'],
      ['1', String(first.length), 'put', '127.0.0.1'],
    ]);
    server.write({ 'nodes/JPE1/startup-config': 'by hand\n' });
    expect(await done('history', 'JPE1')).toMatch(
      /\nnodes\/JPE1\/startup-config was changed since: it becomes a version before anything replaces it\n$/,
    );
    await put(first);
    const report = JSON.parse(await done('history', 'JPE1', '--json'));
    expect(report).toMatchObject({
      node: 'JPE1',
      versions: [{ number: 1 }, { number: 2 }, { number: 3, source: 'hand', address: null }, { number: 4 }],
      notes: [],
      present: { version: 4, bytes: first.length },
    });
  });

  it('shows a version byte for byte, whatever its encoding', async (context) => {
    const { put, done, showBytes } = await serve(context);
    await put(first);
    await put(latin1);
    expect(showBytes('JPE1').equals(latin1)).toBe(true);
    expect(showBytes('JPE1', '1').equals(first)).toBe(true);
    expect(JSON.parse(await done('show', 'JPE1', '1', '--json'))).toMatchObject({
      node: 'JPE1',
      number: 1,
      encoding: 'utf-8',
      config: first.toString(),
    });
    const shown = JSON.parse(await done('show', 'JPE1', '--json'));
    expect([shown.encoding, Buffer.from(shown.config, 'base64').equals(latin1)]).toEqual(['base64', true]);
  });

  it('compares versions: the last two, one and the newest, or any two; secrets only if asked for', async (context) => {
    const { put, run, done } = await serve(context);
    await put(first);
    expect(await run('diff', 'JPE1')).toMatchObject({
      status: 1,
      err: 'ztps: the history of JPE1 has version 1 only: there is nothing to compare it with yet\n',
    });
    await put(second);
    const head = (number: number) =>
      expect.stringMatching(new RegExp(`^(---|\\+\\+\\+) JPE1 version ${number}, `));
    const hunk = (one: string, two: string) => [
      '@@ -1,3 +1,4 @@',
      ' hostname leaf1',
      `-enable secret sha512 ${one}`,
      `+enable secret sha512 ${two}`,
      '+vlan 10',
      ' end',
      '',
    ];
    expect((await done('diff', 'JPE1')).split('\n')).toEqual([head(1), head(2), ...hunk('***', '***')]);
    expect((await done('diff', 'JPE1', '--secrets')).split('\n').slice(2)).toEqual(
      hunk('$6$salt$one', '$6$salt$two'),
    );
    await put(latin1);
    await put(first);
    expect(await run('diff', 'JPE1', '1')).toEqual({
      status: 0,
      out: '',
      err: 'ztps: versions 1 and 4 of JPE1 are the same\n',
    });
    const shown = await done('diff', 'JPE1', '1', '3');
    expect(shown).toContain('+banner Zürich\\u001b[2J\\r\n');
    expect(shown).toContain('+end\n\\ No newline at end of file\n');
    expect(JSON.parse(await done('diff', 'JPE1', '2', '1', '--json'))).toMatchObject({
      node: 'JPE1',
      from: { number: 2 },
      to: { number: 1 },
      hunks: [
        {
          place: '-1,4 +1,3',
          lines: [{ kind: 'kept', text: 'hostname leaf1', ended: true }, {}, {}, {}, {}],
        },
      ],
    });
  });

  it('restores a version; what stood there, and what is restored, are versions', async (context) => {
    const { server, put, done, run } = await serve(context);
    await put(first);
    await put(latin1);
    server.write({ 'nodes/JPE1/startup-config': 'by hand\n' });
    expect(await done('restore', 'JPE1', '2')).toBe(
      'nodes/JPE1/startup-config is version 2 again, as version 4; the switch gets it when it is provisioned next\n',
    );
    expect(readFileSync(join(server.root, 'nodes/JPE1/startup-config')).equals(latin1)).toBe(true);
    const { versions } = JSON.parse(await done('history', 'JPE1', '--json'));
    expect(versions.map(({ source }: { source: string }) => source)).toEqual([
      'put',
      'put',
      'hand',
      'restored',
    ]);
    expect(JSON.parse(await done('restore', 'JPE1', '4', '--json'))).toEqual({
      node: 'JPE1',
      restored: 4,
      version: 4,
      changed: false,
    });
    const answer = await request(server.url, 'GET', '/nodes/JPE1/startup-config');
    expect(answer.bytes.equals(latin1)).toBe(true);
    await put(latin1);
    expect(JSON.parse(await done('history', 'JPE1', '--json')).versions).toHaveLength(4);
    const log = await runZtps([
      '--conf',
      writeConfig(server.root),
      'log',
      'JPE1',
      '--type',
      'operator',
      '--json',
    ]);
    expect(JSON.parse(log.out.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'operator',
      node: 'JPE1',
      data: { did: 'restored', restored: 2, version: 4 },
    });
    expect(await run('restore', 'JPE1', '9')).toMatchObject({
      status: 1,
      err: 'ztps: the history of JPE1 has no version 9: it has 1 to 4; "ztps config history JPE1" lists them\n',
    });
  });

  it('keeps the history of a node that was removed, what was changed by hand too, and restores nothing to it', async (context) => {
    const { server, put, done, run } = await serve(context);
    await put(first);
    server.write({ 'nodes/JPE1/startup-config': 'hostname by-hand\n' });
    await runZtps(['--conf', writeConfig(server.root), 'node', 'remove', 'JPE1']);
    expect(server.has('nodes/JPE1')).toBe(false);
    expect(await done('show', 'JPE1', '1')).toBe(first.toString());
    expect(await done('show', 'JPE1', '2')).toBe('hostname by-hand\n');
    expect(await run('restore', 'JPE1', '1')).toMatchObject({
      status: 1,
      err: expect.stringContaining('there is no folder nodes/JPE1 to restore version 1 to'),
    });
  });

  it('refuses what is no node and what is no version', async (context) => {
    const { put, run } = await serve(context);
    await put(first);
    expect(await run('history', 'JPE2')).toMatchObject({
      status: 1,
      err: 'ztps: there is no folder nodes/JPE2, and no version of JPE2; did you mean JPE1? "ztps nodes" lists all\n',
    });
    for (const number of ['0', '-1', '1.5', 'x']) expect((await run('show', 'JPE1', number)).status).toBe(2);
    expect((await run('history', '../JPE1')).status).toBe(2);
  });
});

describe('ztps config export', () => {
  const git = (folder: string, ...words: string[]) =>
    execFileSync('git', ['-C', folder, ...words], { env: { PATH: process.env.PATH ?? '' } });
  const hasGit = spawnSync('git', ['--version']).status === 0;

  it.skipIf(!hasGit)(
    'makes one commit a version, with its bytes and time, and adds only what is new',
    async (context) => {
      const { server, put, done } = await serve(context);
      server.write({ 'nodes/JPE2/definition': 'actions: []\n' });
      await put(first);
      await put(latin1, 'JPE2');
      await put(second);
      const folder = join(makeFolder(), 'deep/configs');
      expect(await done('export', folder)).toBe(`${folder}: 3 versions added\n`);
      const { versions } = JSON.parse(await done('history', 'JPE1', '--json'));
      const subjects = () => git(folder, 'log', '--reverse', '--format=%s').toString().trim().split('\n');
      expect(subjects()).toEqual(['JPE1: version 1 (put)', 'JPE2: version 1 (put)', 'JPE1: version 2 (put)']);
      const time = Math.floor(Date.parse(versions[0].at) / 1000);
      expect(git(folder, 'log', '--reverse', '--format=%at %ct').toString()).toMatch(
        new RegExp(`^${time} ${time}\n`),
      );
      expect(git(folder, 'show', 'HEAD~2:JPE1/startup-config').equals(first)).toBe(true);
      expect(readFileSync(join(folder, 'JPE2/startup-config')).equals(latin1)).toBe(true);
      expect(readFileSync(join(folder, 'JPE1/startup-config')).equals(second)).toBe(true);

      expect(JSON.parse(await done('export', folder, '--json'))).toEqual({ folder, commits: 0 });
      // Somebody's own commit above it is no harm.
      writeFileSync(join(folder, 'README'), 'mine\n');
      git(folder, 'add', 'README');
      git(folder, '-c', 'user.name=me', '-c', 'user.email=me@localhost', 'commit', '-q', '-m', 'mine');
      await put(first);
      expect(await done('export', folder)).toBe(`${folder}: 1 version added\n`);
      expect(subjects()).toHaveLength(5);
      expect(git(folder, 'status', '--porcelain').toString()).toBe('');
      expect(readFileSync(join(folder, 'JPE1/startup-config')).equals(first)).toBe(true);
      expect(readFileSync(join(folder, 'README'), 'utf8')).toBe('mine\n');
    },
  );

  it.skipIf(!hasGit)('leaves a folder alone that no export made', async (context) => {
    const { put, run } = await serve(context);
    await put(first);
    const folder = makeFolder({ 'full/file': 'x', repository: null });
    expect(await run('export', join(folder, 'full'))).toMatchObject({
      status: 1,
      err: expect.stringContaining('it is not empty, and no export made it'),
    });
    git(join(folder, 'repository'), 'init', '-q');
    const repository = join(folder, 'repository');
    git(
      repository,
      '-c',
      'user.name=me',
      '-c',
      'user.email=me@localhost',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'mine',
    );
    expect(await run('export', repository)).toMatchObject({
      status: 1,
      err: expect.stringContaining('it is a repository that no export made'),
    });
    expect(git(repository, 'log', '--format=%s').toString()).toBe('mine\n');
  });

  it.skipIf(!hasGit)(
    'goes on where one was cut off, before its first commit and behind its last',
    async (context) => {
      const { put, done } = await serve(context);
      await put(first);
      const folder = makeFolder();
      git(folder, 'init', '-q');
      expect(await done('export', folder)).toBe(`${folder}: 1 version added\n`);
      await put(second);
      git(folder, 'update-ref', 'refs/ztps/export', 'HEAD');
      expect(await done('export', folder)).toBe(`${folder}: 1 version added\n`);
      expect(git(folder, 'for-each-ref', '--format=%(refname)', 'refs/ztps').toString()).toBe('');
    },
  );

  it('says that git is missing', async (context) => {
    const { server, put } = await serve(context);
    await put(first);
    const folder = makeFolder();
    const words = ['--conf', writeConfig(server.root), 'config', 'export', folder];
    const { status, err } = await runZtps(words, { PATH: folder });
    expect([status, err]).toEqual([
      1,
      `ztps: nothing was exported to ${folder}: git is not there, and an export needs it: install git\n`,
    ]);
  });
});
