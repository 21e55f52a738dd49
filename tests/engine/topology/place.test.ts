import { describe, expect, it } from 'vitest';
import { placeOf } from '../../../src/engine/topology/place.js';

type Cables = readonly (readonly [string, string, string])[];

function place(...cables: Cables): string | null {
  const neighbors = new Map<string, { device: string; port: string }[]>();
  for (const [name, device, port] of cables) {
    neighbors.set(name, [...(neighbors.get(name) ?? []), ...(device === '' ? [] : [{ device, port }])]);
  }
  return placeOf({ neighbors });
}

const one = ['Ethernet49', 'spine1', 'Ethernet1'] as const;
const two = ['Ethernet50', 'spine2', 'Ethernet1'] as const;

describe('the place of a node', () => {
  it('is that of another with the same cables, in whichever order it names them', () => {
    expect(place(one, two)).toBe(place(two, one));
    expect(place(one, two, one)).toBe(place(one, two));
  });

  it.each(['Management1', 'Management1/1', 'Management0', 'Ma1'])('leaves out %s', (name) => {
    expect(place(one, two, [name, 'oob', 'Ethernet7'])).toBe(place(one, two));
    expect(place(one, [name, 'oob', 'Ethernet7'])).toBeNull();
  });

  it('leaves out interfaces without a neighbor', () => {
    expect(place(one, two, ['Ethernet1', '', ''])).toBe(place(one, two));
  });

  it.each<readonly [string, Cables]>([
    ['interface', [one, ['Ethernet51', two[1], two[2]]]],
    ['device', [one, [two[0], 'spine3', two[2]]]],
    ['port', [one, [two[0], two[1], 'Ethernet2']]],
    ['number of cables', [one, two, ['Ethernet51', 'spine3', 'Ethernet1']]],
    ['case', [one, [two[0], 'Spine2', two[2]]]],
  ])('is another one if one %s differs', (_, cables) => {
    expect(place(...cables)).not.toBe(place(one, two));
  });

  it('can not be made up by names that run into each other', () => {
    expect(place(['a', 'b","c', 'd'], two)).not.toBe(place(['a', 'b', 'c","d'], two));
    expect(place(['a', 'b\nc', 'd'], two)).not.toBe(place(['a', 'b', 'c\nd'], two));
  });

  it('takes two neighbors at least; both may be on one interface', () => {
    expect(place()).toBeNull();
    expect(place(one)).toBeNull();
    expect(place(one, [one[0], 'spine2', 'Ethernet1'])).not.toBeNull();
  });
});
