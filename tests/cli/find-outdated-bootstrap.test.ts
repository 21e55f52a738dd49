// Which bootstrap scripts today's EOS can not run.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findOutdatedBootstrap } from '../../src/cli/find-outdated-bootstrap.js';

let dataRoot: string;

beforeEach(async () => {
  dataRoot = await mkdtemp(path.join(tmpdir(), 'ztps-outdated-'));
  await mkdir(path.join(dataRoot, 'bootstrap'));
});

afterEach(() => rm(dataRoot, { recursive: true }));

const find = async (text: string) => {
  await writeFile(path.join(dataRoot, 'bootstrap', 'b'), text);
  return findOutdatedBootstrap({ dataRoot, bootstrapFilename: 'b' });
};

it.each([
  'import sleekxmpp\n',
  'import os, sleekxmpp\n',
  '    from sleekxmpp import ClientXMPP\n',
  'x\r\nimport sleekxmpp.xmlstream\r\n',
])('points out %j', async (text) => {
  expect(await find(text)).toContain(`"ztps init ${dataRoot}" lays the current one beside it as b.new`);
});

it.each([
  '',
  '# import sleekxmpp\n',
  "print('import sleekxmpp')\n",
  'import sleekxmppx\n',
  'import os  # sleekxmpp\n',
])('lets %j be', async (text) => {
  expect(await find(text)).toBeNull();
});

it('is silent when there is none', async () => {
  expect(await findOutdatedBootstrap({ dataRoot, bootstrapFilename: 'none' })).toBeNull();
});
