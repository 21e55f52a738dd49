// What holds for plugins of every kind: which file a call means, edits, previews, how many run at once, and the end.

import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive, makePluginSite, type PluginSite } from './plugin-site.js';

const kinds = [
  {
    kind: 'JavaScript',
    file: 'plugins/p.js',
    giving: (value: string) => `export default () => ${JSON.stringify(value)};\n`,
    /** Says that it runs, then gives `done` once there is a file `go`. */
    waiting: `import { existsSync, writeFileSync } from 'node:fs';
      export default async ({ args: [name] }) => {
        writeFileSync('runs-' + name, String(process.pid));
        while (!existsSync('go')) await new Promise((done) => setTimeout(done, 10));
        return 'done';
      };\n`,
  },
  {
    kind: 'Python',
    file: 'plugins/p',
    giving: (value: string) => `def main(a, b):\n    return ${JSON.stringify(value)}\n`,
    waiting: `import os, time
def main(node_id, name):
    with open('runs-' + name, 'w') as runs:
        runs.write(str(os.getpid()))
    while not os.path.exists('go'):
        time.sleep(0.01)
    return 'done'\n`,
  },
  {
    kind: 'program',
    file: 'plugins/p',
    giving: (value: string) => `#!/bin/sh\necho ${value}\n`,
    waiting: `#!/bin/sh
name=$(sed 's/.*"args":\\["\\([^"]*\\)".*/\\1/')
echo $$ > runs-$name
while [ ! -e go ]; do sleep 0.01; done
echo done\n`,
  },
];

describe.each(kinds)('a plugin in $kind', ({ file, giving, waiting }) => {
  it('is seen at the next call however it was edited', async () => {
    const site = makePluginSite({ [file]: giving('aaa') });
    expect(await site.call('p', 'x')).toBe('aaa');
    // In place and with the same size, as often as fits into one tick of the clock.
    for (const value of ['bbb', 'ccc', 'ddd']) {
      site.write({ [file]: giving(value) });
      expect(await site.call('p', 'x')).toBe(value);
    }
    site.write({ 'plugins/.aside': giving('eee') });
    copyFileSync(join(site.root, 'plugins/.aside'), join(site.root, 'plugins/.other'));
    renameSync(join(site.root, 'plugins/.aside'), join(site.root, file));
    if (!file.endsWith('.js')) site.write({ [file]: giving('eee') });
    expect(await site.call('p', 'x')).toBe('eee');
    rmSync(join(site.root, file));
    expect(await site.refusal('p', 'x')).toMatch(/^there is no resource plugin 'p'/);
  });

  it('runs four calls at once; further ones wait their turn, and other plugins do not', async () => {
    const site = makePluginSite({ [file]: waiting, 'plugins/other': '#!/bin/sh\necho 1\n' });
    const calls = ['1', '2', '3', '4', '5', '6'].map((name) => site.call('p', name));
    const running = await runningCalls(site, 4);
    expect(await site.call('other', 'x')).toBe(1);
    expect(await runningCalls(site, 4)).toEqual(running);
    expect(running).toHaveLength(4);
    site.write({ go: '' });
    expect(await Promise.all(calls)).toEqual(['done', 'done', 'done', 'done', 'done', 'done']);
    expect(await runningCalls(site, 6)).toHaveLength(6);
  });

  it('refuses a call that waited too long for its turn, in words', async () => {
    const site = makePluginSite({ [file]: waiting }, { limits: { calls: 1, waitSeconds: 0.1 } });
    const first = site.call('p', '1');
    await runningCalls(site, 1);
    expect(await site.refusal('p', '2')).toBe(
      'its turn did not come within 0.1 s: 1 calls of it run at once ([plugins] calls)',
    );
    site.write({ go: '' });
    expect(await first).toBe('done');
    expect(await site.call('p', '3')).toBe('done');
    expect(existsSync(join(site.root, 'runs-2'))).toBe(false);
  });

  it('is asked for a preview only if it says that it understands one', async () => {
    const preview = (site: PluginSite, ...args: string[]) =>
      site.plugins.call('p', { nodeId: 'N1', args, facts: null, preview: true });
    const site = makePluginSite({ [file]: waiting, go: '' });
    expect(await preview(site, 'x', "it's")).toEqual({ value: `p('x', "it's")`, taken: null });
    expect(existsSync(join(site.root, 'runs-x'))).toBe(false);
    const comment = file.endsWith('.js') ? '// ztps: preview\n' : '# ztps: preview\n';
    site.write({
      [file]: waiting.startsWith('#!') ? waiting.replace('\n', `\n${comment}`) : comment + waiting,
    });
    expect(await preview(site, 'x')).toEqual({ value: 'done', taken: null });
    expect(existsSync(join(site.root, 'runs-x'))).toBe(true);
  });
});

/** Resolves with the calls that say that they run, once there are so many. */
async function runningCalls(site: PluginSite, count: number): Promise<string[]> {
  const names = ['1', '2', '3', '4', '5', '6'];
  const found = () => names.filter((name) => existsSync(join(site.root, `runs-${name}`)));
  while (found().length < count) await new Promise((done) => setTimeout(done, 10));
  return found();
}

describe('helper processes', () => {
  const pid = {
    'plugins/js.js': 'export default () => process.pid;\n',
    'plugins/py': 'import os\ndef main(a, b):\n    return os.getpid()\n',
  };

  it.each(['js', 'py'])('serve one call after the other, and end at close (%s)', async (name) => {
    const site = makePluginSite(pid);
    let last: unknown;
    await expect
      .poll(async () => {
        const before = last;
        last = await site.call(name, 'x');
        return last === before;
      })
      .toBe(true);
    expect(isAlive(Number(last))).toBe(true);
    await site.plugins.close();
    expect(isAlive(Number(last))).toBe(false);
    expect(await site.refusal(name, 'x')).toBe('the server is stopping');
  });

  it('end after a while without a call', async () => {
    const site = makePluginSite(pid, { limits: { idleSeconds: 0.05 } });
    const found = Number(await site.call('py', 'x'));
    await expect.poll(() => isAlive(found)).toBe(false);
    expect(await site.call('py', 'x')).not.toBe(found);
  });

  it('are replaced when one was killed while it was idle', async () => {
    const site = makePluginSite(pid);
    const found = Number(await site.call('py', 'x'));
    process.kill(found, 'SIGKILL');
    await expect.poll(() => isAlive(found)).toBe(false);
    await expect.poll(() => site.call('py', 'x').catch(String)).toEqual(expect.any(Number));
  });

  it('that are busy when their plugin is edited finish their call, and then end', async () => {
    const site = makePluginSite({ 'plugins/p.js': kinds[0]?.waiting ?? '' });
    const first = site.call('p', '1');
    await site.appears('runs-1');
    await expect.poll(() => site.read('runs-1')).not.toBe('');
    const busy = Number(site.read('runs-1'));
    site.write({ 'plugins/p.js': 'export default () => 2;\n' });
    expect(await site.call('p', 'x')).toBe(2);
    expect(isAlive(busy)).toBe(true);
    site.write({ go: '' });
    expect(await first).toBe('done');
    await expect.poll(() => isAlive(busy)).toBe(false);
  });

  it('are ended by a close while they hang, and their calls fail', async () => {
    const site = makePluginSite({
      'plugins/p': 'import os\ndef main(a, b):\n    open("pid", "w").close()\n    while True: pass\n',
    });
    const refusal = site.refusal('p', 'x');
    await site.appears('pid');
    await site.plugins.close();
    expect(await refusal).toMatch(/^it was ended by SIGKILL/);
  });

  it.each(['js', 'py'])(
    'load a shared module beside the plugin anew when that was edited (%s)',
    async (name) => {
      const site = makePluginSite({
        'plugins/js.js':
          "import shared from './shared.json' with { type: 'json' };\nexport default () => shared.a;\n",
        'plugins/shared.json': '{"a": 1}',
        'plugins/py': 'import lib\ndef main(a, b):\n    return lib.a\n',
        'plugins/lib.py': 'a = 1\n',
      });
      expect(await site.call(name, 'x')).toBe(1);
      site.write({ 'plugins/shared.json': '{"a": 2}', 'plugins/lib.py': 'a = 2\n' });
      expect(await site.call(name, 'x')).toBe(2);
    },
  );
});

describe('the file that a call means', () => {
  it('is the one of its name, and two are an error that names both', async () => {
    const site = makePluginSite({ 'plugins/p.py': 'def main(a, b):\n    return 1\n' });
    expect(await site.call('p', 'x')).toBe(1);
    site.write({ 'plugins/p': 'def main(a, b):\n    return 2\n' });
    await expect(
      site.plugins.call('p', { nodeId: 'N1', args: ['x'], facts: null, preview: false }),
    ).rejects.toMatchObject({
      code: 'plugin-failed',
      message: "p('x') for node N1: plugins/p and plugins/p.py have one name: remove or rename all but one",
    });
  });

  it.each([
    '../x',
    '..',
    '.',
    '',
    'a/b',
    '/etc/passwd',
    'p.js',
    '.hidden',
    'a\0b',
    '__proto__',
    'constructor',
  ])('is never one outside, or one that no call can name: %j', async (name) => {
    const site = makePluginSite({
      x: '#!/bin/sh\necho out\n',
      'x.py': 'def main(a, b):\n    return "out"\n',
      'plugins/a/b': '#!/bin/sh\necho out\n',
      'plugins/.hidden.py': 'def main(a, b):\n    return "out"\n',
      'plugins/p.js': 'export default () => "out";\n',
    });
    const refusal = site.plugins.call(name, { nodeId: 'N1', args: ['x'], facts: null, preview: false });
    await expect(refusal).rejects.toMatchObject({ code: 'unknown-plugin' });
  });

  it('is not one that a link out of the data root leads to, and may be one within', async () => {
    const site = makePluginSite({ 'shared/it': 'def main(a, b):\n    return 1\n' });
    symlinkSync('../shared/it', join(site.root, 'plugins/p'));
    symlinkSync('/bin/cat', join(site.root, 'plugins/q'));
    expect(await site.call('p', 'x')).toBe(1);
    const refusal = site.plugins.call('q', { nodeId: 'N1', args: ['x'], facts: null, preview: false });
    await expect(refusal).rejects.toMatchObject({ code: 'path-refused' });
  });

  it.each(['allocate', 'test', 'sqlite'])('is none for the built-in %s', async (name) => {
    const site = makePluginSite({
      [`plugins/${name}`]: '#!/bin/sh\ntouch called; echo 1\n',
      'resources/x': 'v: null\n',
    });
    if (name === 'sqlite') expect(await site.refusal(name, 'x')).toMatch(/no resource plugin 'sqlite'/);
    else expect(await site.call(name, 'x')).toBe(name === 'allocate' ? 'v' : 'N1:x');
    expect(existsSync(join(site.root, 'called'))).toBe(false);
  });

  it('that is missing: the refusal lists the names there are, the nearest one, and a program with an extension', async () => {
    const site = makePluginSite({
      'plugins/ipam.py': '',
      'plugins/vlan.sh': '#!/bin/sh\n',
      'plugins/readme.txt': '',
    });
    expect(await site.refusal('ipan', 'x')).toBe(
      "there is no resource plugin 'ipan', known are allocate, ipam and test; is ipam meant?",
    );
    expect(await site.refusal('vlan', 'x')).toBe(
      "there is no resource plugin 'vlan', known are allocate, ipam and test; " +
        'plugins/vlan.sh is there: a program is named as it is called, without an extension',
    );
  });

  it('is none where there is no folder plugins/', async () => {
    const site = makePluginSite();
    rmSync(join(site.root, 'plugins'), { recursive: true });
    expect(await site.refusal('p', 'x')).toMatch(
      /^there is no resource plugin 'p', known are allocate and test$/,
    );
    mkdirSync(join(site.root, 'elsewhere'));
    symlinkSync('elsewhere', join(site.root, 'plugins'));
    site.write({ 'elsewhere/p.py': 'def main(a, b):\n    return 1\n' });
    expect(await site.call('p', 'x')).toBe(1);
  });
});
