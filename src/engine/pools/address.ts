// IP addresses as numbers, so that they can be counted. Knows no subnets.

import ipaddr from 'ipaddr.js';

/** An IPv4 or IPv6 address. */
export interface Address {
  readonly family: 4 | 6;
  readonly number: bigint;
}

/**
 * Reads an address as it is usually written: no octal or hexadecimal octets, no zone, no IPv4 part in IPv6.
 * @returns null for anything else
 */
export function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { family: 4, number: join(ipaddr.IPv4.parse(text).octets, 8n) };
  }
  if (/[.%]/.test(text) || !ipaddr.IPv6.isValid(text)) return null;
  return { family: 6, number: join(ipaddr.IPv6.parse(text).parts, 16n) };
}

/** IPv4 dotted, IPv6 as RFC 5952 says. */
export function writeAddress({ family, number }: Address): string {
  return family === 4
    ? new ipaddr.IPv4(split(number, 4, 2)).toString()
    : new ipaddr.IPv6(split(number, 8, 4)).toRFC5952String();
}

/** How many bits an address has. */
export function widthOf(family: Address['family']): 32 | 128 {
  return family === 4 ? 32 : 128;
}

function join(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((number, part) => (number << bits) | BigInt(part), 0n);
}

/** By way of hexadecimal digits: much faster than shifting, and there may be a million of them. */
function split(number: bigint, count: number, digits: number): number[] {
  const all = number.toString(16).padStart(count * digits, '0');
  const parts: number[] = [];
  for (let at = 0; at < all.length; at += digits) parts.push(Number.parseInt(all.slice(at, at + digits), 16));
  return parts;
}
