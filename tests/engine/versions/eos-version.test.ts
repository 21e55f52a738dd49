import { expect, it } from 'vitest';
import { findVersionInName } from '../../../src/engine/versions/eos-version.js';

it.each([
  ['EOS-4.31.0F.swi', '4.31.0F'],
  ['EOS64-4.30.1F-INT.swi', '4.30.1F-INT'],
  ['EOS-4.33.0F-EFT2.swi', '4.33.0F-EFT2'],
  ['EOS-4.33.0F-EFT2-cEOSLab.swi', '4.33.0F-EFT2'],
  ['EOS-4.33.0F-DEV.swi', '4.33.0F-DEV'],
  ['EOS-4.31.0F-33804048.4310F-INT.swi', '4.31.0F-33804048.4310F-INT'],
  ['EOS-4.32.2F-cEOSLab.swi', '4.32.2F'],
  ['EOS-4.32.2F-INTERNATIONAL.swi', '4.32.2F'],
  ['EOS-4.32.2F-x86_64.swi', '4.32.2F'],
  ['TerminAttr-1.19.5-1.swix', '1.19.5-1'],
  ['odd-name', null],
])('the version in the name %s is %s', (name, version) => {
  expect(findVersionInName(name)).toBe(version);
});
