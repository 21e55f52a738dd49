// A switch whose cabling is not what the site wants: it is told why, and nothing on it changes.
import { describe, expect, test } from 'vitest';
import type { SwitchIdentity } from '../../src/simulator/switch-identity.js';
import { startServer } from './server-process.js';
import { leafCabling, leafConfig, leafSite, serial } from './sites.js';
import { failToProvision, provision, readConsole, snapshot, unpackSwitch } from './switches.js';

const swapped: SwitchIdentity['neighbors'] = {
  Ethernet49: [{ device: 'dc1-spine2', port: 'Ethernet1/2' }],
  Ethernet50: [{ device: 'dc1-spine1', port: 'Ethernet1/1' }],
};
const miss =
  'Ethernet49 is connected to dc1-spine2:Ethernet1/2, ' +
  "wanted regex('dc1-spine\\d+'):Ethernet1/1; swap the cables of Ethernet49 and Ethernet50 and it matches";
const reason = `neighbordb: no pattern matched; nearest miss: pattern leaf (line 4): ${miss}`;

describe.concurrent('a switch that is cabled wrongly', () => {
  test('is refused, says why on its console, and its flash is as it was', async (context) => {
    const server = await startServer(context, { files: leafSite });
    const leaf = await unpackSwitch(context, { neighbors: swapped });
    leaf.writeFlash('rc.eos', '#!/bin/bash\ntrue\n');
    leaf.writeFlash('notes', Buffer.from([0, 255, 10]));
    const before = snapshot(leaf.flash);
    const outcome = await failToProvision(leaf, server.url);
    expect(snapshot(leaf.flash)).toEqual(before);
    expect(readConsole(outcome, server.url).slice(-3)).toEqual([
      `${serial}: FAILED: POST SERVER/nodes: 400 Bad Request, no-pattern-matched, ${reason}`,
      `${serial}: flash is as it was`,
      'the script ended with status 1',
    ]);
    expect(server.said(serial)).toEqual([
      expect.stringMatching(/^INFO bootstrap sent to 127\.0\.0\.1 \(says: model /),
      `WARNING POST /nodes from 127.0.0.1: 400, ${reason} [no-pattern-matched]`,
    ]);
    expect(server.has(`nodes/${serial}`)).toBe(false);
  });

  test('that is known already is refused its definition, and its flash is as it was', async (context) => {
    const server = await startServer(context, { files: leafSite });
    await provision(await unpackSwitch(context, { neighbors: leafCabling }), server.url);
    const recabled = await unpackSwitch(context, { neighbors: swapped });
    const before = snapshot(recabled.flash);
    const outcome = await failToProvision(recabled, server.url);
    expect(snapshot(recabled.flash)).toEqual(before);
    expect(readConsole(outcome, server.url)).toContainEqual(
      `${serial}: FAILED: GET SERVER/nodes/${serial}: 400 Bad Request, topology-check-failed, nodes/${serial}/pattern: pattern leaf (line 1) does not match: ${miss}`,
    );
  });

  test('starts over until the site is mended, and is then provisioned', async (context) => {
    const server = await startServer(context, { files: leafSite });
    const leaf = await unpackSwitch(context, {
      neighbors: swapped,
      onConsole: ({ text }) => {
        if (!text.startsWith('starting over')) return;
        server.write({ neighbordb: 'patterns: [{name: leaf, definition: leaf, interfaces: [any: any]}]\n' });
      },
    });
    const outcome = await leaf.boot(server.url, { attempts: 3, retryPause: 0 });
    expect(outcome.attempts).toBe(2);
    expect(outcome.startupConfig).toBe(leafConfig('192.0.2.11/24'));
  });
});
