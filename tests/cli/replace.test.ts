// `ztps replace` as people and scripts run it: output, exit status, and what is in the data root afterwards.

import { lstatSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { FileProposals } from '../../src/state/file-proposals.js';
import { writeFiles } from '../fixtures/data-root.js';
import { makeCliSite } from './cli-site.js';
import { runZtps, startZtps } from './run-ztps.js';

const old = {
  'nodes/OLD/definition': 'name: leaf # as it is\r\nactions: []\n',
  'nodes/OLD/pattern': 'name: leaf\nnode: OLD\n',
  'nodes/OLD/attributes': 'a: 1\n',
  'nodes/OLD/config-handler': '#!/bin/sh\n',
  'nodes/OLD/startup-config': 'hostname old\xe9\r\n',
  'nodes/OLD/.node': '{"serialnumber": "OLD", "model": "X", "neighbors": {}}\n',
  'nodes/OLD/extra/note': 'of an operator\n',
  'definitions/shared': 'name: shared\n',
  'resources/mgmt': '1: OLD # first\n2: OLD#vlan\n3: null\n4: OTHER\n',
  'resources/empty': '1: null\n',
};

const makeSite = (files: Readonly<Record<string, string>> = {}) => makeCliSite({ ...old, ...files });

describe('ztps replace', () => {
  it('has help with examples', async () => {
    const run = await runZtps(['replace', '--help']);
    expect(run).toMatchObject({ status: 0, err: '' });
    expect(run.out).toContain('Examples:');
  });

  it.each([
    [[], 'give OLD and NEW, or one of --pending'],
    [['OLD'], 'NEW is missing'],
    [['OLD', 'NEW', '--pending'], 'give OLD and NEW, or one of --pending'],
    [['--accept', 'A', '--reject', 'B'], 'give OLD and NEW, or one of --pending'],
    [['A', 'B', 'C'], 'too many arguments'],
  ])('does not understand %j', async (words, complaint) => {
    const run = await runZtps(['replace', ...words]);
    expect(run).toMatchObject({ status: 2, out: '' });
    expect(run.err).toContain(complaint);
  });

  it('gives a new box all that the old one has, and keeps the folder of that', async () => {
    const site = makeSite();
    const database = new Database(path.join(site.root, 'resources.db'));
    database.exec(
      "CREATE TABLE lo (key TEXT PRIMARY KEY, node_id TEXT); INSERT INTO lo VALUES ('192.0.2.1', 'OLD')",
    );
    database.close();
    writeFiles(path.dirname(site.conf), {
      'ztpserver.conf': `${readFileSync(site.conf, 'utf8')}\n[resources]\nsqlite = resources.db\n`,
    });
    const run = await site.run('replace', 'OLD', 'NEW');
    expect(run).toMatchObject({
      status: 0,
      out: 'NEW has the place of OLD\n  mgmt: 1 passed on\n  mgmt: 2 passed on\n  sqlite:lo: 192.0.2.1 passed on\nA switch OLD is refused from now on\n',
    });
    const parts = ['attributes', 'config-handler', 'definition', 'extra', 'pattern', 'startup-config'];
    expect(site.names('nodes/NEW')).toEqual(['.replaces', ...parts]);
    for (const name of ['attributes', 'definition', 'pattern', 'startup-config', 'extra/note']) {
      expect(site.read(`nodes/NEW/${name}`)).toBe(site.read(`nodes/OLD/${name}`));
    }
    expect(lstatSync(path.join(site.root, 'nodes/NEW/config-handler')).mode & 0o111).not.toBe(0);
    expect(site.names('nodes/OLD')).toEqual(['.node', '.replaced-by', ...parts]);
    expect(site.read('resources/mgmt')).toBe('1: NEW # first\n2: NEW#vlan\n3: null\n4: OTHER\n');
    const log = await site.run('log', '--lines', '50', '--type', 'operator');
    expect(log.out).toMatch(/NEW +takes the place of OLD\n/);
    expect(log.out).toMatch(/OLD +replaced-by NEW\n/);
    expect((await site.run('config', 'history', 'NEW')).out).toMatch(/replaced/);
    expect((await site.run('config', 'history', 'OLD')).out).toMatch(/NEW/);
    const again = await site.run('replace', 'OLD', 'NEW');
    expect(again).toMatchObject({ status: 0, out: 'NEW has the place of OLD already\n' });
    const explained = await site.run('explain', 'OLD');
    expect(explained.status).toBe(1);
    expect(explained.out).toContain(
      'POST /nodes would be refused, 400 replaced: nodes/OLD is replaced-by NEW, which has its place, config and values; mend: ztps replace NEW OLD (gives the place back) or ztps node remove OLD',
    );
    expect((await site.run('render', 'OLD')).out).toContain('replaced-by NEW');
  });

  it('tells programs what it did', async () => {
    const site = makeSite();
    expect(await site.json('replace', 'OLD', 'NEW')).toEqual({
      old: 'OLD',
      new: 'NEW',
      outcome: 'done',
      moved: [
        { pool: 'mgmt', value: '1', from: 'OLD', to: 'NEW' },
        { pool: 'mgmt', value: '2', from: 'OLD#vlan', to: 'NEW#vlan' },
      ],
      freed: [],
      kept: [],
    });
  });

  it.each([
    ['nobody', ['NOBODY', 'NEW'], 'there is no folder nodes/NOBODY'],
    ['itself', ['OLD', 'OLD'], 'can not take its own place'],
    ['an unsafe id', ['OLD', '../NEW'], 'is no node id'],
  ])('refuses %s', async (_, words, complaint) => {
    const site = makeSite();
    const run = await site.run('replace', ...words);
    expect(run.status).not.toBe(0);
    expect(run.err).toContain(complaint);
    expect(site.names('nodes')).toEqual(['OLD']);
    expect(site.has('nodes/OLD/.replaced-by')).toBe(false);
  });

  it('loses nothing of the new box unless that is said, and names what it has', async () => {
    const site = makeSite({
      'nodes/NEW/definition': 'name: other\n',
      'nodes/NEW/startup-config': 'hostname new\n',
      'nodes/NEW/.node': '{"serialnumber": "NEW", "model": "X", "neighbors": {}}\n',
      'resources/mgmt': '1: OLD\n2: NEW\n3: NEW#more\n',
    });
    const before = site.read('resources/mgmt');
    const refused = await site.run('replace', 'OLD', 'NEW');
    expect(refused.status).toBe(1);
    expect(refused.err).toContain(
      'NEW has a folder nodes/NEW with definition and startup-config, 2 of pool mgmt, 3 of pool mgmt: with --force',
    );
    expect(site.read('nodes/NEW/startup-config')).toBe('hostname new\n');
    expect(site.has('nodes/OLD/.replaced-by')).toBe(false);
    expect(site.read('resources/mgmt')).toBe(before);
    const forced = await site.run('replace', 'OLD', 'NEW', '--force');
    expect(forced).toMatchObject({
      status: 0,
      out: 'NEW has the place of OLD\n  mgmt: 1 passed on\n  mgmt: 2 freed, NEW had it\n  mgmt: 3 was its own, and stays so\nA switch OLD is refused from now on\n',
    });
    expect(site.read('resources/mgmt')).toBe('1: NEW\n2: null\n3: NEW#more\n');
    expect(site.read('nodes/NEW/startup-config')).toBe('hostname old\xe9\r\n');
    expect(JSON.parse(site.read('nodes/NEW/.node')).serialnumber).toBe('NEW');
    const { versions } = (await site.json('config', 'history', 'NEW')) as { versions: { source: string }[] };
    expect(versions.map(({ source }) => source).sort()).toEqual(['hand', 'replaced']);
  });

  it('refuses a box that has no folder and holds values', async () => {
    const site = makeSite({ 'resources/mgmt': '1: OLD\n2: NEW\n' });
    const run = await site.run('replace', 'OLD', 'NEW');
    expect([run.status, run.err]).toEqual([1, expect.stringContaining('NEW has 2 of pool mgmt')]);
    expect(site.has('nodes/OLD/.replaced-by')).toBe(false);
  });

  it.each([
    ['replace', 'OTHER', 'NEW', '--force'],
    ['node', 'rename', 'OTHER', 'NEW'],
  ])('gives a name that was promised to nobody else: %s %s %s', async (...words) => {
    const site = makeSite({
      'nodes/OLD/.replaced-by': 'OLD NEW\n',
      'nodes/NEW/.reserved': 'replace OLD NEW\n',
      'nodes/OTHER/definition': 'name: leaf\nactions: []\n',
    });
    const run = await site.run(...words.filter((it) => it !== undefined));
    expect(run).toMatchObject({ status: 1, out: '' });
    expect(run.err).toContain('ztps replace OLD NEW completes it, and has to be run first');
    expect(site.has('nodes/OTHER/.replaced-by')).toBe(false);
    expect(site.read('nodes/NEW/.reserved')).toBe('replace OLD NEW\n');
  });

  it('changes nothing while a pool can not be read, and names it', async () => {
    const site = makeSite({ 'resources/broken': '- a list\n' });
    const run = await site.run('replace', 'OLD', 'NEW');
    expect([run.status, run.err]).toEqual([1, expect.stringContaining('resources/broken')]);
    expect(site.names('nodes')).toEqual(['OLD']);
    expect(site.has('nodes/OLD/.replaced-by')).toBe(false);
  });

  it('gives the place back, and hands it on', async () => {
    const site = makeSite();
    await site.run('replace', 'OLD', 'NEW');
    writeFiles(site.root, { 'nodes/NEW/startup-config': 'hostname later\n' });
    expect((await site.run('replace', 'NEW', 'OLD')).status).toBe(0);
    expect(site.read('nodes/OLD/startup-config')).toBe('hostname later\n');
    expect(site.has('nodes/OLD/.replaced-by')).toBe(false);
    expect(site.read('nodes/NEW/.replaced-by')).toBe('NEW OLD\n');
    expect(site.read('resources/mgmt')).toBe(old['resources/mgmt']);
    expect((await site.run('replace', 'OLD', 'THIRD')).status).toBe(0);
    const refused = await site.run('replace', 'OLD', 'FOURTH');
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('replaced-by THIRD already')]);
    expect((await site.run('node', 'rename', 'THIRD', 'FOURTH')).status).toBe(0);
    expect(site.read('nodes/OLD/.replaced-by')).toBe('OLD FOURTH\n');
  });

  it('keeps links of the old folder that others share, but for its config', async () => {
    const site = makeSite({ 'files/common.cfg': 'hostname common\n' });
    writeFiles(site.root, { 'nodes/LINKED/attributes': 'a: 1\n' });
    symlinkSync('../../definitions/shared', path.join(site.root, 'nodes/LINKED/definition'));
    symlinkSync('../../files/common.cfg', path.join(site.root, 'nodes/LINKED/startup-config'));
    await site.run('replace', 'LINKED', 'NEW');
    expect(readlinkSync(path.join(site.root, 'nodes/NEW/definition'))).toBe('../../definitions/shared');
    expect(lstatSync(path.join(site.root, 'nodes/NEW/startup-config')).isFile()).toBe(true);
    expect(site.read('nodes/NEW/startup-config')).toBe('hostname common\n');
  });

  it('a box that was put in its place by a link: that goes on, may be replaced, and the link may become a replacement', async () => {
    const site = makeSite();
    symlinkSync('OLD', path.join(site.root, 'nodes/LINK'));
    symlinkSync('OLD', path.join(site.root, 'nodes/LINK2'));
    expect((await site.run('replace', 'LINK', 'NEW')).status).toBe(0);
    expect(site.read('nodes/OLD/.replaced-by')).toBe('LINK NEW\n');
    // The folder is OLD's own, and LINK2 stands for itself.
    for (const id of ['OLD', 'LINK2']) {
      expect((await site.run('explain', id)).out).toContain(`${id}: POST /nodes would be answered 409`);
    }
    expect((await site.run('explain', 'LINK')).out).toContain('replaced-by NEW');
    expect((await site.run('replace', 'OLD', 'LINK2')).status).toBe(0);
    expect(lstatSync(path.join(site.root, 'nodes/LINK2')).isDirectory()).toBe(true);
    expect((await site.run('explain', 'OLD')).out).toContain('replaced-by LINK2');
  });

  it('runs to the end if it is run again, wherever it was killed', async () => {
    const rounds = Math.ceil(Number(process.env.ZTPS_TEST_ROUNDS ?? 12) / 4);
    const pools = Array.from(
      { length: 12 },
      (_, i) => [`resources/p${i}`, 'a: OLD\nb: OLD#k\nc: null\n'] as const,
    );
    for (let round = 0; round < rounds; round += 1) {
      const site = makeSite(Object.fromEntries(pools));
      const attempt = startZtps(['--conf', site.conf, 'replace', 'OLD', 'NEW']);
      // It is killed when something has changed: a little later each time.
      let left = round * 3;
      while (attempt.child.exitCode === null && attempt.child.signalCode === null) {
        if (site.names('nodes').length > 1 && left-- <= 0) attempt.child.kill('SIGKILL');
        await new Promise((resolve) => setImmediate(resolve));
      }
      await attempt.finished;
      const run = await site.run('replace', 'OLD', 'NEW');
      expect(run, `round ${round}`).toMatchObject({ status: 0 });
      for (const [file] of pools) expect(site.read(file)).toBe('a: NEW\nb: NEW#k\nc: null\n');
      expect(site.read('nodes/NEW/startup-config')).toBe(site.read('nodes/OLD/startup-config'));
      expect(site.read('nodes/OLD/.replaced-by')).toBe('OLD NEW\n');
      const { out } = await site.run('log', 'NEW', '--type', 'operator', '--json');
      expect(out.match(/takes the place of OLD/g)).toHaveLength(1);
      const { versions } = (await site.json('config', 'history', 'NEW')) as { versions: object[] };
      expect(versions).toHaveLength(1);
    }
  }, 300_000);
});

describe('proposed replacements', () => {
  const since = '2026-11-26T14:44:05.123Z';
  const make = async (site: { readonly root: string }, node: string, of: string, why = 'same neighbors') => {
    const proposals = new FileProposals(path.join(site.root, 'state'));
    await proposals.add({ node, old: of, since, address: '192.0.2.9', why, state: 'pending' });
    return proposals;
  };

  it('are listed with what speaks against them, and what a switch said is escaped', async () => {
    const site = makeSite();
    expect((await site.run('replace', '--pending')).out).toBe('Nothing is proposed\n');
    await make(site, 'NEW', 'OLD', 'model \u001b[31m');
    await make(site, 'NEW', 'GONE');
    const { out, status } = await site.run('replace', '--pending');
    expect(status).toBe(0);
    expect(out).toContain('NEW for OLD\n');
    expect(out).toContain('from 192.0.2.9: model \\u001b[31m\n');
    expect(out).toContain('but it is not known where OLD was last heard of');
    expect(out).not.toContain('GONE');
    expect(await site.json('replace', '--pending')).toMatchObject({
      pending: [
        { node: 'NEW', old: 'OLD', since, folder: false, lastSignAt: null, objections: [expect.any(String)] },
      ],
    });
  });

  it('are accepted', async () => {
    const site = makeSite();
    const proposals = await make(site, 'NEW', 'OLD');
    await make(site, 'NEW2', 'OLD');
    const run = await site.run('replace', '--accept', 'NEW');
    expect(run).toMatchObject({ status: 0, out: expect.stringContaining('NEW has the place of OLD\n') });
    expect(await proposals.list()).toEqual([]);
    expect(site.has('nodes/NEW/definition')).toBe(true);
    const again = await site.run('replace', '--accept', 'NEW');
    expect([again.status, again.err]).toEqual([1, expect.stringContaining('NEW is not proposed')]);
  });

  it('are not accepted if there are two: somebody has to say which', async () => {
    const site = makeSite({ 'nodes/OLD2/definition': 'name: leaf\n' });
    await make(site, 'NEW', 'OLD');
    await make(site, 'NEW', 'OLD2');
    const run = await site.run('replace', '--accept', 'NEW');
    expect([run.status, run.err]).toEqual([1, expect.stringContaining('say which')]);
  });

  it('are rejected, which is recorded', async () => {
    const site = makeSite();
    const proposals = await make(site, 'NEW', 'OLD');
    const run = await site.run('replace', '--reject', 'NEW');
    expect(run).toMatchObject({ status: 0, out: 'NEW is not proposed as the replacement of OLD any more\n' });
    expect(await proposals.list()).toMatchObject([{ state: 'rejected' }]);
    expect((await site.run('log', 'NEW')).out).toContain('rejected as the replacement of OLD');
    expect((await site.run('replace', '--pending')).out).toBe('Nothing is proposed\n');
  });
});
