// Interface names and ranges: what they expand to, how they are written, and how bad ones are refused.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expandInterfaceRange,
  mostInterfacesInRange,
  writeInterfaceRange,
} from '../../../src/engine/topology/interface-range.js';

const names = fc.uniqueArray(
  fc
    .tuple(
      fc.constantFrom('Ethernet', 'Management'),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 }),
    )
    .map(([type, numbers]) => type + numbers.join('/')),
  { minLength: 1, maxLength: 40 },
);

const spellings: Readonly<Record<string, readonly string[]>> = {
  Ethernet: ['e', 'ET', 'eth', 'Ethernet', 'eTHERNET'],
  Management: ['m', 'Ma', 'MANAGEMENT'],
};

function expand(text: string): readonly string[] | string {
  const range = expandInterfaceRange(text);
  return range.ok ? range.value : range.reason;
}

describe('a range', () => {
  it('expands to what it was written from', () => {
    fc.assert(
      fc.property(names, (listed) => {
        expect(expand(writeInterfaceRange(listed))).toEqual(listed);
      }),
    );
  });

  it('is short where the numbers run on', () => {
    expect(writeInterfaceRange(['Ethernet1', 'Ethernet2', 'Ethernet3', 'Ethernet5', 'Management1'])).toBe(
      'Ethernet1-3,5,Management1',
    );
    expect(writeInterfaceRange(['Ethernet1/31', 'Ethernet1/32', 'Ethernet2/33'])).toBe(
      'Ethernet1/31-1/32,2/33',
    );
  });

  it('means the same in every spelling of types, blanks and zeros', () => {
    const noise = fc.constantFrom('', ' ', '  ', '\t');
    fc.assert(
      fc.property(names, noise, fc.nat(4), fc.constantFrom('', '0', '00'), (listed, blank, pick, zeros) => {
        const text = listed
          .map((name) =>
            name
              .replace(/^[A-Za-z]+/, (type) => spellings[type]?.[pick % (spellings[type]?.length ?? 1)] ?? '')
              .replace(/\d+/g, (number) => zeros + number),
          )
          .join(`${blank},${blank}`);
        expect(expand(blank + text + blank)).toEqual(listed);
      }),
    );
  });

  it('goes on with the type of the item before', () => {
    expect(expand('Et1-2,4,Ma1,2')).toEqual([
      'Ethernet1',
      'Ethernet2',
      'Ethernet4',
      'Management1',
      'Management2',
    ]);
  });

  it('may repeat the type at its end', () => {
    expect(expand('Et1 - ethernet3')).toEqual(['Ethernet1', 'Ethernet2', 'Ethernet3']);
  });

  it('names each interface once', () => {
    expect(expand('Ethernet1-3,2-4')).toEqual(['Ethernet1', 'Ethernet2', 'Ethernet3', 'Ethernet4']);
  });

  it('is bounded before it takes memory', () => {
    expect(expand(`Ethernet1-${mostInterfacesInRange}`)).toHaveLength(mostInterfacesInRange);
    for (const text of ['Ethernet1-999999999', 'Ethernet1-99999999999999999999', 'Ethernet1-4096,1-2']) {
      expect(expand(text)).toMatch(/more than 4096 interfaces/);
    }
  });

  it('never throws, and gives only names in the canonical spelling', () => {
    const pieces = fc.constantFrom('e', 'Et', 'ma', 'Vlan', '1', '0', '9', '/', '-', ',', ' ', 'any', '１');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((it) => it.join('')),
        ),
        (text) => {
          const range = expandInterfaceRange(text);
          if (!range.ok) return;
          for (const name of range.value) {
            expect(name).toMatch(/^(Ethernet|Management)[1-9]\d*(\/[1-9]\d*){0,2}$/);
          }
        },
      ),
    );
  });

  it.each([
    ['1-2', 'has no interface type'],
    ['Vlan1', 'is no interface name'],
    ['Ethernet', 'is no interface name'],
    ['Ethernet1/2/3/4', 'is no interface name'],
    ['Ethernet0', 'must be 1 or more'],
    ['Ethernet1/00', 'must be 1 or more'],
    ['Ethernet 1', 'is no interface name'],
    ['Ethernet1,,2', 'is missing beside a comma'],
    ['Ethernet1-', 'is missing beside a comma'],
    ['Ethernet1-2-3', 'more than one dash'],
    ['Ethernet3-1', 'does not go upwards'],
    ['Ethernet3-3', 'does not go upwards'],
    ['Ethernet1/3-32', 'wanted every number at both ends'],
    ['Ethernet1/3-2/4', 'varies more than its last number'],
    ['Et1-Ma2', 'wanted one type'],
    ['', 'is missing'],
  ])('%j is refused: %s', (text, reason) => {
    expect(expand(text)).toContain(reason);
  });
});
