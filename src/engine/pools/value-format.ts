// What a value made of an address looks like: text with placeholders in braces.

import { type Address, widthOf, writeAddress } from './address.js';
import type { Refusal } from './refusal.js';
import type { Subnet } from './subnet.js';

/** Writes one value. */
export interface ValueFormat {
  /** True if no two addresses give the same value. */
  readonly tellsApart: boolean;
  /** @param number counts the values, from 1 */
  write(address: Address, subnet: Subnet, number: number): string;
}

type Part = (address: Address, subnet: Subnet, number: number) => string;

const placeholders: Readonly<Record<string, Part>> = {
  address: (address) => writeAddress(address),
  length: (_, { length }) => String(length),
  netmask: (_, { family, length }) => writeAddress({ family, number: maskOf(family, length) }),
  network: (_, { family, network }) => writeAddress({ family, number: network }),
  number: (_, __, number) => String(number),
};

/** Reads a format such as `{address}/{length}` or `leaf{number:03}`. */
export function parseFormat(text: string): ValueFormat | Refusal {
  const parts: Part[] = [];
  let tellsApart = false;
  let at = 0;
  const addText = (plain: string): void => {
    if (plain !== '') parts.push(() => plain);
  };
  for (const match of text.matchAll(/\{([^{}]*)\}/g)) {
    const [braces, name = ''] = match;
    const width = Number(/^number:0(\d{1,2})$/.exec(name)?.[1] ?? 0);
    const write = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined;
    if (write === undefined && width === 0) return { reason: sayUnknown(braces) };
    addText(text.slice(at, match.index));
    parts.push(write ?? ((_, __, number) => String(number).padStart(width, '0')));
    tellsApart ||= name === 'address' || name.startsWith('number');
    at = match.index + braces.length;
  }
  addText(text.slice(at));
  return {
    tellsApart,
    write: (address, subnet, number) => parts.map((part) => part(address, subnet, number)).join(''),
  };
}

function maskOf(family: Address['family'], length: number): bigint {
  const width = BigInt(widthOf(family));
  return ((1n << BigInt(length)) - 1n) << (width - BigInt(length));
}

function sayUnknown(braces: string): string {
  const known = Object.keys(placeholders).map((name) => `{${name}}`);
  return `--format: there is no ${braces}; wanted ${known.join(', ')}, or a padded number such as {number:03}`;
}
