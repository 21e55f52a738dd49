// Replacing, renaming and removing nodes while a server serves them: what is half done, what is handed on further, what comes back.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeNode } from '../../../src/provisioning/remove-node.js';
import { renameNode } from '../../../src/provisioning/replacement/rename-node.js';
import { replaceNode } from '../../../src/provisioning/replacement/replace-node.js';
import { makeDataRoot, type ServedSite, serveSite, writeFiles } from '../../fixtures/data-root.js';
import { postNode, request } from '../../fixtures/request.js';

/** A leaf with a value of its own. */
const leaf = (id: string): Record<string, string> => ({
  [`nodes/${id}/definition`]: `name: leaf of ${id}\nactions: []\n`,
  [`nodes/${id}/pattern`]: 'name: leaf\n',
  [`nodes/${id}/startup-config`]: `hostname ${id}\n`,
});

/** The name NEW is kept for the place of OLD, which is marked; what follows was not done. */
const half = { 'nodes/OLD/.replaced-by': 'OLD NEW\n', 'nodes/NEW/.reserved': 'replace OLD NEW\n' };

async function makeSite(files: Readonly<Record<string, string>> = {}) {
  const root = makeDataRoot({ ...leaf('OLD'), 'resources/p': '1: OLD\n2: OTHER\n3: null\n', ...files });
  const served = await serveSite(root, '[default]\n[replacement]\nby_position = off\n');
  return {
    ...served,
    replace: (old: string, id: string, force = false) =>
      replaceNode(served.site, { old, new: id, force, facts: null, source: 'operator', why: null }),
    rename: (old: string, id: string) => renameNode(served.site, old, id),
    remove: (id: string, release = false) => removeNode(served.site, id, { release }),
    read: (path: string) => readFileSync(join(root, path), 'utf8'),
    has: (path: string) => existsSync(join(root, path)),
  };
}

/** What a switch is told that asks. */
async function askAs({ url }: ServedSite, serialnumber: string): Promise<string> {
  return (await postNode(url, { serialnumber, model: 'X', neighbors: {} })).body;
}

const put = (url: string, id: string, body: string) =>
  request(url, 'PUT', `/nodes/${id}/startup-config`, { body });

const refused = (code: string, words: string) => ({ code, message: expect.stringContaining(words) });

describe('a replacement that is half done', () => {
  it('takes no config of the new box, and is completed', async () => {
    const site = await makeSite(half);
    const answer = await put(site.url, 'NEW', 'hostname own\n');
    expect([answer.status, answer.headers['x-ztps-reason']]).toEqual([400, 'incomplete-node']);
    expect(site.has('nodes/NEW/startup-config')).toBe(false);
    expect(await site.replace('OLD', 'NEW')).toMatchObject({ outcome: 'completed' });
    expect(site.read('nodes/NEW/definition')).toBe(site.read('nodes/OLD/definition'));
    expect(site.read('nodes/NEW/startup-config')).toBe('hostname OLD\n');
    expect(site.read('resources/p')).toBe('1: NEW\n2: OTHER\n3: null\n');
  });

  it('is completed although the new box saved its config as its name was kept; that is in its history', async () => {
    const site = await makeSite({ ...half, 'nodes/NEW/startup-config': 'hostname own\n' });
    expect(await askAs(site, 'NEW')).toContain('ztps replace OLD NEW completes it');
    await site.replace('OLD', 'NEW');
    expect(site.read('nodes/NEW/startup-config')).toBe('hostname OLD\n');
    expect((await site.history.versions('NEW')).map(({ source }) => source)).toEqual(['hand', 'replaced']);
  });

  it('says to both boxes how it is completed', async () => {
    const site = await makeSite(half);
    expect(await askAs(site, 'OLD')).toMatch(
      /replaced-by NEW, which was begun and not finished; mend: ztps replace OLD NEW/,
    );
    expect(await askAs(site, 'NEW')).toContain('ztps replace OLD NEW completes it');
  });

  it('is not torn apart by who removes one of the two, hands the place on, or gives either away', async () => {
    const site = await makeSite({ ...half, ...leaf('OTHER') });
    const isRefused = refused('node-in-use', 'ztps replace OLD NEW completes it, and has to be run first');
    for (const id of ['OLD', 'NEW']) await expect(site.remove(id, true)).rejects.toMatchObject(isRefused);
    await expect(site.replace('OLD', 'THIRD')).rejects.toMatchObject(isRefused);
    await expect(site.replace('OTHER', 'NEW', true)).rejects.toMatchObject(isRefused);
    await expect(site.replace('OTHER', 'OLD', true)).rejects.toMatchObject(isRefused);
    await expect(site.rename('OLD', 'NEW')).rejects.toMatchObject(isRefused);
    await expect(site.rename('OTHER', 'NEW')).rejects.toMatchObject(isRefused);
    expect(site.read('resources/p')).toBe('1: OLD\n2: OTHER\n3: null\n');
    expect(await site.replace('OLD', 'NEW')).toMatchObject({ outcome: 'completed' });
  });

  it('gives the new box nothing, and names the command wherever it asks and whatever was put into its folder', async () => {
    const site = await makeSite({
      ...half,
      'nodes/NEW/pattern': 'name: NEW\n',
      'nodes/NEW/startup-config': 'hostname own\n',
    });
    for (const path of ['/nodes/NEW', '/nodes/NEW/startup-config']) {
      const answer = await request(site.url, 'GET', path);
      expect([answer.status, answer.headers['x-ztps-reason']]).toEqual([400, 'incomplete-node']);
      expect(answer.body).toContain('ztps replace OLD NEW completes it');
    }
    expect(await askAs(site, 'NEW')).toContain('ztps replace OLD NEW completes it');
    await expect(site.replace('OLD', 'NEW')).rejects.toMatchObject(
      refused('node-exists', 'pattern in a folder that only keeps its name'),
    );
    await expect(site.remove('NEW')).rejects.toMatchObject({ code: 'node-in-use' });
    await site.replace('OLD', 'NEW', true);
    expect(site.read('nodes/NEW/pattern')).toBe('name: leaf\n');
  });

  it('that was stopped before the old one was marked is none: the name is given up, or used', async () => {
    const site = await makeSite({ 'nodes/NEW/.reserved': 'replace OLD NEW\n' });
    expect(await askAs(site, 'NEW')).toContain(
      'stopped before it began: ztps replace OLD NEW does it, ztps node remove NEW gives the name up',
    );
    await site.remove('NEW');
    expect(site.has('nodes/NEW')).toBe(false);
    expect(await askAs(site, 'OLD')).not.toContain('replaced');
  });

  it('ends whole although the new box, which is known, saves its config all the while', async () => {
    const site = await makeSite(leaf('NEW'));
    let isOver = false;
    const saving = (async () => {
      for (let i = 0; !isOver; i += 1) await put(site.url, 'NEW', `hostname own${i}\n`);
    })();
    const done = await site.replace('OLD', 'NEW', true).finally(() => {
      isOver = true;
    });
    await saving;
    expect(done).toMatchObject({ outcome: 'done' });
    expect(site.read('nodes/NEW/definition')).toBe('name: leaf of OLD\nactions: []\n');
    expect(site.has('nodes/NEW/.reserved')).toBe(false);
    expect(site.read('nodes/NEW/.replaces')).toBe('OLD\n');
  });
});

describe('a box that comes back', () => {
  it('gets its place from whoever has it by now', async () => {
    const site = await makeSite();
    await site.replace('OLD', 'B');
    await site.replace('B', 'C');
    expect(await askAs(site, 'OLD')).toContain(
      'replaced-by B, and C has by now its place, config and values; mend: ztps replace C OLD',
    );
    await site.replace('C', 'OLD');
    expect(site.read('resources/p')).toBe('1: OLD\n2: OTHER\n3: null\n');
    expect(site.has('nodes/OLD/.replaced-by')).toBe(false);
  });

  it('is not made a second one in its place by force', async () => {
    const site = await makeSite();
    await site.replace('OLD', 'B');
    await site.replace('B', 'C');
    await expect(site.replace('OLD', 'B', true)).rejects.toMatchObject(
      refused('replaced', 'and C has its place: ztps replace C B hands the place on'),
    );
    expect(site.read('nodes/B/.replaced-by')).toBe('B C\n');
  });

  it('is found where the place went to and came back, however often', async () => {
    const site = await makeSite();
    const steps = ['OLD B', 'B C', 'C B', 'B OLD', 'OLD C', 'C B', 'B C'].map((step) => step.split(' '));
    for (const [old = '', id = ''] of steps) await site.replace(old, id);
    for (const id of ['OLD', 'B']) expect(await askAs(site, id)).toContain('mend: ztps replace C ');
    await expect(site.replace('OLD', 'THIRD')).rejects.toMatchObject(
      refused('replaced', 'ztps replace C THIRD hands the place on'),
    );
    await site.rename('C', 'D');
    await site.replace('D', 'E');
    await site.replace('E', 'D');
    expect(await askAs(site, 'OLD')).toContain('mend: ztps replace D OLD');
    await site.replace('D', 'OLD');
    expect(site.read('resources/p')).toBe('1: OLD\n2: OTHER\n3: null\n');
    expect(site.read('nodes/OLD/definition')).toBe('name: leaf of OLD\nactions: []\n');
  });

  it('gets no second in its place because one in the row is gone, or only keeps its name', async () => {
    const site = await makeSite();
    await site.replace('OLD', 'B');
    await site.replace('B', 'C');
    await site.remove('B');
    const isRefused = refused('replaced', 'and C has its place');
    await expect(site.replace('OLD', 'THIRD', true)).rejects.toMatchObject(isRefused);
    writeFiles(site.root, { 'nodes/B/.reserved': 'replace C B\n' });
    await expect(site.replace('OLD', 'THIRD', true)).rejects.toMatchObject(
      refused('node-in-use', 'ztps replace C B completes it'),
    );
    await site.replace('C', 'B');
    expect(await askAs(site, 'OLD')).toContain('mend: ztps replace B OLD');
  });

  it('keeps its own facts, if its folder goes for the sake of another’s', async () => {
    const site = await makeSite({
      ...leaf('NEW'),
      'nodes/NEW/.node': '{"serialnumber": "NEW", "neighbors": {}}',
    });
    await site.replace('OLD', 'NEW', true);
    expect(JSON.parse(site.read('nodes/NEW/.node'))).toMatchObject({ serialnumber: 'NEW' });
  });

  it('does not get the place of another that its successor has by now', async () => {
    const site = await makeSite(leaf('OTHER'));
    await site.replace('OLD', 'SPARE');
    await site.remove('SPARE', true);
    await site.replace('OTHER', 'SPARE');
    expect(await askAs(site, 'OLD')).toMatch(
      /replaced-by SPARE, which is gone, or has another place by now; mend: ztps node remove OLD \(/,
    );
    await expect(site.replace('SPARE', 'OLD')).rejects.toMatchObject(
      refused('node-exists', 'definition and startup-config'),
    );
    expect(site.read('nodes/OLD/startup-config')).toBe('hostname OLD\n');
    expect(site.read('resources/p')).toBe('1: null\n2: SPARE\n3: null\n');
  });

  it('may be replaced again if its successor is gone', async () => {
    const site = await makeSite();
    await site.replace('OLD', 'SPARE');
    await site.remove('SPARE');
    await site.replace('OLD', 'THIRD');
    expect(site.read('nodes/THIRD/startup-config')).toBe('hostname OLD\n');
    expect(site.read('nodes/OLD/.replaced-by')).toBe('OLD THIRD\n');
  });
});

describe('a renaming', () => {
  it('changes nothing while the history can not be written', async () => {
    const site = await makeSite();
    site.history.isBroken = true;
    await expect(site.rename('OLD', 'NEW')).rejects.toMatchObject({ code: 'write-failed' });
    expect(site.has('nodes/NEW')).toBe(false);
    expect(site.has('nodes/OLD/.replaced-by')).toBe(false);
    expect(site.read('resources/p')).toBe('1: OLD\n2: OTHER\n3: null\n');
  });

  it('goes over nothing that somebody put under the name that is kept for it', async () => {
    const files = { 'nodes/OLD/.replaced-by': 'OLD NEW\n', 'nodes/NEW/.reserved': 'rename OLD NEW\n' };
    const site = await makeSite({ ...files, 'nodes/NEW/sub/file': 'x\n' });
    await expect(site.rename('OLD', 'NEW')).rejects.toMatchObject(refused('node-exists', 'put sub there'));
    rmSync(join(site.root, 'nodes/NEW/sub'), { recursive: true });
    expect(await site.rename('OLD', 'NEW')).toMatchObject({ outcome: 'completed' });
  });

  it('is ended by whoever asks for it again, if only the old name is still kept', async () => {
    const site = await makeSite();
    await site.rename('OLD', 'NEW');
    writeFiles(site.root, { 'nodes/OLD/.reserved': 'rename OLD NEW\n' });
    expect((await postNode(site.url, { serialnumber: 'OLD', neighbors: {} })).status).toBe(400);
    expect(await site.rename('OLD', 'NEW')).toMatchObject({ outcome: 'already' });
    expect(site.has('nodes/OLD')).toBe(false);
  });

  it('that was stopped is completed, though the switch asks and saves its config under the new name meanwhile', async () => {
    const site = await makeSite({
      'nodes/OLD/.replaced-by': 'OLD NEW\n',
      'nodes/NEW/.reserved': 'rename OLD NEW\n',
    });
    expect(await askAs(site, 'NEW')).toContain('ztps node rename OLD NEW completes it');
    expect((await put(site.url, 'NEW', 'hostname own\n')).status).toBe(400);
    expect(await site.rename('OLD', 'NEW')).toMatchObject({ outcome: 'completed' });
    expect(site.read('nodes/NEW/startup-config')).toBe('hostname OLD\n');
    expect(site.has('nodes/OLD')).toBe(false);
  });

  describe('that was stopped when the folder had its new name', () => {
    /** P was replaced by OLD, which is NEW now; what is left under the old name was not taken away. */
    const swapped = {
      ...Object.fromEntries(
        Object.entries(leaf('OLD')).map(([path, text]) => [path.replace('OLD', 'NEW'), text]),
      ),
      'nodes/NEW/.replaced-by': 'OLD NEW\n',
      'nodes/NEW/.replaces': 'P\n',
      'resources/p': '1: NEW\n2: OTHER\n3: null\n',
      ...leaf('P'),
      'nodes/P/.replaced-by': 'P NEW\n',
    };
    const leftover = { 'nodes/OLD/.reserved': 'rename OLD NEW\n' };
    const makeSwapped = async (files: Readonly<Record<string, string>>) => {
      const site = await makeSite({ ...swapped, ...files });
      for (const name of ['definition', 'pattern', 'startup-config'])
        rmSync(join(site.root, 'nodes/OLD', name));
      if (!site.has('nodes/OLD/.reserved')) rmSync(join(site.root, 'nodes/OLD'), { recursive: true });
      return site;
    };

    it.each([
      ['what is left under the old one is there', leftover],
      ['nothing is left under the old one', {}],
    ])('is completed, and torn apart by nobody: %s', async (_, files) => {
      const site = await makeSwapped(files);
      const isRefused = refused('node-in-use', 'ztps node rename OLD NEW completes it');
      await expect(site.remove('NEW', true)).rejects.toMatchObject(isRefused);
      await expect(site.replace('NEW', 'THIRD')).rejects.toMatchObject(isRefused);
      if (site.has('nodes/OLD')) {
        await expect(site.remove('OLD')).rejects.toMatchObject(isRefused);
        expect(await askAs(site, 'OLD')).toContain('ztps node rename OLD NEW completes it');
      }
      await expect(site.replace('P', 'THIRD')).rejects.toMatchObject(refused('replaced', 'by NEW already'));
      expect(await site.rename('OLD', 'NEW')).toMatchObject({ outcome: 'completed' });
      expect(site.has('nodes/OLD')).toBe(false);
      expect(site.has('nodes/NEW/.replaced-by')).toBe(false);
      expect(site.read('nodes/P/.replaced-by')).toBe('P NEW\n');
      await site.replace('NEW', 'P');
      expect(site.read('nodes/P/startup-config')).toBe('hostname OLD\n');
    });
  });

  it('may be asked for again when it is done; of a node that is not there it is refused', async () => {
    const site = await makeSite();
    expect(await site.rename('OLD', 'NEW')).toMatchObject({ outcome: 'done' });
    expect(await site.rename('OLD', 'NEW')).toMatchObject({ outcome: 'already', moved: [] });
    await expect(site.rename('NOBODY', 'NEW')).rejects.toMatchObject({ code: 'unknown-node' });
    writeFiles(site.root, leaf('FIRST'));
    await site.rename('NEW', 'LAST');
    rmSync(join(site.root, 'nodes/LAST'), { recursive: true });
    await expect(site.rename('NEW', 'LAST')).rejects.toMatchObject({ code: 'unknown-node' });
  });
});
