import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openDataRoot } from '../../src/data-root/data-root.js';
import type { OpenedFile } from '../../src/data-root/site-bytes.js';
import { silentLog } from '../fixtures/log.js';
import { makeFolder } from './temporary-folder.js';

function partOf(file: OpenedFile | null, first: number, last: number): Readable {
  if (!file) throw new Error('there is no such file');
  return file.stream(first, last);
}

const hash = (name: string, bytes: Buffer | string) => createHash(name).update(bytes).digest('hex');

describe('an open file', () => {
  it('has its size, and gives any part of its bytes', async () => {
    const content = randomBytes(1_000_000);
    const { bytes } = openDataRoot(makeFolder({ 'files/a': content }), [], silentLog);
    const whole = await bytes.open('files/a');
    expect(whole?.size).toBe(content.length);
    expect((await buffer(partOf(whole, 0, content.length - 1))).equals(content)).toBe(true);
    const part = await bytes.open('files/a');
    expect((await buffer(partOf(part, 999_990, 999_999))).equals(content.subarray(-10))).toBe(true);
  });

  it('gives the old bytes to the last one when it is replaced meanwhile', async () => {
    const content = 'old '.repeat(500_000);
    const folder = makeFolder({ 'files/a': content, next: 'new' });
    const { bytes } = openDataRoot(folder, [], silentLog);
    const file = await bytes.open('files/a');
    renameSync(join(folder, 'next'), join(folder, 'files/a'));
    expect(await text(partOf(file, 0, content.length - 1))).toBe(content);
  });

  it('is null for folders and for what is not there', async () => {
    const { bytes } = openDataRoot(makeFolder({ files: null }), [], silentLog);
    for (const path of ['files', 'files/x', 'actions/x']) {
      expect(await bytes.open(path)).toBeNull();
      expect(await bytes.describe(path)).toBeNull();
    }
    await expect(bytes.open('files/../x')).rejects.toMatchObject({ code: 'path-refused' });
  });

  it('has an ETag that stays while it rests, and changes with every edit', async () => {
    const folder = makeFolder({ 'files/a': 'aa' });
    const { bytes } = openDataRoot(folder, [], silentLog);
    const tag = async () => {
      const file = await bytes.open('files/a');
      await file?.close();
      return file?.etag ?? '';
    };
    await delay(40);
    const first = await tag();
    expect(first).toMatch(/^"[\w-]+"$/);
    expect(await tag()).toBe(first);
    const seen = new Set([first]);
    const file = openSync(join(folder, 'files/a'), 'r+');
    for (let i = 10; i < 60; i += 1) {
      writeSync(file, String(i), 0);
      seen.add(await tag());
    }
    closeSync(file);
    expect(seen.size).toBe(51);
  });
});

describe('the description of a file', () => {
  it('has size and hashes, the same object until it changes', async () => {
    const content = randomBytes(700_000);
    const folder = makeFolder({ 'files/a': content });
    const { bytes } = openDataRoot(folder, [], silentLog);
    await delay(40);
    const [first, second] = await Promise.all([bytes.describe('files/a'), bytes.describe('files/a')]);
    expect(first).toEqual({ size: 700_000, sha1: hash('sha1', content), sha256: hash('sha256', content) });
    expect(second).toBe(first);
    expect(await bytes.describe('files/a')).toBe(first);
    writeFileSync(join(folder, 'files/a'), 'x');
    expect(await bytes.describe('files/a')).toEqual({
      size: 1,
      sha1: hash('sha1', 'x'),
      sha256: hash('sha256', 'x'),
    });
  });

  it('is right after each of many edits of the same size', async () => {
    const folder = makeFolder({ 'files/a': '000' });
    const { bytes } = openDataRoot(folder, [], silentLog);
    const file = openSync(join(folder, 'files/a'), 'r+');
    for (let i = 100; i < 300; i += 1) {
      writeSync(file, String(i), 0);
      expect((await bytes.describe('files/a'))?.sha1).toBe(hash('sha1', String(i)));
    }
    closeSync(file);
  });

  it('of an empty file', async () => {
    const { bytes } = openDataRoot(makeFolder({ 'files/a': '' }), [], silentLog);
    expect(await bytes.describe('files/a')).toEqual({
      size: 0,
      sha1: hash('sha1', ''),
      sha256: hash('sha256', ''),
    });
  });
});

describe('the files of a site', () => {
  it('are read and listed', async () => {
    const { files } = openDataRoot(
      makeFolder({ 'definitions/leaf': 'name: leaf\n', 'definitions/a/b': Buffer.from([0, 255]) }),
      [],
      silentLog,
    );
    expect(await files.list('definitions')).toEqual(['a/b', 'leaf']);
    expect((await files.readDocument('definitions/leaf'))?.value).toEqual({ name: 'leaf' });
    expect(await files.readBytes('definitions/a/b')).toEqual(Buffer.from([0, 255]));
    expect(await files.readBytes('definitions/c')).toBeNull();
  });
});
