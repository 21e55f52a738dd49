// Holds every import of src/ to the table in docs/architecture.md: which room may know which.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const src = path.resolve(import.meta.dirname, '../../src');

/** Room → the rooms that it may import besides itself. `wire` is open to all but the pure rooms named below. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  engine: [],
  log: ['wire', 'config'],
  config: ['wire', 'engine'],
  ports: ['wire', 'engine'],
  processes: ['wire'],
  'data-root': ['wire', 'engine', 'ports', 'log'],
  state: ['wire', 'ports', 'log'],
  notify: ['wire', 'config', 'log'],
  plugins: ['wire', 'engine', 'ports', 'processes', 'log'],
  provisioning: ['wire', 'engine', 'ports', 'plugins', 'processes', 'log'],
  http: ['wire', 'provisioning', 'data-root', 'log'],
  simulator: ['wire'],
  cli: ['wire', 'engine', 'ports', 'provisioning', 'simulator', 'config', 'log', 'main.ts'],
  // The only file that names concrete back ends.
  'main.ts': [
    'wire',
    'engine',
    'ports',
    'config',
    'log',
    'data-root',
    'state',
    'notify',
    'plugins',
    'processes',
    'provisioning',
    'http',
  ],
};

/** http/ takes bytes from the data root, nothing else. */
const bytesOnly = ['data-root/site-bytes.ts'];

interface Import {
  readonly file: string;
  readonly target: string;
}

const imports = listSources(src).flatMap((file): Import[] => {
  const text = readFileSync(path.join(src, file), 'utf8');
  const found = [...text.matchAll(/\bfrom\s+'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g)];
  return found.map((match) => ({ file, target: resolve(file, match[1] ?? match[2] ?? '') }));
});

describe('the rooms of src/', () => {
  it('are all in the table, and the table names no others', () => {
    const rooms = new Set(listSources(src).map(roomOf));
    expect([...rooms].sort()).toEqual(Object.keys(mayImport).sort());
  });

  it('import only what their row allows', () => {
    const wrong = imports.filter(({ file, target }) => {
      if (!target.endsWith('.ts')) return false;
      const [from, to] = [roomOf(file), roomOf(target)];
      return from !== to && !mayImport[from]?.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  it('http takes nothing but bytes from the data root', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        roomOf(file) === 'http' && roomOf(target) === 'data-root' && !bytesOnly.includes(target),
    );
    expect(wrong).toEqual([]);
  });

  it('engine and wire know no node module', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        ['engine', 'wire'].includes(roomOf(file)) && /^node:|^(fs|path|os|vm)$/.test(target),
    );
    expect(wrong).toEqual([]);
  });

  it('only config and the command line read the environment', () => {
    const readers = listSources(src).filter((file) =>
      /\bprocess\.env\b/.test(withoutComments(readFileSync(path.join(src, file), 'utf8'))),
    );
    expect(readers.filter((file) => !['config', 'cli', 'simulator'].includes(roomOf(file)))).toEqual([]);
  });

  it('import each other in no circle', () => {
    const edges = new Map<string, string[]>();
    for (const { file, target } of imports) {
      if (target.endsWith('.ts')) edges.set(file, [...(edges.get(file) ?? []), target]);
    }
    expect(findCircle(edges)).toEqual([]);
  });

  it('have files that open with a comment and stay under 500 lines', () => {
    const wrong = listSources(src).filter((file) => {
      const text = readFileSync(path.join(src, file), 'utf8').replace(/^#!.*\n/, '');
      return !text.startsWith('//') || text.split('\n').length > 500;
    });
    expect(wrong).toEqual([]);
  });

  it('have no rooms for odds and ends', () => {
    expect(listSources(src).filter((file) => /\b(utils?|helpers?|common|types)\b/.test(file))).toEqual([]);
  });
});

function listSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replaceAll(path.sep, '/'));
}

function roomOf(file: string): string {
  return file.split('/', 1)[0] ?? '';
}

function resolve(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

function findCircle(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, way: string[]): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of edges.get(file) ?? []) {
      const circle = visit(next, [...way, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of edges.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
