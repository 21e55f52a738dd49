// A switch saves its config by the event-handler command that existing sites use; an operator restores an older version, and
// the wiped switch comes back with it.
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runZtps } from '../cli/run-ztps.js';
import { writeConfig } from '../fixtures/data-root.js';
import { startServer } from './server-process.js';
import { leafCabling, leafConfig, leafSite, serial } from './sites.js';
import { provision, unpackSwitch } from './switches.js';

test('versions of a config are kept, compared, restored, and given back to the switch', async (context) => {
  const server = await startServer(context, { files: leafSite });
  const conf = writeConfig(server.root);
  const config = async (...words: string[]): Promise<string> => {
    const { status, out, err } = await runZtps(['--conf', conf, 'config', ...words]);
    expect([status, err]).toEqual([0, '']);
    return out;
  };
  const leaf = await unpackSwitch(context, { neighbors: leafCabling });
  const save = async (text: string): Promise<void> => {
    leaf.writeFlash('startup-config', text);
    const url = `${server.url}/nodes/${serial}/startup-config`;
    const { output } = await leaf.shell(
      `curl -sS -f -H 'content-type: text/plain' --data-binary @/mnt/flash/startup-config -X PUT ${url}`,
    );
    expect(output).toBe('');
  };
  await provision(leaf, server.url);
  const before = leafConfig('192.0.2.11/24');
  const after = `${before}! changed: \xe9\r\nntp server 192.0.2.9\r\n`;
  await save(before);
  await save(before);
  await save(after);
  const { versions } = JSON.parse(await config('history', serial, '--json'));
  expect(versions.map(({ number, source }: { number: number; source: string }) => [number, source])).toEqual([
    [1, 'put'],
    [2, 'put'],
  ]);
  expect((await config('diff', serial)).split('\n').slice(2)).toEqual([
    '@@ -7,3 +7,5 @@',
    '    ip address 192.0.2.11/24',
    ' !',
    ' ip route 0.0.0.0/0 192.0.2.1',
    '+! changed: \xe9\\r',
    '+ntp server 192.0.2.9\\r',
    '',
  ]);

  rmSync(`${leaf.flash}/startup-config`);
  expect((await provision(leaf, server.url)).startupConfig).toBe(after);
  await config('restore', serial, '1');
  rmSync(`${leaf.flash}/startup-config`);
  expect((await provision(leaf, server.url)).startupConfig).toBe(before);
  expect(await config('show', serial)).toBe(before);
});
