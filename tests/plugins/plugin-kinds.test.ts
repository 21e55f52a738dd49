import { describe, expect, it } from 'vitest';
import { declaresPreview, kindOf, readFileName } from '../../src/plugins/plugin-kinds.js';

const file = (name: string, head: string | Buffer) => ({
  name,
  realPath: `/x/${name}`,
  version: '',
  head: Buffer.from(head),
  executable: true,
});

describe('the kind of a file in plugins/', () => {
  it.each([
    ['p.js', '', 'javascript'],
    ['p.mjs', '#!/bin/sh\n', 'javascript'],
    ['p.py', '#!/bin/sh\n', 'python'],
    ['p', '', 'python'],
    ['p', 'def main(a, b): pass\n', 'python'],
    ['p', '#!/usr/bin/python\n', 'python'],
    ['p', '#!/usr/bin/env python2.7\n', 'python'],
    ['p', '#! /usr/bin/env -S python3 -u\n', 'python'],
    ['p', '#!/usr/bin/env X=1 python3\r\n', 'python'],
    ['p', '#!/opt/python3.13\n', 'python'],
    ['p', '#!/bin/sh\n', 'program'],
    ['p', '#!/bin/sh python\n', 'program'],
    ['p', '#!/usr/bin/env node\n', 'program'],
    ['p', '#!/usr/bin/env\n', 'program'],
    ['p', '#!/usr/bin/pythonista\n', 'program'],
    ['p', '#!\n', 'program'],
    ['p', '\x7fELF\x02\x01\0\0', 'program'],
  ])('%s with %j is %s', (name, head, kind) => {
    expect(kindOf(file(name, head))).toBe(kind);
  });

  it.each([
    ['ipam', { kind: 'called', as: 'ipam' }],
    ['ipam.js', { kind: 'called', as: 'ipam' }],
    ['ipam.mjs', { kind: 'called', as: 'ipam' }],
    ['ipam.py', { kind: 'called', as: 'ipam' }],
    ['ipam.sh', { kind: 'ending', bare: 'ipam' }],
    ['ipam.cjs', { kind: 'ending', bare: 'ipam' }],
    ['ipam.', { kind: 'ending', bare: 'ipam' }],
    ['ipam.v2.py', { kind: 'spelling' }],
    ['my-ipam', { kind: 'spelling' }],
    ['ipam~', { kind: 'spelling' }],
  ])('%s is reached as %j', (name, read) => {
    expect(readFileName(name)).toEqual(read);
  });

  it.each([
    ['# ztps: preview\n', true],
    ['#!/bin/sh\n# ztps: preview\n', true],
    ['  // ztps: preview  \r\n', true],
    ['-- ztps:preview', true],
    [';; ztps: preview\n', true],
    ['/*\n * ztps: preview\n */', true],
    ['/* ztps: preview */', true],
    ['ztps: preview\n', false],
    ['x = 1  # ztps: preview\n', false],
    ['# ztps: preview or not\n', false],
    ['# ztps: previews\n', false],
    ['', false],
  ])('%j declares preview: %s', (head, declared) => {
    expect(declaresPreview(file('p', head))).toBe(declared);
  });
});
