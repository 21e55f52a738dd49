// Actions of old make, as sites in the field have them, run as they are on today's EOS.
import { describe, expect, test } from 'vitest';
import { namedJson, usesJsonRpc, usesSix } from './older-actions.js';
import { startServer } from './server-process.js';
import { addConfig, serial, siteOf } from './sites.js';
import { provision, readConsole, unpackSwitch } from './switches.js';

describe.concurrent('an action of old make', () => {
  test('may import six', async (context) => {
    const actions = [{ action: 'uses_six', attributes: { names: { b: 'two', a: 'one', c: 3 } } }];
    const server = await startServer(context, { files: siteOf(actions, { 'actions/uses_six': usesSix }) });
    const outcome = await provision(await unpackSwitch(context), server.url);
    expect(outcome.startupConfig).toBe('! a one\n! b two\n! 192.0.2.5:80 True\n');
    expect(outcome.console).toContain(`${serial}: caught chained`);
  });

  test('may import jsonrpclib, and return a text that is logged as a warning', async (context) => {
    const files = siteOf([{ action: 'uses_jsonrpc' }], { 'actions/uses_jsonrpc': usesJsonRpc });
    const server = await startServer(context, { files });
    const outcome = await provision(await unpackSwitch(context), server.url);
    expect(outcome.startupConfig).toBe('! 4.32.2F 4.32.2F\n');
    expect(readConsole(outcome, server.url)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('refused: '),
        `${serial}: action uses_jsonrpc returned: I am old and tell you so`,
      ]),
    );
  });

  test('may be called like a module of Python', async (context) => {
    const actions = [{ action: 'json' }, { action: 'copy' }, addConfig('end.cfg'), { action: 'json' }];
    const server = await startServer(context, {
      files: siteOf(actions, {
        'actions/json': namedJson,
        'actions/copy': namedJson.replace('[1]', '[2]'),
        'files/end.cfg': 'hostname x\n',
      }),
    });
    const outcome = await provision(await unpackSwitch(context), server.url);
    expect(outcome.startupConfig).toBe('! {"a": [1]}\n! {"a": [2]}\nhostname x\n! {"a": [1]}\n');
  });
});
