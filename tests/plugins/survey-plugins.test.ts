import { chmodSync, existsSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../data-root/temporary-folder.js';
import { makePluginSite } from './plugin-site.js';

/** `name: severity line reason`, one a finding. */
async function survey(site: ReturnType<typeof makePluginSite>): Promise<string[]> {
  const { files } = await site.plugins.survey();
  return files.flatMap(({ path, problems }) =>
    problems.map(({ severity, line, reason }) => `${path}: ${severity} ${line ?? '-'} ${reason}`),
  );
}

describe('the survey of plugins/', () => {
  it('finds nothing in sound ones of every kind, and lists names and files', async () => {
    const site = makePluginSite({
      'plugins/a.js': "import fs from 'node:fs';\nexport default () => fs;\n",
      'plugins/b.mjs': 'export default await null;\n',
      'plugins/c.js': '#!/usr/bin/env node\nreturn 5; module.exports = 1;\n',
      'plugins/d': 'def main(a, b):\n    return 1\n',
      'plugins/e.py': Buffer.from('# coding: latin-1\nfrom d import main\nx = "\xe9"\n', 'latin1'),
      'plugins/f': '#!/bin/sh\n',
      'plugins/data.json': 'no json',
      'plugins/lib.cjs': '}',
      'plugins/notes.txt': '',
      'plugins/own-lib.cjs': 'exports.a = 1;\n',
    });
    expect(await survey(site)).toEqual([]);
    const found = await site.plugins.survey();
    expect(found.names).toEqual(['a', 'allocate', 'b', 'c', 'd', 'e', 'f', 'test']);
    expect(found.files.map(({ path }) => path)).toHaveLength(10);
  });

  it.each<[string, Record<string, string | Buffer>, RegExp]>([
    [
      'two files of one name',
      { 'plugins/p': '', 'plugins/p.js': 'module.exports = 1;' },
      /^plugins\/p: error - plugins\/p and plugins\/p\.js have one name/,
    ],
    [
      'a program with an extension',
      { 'plugins/p.sh': '#!/bin/sh\n' },
      /^plugins\/p\.sh: warning - no call reaches it.* without an extension, p$/,
    ],
    [
      'a name that no call can have',
      { 'plugins/my-p': '' },
      /^plugins\/my-p: warning - no call reaches it: .*letters, digits and _/,
    ],
    [
      'an old Python 2 file',
      { 'plugins/p': '\ndef main(a, b):\n    print "x"\n' },
      /^plugins\/p: error 3 this is not Python 3\.\d+, which runs plugins: Missing parentheses/,
    ],
    [
      'Python with NUL bytes further on',
      { 'plugins/p': Buffer.from(`${'#'.repeat(5000)}\0`) },
      /^plugins\/p: error .*this is not Python/,
    ],
    [
      'a module that is none',
      { 'plugins/p.js': 'import fs from "fs";\n\nexport default () => 1 +;\n' },
      /^plugins\/p\.js: error 3 this is not JavaScript: Unexpected token/,
    ],
    [
      'an .mjs file that is none',
      { 'plugins/p.mjs': 'return 1;\n' },
      /^plugins\/p\.mjs: error 1 this is not JavaScript: Illegal return/,
    ],
    [
      'CommonJS that is none',
      { 'plugins/p.js': '\nmodule.exports = () => 1 +;\n' },
      /^plugins\/p\.js: error 2 this is not JavaScript/,
    ],
    [
      'Python without a main',
      { 'plugins/p': 'import os\n\n\ndef run():\n    main = 1\n' },
      /^plugins\/p: warning - it has no function main\(node_id, pool, node\): a call of it fails/,
    ],
    [
      'JavaScript without a default export',
      { 'plugins/p.mjs': 'export const a = 1;\n' },
      /^plugins\/p\.mjs: warning - it has no default export: a call of it fails/,
    ],
    [
      'a file of a built-in name',
      { 'plugins/allocate': 'x x' },
      /^plugins\/allocate: warning - allocate is built in: .* not run/,
    ],
    [
      'such a file with an extension',
      { 'plugins/sqlite.py': 'x x' },
      /^plugins\/sqlite\.py: warning - sqlite is built in/,
    ],
  ])('names %s', async (_, files, finding) => {
    const found = await survey(makePluginSite({ 'plugins/sound': 'main = max\n', ...files }));
    expect(
      found.filter((line) => finding.test(line)),
      found.join('\n'),
    ).toHaveLength(1);
    expect(found.filter((line) => line.includes('sound'))).toEqual([]);
  });

  it('names programs that may not be run, and links that lead out', async () => {
    const site = makePluginSite({ 'plugins/p': '#!/bin/sh\n' });
    chmodSync(join(site.root, 'plugins/p'), 0o644);
    symlinkSync('/bin/cat', join(site.root, 'plugins/q'));
    symlinkSync('nowhere', join(site.root, 'plugins/r'));
    expect(await survey(site)).toEqual([
      expect.stringMatching(/^plugins\/p: error - .*chmod \+x/),
      expect.stringMatching(/^plugins\/q: error - .*trusted_folders/),
    ]);
  });

  it('says of Python files that there is no python3', async () => {
    const site = makePluginSite(
      { 'plugins/p': 'main = max\n', 'plugins/q.js': 'export default 1\n' },
      { environment: { PATH: makeFolder() } },
    );
    expect(await survey(site)).toEqual([expect.stringMatching(/^plugins\/p: error - there is no python3/)]);
  });

  it('runs nothing of a plugin, and leaves nothing beside it', async () => {
    const site = makePluginSite({
      'plugins/a.js': "import fs from 'node:fs';\nfs.writeFileSync('ran', '');\nexport default 1;\n",
      'plugins/b.js': "require('fs').writeFileSync('ran', '');\nmodule.exports = 1;\n",
      'plugins/c': "open('ran', 'w')\nif True:\n    main = max\n",
      'plugins/d': '#!/bin/sh\ntouch ran\n',
    });
    expect(await survey(site)).toEqual([]);
    expect(existsSync(join(site.root, 'ran'))).toBe(false);
    expect(existsSync(join(site.root, 'plugins/__pycache__'))).toBe(false);
  });

  it('reports a folder plugins/ that leads out', async () => {
    const site = makePluginSite();
    rmdirSync(join(site.root, 'plugins'));
    symlinkSync('/usr/bin', join(site.root, 'plugins'));
    expect(await survey(site)).toEqual([expect.stringMatching(/^plugins: error - .*trusted_folders/)]);
  });

  it('tells which calls would fail whatever a plugin does', async () => {
    const site = makePluginSite({
      'plugins/p': '',
      'plugins/q': '',
      'plugins/q.py': '',
      'plugins/r.sh': '#!/bin/sh\n',
    });
    const { checkCall } = await site.plugins.survey();
    expect(checkCall('p', ['a', 'b', 'c'])).toBeNull();
    expect(checkCall('q', ['a'])).toContain('have one name');
    expect(checkCall('r', ['a'])).toContain('plugins/r.sh is there');
    expect(checkCall('allocate', ['a', 'b', 'c'])).toContain('takes a pool');
    expect(checkCall('sqlite', ['a'])).toBe(
      "there is no resource plugin 'sqlite', known are allocate, p, q and test",
    );
  });
});
