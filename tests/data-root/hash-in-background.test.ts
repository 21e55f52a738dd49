import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import type { FileDescription, HashMemory } from '../../src/ports/file-hashes.js';
import { keepLog, silentLog } from '../fixtures/log.js';
import { makeFolder } from './temporary-folder.js';

const bigSize = 17 * 1024 * 1024;
const big = Buffer.alloc(bigSize, 'big ');
const quick = { pause: 5, rest: 30 };

function describeBytes(bytes: Buffer): FileDescription {
  const hash = (name: string) => createHash(name).update(bytes).digest('hex');
  return { size: bytes.length, sha1: hash('sha1'), sha256: hash('sha256') };
}

/** A memory that tells what it was asked to keep. */
function keepMemory() {
  const kept = new Map<string, { version: string; description: FileDescription }>();
  const memory: HashMemory = {
    async find(path, version) {
      const found = kept.get(path);
      return found?.version === version ? found.description : null;
    },
    keep: (path, version, description) => void kept.set(path, { version, description }),
    close: async () => {},
  };
  return { kept, memory };
}

function open(folder: string, memory: HashMemory | null = null) {
  const { log, logged } = keepLog();
  return { log, logged, bytes: openDataRoot(folder, [], silentLog, undefined, memory).bytes };
}

/** How often a file was hashed in the background. */
const timesOf = (logged: readonly { message: string }[], path: string) =>
  logged.filter(({ message }) => message.startsWith(`${path} is hashed`)).length;

describe('hashing in the background', () => {
  it('hashes big files before anybody asks, and again when they change', async () => {
    const folder = makeFolder({
      'files/a.swi': big,
      'files/deep/b.swi': big,
      'files/small': 'x',
      'other/c.swi': big,
    });
    const { kept, memory } = keepMemory();
    const { bytes, log, logged } = open(folder, memory);
    const background = bytes.hashInBackground(log, quick);
    onTestFinished(() => background.close());
    await vi.waitFor(
      () => expect([...kept.keys()].sort()).toEqual(['files/a.swi', 'files/deep/b.swi']),
      20_000,
    );
    expect(kept.get('files/a.swi')?.description).toEqual(describeBytes(big));
    const changed = describeBytes(Buffer.concat([big, Buffer.from('more')]));
    appendFileSync(join(folder, 'files/a.swi'), 'more');
    await vi.waitFor(() => expect(kept.get('files/a.swi')?.description).toEqual(changed), 20_000);
    expect(timesOf(logged, 'files/deep/b.swi')).toBe(1);
  });

  it('leaves alone what was changed a moment ago', async () => {
    const folder = makeFolder({ 'files/a.swi': big });
    const { kept, memory } = keepMemory();
    const { bytes, log } = open(folder, memory);
    const background = bytes.hashInBackground(log, { pause: 1, rest: 3_600_000 });
    await delay(50);
    await background.close();
    expect(kept.size).toBe(0);
    // Who asks gets it in any case.
    expect(await bytes.describe('files/a.swi')).toEqual(describeBytes(big));
  });

  it('is given up when it is closed, at once', async () => {
    const folder = makeFolder({ 'files/a.swi': '' });
    const file = openSync(join(folder, 'files/a.swi'), 'r+');
    writeSync(file, 'end', 40 * 1024 * 1024 * 1024);
    closeSync(file);
    const { kept, memory } = keepMemory();
    const { bytes, log } = open(folder, memory);
    const background = bytes.hashInBackground(log, quick);
    await delay(50);
    await background.close();
    expect(kept.size).toBe(0);
  });

  it('is hurried by who asks for the file that is being hashed: it is read once', async () => {
    const folder = makeFolder({ 'files/a.swi': big });
    const { bytes, log, logged } = open(folder);
    await delay(40);
    const background = bytes.hashInBackground(log, quick);
    onTestFinished(() => background.close());
    const progress: number[] = [];
    const first = await bytes.describe('files/a.swi', (done) => progress.push(done));
    const again = await bytes.describe('files/a.swi');
    expect(first).toEqual(describeBytes(big));
    expect(again).toBe(first);
    await vi.waitFor(() => expect(timesOf(logged, 'files/a.swi')).toBe(1), 20_000);
    expect(progress).toEqual([...progress].sort((one, other) => one - other));
  });

  it('lets what is asked for go before', async () => {
    const folder = makeFolder({ 'files/a.swi': '', 'files/b.swi': big });
    const file = openSync(join(folder, 'files/a.swi'), 'r+');
    writeSync(file, 'end', 40 * 1024 * 1024 * 1024);
    closeSync(file);
    const { bytes, log } = open(folder);
    const background = bytes.hashInBackground(log, quick);
    onTestFinished(() => background.close());
    expect(await bytes.describe('files/b.swi')).toEqual(describeBytes(big));
  });
});

describe('the hash of a big file', () => {
  it('is remembered: the next process does not read the file', async () => {
    const folder = makeFolder({ 'files/a.swi': big });
    const { kept, memory } = keepMemory();
    await delay(40);
    await open(folder, memory).bytes.describe('files/a.swi');
    const [entry] = kept.values();
    if (!entry) throw new Error('nothing was kept');
    const marked = { ...entry.description, sha1: 'f'.repeat(40) };
    kept.set('files/a.swi', { ...entry, description: marked });
    expect(await open(folder, memory).bytes.describe('files/a.swi')).toEqual(marked);
    // Another version is not what is remembered.
    utimesSync(join(folder, 'files/a.swi'), 1, 1);
    expect(await open(folder, memory).bytes.describe('files/a.swi')).toEqual(describeBytes(big));
  });

  it('is not kept of a version that can not be told from the next', async () => {
    const folder = makeFolder({ 'files/a.swi': big });
    const { kept, memory } = keepMemory();
    const { bytes } = open(folder, memory);
    writeFileSync(join(folder, 'files/a.swi'), big);
    await bytes.describe('files/a.swi');
    const [entry] = kept.values();
    expect([undefined, describeBytes(readFileSync(join(folder, 'files/a.swi')))]).toContainEqual(
      entry?.description,
    );
  });
});
