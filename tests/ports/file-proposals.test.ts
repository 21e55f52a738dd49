import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileProposals } from '../../src/state/file-proposals.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { testProposals } from './proposals-suite.js';

const some = {
  node: 'new',
  old: 'old',
  since: '2026-11-26T14:44:05.123Z',
  address: null,
  why: '',
  state: 'pending',
} as const;

testProposals(async () => new FileProposals(join(makeFolder(), 'state')));

describe('proposals in files', () => {
  it('are those of every process on the same folder', async () => {
    const folder = makeFolder();
    const [server, command] = [new FileProposals(folder), new FileProposals(folder)];
    await server.add(some);
    await command.put({ ...some, state: 'rejected' });
    expect(await server.add(some)).toBe(false);
    expect((await server.find(some))?.state).toBe('rejected');
    expect(readdirSync(join(folder, 'replacements'))).toHaveLength(1);
  });

  it('that are damaged are none, and are made anew', async () => {
    const folder = makeFolder();
    const proposals = new FileProposals(folder);
    await proposals.add(some);
    const [name = ''] = readdirSync(join(folder, 'replacements'));
    writeFileSync(join(folder, 'replacements', name), '{"node": 1');
    expect(await proposals.list()).toEqual([]);
    expect(await proposals.add(some)).toBe(true);
  });

  it('say when they can not be looked at or written', async () => {
    const folder = makeFolder({ replacements: 'a file' });
    const proposals = new FileProposals(folder);
    await expect(proposals.list()).rejects.toMatchObject({ code: 'read-failed' });
    await expect(proposals.add(some)).rejects.toMatchObject({ code: 'write-failed' });
  });
});
