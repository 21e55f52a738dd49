import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HashFile } from '../../src/state/hash-file.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { keepLog, silentLog } from '../fixtures/log.js';

const description = (digit: string) => ({ size: 20, sha1: digit.repeat(40), sha256: digit.repeat(64) });

describe('hashes.json', () => {
  it('remembers hashes by path and version, in the next process too', async () => {
    const folder = join(makeFolder(), 'deep/state');
    const first = new HashFile(folder, silentLog);
    first.makeFolder();
    first.keep('files/a', 'v1', description('1'));
    first.keep('files/b', 'v1', description('2'));
    first.keep('files/a', 'v2', description('3'));
    expect(await first.find('files/a', 'v1')).toBeNull();
    expect(await first.find('files/a', 'v2')).toEqual(description('3'));
    await first.close();
    const second = new HashFile(folder, silentLog);
    expect(await second.find('files/a', 'v2')).toEqual(description('3'));
    expect(await second.find('files/a', 'v1')).toBeNull();
    expect(await second.find('files/b', 'v1')).toEqual(description('2'));
    expect(await second.find('files/c', 'v1')).toBeNull();
    expect(readdirSync(folder)).toEqual(['hashes.json']);
  });

  it('makes the folder only if it may, and else writes nothing', async () => {
    const folder = makeFolder();
    const { log, logged } = keepLog();
    const hashes = new HashFile(join(folder, 'state'), log);
    hashes.keep('files/a', 'v1', description('1'));
    await hashes.close();
    expect([readdirSync(folder), logged]).toEqual([[], []]);
    expect(await hashes.find('files/a', 'v1')).toEqual(description('1'));
  });

  it('keeps what other processes have written', async () => {
    const folder = makeFolder();
    const [one, other] = [new HashFile(folder, silentLog), new HashFile(folder, silentLog)];
    await one.find('files/a', 'v1');
    other.keep('files/b', 'v1', description('2'));
    await other.close();
    one.keep('files/a', 'v1', description('1'));
    await one.close();
    const third = new HashFile(folder, silentLog);
    expect(await third.find('files/a', 'v1')).toEqual(description('1'));
    expect(await third.find('files/b', 'v1')).toEqual(description('2'));
  });

  it('forgets the oldest of very many', async () => {
    const folder = makeFolder();
    const hashes = new HashFile(folder, silentLog);
    for (let index = 0; index < 2_001; index += 1) hashes.keep(`files/${index}`, 'v', description('1'));
    await hashes.close();
    const { files } = JSON.parse(readFileSync(join(folder, 'hashes.json'), 'utf8'));
    expect(Object.keys(files).length).toBe(2_000);
    expect(files['files/0']).toBeUndefined();
    expect(files['files/2000']).toBeDefined();
  });

  it.each([
    'no JSON',
    'null',
    '[]',
    '{"files": 5}',
    '{"files": {"files/a": null}}',
    '{"files": {"files/a": {"version": "v1", "size": -0.5, "sha1": "", "sha256": ""}}}',
    '{"files": {"files/a": {"version": "v1", "size": 20, "sha1": "x", "sha256": "y"}}}',
  ])('takes nothing from a file that holds %s, and replaces it', async (text) => {
    const folder = makeFolder({ 'hashes.json': text });
    const hashes = new HashFile(folder, silentLog);
    expect(await hashes.find('files/a', 'v1')).toBeNull();
    hashes.keep('files/a', 'v1', description('1'));
    await hashes.close();
    expect(await new HashFile(folder, silentLog).find('files/a', 'v1')).toEqual(description('1'));
  });

  it('works without being written, and says so once', async () => {
    const folder = makeFolder({ state: 'a file where the folder should be' });
    const { log, logged } = keepLog();
    const hashes = new HashFile(join(folder, 'state'), log);
    hashes.makeFolder();
    for (const digit of ['1', '2', '3']) {
      hashes.keep('files/a', digit, description(digit));
      await hashes.close();
      expect(await hashes.find('files/a', digit)).toEqual(description(digit));
    }
    const warnings = logged.filter(({ level }) => level !== 'debug');
    expect(warnings).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining('hashes.json can not be written'),
      }),
    ]);
  });

  it('says so once it can be written again, and has then what was kept meanwhile', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'hashes.json'));
    const { log, logged } = keepLog();
    const hashes = new HashFile(folder, log);
    hashes.keep('files/a', 'v1', description('1'));
    await hashes.close();
    expect(readdirSync(folder)).toEqual(['hashes.json']);
    rmdirSync(join(folder, 'hashes.json'));
    hashes.keep('files/b', 'v1', description('2'));
    await hashes.close();
    expect(logged.at(-1)?.message).toMatch(/hashes\.json is written again/);
    expect(await new HashFile(folder, silentLog).find('files/a', 'v1')).toEqual(description('1'));
  });
});
