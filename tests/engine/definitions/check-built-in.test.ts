// What validation says of the attributes of built-in actions.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInAttributes } from '../../../src/engine/definitions/built-in-attributes.js';
import { checkDefinition } from '../../../src/engine/definitions/check-definition.js';
import { readDocument } from './read-document.js';

const actions = resolve(import.meta.dirname, '../../../client/actions');

function check(attributes: string, action = 'install_image', builtIn = Object.keys(builtInAttributes)) {
  const text = `actions:\n- action: ${action}\n  attributes:\n${attributes.replace(/^/gm, '    ')}\n`;
  const context = {
    pluginNames: ['allocate'],
    checkCall: () => null,
    serverUrls: ['http://ztpserver:8080'],
    builtIn: new Set(builtIn),
  };
  return checkDefinition(readDocument(text), 'unknown', context);
}

/** `severity line reason`; the attributes begin in line 4. */
function said(attributes: string, action?: string, builtIn?: string[]): string[] {
  return check(attributes, action, builtIn).problems.map((it) => `${it.severity} ${it.line} ${it.reason}`);
}

const image = 'url: files/EOS.swi\nversion: 4.31.0F\n';

describe('the attributes of built-in actions', () => {
  it.each(readdirSync(actions).sort())('are those that %s says it has', (name) => {
    const text = readFileSync(join(actions, name), 'utf8');
    const section = /\nAttributes:\n(.*?)\n\n/s.exec(text)?.[1] ?? '';
    const names = [...section.matchAll(/^ {2}([a-z][a-z0-9_]*(?:, [a-z0-9_]+)*) {2,}\S/gm)];
    const known = names.flatMap((match) => (match[1] ?? '').split(', '));
    expect(known.length).toBeGreaterThan(0);
    // Another name of the sender.
    if (name === 'send_email') known.push('from');
    expect([...(builtInAttributes[name] ?? [])].sort()).toEqual(known.sort());
  });

  it('that are none are named, with the nearest', () => {
    expect(said('url: files/x\nvarables: {}\nwhatever: 1', 'add_config')).toEqual([
      'warning 5 `varables` is no attribute of add_config; is `variables` meant?',
      'warning 6 `whatever` is no attribute of add_config, which knows url, variables, substitution_mode',
    ]);
    expect(said(`${image}sha265: x\nalways_execute: true`)).toEqual([
      'warning 6 `sha265` is no attribute of install_image; is `sha256` meant?',
      expect.stringContaining('`always_execute` stands inside `attributes`'),
    ]);
  });

  it('are not known of an action that was edited, nor of one of the site', () => {
    expect(said('url: files/x\nvarables: {}', 'add_config', ['copy_file'])).toEqual([]);
    expect(said('url: files/x\nvarables: {}', 'own_action')).toEqual([]);
    expect(said(`${image}minimum: latest\nsha256: x`, 'install_image', [])).toEqual([]);
  });
});

describe('install_image', () => {
  it.each([
    image,
    `${image}minimum: 4.30.0F\nmaximum: '4.32'\nsha256: ${'aB'.repeat(32)}\ndowngrade: 'true'`,
    `${image}minimum: $minimum\nmaximum: allocate('x')\nsha256: $hash\ndowngrade: $no`,
    `${image}images: $images`,
    `${image}images:`,
    "images:\n- {model: 'DCS-7050.*', url: files/a, version: 4.31.0F}\n- {model: .*, url: files/b, version: 4.32.0F}",
    "version: 4.31.0F\nimages: {'DCS-7050.*': {url: files/a}, '(?i)vEOS': {url: files/b, minimum: 4.30.0F}}",
    'images: [$one, {model: $model, url: $url, version: $version}]',
  ])('may be %j', (attributes) => {
    // References to attributes that only nodes have are warned of in any case.
    expect(said(attributes).filter((it) => !it.includes('is no global attribute'))).toEqual([]);
  });

  it.each<[string, string[]]>([
    [
      'version: latest',
      ['error 4 install_image: version: an EOS version such as 4.31.0F is required, not latest'],
    ],
    [
      `${image}minimum: 4.3`,
      ["error 6 install_image: minimum: a text is required, not a number: write it in quotes ('…')"],
    ],
    [
      `${image}minimum: 4.32.0F\nmaximum: 4.30.0F`,
      ['error 6 install_image: minimum: 4.32.0F is newer than the maximum 4.30.0F'],
    ],
    [
      `${image}minimum: 4.32.0F`,
      ['error 6 install_image: version: 4.31.0F is older than the minimum 4.32.0F'],
    ],
    [
      `${image}maximum: 4.30.0F`,
      ['error 6 install_image: version: 4.31.0F is newer than the maximum 4.30.0F'],
    ],
    [`${image}sha256: abc`, ['error 6 install_image: sha256: 64 hexadecimal digits are required, not abc']],
    [`${image}downgrade: maybe`, ['error 6 install_image: downgrade: true or false is required, not maybe']],
    [
      `${image}maximum: 4.32.0F\ndowngrade: false`,
      [
        'warning 6 install_image: with `downgrade: false` a newer version stays, so `maximum` counts for nothing',
      ],
    ],
    [
      `${image}images: 5`,
      ['error 6 install_image: images: a list of mappings is required, each with model, url and version'],
    ],
    [`${image}images: []`, ['warning 6 install_image: images: there is none, so every model is an error']],
    [`${image}images: [5]`, ['error 6 install_image: images: each image is a mapping with url and version']],
    [
      `${image}images: [{url: files/a}]`,
      ['error 6 install_image: images: model: a text is required, a regular expression for the whole model'],
    ],
    [
      `${image}images:\n- {model: '('}`,
      [expect.stringMatching(/^error 7 .*model: \( is no regular expression: /)],
    ],
    [
      `${image}images:\n  'a)(b': {}`,
      [expect.stringMatching(/^error 7 .*model: a\)\(b is no regular expression: /)],
    ],
    [
      `${image}images:\n  .*: {}\n  DCS-7050: {}`,
      [expect.stringMatching(/^error 7 .*a mapping has no order: write images as a list/)],
    ],
    [
      `${image}images:\n- {model: .*}\n- {model: DCS-7050}`,
      ['warning 8 install_image: images: an entry for .* stands before this one, which no model reaches'],
    ],
    [
      `${image}minimum: 4.30.0F\nimages:\n- model: a\n  version: 4.29.0F\n- model: b\n  sha256: x\n  url: images/b`,
      [
        'error 9 install_image: version: 4.29.0F is older than the minimum 4.30.0F',
        'error 11 install_image: sha256: 64 hexadecimal digits are required, not x',
        'warning 12 `url: images/b` is a path of this server, which has no such path: is files/images/b meant?',
      ],
    ],
    [
      `${image}images: [{model: a, verson: x}]`,
      ['warning 6 `verson` is no attribute of an image of install_image; is `version` meant?'],
    ],
    [
      'url: FTP://h/EOS.swi\nversion: 4.31.0F',
      ['error 4 install_image: url: FTP://h/EOS.swi: only http and https URLs can be fetched'],
    ],
    [
      'url: HTTP://ZTPserver:8080/images/EOS.swi\nversion: 4.31.0F',
      [
        'warning 4 `url: HTTP://ZTPserver:8080/images/EOS.swi` is a path of this server, which has no such path: is files/images/EOS.swi meant?',
      ],
    ],
    [
      `${image}images: [{model: a, url: 'flash://EOS.swi'}, {model: b, url: /EOS.swi}]`,
      [
        'error 6 install_image: url: flash://EOS.swi: only http and https URLs can be fetched',
        'warning 6 `url: /EOS.swi` is a path of this server, which has no such path: is files/EOS.swi meant?',
      ],
    ],
    ['url: https://elsewhere/EOS.swi\nversion: 4.31.0F', []],
  ])('is told of its mistakes: %j', (attributes, expected) => {
    expect(said(attributes)).toEqual(expected);
  });

  it('names its images, with the hash that each must have', () => {
    const hash = 'ab'.repeat(32);
    const { images } = check(`url: files/a%20b.swi
sha256: ${hash.toUpperCase()}
images:
- {model: a, url: http://ztpserver:8080/files/c.swi, sha256: ${'cd'.repeat(32)}}
- {model: b, url: http://elsewhere/files/d.swi}
- {model: b, url: HTTP://ZTPServer:8080/files/C.swi}
- {model: b, url: http://ztpserver/files/d.swi}
- {model: c, version: 4.31.0F}
- {model: d, url: $image}`);
    expect(images).toEqual([
      { path: 'a b.swi', sha256: hash, line: 5 },
      { path: 'c.swi', sha256: 'cd'.repeat(32), line: 7 },
      { path: 'C.swi', sha256: hash, line: 9 },
    ]);
  });

  it('is told of mistakes in images that it refers to, once', () => {
    const action = '- action: install_image\n  attributes: {images: $imgs}\n';
    const entry = '{model: a, url: files/gone.swi, version: 4.31.0F, foo: 1, minimum: 4.32.0F}';
    const text = `actions:\n${action.repeat(2)}attributes:\n  imgs:\n  - ${entry}\n`;
    const context = {
      pluginNames: [],
      checkCall: () => null,
      serverUrls: [],
      builtIn: new Set(['install_image']),
    };
    const { problems, files, images } = checkDefinition(readDocument(text), 'unknown', context);
    expect(problems.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      expect.stringMatching(/^8 `foo` is no attribute of an image of install_image, which knows /),
      '8 install_image: version: 4.31.0F is older than the minimum 4.32.0F',
    ]);
    expect(files).toEqual([{ path: 'gone.swi', line: 8 }]);
    expect(images).toEqual([{ path: 'gone.swi', sha256: null, line: 8 }]);
    // A node's own attribute of this name stands before it.
    const hidden = checkDefinition(readDocument(text), { imgs: [] }, context);
    expect(hidden.images).toEqual([]);
  });
});
