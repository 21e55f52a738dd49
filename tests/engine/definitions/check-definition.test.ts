// What validation says of definitions and of nodes' attributes: severity, line and words.

import { describe, expect, it } from 'vitest';
import {
  type CheckContext,
  checkAttributes,
  checkDefinition,
} from '../../../src/engine/definitions/check-definition.js';
import type { JsonValue } from '../../../src/engine/json-value.js';
import { readDocument } from './read-document.js';

const context: CheckContext = {
  pluginNames: ['allocate', 'test'],
  checkCall: (plugin, args) => {
    if (!['allocate', 'test'].includes(plugin)) return `there is no resource plugin '${plugin}'`;
    return args.length > 2 ? 'takes fewer' : null;
  },
  serverUrls: ['http://ztpserver:8080', 'http://other/ztp'],
  builtIn: new Set(),
};

function check(text: string, nodeAttributes: JsonValue | 'unknown' = {}) {
  return checkDefinition(readDocument(text), nodeAttributes, context);
}

function said(text: string, nodeAttributes: JsonValue | 'unknown' = {}): string[] {
  return check(text, nodeAttributes).problems.map((it) => `${it.severity} ${it.line}: ${it.reason}`);
}

describe('a sound definition', () => {
  it('has no problems, whatever keys of its own it carries', () => {
    const text = `
name: leaf
owner: $nobody
actions:
  - name: $hostname
    action: add_config
    ticket: allocate(x)
    always_execute: yes
    attributes:
      url: files/templates/a
      password: $$1$x
      note: some text (in brackets)
      variables: {ip: allocate('mgmt'), hostname: $hostname}
attributes: {hostname: leaf1}
`;
    expect(said(text)).toEqual([]);
    expect(said('actions:\nattributes:\n')).toEqual([]);
  });

  it('warns of keys that are almost known ones, at their line', () => {
    const text = `
action: []
atributes: {}
actions:
  - action: add_config
    always_excute: true
    onsucces: done
    atributes: {}
    ticket: 5
    attributes: {atributes: 1}
`;
    expect(said(text)).toEqual([
      'warning 2: `action` is no key of a definition and goes to the switch as it is; is `actions` meant?',
      'warning 3: `atributes` is no key of a definition and goes to the switch as it is; is `attributes` meant?',
      'warning 6: `always_excute` is no key of an action and goes to the switch as it is; is `always_execute` meant?',
      'warning 7: `onsucces` is no key of an action and goes to the switch as it is; is `onsuccess` meant?',
      'warning 8: `atributes` is no key of an action and goes to the switch as it is; is `attributes` meant?',
    ]);
  });

  it('tells what it refers to, with lines', () => {
    const text = `actions:
  - action: add_config
    attributes:
      url: files/templates/a%20b
      src_url: http://ztpserver:8080/files/x?y#z
      list:
        - /files/one
        - http://other/ztp/files/two
        - http://elsewhere/files/three
        - ftp://ztpserver:8080/files/four
        - files/ is a word of this text
        - http://ztpserver:80800/files/five
  - action: install_image
    attributes: {a: "allocate('p')", b: "allocate('q', 'k')"}
attributes:
  c: test('x')
`;
    const found = check(text);
    expect(found.problems).toEqual([]);
    expect(found.actions).toEqual([
      { name: 'add_config', line: 2 },
      { name: 'install_image', line: 13 },
    ]);
    expect(found.files).toEqual([
      { path: 'templates/a b', line: 4 },
      { path: 'x', line: 5 },
      { path: 'one', line: 7 },
      { path: 'two', line: 8 },
    ]);
    expect(found.calls.map(({ call, line }) => [call.text, line])).toEqual([
      ["allocate('p')", 14],
      ["allocate('q', 'k')", 14],
      ["test('x')", 16],
    ]);
  });
});

describe('errors of shape', () => {
  it('are all named, with their lines', () => {
    const text = `name: x
actions:
  - just text
  - name: no action
  - action: a
    attributes: [1]
  - action: 7
attributes: text
`;
    expect(said(text)).toEqual([
      'error 3: action 1 is a text, it must be a mapping with the key `action`',
      'error 4: action 2 (no action) has no `action`: it must name a file in actions/',
      'error 6: the `attributes` of action 3 (a) are a list, they must be a mapping',
      'error 7: `action` of action 4 is a number, it must be text (for the name 7 write it in quotes)',
      'error 8: the global `attributes` are a text, they must be a mapping',
    ]);
  });

  it.each([
    ['', /^error null: the definition is empty/],
    ['- a\n', /^error 1: the definition is a list/],
    ['actions: {a: b}\n', /^error 1: `actions` is a mapping/],
  ])('of %j', (text, words) => {
    expect(said(text)).toEqual([expect.stringMatching(words)]);
  });

  it('do not hide what else is wrong', () => {
    const text = "actions:\n  - name: no action\n    attributes: {a: sqlite('t')}\n";
    expect(said(text)).toHaveLength(2);
  });
});

describe('resources', () => {
  it('of an unknown plugin are errors, with the nearest name', () => {
    expect(said("attributes:\n  a: alocate('x')\n  b: [{c: sqlite('x')}]\n")).toEqual([
      "error 2: alocate('x'): there is no resource plugin 'alocate'; is allocate meant?",
      "error 3: sqlite('x'): there is no resource plugin 'sqlite'",
    ]);
  });

  it('with wrong arguments are errors', () => {
    expect(said("attributes:\n  a: allocate('x','y','z')\n")).toEqual([
      "error 2: allocate('x', 'y', 'z'): takes fewer",
    ]);
  });

  it.each(['allocate(mgmt)', '"allocate (\'mgmt\')"', '" allocate(\'mgmt\')"'])(
    'that are none for want of quotes or for blanks are warned of: %s',
    (text) => {
      expect(said(`attributes:\n  a: ${text}\n`)).toEqual([
        expect.stringMatching(/^warning 2: allocate.* is plain text: .*allocate\('…'\)/),
      ]);
    },
  );

  it('of names that no plugin can have are plain text, and warned of', () => {
    expect(said(`attributes: {a: "vlan.sh('x')", b: "my-plug('x')", c: some-text(really)}`)).toEqual([
      expect.stringMatching(/^warning 1: vlan\.sh\('x'\) is plain text: .*letters, digits and _ only/),
      expect.stringMatching(/^warning 1: my-plug\('x'\) is plain text: .*letters, digits and _ only/),
    ]);
  });

  it('in texts of actions are plain text, and warned of', () => {
    const text = "actions:\n  - action: a\n    onstart: test('x')\n    onsuccess: other('x')\n";
    expect(said(text)).toEqual([expect.stringMatching(/^warning 3: `onstart: test\('x'\)` is plain text/)]);
  });
});

describe('references', () => {
  const text =
    'actions:\n  - action: a\n    attributes: {x: [$hostnam], y: $serial}\nattributes: {hostname: x}\n';

  it('to nothing are warned of, with the nearest name', () => {
    expect(said(text, { serial: 1 })).toEqual([
      expect.stringMatching(/^warning 3: \$hostnam is an attribute of neither.*null.*is \$hostname meant\?$/),
    ]);
  });

  it('in a definition of many nodes are warned of as what depends on the node', () => {
    expect(said(text, 'unknown')).toEqual([
      expect.stringMatching(
        /^warning 3: \$hostnam is no global attribute.*node.*null.*is \$hostname meant\?$/,
      ),
      expect.stringMatching(/^warning 3: \$serial is no global attribute.*node.*null$/),
    ]);
  });

  it('to an attribute that is null, or called like a part of every object, are told apart', () => {
    expect(said('attributes: {a: $b, b: null, c: $constructor}\n', { b: null })).toEqual([
      expect.stringMatching(/\$constructor/),
    ]);
  });

  it('to references are warned of', () => {
    expect(said('attributes:\n  a: $b\n  b: $c\n  c: $$d\n  e: $c\n')).toEqual([
      'warning 2: $b yields $c, which is not looked up again: it stays that text',
    ]);
  });

  it('in texts are warned of where the node is known', () => {
    const named = 'actions:\n  - action: a\n    name: $hostnme\nattributes: {hostname: x}\n';
    expect(said(named)).toEqual([
      expect.stringMatching(/^warning 3: `name: \$hostnme`.*is \$hostname meant/),
    ]);
    expect(said(named, 'unknown')).toEqual([]);
  });
});

describe('values', () => {
  it('that YAML reads as another number than was typed are warned of', () => {
    const text = `attributes:
  mode: 0777
  clock: 1:30
  version: 4.30
  port: 22
  share: 1.5
  quoted: '0777'
  whole: 4.0
`;
    expect(said(text)).toEqual([
      "warning 2: 0777 is read as the number 511: for 0777 as text write it in quotes, '0777'",
      "warning 3: 1:30 is read as the number 90: for 1:30 as text write it in quotes, '1:30'",
      "warning 4: 4.30 is read as the number 4.3: for 4.30 as text write it in quotes, '4.30'",
    ]);
  });

  it('always_execute inside attributes, or neither true nor false, is warned of', () => {
    const text = `actions:
  - action: a
    attributes:
      always_execute: true
  - action: b
    always_execute: 'true'
`;
    expect(said(text)).toEqual([
      expect.stringMatching(/^warning 4: `always_execute` stands inside `attributes`/),
      expect.stringMatching(/^warning 6: `always_execute` is neither true nor false/),
    ]);
  });

  it('url below nothing that is served is warned of', () => {
    const text = `actions:
  - action: a
    attributes: {url: templates/x}
  - action: a
    attributes: {src_url: /files/x}
  - action: a
    attributes: {url: nodes/JPE1/startup-config}
  - action: a
    attributes: {url: https://elsewhere/x}
  - action: a
    attributes: {url: $template}
attributes: {template: files/a}
`;
    expect(said(text)).toEqual([
      expect.stringMatching(/^warning 3: `url: templates\/x`.*files\/templates\/x meant/),
    ]);
  });
});

describe("a node's attributes", () => {
  it('are checked like global ones, references looked up in both', () => {
    const text = "ip: allocate(mgmt)\nhost: $hostname\nother: $nothing\nx: allocate('p')\n";
    const found = checkAttributes(readDocument(text), { attributes: { hostname: 'a' } }, context);
    expect(found.problems.map((it) => [it.severity, it.line])).toEqual([
      ['warning', 1],
      ['warning', 3],
    ]);
    expect(found.calls.map(({ line }) => line)).toEqual([4]);
  });

  it('must be a mapping, or nothing', () => {
    expect(checkAttributes(readDocument('- a\n'), null, context).problems).toEqual([
      { severity: 'error', line: 1, reason: "the node's attributes are a list, they must be a mapping" },
    ]);
    expect(checkAttributes(readDocument(''), null, context).problems).toEqual([]);
  });
});

describe('a check', () => {
  it('names what aliases repeat once, at its first place', () => {
    const text = 'attributes:\n  a: &x {b: $nowhere, c: allocate(x)}\n  d: *x\n  e: [*x, *x]\n';
    expect(check(text).problems.map((it) => it.line)).toEqual([2, 2]);
  });

  it('of thousands of mistakes names each', () => {
    const attributes = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`key${index}`, '$nowhere']),
    );
    const place = { line: 1, column: 1, start: 0, end: 0 };
    const scalar = (text: string) =>
      ({ kind: 'scalar', text, plain: true, isNull: false, ...place }) as const;
    const entries = Object.entries(attributes).map(([key, value]) => ({
      key: scalar(key),
      value: scalar(value),
    }));
    const root = { kind: 'mapping', entries, ...place } as const;
    expect(checkAttributes({ root, value: attributes }, null, context).problems).toHaveLength(20_000);
  });
});
