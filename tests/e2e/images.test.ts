// Images on their way to a switch: whole, the right ones, or none. What install_image does besides is in actions.test.ts.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startServer } from './server-process.js';
import { addConfig, serial, siteOf } from './sites.js';
import { failToProvision, namesOnFlash, provision, readConsole, snapshot, unpackSwitch } from './switches.js';
import { startProxy } from './tampering-proxy.js';

const end = addConfig('end.cfg');
const image = { url: 'files/EOS.swi', version: '4.33.1F' };

/** A site that installs images; `EOS.swi` holds `an image`. */
function imageSite(attributes: Record<string, unknown>) {
  const files = { 'files/EOS.swi': 'an image\n', 'files/end.cfg': 'hostname x\n' };
  return siteOf([{ action: 'install_image', attributes }, end], files);
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

test('an image of 600 MB, cut twice, is resumed, verified and booted', {
  timeout: 300_000,
}, async (context) => {
  const proxy = await startProxy(context);
  const server = await startServer(context, { files: imageSite(image), serverUrl: proxy.url });
  proxy.forwardTo(server.url);
  const size = 600_000_000;
  const path = join(server.root, 'files/EOS.swi');
  // Most of it is a hole: on the server's disk it takes no room.
  writeFileSync(path, 'an image\n');
  truncateSync(path, size);
  const file = openSync(path, 'r+');
  writeSync(file, 'its end\n', size - 8);
  closeSync(file);
  const { sha256 } = (await (await fetch(`${server.url}/meta/files/EOS.swi`)).json()) as { sha256: string };
  const definition = join(server.root, `nodes/${serial}/definition`);
  const text = readFileSync(definition, 'utf8');
  writeFileSync(definition, text.replace('"version"', `"sha256":"${sha256}","version"`));
  proxy.cut('/files/EOS.swi', 200_000_000, 2);
  const leaf = await unpackSwitch(context, { version: '4.32.2F' });
  await provision(leaf, proxy.url);
  expect(proxy.seen('/files/EOS.swi')).toEqual([
    'GET 200',
    'GET bytes=200000000- 206',
    'GET bytes=400000000- 206',
  ]);
  const stored = join(leaf.flash, 'EOS-4.33.1F.swi');
  expect(statSync(stored).size).toBe(size);
  expect((await leaf.shell('sha256sum < /mnt/flash/EOS-4.33.1F.swi')).output).toBe(`${sha256}  -\n`);
  expect(leaf.readFlash('boot-config')).toBe('SWI=flash:/EOS-4.33.1F.swi\n');
  expect((await leaf.shell('FastCli -p 15 -c "show version"')).output).toContain('version: 4.33.1F\n');
});

describe.concurrent('an image', () => {
  test('with another hash than its definition says is not installed, and gone', async (context) => {
    const wanted = hashOf('another image\n');
    const server = await startServer(context, { files: imageSite({ ...image, sha256: wanted }) });
    const leaf = await unpackSwitch(context);
    const before = snapshot(leaf.flash);
    const outcome = await failToProvision(leaf, server.url);
    expect(readConsole(outcome, server.url)).toContain(
      `${serial}: FAILED: action install_image failed: RuntimeError: files/EOS.swi: its SHA-256 is ` +
        `${hashOf('an image\n')}, sha256 says ${wanted}: nothing is installed`,
    );
    expect(snapshot(leaf.flash)).toEqual(before);
    expect(leaf.cliLog.map(({ command }) => command).join('\n')).not.toContain('install source');
  });

  test('with the right hash is installed; on another server too, and fetched once only', async (context) => {
    const elsewhere = await startServer(context, { files: imageSite(image) });
    const attributes = { ...image, url: `${elsewhere.url}/files/EOS.swi`, sha256: hashOf('an image\n') };
    const server = await startServer(context, { files: imageSite(attributes) });
    const leaf = await unpackSwitch(context);
    await provision(leaf, server.url);
    expect(leaf.readFlash('boot-config')).toBe('SWI=flash:/EOS-4.33.1F.swi\n');
    const again = await unpackSwitch(context);
    again.writeFlash('EOS-4.33.1F.swi', 'an image\n');
    const { console } = await provision(again, server.url);
    expect(console).toContain(
      `${serial}: install_image: /mnt/flash/EOS-4.33.1F.swi is there already, its SHA-256 is right`,
    );
    expect(elsewhere.said().filter((line) => line.includes('files/EOS.swi to'))).toHaveLength(1);
  });

  test('without room on flash is not asked for', async (context) => {
    const server = await startServer(context, {
      files: { ...imageSite(image), 'files/EOS.swi': Buffer.alloc(300_000) },
    });
    const leaf = await unpackSwitch(context, { flashSize: 200_000 });
    const before = snapshot(leaf.flash);
    const outcome = await failToProvision(leaf, server.url);
    expect(readConsole(outcome, server.url)).toContainEqual(
      expect.stringMatching(
        /FAILED: action install_image failed: no room for .*: it has 300\.0 kB, free are /,
      ),
    );
    expect(server.said().join('\n')).not.toContain('files/EOS.swi to');
    expect(snapshot(leaf.flash)).toEqual(before);
  });
});

describe.concurrent('the upgrade policy', () => {
  const policies: [string, string, Record<string, unknown>, string][] = [
    [
      'nothing to do',
      '4.32.2F',
      { ...image, minimum: '4.31.0F', maximum: '4.33.1F' },
      'running version 4.32.2F is within the minimum 4.31.0F and the maximum 4.33.1F',
    ],
    [
      'downgrade refused',
      '4.34.0F',
      { ...image, maximum: '4.33.1F', downgrade: false },
      'running version 4.34.0F is newer than 4.33.1F and stays',
    ],
  ];
  test.for(policies)('%s on %s', async ([, version, attributes, said], context) => {
    const server = await startServer(context, { files: imageSite(attributes) });
    const leaf = await unpackSwitch(context, { version });
    const { console } = await provision(leaf, server.url);
    expect(console).toContain(`${serial}: install_image: ${said}`);
    expect(namesOnFlash(leaf)).toEqual([`EOS-${version}.swi`, 'boot-config', 'startup-config']);
    expect(server.said(serial).join('\n')).not.toContain('EOS.swi');
  });

  test('a version that is too old, or too new, is replaced', async (context) => {
    const attributes = { ...image, minimum: '4.32.2F', maximum: '4.33.1F' };
    const server = await startServer(context, { files: imageSite(attributes) });
    for (const version of ['4.31.9M', '4.34.0F']) {
      const leaf = await unpackSwitch(context, { version });
      await provision(leaf, server.url);
      expect(leaf.readFlash('boot-config')).toBe('SWI=flash:/EOS-4.33.1F.swi\n');
    }
  });

  test('one definition serves a mixed rack', async (context) => {
    const images = [
      { model: 'DCS-7050.*', ...image },
      { model: 'DCS-7280.*', ...image, version: '4.31.5M' },
    ];
    const server = await startServer(context, { files: imageSite({ images }) });
    for (const [model, name] of [
      ['DCS-7050SX3-48YC8', 'EOS-4.33.1F.swi'],
      ['DCS-7280SR3-48YC8', 'EOS-4.31.5M.swi'],
    ] as const) {
      const leaf = await unpackSwitch(context, { model });
      await provision(leaf, server.url);
      expect(leaf.readFlash('boot-config')).toBe(`SWI=flash:/${name}\n`);
    }
    const leaf = await unpackSwitch(context, { model: 'vEOS' });
    const outcome = await failToProvision(leaf, server.url);
    expect(readConsole(outcome, server.url)).toContain(
      `${serial}: FAILED: action install_image failed: ValueError: images: model vEOS matches no entry; ` +
        'there are DCS-7050.*, DCS-7280.*',
    );
  });
});
