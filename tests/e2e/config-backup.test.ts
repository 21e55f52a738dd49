// A switch hands its startup-config in, as an event-handler of EOS does, and gets it back when it is wiped.
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startServer } from './server-process.js';
import { leafCabling, leafConfig, leafSite, serial } from './sites.js';
import { provision, unpackSwitch } from './switches.js';

/** What an event-handler runs: curl where the switch has it, else Python. */
const handIn = (url: string): string => `
url=${url}
file=/mnt/flash/startup-config
if command -v curl > /dev/null; then
  curl -sS -f -o /dev/null -w '%{http_code}\\n' -H 'content-type: text/plain' --data-binary @$file -X PUT $url
else
  python3 -c 'if True:
    import sys, urllib.request as http
    body = open(sys.argv[2], "rb").read()
    print(http.urlopen(http.Request(sys.argv[1], body, method="PUT")).status)' $url $file
fi`;

const keep = `#!/bin/sh
cd "$(dirname "$0")" || exit
cp startup-config "$PWD/../../kept-$ZTPS_NODE_ID"
echo "kept $(wc -c < startup-config) bytes"
`;

describe('a startup-config that a switch hands in', () => {
  test('is kept, handled, and given back to the switch when it is wiped', async (context) => {
    const files = {
      ...leafSite,
      neighbordb: `${leafSite.neighbordb}    config-handler: keep\n`,
      'config-handlers/keep': keep,
    };
    const server = await startServer(context, { files });
    const leaf = await unpackSwitch(context, { neighbors: leafCabling });
    await provision(leaf, server.url);
    const changed = `${leafConfig('192.0.2.11/24')}! changed by hand: \xe9\r\n`;
    leaf.writeFlash('startup-config', changed);
    const put = handIn(`${server.url}/nodes/${serial}/startup-config`);
    expect((await leaf.shell(put)).output).toBe('201\n');
    await server.waitForLine(/^config-handler /);
    expect((await leaf.shell(put)).output).toBe('200\n');
    const bytes = Buffer.byteLength(changed);
    const handled = `INFO config-handler succeeded: kept ${bytes} bytes`;
    expect(server.said(serial)).toEqual(
      expect.arrayContaining([
        `INFO startup-config created, ${bytes} bytes`,
        `INFO startup-config replaced, ${bytes} bytes`,
        handled,
      ]),
    );
    expect(server.read(`nodes/${serial}/startup-config`)).toBe(changed);
    expect(server.read(`kept-${serial}`)).toBe(changed);
    rmSync(`${leaf.flash}/startup-config`);
    expect((await provision(leaf, server.url)).startupConfig).toBe(changed);
    expect(await server.stop()).toBe(0);
    expect(server.said(serial).filter((line) => line === handled).length).toBe(2);
  });

  test('is refused while the server does not know the switch', async (context) => {
    const server = await startServer(context, { files: leafSite });
    const leaf = await unpackSwitch(context, { startupConfig: 'hostname x\n' });
    await leaf.powerOn();
    const { output } = await leaf.shell(handIn(`${server.url}/nodes/${serial}/startup-config`));
    expect(output).toContain('400');
    expect(server.has(`nodes/${serial}`)).toBe(false);
  });
});
