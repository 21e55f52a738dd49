// The commented example in packaging/ says what the defaults are, and the docs name every key in it.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { readIni } from '../../src/config/read-ini.js';

it('packaging/ztpserver.conf shows every default, docs/configuration.md every key', async () => {
  const example = await readFile(path.resolve('packaging/ztpserver.conf'), 'utf8');
  const uncommented = example.replace(/^#(?=[a-z_]+ =)/gm, '');
  const folder = await mkdtemp(path.join(tmpdir(), 'ztps-packaging-'));
  try {
    const [file, empty] = [path.join(folder, 'a'), path.join(folder, 'b')];
    await writeFile(file, uncommented);
    await writeFile(empty, '');
    const [shown, defaults] = await Promise.all([readConfig({ file }, {}), readConfig({ file: empty }, {})]);
    expect({ ...shown, file: empty }).toEqual(defaults);
  } finally {
    await rm(folder, { recursive: true });
  }

  const source = await readFile(path.resolve('src/config/read-config.ts'), 'utf8');
  const docs = await readFile(path.resolve('docs/configuration.md'), 'utf8');
  const known = [...source.matchAll(/section: '(\w+)',\s+key: '(\w+)'/g)].map(
    ([, section, key]) => `${section} ${key}`,
  );
  const { sections } = readIni(uncommented, 'packaging/ztpserver.conf');
  const inExample = [...sections].flatMap(([section, { values }]) =>
    [...values.keys()].map((key) => `${section} ${key}`),
  );
  expect(inExample.sort()).toEqual(known.sort());
  for (const name of known) expect(docs).toContain(name.split(' ')[1]);
  for (const [variable] of source.matchAll(/\bZTPS_\w+/g)) expect(docs).toContain(variable);
});
