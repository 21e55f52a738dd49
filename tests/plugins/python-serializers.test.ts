// What Python plugins read and write by the stand-in package: YAML, JSON and text of the data root.

import { chmodSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chosen, pathTo } from './plugin-pythons.js';
import { makePluginSite } from './plugin-site.js';

const indent = (body: string) => body.replaceAll(/^/gm, '    ');

describe.each(chosen)('ztpserver.serializers on Python $version', ({ command }) => {
  const py = (body: string) =>
    makePluginSite(
      { 'plugins/p': `def main(node_id, pool, node):\n${indent(body)}\n` },
      { environment: pathTo(command) },
    );

  it('reads and writes YAML, JSON and text of the data root', async () => {
    const site = py(
      [
        'from ztpserver import serializers as s, constants as c',
        'data = s.load("resources/p", c.CONTENT_TYPE_YAML, node_id)',
        'data["new: key"] = {"list": [1, "0010", "caf\\u00e9"]}',
        's.dump(data, "resources/p", c.CONTENT_TYPE_YAML, node_id)',
        's.dump({"a": [1, "b"]}, "out.json")',
        's.dump("text\\n", "out.txt", content_type=c.CONTENT_TYPE_PLAIN)',
        'return [s.load("resources/p"), s.load("out.json", c.CONTENT_TYPE_JSON), s.load("out.txt", c.CONTENT_TYPE_PLAIN)]',
      ].join('\n'),
    );
    site.write({ 'shared/p': '10.0.0.1/24: null\n"0010": yes\n1:30: 010\n', 'resources/.keep': '' });
    chmodSync(join(site.root, 'shared/p'), 0o640);
    symlinkSync('../shared/p', join(site.root, 'resources/p'));
    expect(await site.call('p', 'x')).toEqual([
      { '10.0.0.1/24': null, '0010': true, '1:30': 8, 'new: key': { list: [1, '0010', 'caf\u00e9'] } },
      { a: [1, 'b'] },
      'text\n',
    ]);
    expect(site.read('shared/p')).toContain("'0010'");
    expect(statSync(join(site.root, 'shared/p')).mode & 0o777).toBe(0o640);
  });

  it('is told what is wrong with a YAML file, or with what it writes, and may go on', async () => {
    const site = py(
      [
        'from ztpserver import serializers',
        'said = []',
        'for attempt in (lambda: serializers.load("bad"), lambda: serializers.load("gone"), lambda: serializers.dump({1}, "bad")):',
        '    try:',
        '        attempt()',
        '    except Exception as error:',
        '        said.append(str(error))',
        'return said',
      ].join('\n'),
    );
    site.write({ bad: 'a: 1\nb: [\n' });
    expect(await site.call('p', 'x')).toEqual([
      expect.stringMatching(/^bad line \d: /),
      expect.stringContaining("No such file or directory: 'gone'"),
      expect.stringContaining('of the type set'),
    ]);
    expect(site.read('bad')).toBe('a: 1\nb: [\n');
  });

  it('reads and writes YAML with the keys in their order, also those that look like numbers', async () => {
    const site = py(
      [
        'from ztpserver import serializers as s',
        'data = s.load("pool")',
        's.dump(dict(list(data.items()) + [("200", None), ("b", {"2": [{"9": 0, "8": 0}], "1": 0})]), "pool")',
        'return list(data) + list(s.load("pool"))',
      ].join('\n'),
    );
    site.write({ pool: '300: null\n100: null\nx: {20: a, 10: b}\n' });
    expect(await site.call('p', 'x')).toEqual(['300', '100', 'x', '300', '100', 'x', '200', 'b']);
    expect(site.read('pool').replaceAll("'", '')).toBe(
      '300: null\n100: null\nx:\n  20: a\n  10: b\n200: null\nb:\n  2:\n    - 9: 0\n      8: 0\n  1: 0\n',
    );
  });

  it('gets the answer to its question, also if it gave an earlier one up', async () => {
    const site = py(
      [
        'import os',
        'from ztpserver import serializers as s',
        'real = os.read',
        'def read(*arguments):',
        '    os.read = real',
        '    raise KeyError("given up")',
        'os.read = read',
        'try:',
        '    s.load("a")',
        'except KeyError:',
        '    pass',
        'return s.load("b")',
      ].join('\n'),
    );
    site.write({ a: 'x: 1\n', b: 'x: 2\n' });
    expect(await site.call('p', 'x')).toEqual({ x: 2 });
    expect(await site.call('p', 'x')).toEqual({ x: 2 });
  });
});
