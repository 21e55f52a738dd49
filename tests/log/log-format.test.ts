// Python's %-formats, by example and against Python.

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compileLogFormat } from '../../src/log/log-format.js';

const time = new Date(2026, 0, 2, 3, 4, 5, 67);
const place = { file: '/srv/dist/provisioning/register-node.js', line: 42, procedure: 'registerNode' };
const write = (format: string) =>
  compileLogFormat(format).write({ time, level: 'WARNING', message: '100 %(name)s', place });

describe('compileLogFormat', () => {
  it.each([
    ['%(asctime)s', '2026-01-02 03:04:05,067'],
    ['%(name)s %(levelname)s %(levelno)s', 'ztpserver WARNING 30'],
    ['%(module)s %(filename)s %(lineno)d %(funcName)s', 'register-node register-node.js 42 registerNode'],
    ['%(pathname)s', '/srv/dist/provisioning/register-node.js'],
    ['%(process)d', String(process.pid)],
    ['%(processName)s %(threadName)s', 'MainProcess MainThread'],
    ['%(created).3f %(msecs)03d', `${(time.getTime() / 1000).toFixed(3)} 067`],
    ['100%% [%(message)s]', '100% [100 %(name)s]'],
    ['%(nonsense)s|%(taskName)s', '-|-'],
    ['%(levelname)10s|%(levelname)-10s|%(levelname).4s', '   WARNING|WARNING   |WARN'],
    ['%(lineno)5d|%(lineno)05d|%(lineno)-5d|%(lineno).4d', '   42|00042|42   |0042'],
    ['plain % text %(message', 'plain % text %(message'],
    ['', ''],
  ])('writes %j', (format, wanted) => {
    expect(write(format)).toBe(wanted);
  });

  it('has no place for a line where none is known', () => {
    const line = { time, level: 'INFO', message: 'm', place: null };
    expect(compileLogFormat('%(module)s:%(lineno)d %(funcName)s').write(line)).toBe('-:0 -');
  });

  it('looks for the place only where the format asks', () => {
    expect(compileLogFormat('%(module)s').needsPlace).toBe(true);
    expect(compileLogFormat('%(asctime)s %(message)s').needsPlace).toBe(false);
  });

  it('agrees with Python', ({ skip }) => {
    const formats = [
      '%(levelname)-8s|%(message)s',
      '%(levelno)03d %(levelno)s %(levelno).1f',
      '%(name)s %(levelname).3s %(lineno)6d %%',
    ];
    const program = `
import json, logging, sys
record = logging.LogRecord('ztpserver', 30, '/x/y.py', 42, 'text', None, None)
json.dump([logging.Formatter(f).format(record) for f in json.load(sys.stdin)], sys.stdout)`;
    const run = spawnSync('python3', ['-c', program], { input: JSON.stringify(formats), encoding: 'utf8' });
    skip(run.status !== 0, 'no python3: apt-get install python3');
    const line = { time, level: 'WARNING', message: 'text', place };
    expect(formats.map((format) => compileLogFormat(format).write(line))).toEqual(JSON.parse(run.stdout));
  });
});
