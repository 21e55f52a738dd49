// What lines look like, and that nothing said from outside can make another one of them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog, type LogConfig } from '../../src/log/create-log.js';
import type { Log } from '../../src/log/log.js';

const plain: LogConfig = {
  logging: true,
  consoleLogging: true,
  consoleLoggingFormat: '%(levelname)s %(message)s',
  logFormat: 'text',
  debug: false,
};

function record(config: Partial<LogConfig>, say: (log: Log) => void, isTerminal = false): string[] {
  const lines: string[] = [];
  say(createLog({ ...plain, ...config }, { isTerminal, write: (line) => lines.push(line) }));
  return lines;
}

describe('createLog, text', () => {
  it('begins a line about a node with its id and ends it with the reason', () => {
    expect(
      record({}, (log) => {
        log.info('serving');
        log.warning('nothing fits', { node: 'JPE14140001', reason: 'no-pattern-matched', status: 400 });
        log.error('disk full');
      }),
    ).toEqual([
      'INFO serving\n',
      'WARNING JPE14140001: nothing fits [no-pattern-matched]\n',
      'ERROR disk full\n',
    ]);
  });

  it('says DEBUG lines only with --debug', () => {
    expect(record({}, (log) => log.debug('x'))).toEqual([]);
    expect(record({ debug: true }, (log) => log.debug('x'))).toEqual(['DEBUG x\n']);
  });

  it.each([{ logging: false }, { consoleLogging: false }])('is silent with %j', (config) => {
    const say = (log: Log) => {
      log.error('x');
      log.debug('x');
    };
    expect(record({ ...config, debug: true }, say)).toEqual([]);
  });

  it('writes the default format as Python would, with the place in the program', () => {
    const consoleLoggingFormat = '%(asctime)s:%(levelname)s:[%(module)s:%(lineno)d] %(message)s';
    const [line] = record({ consoleLoggingFormat }, (log) => log.info('hello'));
    expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:INFO:\[create-log\.test:[1-9]\d*\] hello\n$/);
  });

  it('escapes what could forge a line or steer a terminal', () => {
    const [line] = record({}, (log) =>
      log.info('a\nERROR forged\r\t\x1b[31m\x9b\u2028\u202e\ud800 é 😀', { node: 'x\ny', reason: 'z\n' }),
    );
    expect(line).toBe('INFO x\\ny: a\\nERROR forged\\r\\t\\x1b[31m\\x9b\\u2028\\u202e\\ud800 é 😀 [z\\n]\n');
  });

  it('never makes two lines of one message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, node) => {
        const [line = ''] = record({}, (log) => log.info(message, { node }));
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(line.endsWith('\n')).toBe(true);
      }),
    );
  });

  it('cuts a message that is far too long and keeps its reason', () => {
    const [line = ''] = record({}, (log) => log.info('x'.repeat(1_000_000), { reason: 'invalid-body' }));
    expect(line.length).toBeLessThan(9_000);
    expect(line).toMatch(/x… \(991808 more characters\) \[invalid-body\]\n$/);
  });

  it('is coloured on a terminal only', () => {
    const colours = (isTerminal: boolean) =>
      record({}, (log) => log.error('x'), isTerminal)[0]?.includes('\x1b');
    expect(colours(false)).toBe(false);
    // picocolors heeds NO_COLOR and the like.
    if (process.env.FORCE_COLOR && !process.env.NO_COLOR) expect(colours(true)).toBe(true);
  });
});

describe('createLog, JSON', () => {
  it('writes one object a line', () => {
    const lines = record({ logFormat: 'json', debug: true }, (log) => {
      log.warning('a\nb', { node: 'N1', reason: 'unknown-node', status: 400 });
      log.debug('x');
      log.error('y');
    });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'WARNING', node: 'N1', reason: 'unknown-node', message: 'a\nb', status: 400 },
      { level: 'DEBUG', message: 'x' },
      { level: 'ERROR', message: 'y' },
    ]);
    expect(JSON.parse(lines[0] ?? '').time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    for (const line of lines) expect(line).toMatch(/^[^\n]+\n$/);
  });

  it('says its own keys once, whatever a field is called', () => {
    const [line = ''] = record({ logFormat: 'json' }, (log) =>
      log.info('true', { level: 'x', time: 'x', message: 'x', __proto__: 'x' }),
    );
    expect(JSON.parse(line)).toMatchObject({ level: 'INFO', message: 'true' });
    expect(line.match(/"level"/g)).toHaveLength(1);
  });
});

describe('createLog, standard error', () => {
  const CHATTER = `
    import { createLog } from ${JSON.stringify(new URL('../../dist/log/create-log.js', import.meta.url).href)};
    import { openStandardError } from ${JSON.stringify(new URL('../../dist/log/open-standard-error.js', import.meta.url).href)};
    const output = openStandardError();
    const log = createLog(${JSON.stringify(plain)}, output);
    const lines = Number(process.argv[1]);
    for (let i = 0; i < lines; i += 1) log.info('line ' + i + ' ' + 'x'.repeat(1000));
    process.stdout.write('said');
    setTimeout(() => output.flush().then(() => process.exit(7)), Number(process.argv[2]));`;
  const chatter = (lines: number, wait: number, stderr: 'pipe' | number) =>
    spawn(process.execPath, ['--input-type=module', '-e', CHATTER, String(lines), String(wait)], {
      stdio: ['ignore', 'pipe', stderr],
    });

  it('writes everything before an exit', async () => {
    const child = chatter(300, 0, 'pipe');
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.stdout?.resume();
    const [status] = await once(child, 'close');
    expect(status).toBe(7);
    expect(text.trimEnd().split('\n')).toHaveLength(300);
  });

  it('goes on without its reader', async () => {
    const child = chatter(2000, 50, 'pipe');
    child.stderr?.destroy();
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  it('does not wait for a reader that does not read, nor long when it is told to write all', async () => {
    const child = chatter(20_000, 0, 'pipe');
    child.stderr?.pause();
    // "said" comes although the pipe, of 64 KiB, took a fraction of 20 MB.
    await once(child.stdout ?? child, 'data');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  it('goes on with a full disk behind it', async () => {
    const full = openSync('/dev/full', 'w');
    const child = chatter(10, 50, full);
    closeSync(full);
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});
