// Python plugins on the Pythons of this machine (plugin-pythons.ts).

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPythons } from '../client/pythons.js';
import { makeFolder } from '../data-root/temporary-folder.js';
import { chosen, pathTo } from './plugin-pythons.js';
import { isAlive, makePluginSite, type PluginSiteOptions, repeatCall } from './plugin-site.js';

it('finds a Python to run plugins on', () => {
  expect(chosen, 'no Python from 3.6 on found (apt-get install python3)').not.toEqual([]);
});

const indent = (body: string) => body.replaceAll(/^/gm, '    ');

describe.each(chosen)('a Python plugin on Python $version', ({ command }) => {
  const makeSite = (files: Readonly<Record<string, string | Buffer>>, options: PluginSiteOptions = {}) =>
    makePluginSite(files, { environment: pathTo(command), ...options });
  const py = (body: string, head = 'def main(node_id, pool, node):') =>
    makeSite({ 'plugins/p': `${head}\n${indent(body)}\n` });

  it.each([
    ['main(node_id, pool, node)', '[node_id, pool, node.model]', ['N1', 'a', 'DCS-7050']],
    ['main(node_id, pool)', '[node_id, pool]', ['N1', 'a']],
    ['main(who, what, switch)', '[who, what, switch.identifier()]', ['N1', 'a', 'N1']],
    ['main(node_id, pool, node=None)', 'node.model', 'DCS-7050'],
    ['main(*everything)', '[len(everything), everything[1]]', [3, 'a']],
    ['main(node_id, pool, node, preview)', 'preview', false],
    ['main(node_id, pool, preview=True)', 'preview', false],
    ['main(node_id, pool, node, *, args)', 'args', ['a']],
    ['main(node_id, pool, node, **more)', 'more', {}],
  ])('may define %s', async (signature, value, expected) => {
    const site = py(`return ${value}`, `def ${signature}:`);
    expect(await site.call('p', 'a')).toEqual(expected);
  });

  it('gets every argument by the name args, and says so where it lacks that', async () => {
    const site = py('return args', 'def main(node_id, pool, args):');
    expect(await site.call('p', 'a', 'b')).toEqual(['a', 'b']);
    expect(await py('return pool').refusal('p', 'a', 'b')).toMatch(
      /^main of p takes one argument of the call and this one has 2: with a parameter named args/,
    );
  });

  it.each([
    ['def main(node_id):', /^main of p takes 1 arguments; wanted main\(node_id, pool, node\)$/],
    ['def main(node_id, pool, node, more):', /^main of p takes 4 arguments; wanted/],
    ['def other():', /^p has no function main\(node_id, pool, node\)$/],
  ])('with %s fails, in words', async (head, words) => {
    expect(await py('return 1', head).refusal('p', 'a')).toMatch(words);
  });

  it('may be an object that can be called', async () => {
    const site = makeSite({
      'plugins/p': 'class It:\n    def __call__(self, node_id, pool):\n        return pool\nmain = It()\n',
    });
    expect(await site.call('p', 'a')).toBe('a');
  });

  it('is given the node as it reported itself', async () => {
    const site = py(
      [
        'links = [[name, [[it.device, it.interface] for it in found]] for name, found in node.neighbors.items()]',
        'return [node.model, node.serialnumber, node.systemmac, node.version, node.identifier(), links, node.serialize()]',
      ].join('\n'),
    );
    const neighbors = { Ethernet2: [{ device: 'spine2', port: 'Ethernet1' }], Ethernet1: [] };
    expect(await site.call('p', 'a')).toEqual([
      'DCS-7050',
      'N1',
      '001c73aabbcc',
      '4.30.1F',
      'N1',
      [
        ['Ethernet2', [['spine2', 'Ethernet1']]],
        ['Ethernet1', []],
      ],
      {
        model: 'DCS-7050',
        serialnumber: 'N1',
        systemmac: '001c73aabbcc',
        version: '4.30.1F',
        neighbors,
        rack: 'r1',
      },
    ]);
    const unknown = await site.plugins.call('p', { nodeId: 'N2', args: ['a'], facts: null, preview: false });
    expect(unknown.value).toEqual([
      null,
      null,
      null,
      null,
      'N2',
      [],
      { model: null, serialnumber: null, systemmac: null, version: null, neighbors: {} },
    ]);
  });

  it.each<[string, unknown]>([
    ["u'caf\\u00e9 \\U0001f600 \"\\n'", 'caf\u00e9 \u{1f600} "\n'],
    ["''", ''],
    ['0', 0],
    ['-1.5', -1.5],
    ['2 ** 53 - 1', 9007199254740991],
    ['2 ** 53', '9007199254740992'],
    ['-10 ** 30', '-1000000000000000000000000000000'],
    ['True', true],
    ['None', null],
    ['(1, ["a", None])', [1, ['a', null]]],
    ['{"a": {1: 2, None: 3, True: 4, 1.5: 5}}', { a: { 1: 2, null: 3, 1.5: 5 } }],
    ['__import__("collections").OrderedDict([("b", 1), ("a", 2)])', { b: 1, a: 2 }],
    ['__import__("enum").IntEnum("E", "one")(1)', 1],
    ['[]', []],
    ['{}', {}],
  ])('may give %s', async (text, value) => {
    if (text.includes('True: 4')) {
      // 1 and True are one key for Python; the later value counts.
      expect(await py(`return ${text}`).call('p', 'x')).toEqual({ a: { 1: 4, null: 3, 1.5: 5 } });
    } else {
      expect(await py(`return ${text}`).call('p', 'x')).toEqual(value);
    }
  });

  it.each([
    ['return {"a": [1, {2}]}', /^the value\['a'\]\[1\] is of the type set; wanted text, a number/],
    ['return b"x"', /^the value is of the type bytes/],
    ['return main', /^the value is of the type function/],
    ['return float("nan")', /^the value is nan, which JSON does not have$/],
    ['return [float("-inf")]', /^the value\[0\] is -inf/],
    ['return {(1, 2): 3}', /^the value has a key of the type tuple/],
    ['return {1: 2, "1": 3}', /^the value has two keys that are '1' as text$/],
    ['a = []; a.append(a); return a', /nests deeper than 100 levels, or contains itself/],
    ['return "x" * 1048577', /1048579 bytes as JSON; wanted 1048576 at most/],
    ['raise ValueError("no address for " + node_id)', /^p line 2: ValueError: no address for N1$/],
    ['import sys; sys.exit(3)', /^p line 2: it called sys.exit\(3\)$/],
    ['import sys; sys.exit()', /^p line 2: it called sys.exit\(\)$/],
    ['raise KeyboardInterrupt', /^p line 2: KeyboardInterrupt$/],
    ['return main(node_id, pool, node)', /^p line 2: RecursionError: maximum recursion depth exceeded/],
    ['class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd()', /^p line \d: .*Odd/],
    ['import os; os._exit(3)', /^it exited with status 3 before it gave a value$/],
    ['import os, signal; os.kill(os.getpid(), signal.SIGKILL)', /^it was ended by SIGKILL before/],
    ['import os; os.abort()', /^it was ended by SIGABRT before/],
    ['import os; os.close(3)', /^it exited with status 1 before/],
  ])('that does %j fails its call, in words, and no other', async (body, words) => {
    const site = py(body);
    site.write({ 'plugins/sound': 'def main(a, b):\n    return 1\n' });
    expect(await site.refusal('p', 'x')).toMatch(words);
    expect(await site.refusal('p', 'x')).toMatch(words);
    expect(await site.call('sound', 'x')).toBe(1);
  });

  it.each([
    ['', /^p has no function main/],
    ['def main(a, b):\n    print "old"\n', /^p line 2: SyntaxError: Missing parentheses in call to 'print'/],
    ['import no_such_library\n', /^p line 1: ModuleNotFoundError: No module named 'no_such_library'$/],
    ['import lib\n', /^lib\.py line 2: NameError: name 'nobody' is not defined$/],
    ['raise SystemExit\n', /^p line 1: it called sys.exit\(\)$/],
  ])('that is %j fails its calls, in words, until it is mended', async (text, words) => {
    const site = makeSite({ 'plugins/p': text, 'plugins/lib.py': '\nnobody()\n' });
    expect(await site.refusal('p', 'x')).toMatch(words);
    site.write({ 'plugins/p': 'def main(a, b):\n    return 2\n' });
    expect(await site.call('p', 'x')).toBe(2);
  });

  it.each([
    ['a loop', 'while True: pass'],
    ['a regular expression', "__import__('re').match('(a+)+$', 'a' * 60 + 'b')"],
    ['sleep', "__import__('time').sleep(1000)"],
  ])('that hangs in %s is killed with what it started, and its call fails', async (_, body) => {
    const site = makeSite(
      {
        'plugins/p': `import os, subprocess
def main(node_id, pool):
    child = subprocess.Popen(['sleep', '1000'])
    with open('aside', 'w') as pids:
        pids.write('%d %d' % (os.getpid(), child.pid))
    os.rename('aside', 'pids')
    ${body}
`,
        'plugins/sound': 'def main(a, b):\n    return 1\n',
      },
      { environment: pathTo(command), limits: { timeoutSeconds: 4 } },
    );
    const refusal = site.refusal('p', 'x');
    await site.appears('pids');
    expect(await site.call('sound', 'x')).toBe(1);
    expect(await refusal).toBe('it gave no value within 4 s ([plugins] timeout) and was killed');
    const pids = site.read('pids').split(' ').map(Number);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });

  it.each([
    ["b'rubbish\\n'", /something that is not JSON on file descriptor 3/],
    ["b'[]\\n'", /a message that is none on file descriptor 3/],
    [`b'{"log":{"level":"info","message":{"toString":1,"valueOf":1}}}\\n'`, /a message that is none/],
    [`b'{"log":{"message":"x"}}\\n'`, /a message that is none/],
    [
      `b'{"log":{"level":"info","message":' + b'[' * 200000 + b']' * 200000 + b'}}\\n'`,
      /a message that is none/,
    ],
    [
      `b'{"number":1,"failure":{"words":{"toString":1},"trace":[],"final":false}}\\n'`,
      /a message that is none/,
    ],
    [
      `b'{"number":1,"failure":{"words":"","trace":[{"toString":1}],"final":false}}\\n'`,
      /a message that is none/,
    ],
    [`b'{"failure":{"words":{"toString":1}}}\\n'`, /a message that is none/],
    [
      `b'{"number":1,"ask":{"do":"read-yaml","question":1,"text":{"toString":1},"path":""}}\\n'`,
      /a message that is none/,
    ],
    [`b'{"number":1,"value":' + b'[' * 200000 + b']' * 200000 + b'}\\n'`, /nests deeper than 100 levels/],
    [`b'{"number":2,"value":"of another call"}\\n'`, /a message of a call that does not run/],
    [`b'{"log":{"level":"debug","message":""}}\\n' * 20000`, /more than 10000 messages/],
  ])('that writes %s to our descriptor fails its call', async (bytes, words) => {
    const site = py(
      `import os, time\nrest = ${bytes}\nwhile rest:\n    rest = rest[os.write(3, rest):]\ntime.sleep(1000)`,
    );
    site.write({ 'plugins/sound': 'def main(a, b):\n    return 1\n' });
    expect(await site.refusal('p', 'x')).toMatch(words);
    expect(await site.call('sound', 'x')).toBe(1);
  });

  it('has what it prints and logs in the log under the node, and never taken for an answer', async () => {
    const site = py(
      [
        'import logging, sys',
        'print(\'{"value": 666}\\n\' + u"caf\\u00e9")',
        'sys.stderr.write("oops")',
        'log = logging.getLogger("ztpserver")',
        'log.debug("fine"); logging.debug("too fine"); logging.getLogger("other").info("two\\nlines")',
        'log.warning("hm %s", 1); logging.error("bad"); log.critical("worse")',
        'return 1',
      ].join('\n'),
    );
    expect(await site.call('p', 'x')).toBe(1);
    expect([...site.logged].sort()).toEqual([
      'debug N1 fine',
      'error N1 bad',
      'error N1 worse',
      'info N1 caf\u00e9',
      'info N1 lines',
      'info N1 two',
      'info N1 {"value": 666}',
      'warning N1 hm 1',
      'warning N1 oops',
    ]);
  });

  it('has its traceback in the log when it raises', async () => {
    const site = makeSite({
      'plugins/p': 'def main(a, b):\n    return deep()\n\n\ndef deep():\n    return {}[1]\n',
    });
    expect(await site.refusal('p', 'x')).toBe('p line 6: KeyError: 1');
    expect(site.logged[0]).toBe('warning N1 Traceback (most recent call last):');
    expect(site.logged[1]).toMatch(/warning N1 {3}File ".*plugins\/p", line 2, in main/);
    expect(site.logged.at(-1)).toBe('warning N1 KeyError: 1');
  });

  it.each(['json', 'os', 'logging', 'ztpserver'])(
    'may be called %s: nobody else is given it',
    async (name) => {
      const text = 'import json, os, logging\nfrom ztpserver import constants\n';
      const main = 'def main(a, b):\n    return json.loads("[1]")\n';
      const site = makeSite({
        [`plugins/${name}`]: text + main,
        [`plugins/${name === 'json' ? 'os' : 'json'}.py`]: '!',
      });
      expect(await site.call(name, 'x')).toEqual([1]);
    },
  );

  it('may be written in another encoding, end in .py, keep state, and know its own file', async () => {
    const site = makeSite({
      'plugins/p.py': Buffer.from(
        '# -*- coding: latin-1 -*-\ncount = []\ndef main(a, b):\n    count.append(1)\n    return [u"\xe9", len(count), __file__]\n',
        'latin1',
      ),
    });
    expect(await site.call('p', 'x')).toEqual(['\xe9', 1, join(site.root, 'plugins/p.py')]);
    // A file just written is loaded once more: it may have changed again within a tick of the file system's clock.
    await expect.poll(() => site.call('p', 'x')).toEqual(['\xe9', 2, join(site.root, 'plugins/p.py')]);
  });

  it('may define classes that look their module up', async () => {
    const site = makeSite({
      'plugins/p':
        'import pickle\nclass A(object):\n    pass\ndef main(a, b):\n    return type(pickle.loads(pickle.dumps(A()))) is A\n',
    });
    expect(await site.call('p', 'x')).toBe(true);
  });

  it('may fork a child that returns: only the plugin itself answers', async () => {
    const site = py('import os\nif os.fork() == 0:\n    return "child"\nos.wait()\nreturn "parent"');
    expect(await site.call('p', 'x')).toBe('parent');
    expect(await site.call('p', 'x')).toBe('parent');
  });

  it('may fork a child while it is loaded: no call is answered by that', async () => {
    const site = makeSite({
      'plugins/p': `import os, time
child = os.fork()
while child == 0 and not os.path.exists('go'):
    time.sleep(0.01)
def main(node_id, pool):
    if pool == 'second':
        open('go', 'w').close()
        for _ in range(200):
            if os.waitpid(child, os.WNOHANG)[0]:
                break
            time.sleep(0.01)
        return pool
    return os.getpid()
`,
    });
    await repeatCall(site, 'p');
    expect(await site.call('p', 'second')).toBe('second');
  });

  it.each([
    ['a child that prints', "subprocess.Popen(['yes'])"],
    [
      'a thread that prints',
      "threading.Thread(target=forever(lambda: print('y' * 1000)), daemon=True).start()",
    ],
    [
      'a thread that logs',
      `threading.Thread(target=forever(lambda: os.write(3, b'{"log":{"level":"debug","message":""}}\\n')), daemon=True).start()`,
    ],
  ])('that leaves %s without end is killed with it, and the log says so once', async (_, leave) => {
    const site = makeSite({
      'plugins/p': `import os, subprocess, threading
def forever(work):
    def run():
        while True:
            work()
    return run
def main(node_id, pool):
    ${leave}
    return os.getpid()
`,
    });
    const pid = Number(await site.call('p', 'x'));
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
    const said = site.logged.filter((line) => line.includes('while no call ran'));
    expect(said).toEqual(['warning N1 its process printed on and on while no call ran, and was killed']);
  });

  it('leaves no process behind when it ends itself', async () => {
    const site = py(
      [
        'import os, subprocess',
        'child = subprocess.Popen(["sleep", "1000"])',
        'with open("pid", "w") as pid:',
        '    pid.write(str(child.pid))',
        'os._exit(1)',
      ].join('\n'),
    );
    expect(await site.refusal('p', 'x')).toMatch(/^it exited with status 1/);
    await expect.poll(() => isAlive(Number(site.read('pid')))).toBe(false);
  });

  it('finds itself in the data root for every call, wherever an earlier one went', async () => {
    const site = py(
      'import os\nat = os.getcwd()\nos.chdir("/")\nassert at == pool or pool == "x", at\nreturn os.getpid()',
    );
    await repeatCall(site, 'p');
    expect(await site.call('p', site.root)).toEqual(expect.any(Number));
  });

  it('leaves no caches in plugins/', async () => {
    const site = makeSite({
      'plugins/p': 'import lib\ndef main(a, b):\n    return lib.x\n',
      'plugins/lib.py': 'x = 1\n',
    });
    expect(await site.call('p', 'x')).toBe(1);
    expect(() => statSync(join(site.root, 'plugins/__pycache__'))).toThrow('ENOENT');
  });

  it('finds the configuration and the constants of the stand-in package', async () => {
    const site = py(
      [
        'import ztpserver.config',
        'from ztpserver.config import runtime',
        'from ztpserver import constants as c',
        'default = ztpserver.config.runtime.default',
        'types = [c.CONTENT_TYPE_JSON, c.CONTENT_TYPE_YAML, c.CONTENT_TYPE_PYTHON, c.CONTENT_TYPE_HTML, c.CONTENT_TYPE_PLAIN]',
        'codes = [c.HTTP_STATUS_OK, c.HTTP_STATUS_CREATED, c.HTTP_STATUS_BAD_REQUEST, c.HTTP_STATUS_NOT_FOUND, c.HTTP_STATUS_CONFLICT]',
        'return [runtime.default is default, default.data_root, default.identifier, default.server_url, types, codes]',
      ].join('\n'),
    );
    expect(await site.call('p', 'x')).toEqual([
      true,
      site.root,
      'serialnumber',
      'http://ztp:8080',
      ['application/json', 'application/yaml', 'text/x-python', 'text/html', 'text/plain'],
      [200, 201, 400, 404, 409],
    ]);
  });
});

describe('without a Python that can do it', () => {
  const text = { 'plugins/p': 'def main(a, b):\n    return 1\n' };

  it('a Python plugin fails, and says what to install', async () => {
    const site = makePluginSite(text, { environment: { PATH: makeFolder() } });
    expect(await site.refusal('p', 'x')).toMatch(
      /^there is no python3 on the server's PATH: install Python 3\.6/,
    );
  });

  it('a Python plugin fails, and the log says which python3 is too old', async (context) => {
    const old = findPythons().all.find(({ version }) => version.startsWith('2.7'));
    if (!old) return context.skip('skipped: no Python 2.7 (pyenv install 2.7 supplies it)');
    const site = makePluginSite(text, { environment: pathTo(old.command) });
    expect(await site.refusal('p', 'x')).toMatch(/^it exited with status 1/);
    expect(site.logged).toEqual(['warning N1 plugins need Python 3.6 or later, and python3 is 2.7']);
  });

  it('a file that appears is found at the next call', async () => {
    const site = makePluginSite();
    expect(await site.refusal('p', 'x')).toContain("there is no resource plugin 'p'");
    writeFileSync(join(site.root, 'plugins/p'), text['plugins/p']);
    expect(await site.call('p', 'x')).toBe(1);
  });
});
