// What happens to downloads on a bad network and a small flash: resumed, verified, refused.
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type ServerProcess, startServer } from './server-process.js';
import { addConfig, serial, siteOf } from './sites.js';
import { failToProvision, namesOnFlash, provision, readConsole, snapshot, unpackSwitch } from './switches.js';
import { startProxy } from './tampering-proxy.js';

const image = randomBytes(300_000);
const imageHash = createHash('sha256').update(image).digest('hex');
const site = siteOf(
  [
    { action: 'copy_file', attributes: { src_url: 'files/image', dst_url: '/mnt/flash' } },
    addConfig('end.cfg'),
  ],
  { 'files/image': image, 'files/end.cfg': 'hostname x\n' },
);

/** What the server was asked of the image. Whether it had handed over all of it by the time of a cut is left to chance. */
function sent(server: ServerProcess): string[] {
  return server.said(serial).filter((line) => line.includes('files/image') && !line.includes('was cut off'));
}

describe.concurrent('a download', () => {
  test('cut in half is resumed where it stopped, and verified', async (context) => {
    const proxy = await startProxy(context);
    const server = await startServer(context, { files: site, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    proxy.cut('/files/image', 150_000);
    const leaf = await unpackSwitch(context);
    const outcome = await provision(leaf, proxy.url);
    expect((await leaf.shell('sha256sum < /mnt/flash/image')).output).toBe(`${imageHash}  -\n`);
    expect(proxy.seen('/files/image')).toEqual(['GET 200', 'GET bytes=150000- 206']);
    expect(sent(server)).toEqual([
      'INFO files/image to 127.0.0.1, 300000 bytes',
      'INFO files/image to 127.0.0.1, 300000 bytes (bytes=150000-)',
    ]);
    expect(readConsole(outcome, proxy.url)).toEqual(
      expect.arrayContaining([
        `${serial}: GET SERVER/files/image: broke off after 150000 of 300000 bytes; next try in N seconds`,
        `${serial}: SERVER/files/image: resumed at 150.0 kB`,
        `${serial}: fetched files/image as /mnt/flash/image (300.0 kB, verified)`,
      ]),
    );
    expect(namesOnFlash(leaf)).toEqual(['EOS-4.32.2F.swi', 'boot-config', 'image', 'startup-config']);
  });

  test('cut again and again gets on each time', async (context) => {
    const proxy = await startProxy(context);
    const server = await startServer(context, { files: site, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    proxy.cut('/files/image', 90_000, 3);
    const leaf = await unpackSwitch(context);
    await provision(leaf, proxy.url);
    expect((await leaf.shell('sha256sum < /mnt/flash/image')).output).toBe(`${imageHash}  -\n`);
    expect(proxy.seen('/files/image')).toEqual([
      'GET 200',
      'GET bytes=90000- 206',
      'GET bytes=180000- 206',
      'GET bytes=270000- 206',
    ]);
  });

  test('corrupted once is fetched once more', async (context) => {
    const proxy = await startProxy(context);
    const server = await startServer(context, { files: site, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    proxy.flipByte('/files/image', 200_000, 1);
    const leaf = await unpackSwitch(context);
    await provision(leaf, proxy.url);
    expect((await leaf.shell('sha256sum < /mnt/flash/image')).output).toBe(`${imageHash}  -\n`);
  });

  test('corrupted for good is refused, and flash is as it was', async (context) => {
    const proxy = await startProxy(context);
    const server = await startServer(context, { files: site, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    proxy.flipByte('/files/image', 299_999);
    const leaf = await unpackSwitch(context);
    leaf.writeFlash('image', 'of the last run\n');
    const before = snapshot(leaf.flash);
    const outcome = await failToProvision(leaf, proxy.url);
    const altered = Buffer.from(image);
    altered[299_999] = (altered[299_999] ?? 0) ^ 1;
    const found = createHash('sha256').update(altered).digest('hex');
    expect(readConsole(outcome, proxy.url)).toContain(
      `${serial}: FAILED: action copy_file failed: SERVER/files/image: corrupted: its SHA256 is ${found}, ` +
        `/meta says ${imageHash}`,
    );
    expect(snapshot(leaf.flash)).toEqual(before);
    expect(proxy.seen('/files/image')).toEqual(['GET 200', 'GET 200']);
  });

  test('an action that was altered on its way is not run', async (context) => {
    const proxy = await startProxy(context);
    const server = await startServer(context, { files: site, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    proxy.flipByte('/actions/copy_file', 5);
    const outcome = await failToProvision(await unpackSwitch(context), proxy.url);
    expect(readConsole(outcome, proxy.url)).toContainEqual(
      expect.stringContaining('FAILED: action copy_file failed: SERVER/actions/copy_file: corrupted: '),
    );
  });
});

test('a power cut in the middle of a download leaves nothing behind once the switch is provisioned', async (context) => {
  const proxy = await startProxy(context);
  const server = await startServer(context, { files: site, serverUrl: proxy.url });
  proxy.forwardTo(server.url);
  const leaf = await unpackSwitch(context);
  const stalled = proxy.stall('/files/image', 100_000);
  const cutOff = leaf.boot(proxy.url);
  await Promise.race([stalled.arrived, cutOff]);
  await leaf.kill();
  stalled.release();
  expect((await cutOff).exitCode).toBe(null);
  expect(namesOnFlash(leaf)).toContainEqual(expect.stringMatching(/^\.ztps-part-/));
  await provision(leaf, proxy.url);
  expect(namesOnFlash(leaf)).toEqual(['EOS-4.32.2F.swi', 'boot-config', 'image', 'startup-config']);
});

test('every request says which client it is, and for which node once that is known', async (context) => {
  const proxy = await startProxy(context);
  const server = await startServer(context, { files: site, serverUrl: proxy.url });
  proxy.forwardTo(server.url);
  await provision(await unpackSwitch(context), proxy.url);
  const all = proxy.requests.map(({ method, path, headers }) =>
    [method, path, headers['user-agent'], headers['x-ztps-node'], headers['accept-encoding']].join(' '),
  );
  const report = `POST /nodes/${serial}/events ztps-client/3.0.0 ${serial} identity`;
  expect(all).toContain(report);
  const said = all.filter((it) => it !== report);
  const client = `ztps-client/3.0.0 ${serial} identity`;
  expect(said.slice(1)).toEqual([
    'GET /bootstrap/config ztps-client/3.0.0  identity',
    'POST /nodes ztps-client/3.0.0  identity',
    `GET /nodes/${serial} ${client}`,
    `GET /meta/actions/copy_file ${client}`,
    `GET /actions/copy_file ${client}`,
    `GET /meta/files/image ${client}`,
    `GET /files/image ${client}`,
    `GET /meta/actions/add_config ${client}`,
    `GET /actions/add_config ${client}`,
    `GET /meta/files/end.cfg ${client}`,
    `GET /files/end.cfg ${client}`,
  ]);
});

describe.concurrent('a flash that is too small', () => {
  test('is found out before a byte is asked for or written', async (context) => {
    const proxy = await startProxy(context);
    const server = await startServer(context, { files: site, serverUrl: proxy.url });
    proxy.forwardTo(server.url);
    const leaf = await unpackSwitch(context, { flashSize: 200_000 });
    const before = snapshot(leaf.flash);
    const outcome = await failToProvision(leaf, proxy.url);
    expect(readConsole(outcome, proxy.url)).toContainEqual(
      expect.stringMatching(
        /FAILED: action copy_file failed: no room for \/mnt\/flash\/image: it has 300\.0 kB, free are [\d.]+ kB$/,
      ),
    );
    expect(proxy.seen('/meta/files/image')).toEqual(['GET 200']);
    expect(proxy.seen('/files/image')).toEqual([]);
    expect(snapshot(leaf.flash)).toEqual(before);
  });

  test('is large enough if the file that is replaced makes room', async (context) => {
    const server = await startServer(context, { files: site });
    const leaf = await unpackSwitch(context, { flashSize: 400_000 });
    leaf.writeFlash('image', randomBytes(200_000));
    await provision(leaf, server.url);
    expect((await leaf.shell('sha256sum < /mnt/flash/image')).output).toBe(`${imageHash}  -\n`);
  });
});
