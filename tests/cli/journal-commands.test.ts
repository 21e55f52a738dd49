// nodes, log and runs on a journal that holds whatever a test needs. journal-of-a-server.test.ts runs them beside a real server.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../../src/cli/run-cli.js';
import { openDataRoot } from '../../src/data-root/data-root.js';
import type { Assembly } from '../../src/main.js';
import type { StoredRecord } from '../../src/ports/journal.js';
import type { RunSummary } from '../../src/wire/run-summary.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { silentLog } from '../fixtures/log.js';
import { MemoryJournal } from '../fixtures/memory-journal.js';

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

interface Site {
  readonly files?: Readonly<Record<string, string | null>>;
  readonly settings?: string;
  readonly records?: readonly Partial<StoredRecord>[];
  readonly runs?: readonly (Partial<RunSummary> & { readonly run: string })[];
}

/** A site whose commands run in this process. */
function makeSite({ files = {}, settings = '', records = [], runs = [] }: Site = {}) {
  const text = `[default]\ndata_root = .\n${settings}\n`;
  const conf = `${makeFolder({ ...files, 'ztpserver.conf': text })}/ztpserver.conf`;
  const journal = new MemoryJournal(records, runs);
  const start = (...words: string[]) => {
    let out = '';
    let err = '';
    let stop = (_: string): void => {};
    const watchers = new Set<() => void>();
    const stopped = new Promise<string>((resolve) => {
      stop = resolve;
    });
    onTestFinished(() => stop('SIGTERM'));
    const status = runCli(['--conf', conf, ...words], {
      // All that these commands may ask for.
      loadAssemble: async () => (config, log) => {
        const { nodes } = openDataRoot(config.dataRoot, [], log);
        const parts: Partial<Assembly> = { nodes, journal, close: () => journal.close() };
        return parts as Assembly;
      },
      createLog: () => silentLog,
      print(text) {
        out += text;
        for (const look of watchers) look();
      },
      printError(text) {
        err += text;
      },
      waitForStop: () => stopped,
    });
    return {
      stop: () => stop('SIGINT'),
      finished: status.then((number) => ({ status: number, out, err })),
      /** Resolves once it has printed this. */
      prints: (text: string) =>
        new Promise<void>((resolve) => {
          const look = (): void => {
            if (out.includes(text)) resolve();
          };
          watchers.add(look);
          look();
        }),
    };
  };
  return { journal, start, run: (...words: string[]) => start(...words).finished };
}

const provisioning: Partial<RunSummary> & { readonly run: string } = {
  ...{ run: 'run2', node: 'JPE14140001', definition: 'leaf', reports: true },
  state: 'provisioning',
  ...{ step: { index: 2, of: 3, action: 'add_config' }, expected: 'the end of action 2 of 3, add_config' },
};

describe('ztps nodes', () => {
  it('lists nodes with and without runs', async () => {
    const { run } = makeSite({
      files: { 'nodes/SSJ1/definition': 'actions: []', 'nodes/SSJ2/pattern': '' },
      runs: [{ ...provisioning, startedAt: ago(70), lastSignAt: ago(60) }],
    });
    const { status, out, err } = await run('nodes');
    expect([status, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^NODE {9}STATE {9}LAST SIGN {2}SINCE .*DEFINITION {2}ADDRESS {6}NEXT, OR WHY$/);
    expect(lines[1]).toMatch(
      /^JPE14140001 {2}provisioning {2}6\d s ago .* leaf .* 192\.0\.2\.100 {2}the end of action 2 of 3, add_config$/,
    );
    expect(lines[2]).toMatch(/^SSJ1 {9}known/);
    expect(lines[3]).toMatch(/^SSJ2 {9}incomplete .*neither definition nor startup-config/);
    expect(lines[4]).toBe('3 nodes: 1 provisioning, 1 known, 1 incomplete');
  });

  it('prints everything as JSON, but not what only the server reads', async () => {
    const { run } = makeSite({ runs: [{ ...provisioning, startedAt: '2026-11-26T14:44:05.123Z' }] });
    expect(JSON.parse((await run('nodes', '--json')).out)).toEqual({
      nodes: [
        {
          ...{ node: 'JPE14140001', state: 'provisioning', folder: false, run: 'run2' },
          ...{
            since: '2026-11-26T14:44:05.123Z',
            lastSignAt: '2026-11-26T14:44:05.123Z',
            definition: 'leaf',
          },
          ...{ step: { index: 2, of: 3, action: 'add_config' }, reason: null, repeats: 0 },
          ...{ expected: 'the end of action 2 of 3, add_config', address: '192.0.2.100' },
        },
      ],
    });
  });

  it('shows only those in some states', async () => {
    const { run } = makeSite({
      files: { 'nodes/SSJ1/definition': '' },
      runs: [provisioning, { run: 'run3', node: 'A1', state: 'stalled', endedAt: ago(5) }],
    });
    const { out } = await run('nodes', '--state', 'stalled, Known');
    expect(out).toMatch(/^A1 .*\nSSJ1 /m);
    expect(out).not.toContain('JPE');
    expect((await run('nodes', '--state', 'failed')).out).toBe('None of the 3 nodes is failed\n');
    expect((await run('nodes', '--state', 'failed', '--json')).out).toBe('{\n  "nodes": []\n}\n');
  });

  it('says how to see the first one where there is none', async () => {
    const { status, out } = await makeSite().run('nodes');
    expect(status).toBe(0);
    expect(out).toContain('There are no nodes yet');
    expect(out).toContain('ztps log --follow');
  });
});

describe('ztps log', () => {
  it('prints the last 100 records, one line each, without those of debug', async () => {
    const records = Array.from({ length: 120 }, () => ({}));
    const { run } = makeSite({ records: [...records, { level: 'debug', message: 'detail' }] });
    const { status, out, err } = await run('log');
    expect([status, err]).toEqual([0, '']);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(100);
    expect(lines[99]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}info {5}A1 {2}message 120$/);
    expect((await run('log', '--level', 'debug')).out).toContain('detail');
    expect((await run('log', '--lines', '3')).out.split('\n')).toHaveLength(4);
  });

  it('prints all there are since a time or of a run', async () => {
    const old = { at: ago(7200), message: 'long ago', run: 'other' };
    const { run } = makeSite({
      records: [old, ...Array.from({ length: 150 }, () => ({ at: ago(60) }))],
    });
    const lines = async (...words: string[]) => (await run('log', ...words)).out.trimEnd().split('\n').length;
    expect(await lines('--since', '1h')).toBe(150);
    expect(await lines('--since', '3h')).toBe(151);
    expect(await lines('--since', '3h', '--lines', '7')).toBe(7);
    expect(await lines('--since', ago(3600))).toBe(150);
    expect(await lines('--run', 'run1')).toBe(150);
    expect((await run('log', '--run', 'other')).out).toContain('long ago');
  });

  it('narrows by node, level and type', async () => {
    const { run } = makeSite({
      records: [
        { node: 'A1', type: 'refused', level: 'warning', message: 'one' },
        { node: 'B1', type: 'refused', level: 'warning', message: 'two' },
        { node: 'A1', type: 'failed', level: 'error', message: 'three' },
        { node: 'A1', message: 'four' },
      ],
    });
    const said = async (...words: string[]) =>
      [...(await run('log', ...words)).out.matchAll(/one|two|three|four/g)].map(([word]) => word);
    expect(await said('A1')).toEqual(['one', 'three', 'four']);
    expect(await said('--level', 'WARNING')).toEqual(['one', 'two', 'three']);
    expect(await said('--type', 'refused,failed')).toEqual(['one', 'two', 'three']);
    expect(await said('A1', '--type', 'Refused')).toEqual(['one']);
    expect(await said('--level', 'error', '--type', 'refused')).toEqual([]);
  });

  it('explains a refusal below its line for one node or run, and not for all', async () => {
    const explanation = ['pattern leaf (line 12) does not match.', '  model holds.'];
    const { run } = makeSite({
      records: [
        {
          ...{
            type: 'refused',
            level: 'warning',
            message: 'no pattern matched',
            repeats: 17,
            repeatedAt: ago(190),
          },
          data: { code: 'no-pattern-matched', explanation },
        },
      ],
    });
    for (const words of [['A1'], ['--run', 'run1']]) {
      expect((await run('log', ...words)).out).toMatch(
        /no pattern matched \[no-pattern-matched\] \(17 more times, last 3 min ago\)\n {4}pattern leaf \(line 12\) does not match\.\n {6}model holds\.\n$/,
      );
    }
    expect((await run('log')).out).not.toContain('pattern leaf');
  });

  it('prints a JSON object a line', async () => {
    const { run } = makeSite({ records: [{ message: 'a\nb\x9b' }, { data: { code: 'x' } }] });
    const { out } = await run('log', '--json');
    expect(out).not.toContain('\x9b');
    const records = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as StoredRecord);
    expect(records.map(({ message }) => message)).toEqual(['a\nb\x9b', 'message 2']);
    expect(records[1]).toEqual({
      ...{ id: 'r2', at: '2026-11-26T14:44:05.123Z', node: 'A1', run: 'run1', type: 'log', level: 'info' },
      ...{ message: 'message 2', data: { code: 'x' }, source: 'server', address: '192.0.2.100', position: 2 },
      ...{ repeats: 0, repeatedAt: null },
    });
  });

  it('takes a MAC address as people write it, where that is what nodes are called', async () => {
    const { run } = makeSite({ settings: 'identifier = systemmac', records: [{ node: '001c73aabbcc' }] });
    expect((await run('log', '00:1c:73:aa:bb:cc')).out).toContain('message 1');
  });

  it('follows, also what is not there yet, until it is told to stop', async () => {
    const { journal, start } = makeSite();
    const following = start('log', '-f');
    journal.add({ message: 'first' });
    await following.prints('first\n');
    journal.add({ message: 'second' });
    await following.prints('second\n');
    following.stop();
    const { status, out, err } = await following.finished;
    expect([status, err]).toEqual([0, '']);
    expect(out.split('\n')).toHaveLength(3);
  });

  it('follows only what matches, and as JSON if asked', async () => {
    const { journal, start } = makeSite({ records: [{ message: 'before' }] });
    const following = start('log', 'A1', '--follow', '--lines', '0', '--level', 'warning', '--json');
    await vi.waitUntil(() => journal.asked > 0);
    journal.add({ level: 'warning', node: 'B1', message: 'of another' });
    journal.add({ level: 'info', message: 'too little' });
    journal.add({ level: 'error', message: 'this' });
    await following.prints('\n');
    following.stop();
    const { out } = await following.finished;
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ message: 'this', position: 4 });
  });

  it('ends quietly when nobody reads any more', async () => {
    const { journal, start } = makeSite({ records: [{ message: 'first' }] });
    const following = start('log', '--follow');
    await following.prints('first');
    process.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    journal.add({ message: 'second' });
    expect(await following.finished).toMatchObject({ status: 0, err: '' });
  });

  it('says why it prints nothing', async () => {
    const { run } = makeSite();
    expect(await run('log')).toEqual({
      ...{ status: 0, out: '', err: 'ztps: the journal is empty: no switch has asked yet\n' },
    });
    const other = makeSite({ records: [{ node: 'JPE14140001', level: 'debug' }], runs: [provisioning] });
    expect(await other.run('log', 'JPE14140001')).toMatchObject({
      ...{ status: 0, out: '', err: expect.stringContaining('no such record in the journal') },
    });
    expect(await other.run('log', 'JPE14140002')).toMatchObject({
      ...{ status: 1, out: '', err: expect.stringContaining('did you mean JPE14140001?') },
    });
  });
});

describe('ztps runs', () => {
  it('lists the runs of a node, newest first, with how far they came and why they ended', async () => {
    const once = ago(9000);
    const { run } = makeSite({
      runs: [
        {
          ...{ run: 'run1', node: 'JPE14140001', state: 'failed', expected: null, repeats: 17 },
          ...{ startedAt: ago(7200), lastSignAt: ago(60), endedAt: ago(7075) },
          reason: 'neighbordb: no pattern matched',
        },
        { ...provisioning, startedAt: ago(65), lastSignAt: ago(3) },
        { run: 'run0', node: 'JPE14140001', startedAt: once, lastSignAt: once },
      ],
    });
    const { status, out, err } = await run('runs', 'JPE14140001');
    expect([status, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^RUN {3}BEGAN {16}TOOK {6,}STATE {9}DEFINITION {2}HOW FAR$/);
    expect(lines[1]).toMatch(
      /^run2 {2}\S+ \S+ {2}6\d s so far {2,}provisioning {2}leaf {8}action 2 of 3, add_config$/,
    );
    expect(lines[2]).toMatch(/^run1 {2}\S+ \S+ {2}2 min {8,}failed {8}- {11}-$/);
    expect(lines[3]).toBe('    neighbordb: no pattern matched (17 more times)');
    expect(lines[4]).toMatch(/^run0 .* contacted .* waits for POST \/nodes$/);
    expect(lines[5]).toBe('What happened in one: ztps log --run run2');
    expect((await run('runs', 'JPE14140001', '--limit', '1')).out).not.toContain('run1');
    const { node, runs } = JSON.parse((await run('runs', 'JPE14140001', '--json')).out);
    expect(node).toBe('JPE14140001');
    expect(runs).toMatchObject([
      { run: 'run2', duration: expect.closeTo(62, 0), step: { index: 2 }, reports: true },
      { run: 'run1', duration: expect.closeTo(125, 0), repeats: 17 },
      { run: 'run0', duration: 0 },
    ]);
    expect(runs[0]).not.toHaveProperty('memory');
  });

  it('exits with 1 for a node that nobody knows, with 0 for one that has not asked', async () => {
    const { run } = makeSite({ files: { 'nodes/JPE14140001/definition': '' } });
    expect(await run('runs', 'JPE14140010')).toMatchObject({
      ...{ status: 1, out: '' },
      err: 'ztps: there is no folder nodes/JPE14140010, and the journal knows nothing of JPE14140010; did you mean JPE14140001? "ztps nodes" lists all\n',
    });
    expect(await run('runs', 'JPE14140001')).toMatchObject({
      ...{ status: 0, out: 'JPE14140001 has not asked yet: there is no run of it in the journal\n' },
    });
    expect((await run('runs', 'JPE14140001', '--json')).out).toContain('"runs": []');
  });
});

describe('the command line of the journal', () => {
  it.each([['nodes'], ['log'], ['runs'], ['notify'], ['notify', 'list'], ['notify', 'test']])(
    'has help with examples: %s %s',
    async (...words) => {
      const { status, out } = await makeSite().run(...words, '--help');
      expect(status).toBe(0);
      expect(out).toContain(`Usage: ztps ${words.join(' ')}`);
      expect(out).toContain('Examples:');
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(140);
    },
  );

  it.each([
    [['nodes', '--state', 'known,staled'], 'Did you mean stalled? There are incomplete, known, '],
    [['nodes', 'A1'], 'too many arguments'],
    [['log', '--level', 'warn'], 'There are debug, info, warning, error.'],
    [['log', '--type', 'refused,registred'], 'Did you mean registered? There are contacted, '],
    [
      ['log', '--since', 'yesterday'],
      'wanted a length of time such as 90s, 30m, 2h, 3d or 1w, or a time such as',
    ],
    [['log', '--lines', '-1'], 'wanted a number of records'],
    [['log', '--l', '1'], "option '--l' can mean --level or --lines"],
    [['log', '../x'], 'node id "../x" can not be used'],
    [['runs'], "missing required argument 'node'"],
    [['runs', 'A1', '--limit', '0'], 'wanted a number of runs'],
    [['notify', 'lst'], "unknown command 'notify lst'; did you mean list?"],
    [['notify', 'test'], "missing required argument 'name'"],
  ])('exits with 2 for %j', async (words, message) => {
    const { status, out, err } = await makeSite().run(...words);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});
