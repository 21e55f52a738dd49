// Plugins in the real server: what a switch hears when one fails, and that nothing is left when the server is gone.

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { runZtps } from '../cli/run-ztps.js';
import { isAlive } from '../plugins/plugin-site.js';
import { type ServerProcess, type SiteFiles, startServer } from './server-process.js';

/** A site with a node for each plugin, whose definition calls it: `nodes/N-<plugin>`. */
async function startSite(
  context: TestContext,
  plugins: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const files: Record<string, string> = {};
  for (const [file, text] of Object.entries(plugins)) {
    const name = file.replace(/\..*/, '');
    files[`plugins/${file}`] = text;
    files[`nodes/N-${name}/definition`] = `attributes: {got: ${name}('x')}\n`;
    files[`nodes/N-${name}/pattern`] = 'name: any\n';
    files[`nodes/N-${name}/.node`] = '{"model": "vEOS"}';
  }
  const server = await startServer(context, { files: files satisfies SiteFiles, settings });
  for (const file of Object.keys(plugins)) chmodSync(join(server.root, 'plugins', file), 0o755);
  return server;
}

/** Settings of `[plugins]`: what stands behind the keys of `[default]` may open a section. */
const limit = (seconds: number) => ({ '[plugins]\ntimeout': String(seconds) });

const get = (server: ServerProcess, name: string, method = 'GET') =>
  fetch(`${server.url}/nodes/N-${name}`, { method });

describe('plugins in plugins/', () => {
  test('of every kind fill a definition', async (context) => {
    const server = await startSite(context, {
      'js.js': 'export default ({ nodeId, args, node }) => ({ nodeId, args, model: node.model });\n',
      'mjs.mjs': 'export default async () => [1, null];\n',
      py: 'def main(node_id, pool, node):\n    return {"model": node.model, "pool": pool}\n',
      sh: '#!/bin/sh\necho 10.10\n',
    });
    const got = async (name: string) =>
      ((await (await get(server, name)).json()) as { attributes: unknown }).attributes;
    expect(await got('js')).toEqual({ got: { nodeId: 'N-js', args: ['x'], model: 'vEOS' } });
    expect(await got('mjs')).toEqual({ got: [1, null] });
    expect(await got('py')).toEqual({ got: { model: 'vEOS', pool: 'x' } });
    expect(await got('sh')).toEqual({ got: '10.10' });
    server.write({ 'plugins/py': 'def main(node_id, pool):\n    return "edited"\n' });
    expect(await got('py')).toEqual({ got: 'edited' });
    expect(await server.stop()).toBe(0);
  });

  const failing: readonly (readonly [string, string, RegExp])[] = [
    [
      'throws.js',
      "export default () => { throw new Error('no address'); };\n",
      /throws\.js line 1: no address/,
    ],
    [
      'raises',
      'def main(a, b):\n    raise ValueError("no address")\n',
      /raises line 2: ValueError: no address/,
    ],
    [
      'exits',
      'import os\ndef main(a, b):\n    os._exit(1)\n',
      /it exited with status 1 before it gave a value/,
    ],
    ['killed.js', "export default () => process.kill(process.pid, 'SIGKILL');\n", /it was ended by SIGKILL/],
    ['rubbish', '#!/bin/sh\nprintf "\\377"\n', /what it printed is not UTF-8/],
    ['fails', '#!/bin/sh\necho no address >&2; exit 2\n', /it exited with status 2: no address/],
    [
      'hangs',
      'def main(a, b):\n    while True: pass\n',
      /it gave no value within 2 s \(\[plugins\] timeout\)/,
    ],
    ['loops.js', 'export default () => { for (;;); };\n', /it gave no value within 2 s/],
    ['ended.sh', '#!/bin/sh\n', /there is no resource plugin 'ended'.*plugins\/ended\.sh is there/],
  ];

  test('that give no value fail their own request, with their own words in answer and log', async (context) => {
    const plugins = Object.fromEntries(failing.map(([file, text]) => [file, text]));
    const sound = 'def main(a, b):\n    return 1\n';
    const server = await startSite(context, { ...plugins, sound }, limit(2));
    const answers = await Promise.all(
      failing.map(async ([file, , words]) => {
        const name = file.replace(/\..*/, '');
        const answer = await get(server, name);
        return {
          name,
          words,
          status: answer.status,
          reason: answer.headers.get('x-ztps-reason'),
          body: await answer.text(),
        };
      }),
    );
    for (const { name, words, status, reason, body } of answers) {
      expect({ name, status, reason }).toEqual({
        name,
        status: 400,
        reason: name === 'ended' ? 'unknown-plugin' : 'plugin-failed',
      });
      expect(body).toMatch(words);
      expect(body).toContain(`${name}('x') for node N-${name}: `);
      const lines = () =>
        server.said(`N-${name}`).filter((line) => line.startsWith('WARNING') && line.endsWith(`[${reason}]`));
      await expect.poll(lines).toEqual([expect.stringMatching(words)]);
    }
    expect((await get(server, 'sound')).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  test('are not called by HEAD, unless they say that they understand a preview', async (context) => {
    const touch =
      '#!/bin/sh\n# MARK\ngrep -q preview.:true && echo > previewed-NAME\necho > called-NAME; echo 1\n';
    const server = await startSite(context, {
      plain: touch.replaceAll('NAME', 'plain'),
      aware: touch.replaceAll('NAME', 'aware').replace('MARK', 'ztps: preview'),
    });
    for (const name of ['plain', 'aware']) expect((await get(server, name, 'HEAD')).status).toBe(200);
    const seen = ['called-plain', 'called-aware', 'previewed-aware'].filter((file) => server.has(file));
    expect(seen).toEqual(['called-aware', 'previewed-aware']);
    expect((await get(server, 'plain')).status).toBe(200);
    expect(server.has('called-plain')).toBe(true);
    expect(server.has('previewed-plain')).toBe(false);
  });

  const hanging: Readonly<Record<string, string>> = {
    'loop.js':
      "import fs from 'node:fs';\nexport default () => { fs.writeFileSync('pid-loop', String(process.pid)); for (;;); };\n",
    regex:
      'import os, re\ndef main(a, b):\n    open("pid-regex", "w").write(str(os.getpid()))\n    re.match("(a+)+$", "a" * 60 + "b")\n',
    idle: 'import os\ndef main(a, b):\n    open("pid-idle", "w").write(str(os.getpid()))\n    return 1\n',
    program: '#!/bin/sh\necho $$ > pid-program; sleep 1000 & echo $! > pid-child; wait\n',
  };

  test('leave no process behind when the server is killed, hanging or idle', async (context) => {
    const server = await startSite(context, hanging, limit(3600));
    const names = ['loop', 'regex', 'idle', 'program'];
    const answers = Promise.allSettled(names.map((name) => get(server, name)));
    const pids = () =>
      [...names, 'child'].map((name) => (server.has(`pid-${name}`) ? Number(server.read(`pid-${name}`)) : 0));
    await expect.poll(() => pids().every((pid) => pid > 0), { timeout: 20_000 }).toBe(true);
    expect(pids().filter(isAlive)).toHaveLength(5);
    await server.kill('SIGKILL');
    await answers;
    await expect.poll(() => pids().filter(isAlive)).toEqual([]);
  });

  test('leave no process behind when the server is stopped', async (context) => {
    const server = await startSite(context, {
      idle: hanging.idle ?? '',
      'js.js': 'export default () => process.pid;\n',
    });
    expect((await get(server, 'idle')).status).toBe(200);
    const { attributes } = (await (await get(server, 'js')).json()) as { attributes: { got: number } };
    const pids = [attributes.got, Number(server.read('pid-idle'))];
    expect(pids.filter(isAlive)).toHaveLength(2);
    expect(await server.stop()).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('are checked by --validate-config', async (context) => {
    const server = await startSite(context, {
      old: 'print "x"\n',
      'bad.js': 'export default (;\n',
      good: '#!/bin/sh\n',
    });
    const { status, out } = await runZtps(['--validate-config'], { ZTPS_DEFAULT_DATAROOT: server.root });
    expect(status).toBe(1);
    expect(out).toMatch(
      /Validating plugins\/bad\.js\.\.\.\nERROR: plugins\/bad\.js:1: this is not JavaScript: /,
    );
    expect(out).toContain('Validating plugins/good...\nOk!\n');
    expect(out).toMatch(/Validating plugins\/old\.\.\.\nERROR: plugins\/old:1: this is not Python 3/);
  });
});
