// The types that authors of JavaScript plugins get: checked by the compiler, on a plugin outside this package.

import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../data-root/temporary-folder.js';

const project = resolve(import.meta.dirname, '../..');

/** What the compiler says of a plugin, with the package laid beside it as npm lays it. */
function check(plugin: string): string[] {
  const folder = makeFolder({ 'plugins/p.js': plugin });
  const { types } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { types: string };
  const packageFolder = join(folder, 'node_modules/ztpserver');
  mkdirSync(join(packageFolder, dirname(types)), { recursive: true });
  cpSync(join(project, 'package.json'), join(packageFolder, 'package.json'));
  cpSync(join(project, types), join(packageFolder, types));
  const program = ts.createProgram([join(folder, 'plugins/p.js')], {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    strict: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const declare = "/** @type {import('ztpserver').Plugin} */\nconst plugin = ";

describe('the types for authors', () => {
  it.each([
    '({ nodeId, args: [pool, key], preview, node, dataRoot }) => [nodeId, pool, key ?? null, preview, dataRoot, node?.model ?? null];',
    'async ({ node }) => ({ port: node?.neighbors.Ethernet1?.[0]?.port ?? "none", rack: String(node?.rack) });',
    '() => 5;',
    '() => ({ a: [1, { b: null }] });',
  ])('accept %s', (plugin) => {
    expect(check(`${declare}${plugin}\nexport default plugin;\n`)).toEqual([]);
  });

  it.each([
    ['() => undefined;', /undefined/],
    ['() => new Map();', /Map/],
    ['() => () => 1;', /not assignable/],
    ['({ nodeid }) => nodeid;', /nodeid/],
    ['({ node }) => node.model;', /possibly 'null'/],
  ])('refuse %s', (plugin, words) => {
    expect(check(`${declare}${plugin}\nexport default plugin;\n`).join('\n')).toMatch(words);
  });
});
