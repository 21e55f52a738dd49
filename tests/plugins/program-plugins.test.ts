import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive, makePluginSite } from './plugin-site.js';

const sh = (body: string) => ({ 'plugins/p': `#!/bin/sh\n${body}\n` });

describe('a program as a plugin', () => {
  it('reads the call as JSON on standard input, in the data root, with the environment of the server', async () => {
    const site = makePluginSite(sh('cat; echo "$GREETING $PWD" > seen'), {
      environment: { PATH: process.env.PATH, GREETING: 'hello' },
    });
    expect(await site.call('p', 'a', "it's")).toMatchObject({
      nodeId: 'N1',
      args: ['a', "it's"],
      preview: false,
      node: {
        model: 'DCS-7050',
        rack: 'r1',
        neighbors: { Ethernet2: [{ device: 'spine2', port: 'Ethernet1' }] },
      },
      dataRoot: site.root,
    });
    expect(site.read('seen')).toBe(`hello ${site.root}\n`);
  });

  it('need not read the call', async () => {
    const site = makePluginSite(sh('exec <&-; echo 1'));
    const others = { padding: 'x'.repeat(1_000_000) };
    const facts = {
      model: null,
      serialnumber: null,
      systemmac: null,
      version: null,
      neighbors: new Map(),
      others,
    };
    const answer = await site.plugins.call('p', { nodeId: 'N1', args: ['x'], facts, preview: false });
    expect(answer.value).toBe(1);
  });

  it('may be a binary', async () => {
    const site = makePluginSite();
    copyFileSync('/bin/cat', join(site.root, 'plugins/p'));
    chmodSync(join(site.root, 'plugins/p'), 0o755);
    expect(await site.call('p', 'x')).toMatchObject({ nodeId: 'N1' });
  });

  it.each<[string, unknown]>([
    ['{"a": [1, null, true, "x"]}\n', { a: [1, null, true, 'x'] }],
    ['"text"', 'text'],
    ['""', ''],
    ['5\n', 5],
    ['-1.5', -1.5],
    ['null\n', null],
    ['true', true],
    ['[]', []],
    ['10.0.0.1/24\n', '10.0.0.1/24'],
    ['10.10\n', '10.10'],
    ['0010', '0010'],
    ['1e5\n', '1e5'],
    ['-0', '-0'],
    ['9007199254740992\n', '9007199254740992'],
    ['9007199254740991', 9007199254740991],
    ['two\nlines\r\n', 'two\nlines'],
    ['one\n\n', 'one\n'],
    [' blank ', ' blank '],
    ['{"a": 1', '{"a": 1'],
    ['{"__proto__": 1}', JSON.parse('{"__proto__": 1}')],
    ['caf\u00e9', 'caf\u00e9'],
  ])('that prints %j gives %j', async (output, value) => {
    const site = makePluginSite({ ...sh('cat out'), out: output });
    expect(await site.call('p', 'x')).toStrictEqual(value);
  });

  it.each([
    ['', /^it printed nothing; an empty text is written ""$/],
    ['echo', /^it printed nothing/],
    ['echo 1; exit 3', /^it exited with status 3$/],
    ['echo 1; echo no address >&2; exit 1', /^it exited with status 1: no address$/],
    ['echo 1; kill -KILL $$', /^it was ended by SIGKILL$/],
    ["printf '\\377'", /^what it printed is not UTF-8$/],
    ['head -c 1048577 /dev/zero', /^it printed more than 1048576 bytes$/],
    [
      `(printf first; head -c 2000000 /dev/zero | tr '\\0' x; echo last) >&2; exit 1`,
      /^it exited with status 1: x{996}last$/,
    ],
    [
      `head -c 400000 /dev/zero | tr '\\0' '['; head -c 400000 /dev/zero | tr '\\0' ']'`,
      /nests deeper than 100 levels/,
    ],
  ])('that does %j fails its call, in words', async (body, words) => {
    const site = makePluginSite({ ...sh(body), 'plugins/sound': '#!/bin/sh\necho 1\n' });
    expect(await site.refusal('p', 'x')).toMatch(words);
    expect(await site.call('sound', 'x')).toBe(1);
  });

  it('that can not be run fails its call, in words', async () => {
    const site = makePluginSite({ 'plugins/p': '#!/no/such/shell\n', 'plugins/q': '#!/bin/sh\n' });
    chmodSync(join(site.root, 'plugins/q'), 0o644);
    expect(await site.refusal('p', 'x')).toMatch(/^the program that its #! line names is not there/);
    expect(await site.refusal('q', 'x')).toMatch(
      /^plugins\/q is a program and this server may not run it: chmod \+x/,
    );
  });

  it('that hangs is killed with what it started, and its call fails', async () => {
    const site = makePluginSite(
      { ...sh('sleep 1000 & echo $! > aside; mv aside pid; wait'), 'plugins/sound': '#!/bin/sh\necho 1\n' },
      { limits: { timeoutSeconds: 2 } },
    );
    const refusal = site.refusal('p', 'x');
    await site.appears('pid');
    expect(await site.call('sound', 'x')).toBe(1);
    expect(await refusal).toBe('it was not done within 2 s ([plugins] timeout) and was killed');
    await expect.poll(() => isAlive(Number(site.read('pid')))).toBe(false);
  });

  it('has what it says on standard error in the log under the node', async () => {
    const site = makePluginSite(sh('echo 1; echo one >&2; echo two >&2'));
    expect(await site.call('p', 'x')).toBe(1);
    expect(site.logged).toEqual(['warning N1 one', 'warning N1 two']);
  });

  it('has 64 KiB of what it says on standard error in the log, also when it fails', async () => {
    const site = makePluginSite(sh('yes 0123456789 | head -c 1000000 >&2; exit "$(cat status)"'));
    for (const status of ['0', '1']) {
      site.write({ status });
      const before = site.logged.length;
      expect(await site.refusal('p', 'x')).toMatch(
        status === '0' ? /^it printed nothing/ : /^it exited with status 1: /,
      );
      const lines = site.logged.slice(before);
      expect(lines).toHaveLength(1001);
      expect(lines.at(-1)).toBe('warning N1 what else this call prints is left out');
    }
    site.write({
      'plugins/p': `#!/bin/sh\necho 1; for i in 1 2 3; do head -c 20000 /dev/zero | tr '\\0' x; echo; done >&2\n`,
    });
    expect(await site.call('p', 'x')).toBe(1);
    expect(site.logged.slice(-3).map((line) => line.length)).toEqual([20011, 20011, 20011]);
  });

  it('leaves no process behind when it exits', async () => {
    const site = makePluginSite(sh('sleep 1000 > /dev/null 2>&1 & echo $!'));
    const child = Number(await site.call('p', 'x'));
    expect(child).toBeGreaterThan(0);
    await expect.poll(() => isAlive(child)).toBe(false);
  });
});
