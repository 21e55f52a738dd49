import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { makeDataRoot, serveSite, writeFiles } from '../fixtures/data-root.js';
import { postNode, request } from '../fixtures/request.js';

const site = {
  neighbordb: 'patterns: [{name: any, definition: d, model: .*}]\n',
  'definitions/d': "actions: [{action: a, attributes: {ip: allocate('pool')}}]\n",
  'resources/pool': '10.0.0.1: null\n10.0.0.2: null\n',
  'nodes/N/definition': "actions: [{action: a, attributes: {ip: allocate('pool')}}]\n",
  'nodes/N/startup-config': 'the config that is kept\n',
  'nodes/N/pattern': 'name: any\n',
  'nodes/N/.node': '{"model":"old"}',
};

/** A data root on a file system of its own, unmounted after the test. */
function mountDataRoot(context: TestContext, options: string): string {
  if (process.getuid?.() !== 0) context.skip('only root can mount: sudo npm test');
  const root = makeDataRoot();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'ztps-test', root]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', root]);
  });
  for (const folder of ['nodes', 'definitions', 'resources', 'bootstrap', 'files']) {
    writeFiles(root, { [folder]: null });
  }
  writeFiles(root, site);
  return root;
}

const report = { serialnumber: 'NEW', model: 'x' };

/** Everything that has to write gets 5xx with a reason, and the data root stays as it was. */
async function expectRefusals(root: string): Promise<void> {
  const { url, logged } = await serveSite(root);
  const refused = { headers: { 'x-ztps-reason': 'write-failed' } };
  const posted = await postNode(url, report);
  expect(posted).toMatchObject({ status: 500, ...refused });
  expect(readdirSync(path.join(root, 'nodes'))).toEqual(['N']);
  expect(await postNode(url, { ...report, serialnumber: 'N' })).toMatchObject({ status: 500, ...refused });
  expect(readFileSync(path.join(root, 'nodes/N/.node'), 'utf8')).toBe(site['nodes/N/.node']);
  const put = await request(url, 'PUT', '/nodes/N/startup-config', { body: 'x'.repeat(100_000) });
  expect(put).toMatchObject({ status: 500, ...refused });
  expect(readFileSync(path.join(root, 'nodes/N/startup-config'), 'utf8')).toBe(
    site['nodes/N/startup-config'],
  );
  expect(readdirSync(path.join(root, 'nodes/N')).sort()).toEqual([
    '.node',
    'definition',
    'pattern',
    'startup-config',
  ]);
  const kept = await request(url, 'GET', '/nodes/N/startup-config');
  expect(kept).toMatchObject({ status: 200, body: site['nodes/N/startup-config'] });
  expect(logged.filter((line) => line.reason === 'write-failed').length).toBeGreaterThanOrEqual(3);
}

async function expectNoAllocation(root: string): Promise<void> {
  const { url } = await serveSite(root);
  const answer = await request(url, 'GET', '/nodes/M');
  expect(answer).toMatchObject({ status: 500, headers: { 'x-ztps-reason': 'write-failed' } });
  expect(readFileSync(path.join(root, 'resources/pool'), 'utf8')).toBe(site['resources/pool']);
}

const unallocated = {
  'nodes/M/definition': site['nodes/N/definition'],
  'nodes/M/pattern': 'name: any\n',
  'nodes/M/.node': '{}',
};

describe('a read-only disk', () => {
  const remount = (root: string) => execFileSync('mount', ['-o', 'remount,ro', root]);

  it('refuses what has to be written with 5xx and loses nothing', async (context) => {
    const root = mountDataRoot(context, 'size=1m');
    remount(root);
    await expectRefusals(root);
  });

  it('gives no resource away', async (context) => {
    const root = mountDataRoot(context, 'size=1m');
    writeFiles(root, unallocated);
    remount(root);
    await expectNoAllocation(root);
  });
});

describe('a full disk', () => {
  /** Leaves not a block free. */
  const fill = (root: string) => {
    try {
      writeFileSync(path.join(root, 'filler'), Buffer.alloc(4 * 1024 * 1024));
    } catch {
      // That it is full is the point.
    }
    expect(statSync(path.join(root, 'filler')).size).toBeGreaterThan(0);
  };

  it('refuses what has to be written with 5xx and loses nothing', async (context) => {
    const root = mountDataRoot(context, 'size=256k');
    fill(root);
    await expectRefusals(root);
    expect(existsSync(path.join(root, 'nodes/NEW'))).toBe(false);
  });

  it('gives no resource away', async (context) => {
    const root = mountDataRoot(context, 'size=256k');
    writeFiles(root, unallocated);
    fill(root);
    await expectNoAllocation(root);
  });
});
