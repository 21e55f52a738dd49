// How a release's files are told from edited ones.

import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readReleases, readShippedFiles } from '../../src/cli/shipped-files.js';

it('ships the bootstrap script and every action', async () => {
  const names = (await readShippedFiles()).map(({ name }) => name);
  expect(names[0]).toBe('bootstrap');
  expect(names).toContain('actions/add_config');
  expect(names).toContain('actions/template');
});

it('knows no release of bytes that none has shipped', async () => {
  const findRelease = await readReleases();
  expect(findRelease('bootstrap', Buffer.from('edited'))).toBeNull();
  expect(findRelease('__proto__', Buffer.from('edited'))).toBeNull();
});

it('records a release beside the earlier ones', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ztps-release-'));
  try {
    for (const part of ['client', 'scripts', 'package.json']) {
      await cp(path.resolve(part), path.join(folder, part), { recursive: true });
    }
    const list = path.join(folder, 'client/releases.json');
    const earlier = { '0.0.1': { bootstrap: 'x' } };
    await writeFile(list, JSON.stringify(earlier));
    execFileSync(process.execPath, [path.join(folder, 'scripts/record-release.mjs')], { stdio: 'ignore' });
    const recorded = JSON.parse(await readFile(list, 'utf8'));
    expect(recorded).toMatchObject(earlier);
    const { version } = JSON.parse(await readFile(path.resolve('package.json'), 'utf8'));
    const shipped = (await readShippedFiles()).map(({ name }) => name);
    expect(Object.keys(recorded[version])).toEqual(shipped);
  } finally {
    await rm(folder, { recursive: true });
  }
});
