import { describe, expect, it } from 'vitest';
import { facts, isAlive, makePluginSite, repeatCall } from './plugin-site.js';

const js = (body: string) => ({ 'plugins/p.js': `export default (call) => { ${body} };\n` });

describe('a JavaScript plugin', () => {
  it('is called with the call, all of it', async () => {
    const site = makePluginSite({ 'plugins/p.js': 'export default (call) => call;\n' });
    expect(await site.call('p', 'a', 'b')).toEqual({
      nodeId: 'N1',
      args: ['a', 'b'],
      preview: false,
      node: { ...facts.others, ...facts, others: undefined, neighbors: Object.fromEntries(facts.neighbors) },
      dataRoot: site.root,
    });
    const answer = await site.plugins.call('p', { nodeId: 'N2', args: ['x'], facts: null, preview: false });
    expect(answer).toMatchObject({ value: { nodeId: 'N2', node: null }, taken: null });
  });

  it.each([
    [
      'a module',
      'p.js',
      "import path from 'node:path';\nexport default (call) => path.join(call.args[0], 'b');\n",
    ],
    [
      'an .mjs module',
      'p.mjs',
      "import path from 'node:path';\nexport default (call) => path.join(call.args[0], 'b');\n",
    ],
    [
      'CommonJS',
      'p.js',
      "const path = require('path');\nmodule.exports = (call) => path.join(call.args[0], 'b');\n",
    ],
    ['asynchronous', 'p.js', 'export default async (call) => { await null; return `${call.args[0]}/b`; };\n'],
    [
      'one that awaits when it is loaded',
      'p.js',
      "const b = await 'b';\nexport default ({ args: [a] }) => `${a}/${b}`;\n",
    ],
    [
      'one with imports of its neighbours',
      'p.js',
      "import b from './lib.js';\nexport default ({ args: [a] }) => `${a}/${b}`;\n",
    ],
  ])('may be %s', async (_, name, text) => {
    const site = makePluginSite({ [`plugins/${name}`]: text, 'plugins/lib.js': "export default 'b';\n" });
    expect(await site.call('p', 'a')).toBe('a/b');
    expect(site.logged).toEqual([]);
  });

  it.each(['fs', 'path', 'process'])('may be called like the built-in module %s', async (name) => {
    const site = makePluginSite({
      [`plugins/${name}.js`]: `import * as own from '${name}';\nexport default () => typeof own.default;\n`,
    });
    expect(await site.call(name, 'x')).toBe('object');
  });

  it.each<[unknown]>([
    ['text \u{1f600} \n "\\ \u2028'],
    [''],
    [0],
    [-1.5],
    [9007199254740991],
    [true],
    [null],
    [[1, ['a', null]]],
    [{ a: { b: [1] }, 'ä "': '', 10: 'number' }],
    [[]],
    [{}],
  ])('may give %j', async (value) => {
    const site = makePluginSite(js(`return JSON.parse(${JSON.stringify(JSON.stringify(value))})`));
    expect(await site.call('p', 'x')).toEqual(value);
  });

  it('may give what knows its JSON, and keys such as __proto__', async () => {
    const site = makePluginSite(js('return { at: new Date(0), own: JSON.parse(\'{"__proto__": 1}\') }'));
    const value = await site.call('p', 'x');
    expect(JSON.stringify(value)).toBe('{"at":"1970-01-01T00:00:00.000Z","own":{"__proto__":1}}');
  });

  it.each([
    ['return undefined', /the value is undefined; wanted/],
    ['return { a: [1, undefined] }', /the value\["a"\]\[1\] is undefined/],
    ['return [1, , 2]', /the value\[1\] is undefined/],
    ['return () => 1', /the value is a function/],
    ["return { a: Symbol('x') }", /the value\["a"\] is a symbol/],
    ['return NaN', /the value is NaN, which JSON does not have/],
    ['return { a: -Infinity }', /the value\["a"\] is -Infinity/],
    ['return 10n', /the value is a BigInt/],
    ['return new Map()', /the value is an object of Map/],
    ['const a = []; a.push(a); return a', /nests deeper than 100 levels, or contains itself/],
    ["return 'x'.repeat(1048577)", /1048579 bytes as JSON; wanted 1048576 at most/],
    ["throw new Error('no address for ' + call.nodeId)", /^p\.js line 1: no address for N1$/],
    ["throw new TypeError('odd')", /^p\.js line 1: TypeError: odd$/],
    ["throw new TypeError('odd', { cause: new Error('why') })", /^p\.js line 1: TypeError: odd \(why\)$/],
    ["throw 'a text'", /^it threw a text$/],
    ['throw { toString() { throw 1; } }', /^it threw something that has no text$/],
    ["throw Object.defineProperty(new Error('no address'), 'stack', { get() { throw 1; } })", /^no address$/],
    [
      'throw Object.assign(new Error(), { message: { toString: 1 } })',
      /^it threw something that has no text$/,
    ],
    ["return Promise.reject(new Error('later'))", /^p\.js line 1: later$/],
    [
      'setTimeout(() => { throw new Error("aside"); }); return new Promise(() => {})',
      /^p\.js line 1: aside$/,
    ],
    ['process.exit()', /^it exited with status 0 before it gave a value$/],
    ['process.exit(3)', /^it exited with status 3 before/],
    ["process.kill(process.pid, 'SIGKILL')", /^it was ended by SIGKILL before/],
    ['process.abort()', /^it was ended by SIGABRT before/],
  ])('that does %j fails its call, in words, and no other', async (body, words) => {
    const site = makePluginSite({ ...js(body), 'plugins/sound.js': 'export default () => 1;\n' });
    expect(await site.refusal('p', 'x')).toMatch(words);
    expect(await site.refusal('p', 'x')).toMatch(words);
    expect(await site.call('sound', 'x')).toBe(1);
  });

  it.each([
    ['', /^p\.js has no default export|^p\.js has a default export that is no function/],
    ['export const main = () => 1;\n', /^p\.js has no default export; wanted: export default/],
    ['export default 5;\n', /^p\.js has a default export that is no function/],
    ["import './gone.js';\nexport default () => 1;\n", /gone\.js/],
    ['export default () => 1;\n}\n', /^p\.js line 2: SyntaxError: /],
    ['module.exports = () => 1;\n}\n', /^p\.js line 2: SyntaxError: /],
    ["throw new Error('at once');\n", /^p\.js line 1: at once$/],
  ])('that is %j fails its calls, in words', async (text, words) => {
    const site = makePluginSite({ 'plugins/p.js': text });
    expect(await site.refusal('p', 'x')).toMatch(words);
    site.write({ 'plugins/p.js': 'export default () => 2;\n' });
    expect(await site.call('p', 'x')).toBe(2);
  });

  it.each(['while (true);', 'return new Promise(() => {})', 'return /(a+)+$/.exec("a".repeat(60) + "b")'])(
    'that hangs (%s) is killed with what it started, and its call fails',
    async (body) => {
      const site = makePluginSite(
        {
          'plugins/p.js': `import { spawn } from 'node:child_process';
            import { writeFileSync } from 'node:fs';
            export default () => {
              const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
              writeFileSync('pids', process.pid + ' ' + child.pid);
              ${body}
            };`,
          'plugins/sound.js': 'export default () => 1;\n',
        },
        { limits: { timeoutSeconds: 2 } },
      );
      const refusal = site.refusal('p', 'x');
      await site.appears('pids');
      expect(await site.call('sound', 'x')).toBe(1);
      expect(await refusal).toBe('it gave no value within 2 s ([plugins] timeout) and was killed');
      const pids = site.read('pids').split(' ').map(Number);
      await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    },
  );

  it('that hangs while it is loaded is killed as well', async () => {
    const site = makePluginSite({ 'plugins/p.js': 'while (true);\n' }, { limits: { timeoutSeconds: 1 } });
    expect(await site.refusal('p', 'x')).toMatch(/^it gave no value within 1 s/);
  });

  it('has what it prints in the log under the node, and never taken for an answer', async () => {
    const site = makePluginSite(
      js(
        `console.log('{"value": 666}\\nline'); console.error('oops'); process.stdout.write('no end'); return 1`,
      ),
    );
    expect(await site.call('p', 'x')).toBe(1);
    expect([...site.logged].sort()).toEqual([
      'info N1 line',
      'info N1 no end',
      'info N1 {"value": 666}',
      'warning N1 oops',
    ]);
  });

  it('has no more of what it prints in the log than 64 KiB a call', async () => {
    const site = makePluginSite(
      js("for (let i = 0; i < 100000; i++) console.log('x'.repeat(100)); return 1"),
    );
    expect(await site.call('p', 'x')).toBe(1);
    expect(site.logged.length).toBeLessThan(1000);
    expect(site.logged.at(-1)).toBe('warning N1 what else this call prints is left out');
  });

  it.each([
    ['"rubbish\\n"', /something that is not JSON on file descriptor 3/],
    ['"\\xff\\n"', /something that is not JSON on file descriptor 3/],
    ['"5\\n"', /a message that is none on file descriptor 3/],
    ['"x".repeat(2000000)', /a message of more than \d+ bytes/],
  ])('that writes %s to our descriptor fails its call and is killed', async (text, words) => {
    const site = makePluginSite({
      'plugins/p.js': `import fs from 'node:fs';
        export default () => {
          fs.writeFileSync('pid', String(process.pid));
          let rest = Buffer.from(${text}, 'latin1');
          while (rest.length > 0) {
            try { rest = rest.subarray(fs.writeSync(3, rest)); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
          }
          return new Promise(() => {});
        };`,
    });
    expect(await site.refusal('p', 'x')).toMatch(words);
    await expect.poll(() => isAlive(Number(site.read('pid')))).toBe(false);
  });

  it('has its stack in the log when it throws', async () => {
    const site = makePluginSite({
      'plugins/p.js': "export default () => deep();\nfunction deep() {\n  throw new RangeError('far');\n}\n",
    });
    expect(await site.refusal('p', 'x')).toBe('p.js line 3: RangeError: far');
    expect(site.logged[0]).toBe('warning N1 RangeError: far');
    expect(site.logged[1]).toMatch(/^warning N1 +at deep .*p\.js:3/);
  });

  it('finds itself in the data root for every call, wherever an earlier one went', async () => {
    const site = makePluginSite(js("const at = process.cwd(); process.chdir('/'); return [at, process.pid]"));
    let last: unknown;
    await expect
      .poll(async () => {
        const before = last;
        const [at, pid] = (await site.call('p', 'x')) as [string, number];
        expect(at).toBe(site.root);
        last = pid;
        return last === before;
      })
      .toBe(true);
  });

  it.each([
    [
      'process.exit(0)',
      /^its process was ended by something that an earlier call left running: it exited with status 0$/,
    ],
    [
      "Promise.reject(new Error('late'))",
      /^its process was ended by something that an earlier call left running: p\.js line \d+: late$/,
    ],
    [
      "(() => { throw new Error('late'); })()",
      /^its process was ended by something that an earlier call left running: p\.js line \d+: late$/,
    ],
    [
      'fs.writeSync(3, "rubbish\\n")',
      /^it sent something that is not JSON .* before it gave a value; something that an earlier call left running may/,
    ],
    [
      "process.kill(process.pid, 'SIGKILL')",
      /^it was ended by SIGKILL before it gave a value; something that an earlier/,
    ],
  ])('whose earlier call left %s behind fails, and says so', async (stray, words) => {
    const site = makePluginSite({
      'plugins/p.js': `import fs from 'node:fs';
        export default ({ args: [what] }) => {
          if (what === 'hang') {
            fs.writeFileSync('go', '');
            return new Promise(() => {});
          }
          const timer = setInterval(() => {
            if (!fs.existsSync('go')) return;
            clearInterval(timer);
            ${stray};
          }, 5);
          return process.pid;
        };`,
    });
    await repeatCall(site, 'p');
    expect(await site.refusal('p', 'hang')).toMatch(words);
  });

  it('is called by another process if its own one ends before the call begins', async () => {
    const site = makePluginSite({
      'plugins/p.js': `import net from 'node:net';
        export default ({ args: [what] }) => {
          if (what === 'trap') {
            const { write } = net.Socket.prototype;
            net.Socket.prototype.write = function (text, ...rest) {
              if (String(text).includes('began')) process.kill(process.pid, 'SIGKILL');
              return write.call(this, text, ...rest);
            };
          }
          return process.pid;
        };`,
    });
    const found = await repeatCall(site, 'p');
    expect(await site.call('p', 'trap')).toBe(found);
    const other = await site.call('p', 'x');
    expect(other).toEqual(expect.any(Number));
    expect(other).not.toBe(found);
  });

  it('that prints in a loop delays no other, and fails its own call only', async () => {
    const site = makePluginSite(
      {
        'plugins/p.js': `import { writeFileSync } from 'node:fs';
          export default () => {
            writeFileSync('runs', '');
            for (;;) process.stdout.write('y\\n'.repeat(30000));
          };`,
        'plugins/sound.js': 'export default () => 1;\n',
      },
      { limits: { timeoutSeconds: 3 } },
    );
    const refusal = site.refusal('p', 'x');
    await site.appears('runs');
    expect(await site.call('sound', 'x')).toBe(1);
    expect(await refusal).toMatch(/^it gave no value within 3 s/);
    expect(site.logged).toHaveLength(1001);
  });
});
