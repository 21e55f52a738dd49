// Subnets: what is typed as one, and which of its addresses are for hosts. Counts, never loops: a subnet may have 2^128.

import { type Address, parseAddress, widthOf, writeAddress } from './address.js';
import type { Refusal } from './refusal.js';

/** A subnet, its host bits zero. */
export interface Subnet {
  readonly family: Address['family'];
  readonly network: bigint;
  readonly length: number;
}

/** Addresses from one to another, both included. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** True for what can only be meant as an address or a subnet, right or wrong. */
export function looksLikeAddress(text: string): boolean {
  if (/[{}]/.test(text)) return false;
  const [address = ''] = text.split('/', 1);
  if (parseAddress(address) !== null || /^\d+(?:\.\d+){3}$/.test(address)) return true;
  return text.includes('/') && /^(?:[\d.]+|[\da-f:.]*:[\da-f:.]*:[\da-f:.]*(?:%.*)?)$/i.test(address);
}

/** Reads `10.0.0.0/24` or `2001:db8::/120`. */
export function parseSubnet(text: string): Subnet | Refusal {
  const [typed = '', length = '', ...more] = text.split('/');
  const address = parseAddress(typed);
  if (address === null || more.length > 0) {
    return {
      reason: `"${text}" is no subnet: wanted an address and a length, such as 10.0.0.0/24 or 2001:db8::/120`,
    };
  }
  const width = widthOf(address.family);
  if (!text.includes('/')) {
    return {
      reason: `${text} has no length: wanted a subnet, such as 10.0.0.0/24; for this one address ${text}/${width}`,
    };
  }
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) {
    return { reason: `"${text}" is no subnet: the length is "${length}", wanted 0 to ${width}` };
  }
  const bits = width - Number(length);
  const network = (address.number >> BigInt(bits)) << BigInt(bits);
  if (network !== address.number) {
    const meant = writeAddress({ family: address.family, number: network });
    return {
      reason: `${text} is an address within a subnet: the subnet is ${meant}/${length}, this one address ${typed}/${width}`,
    };
  }
  return { family: address.family, network, length: Number(length) };
}

/** Every address of a subnet. */
export function spanOf({ family, network, length }: Subnet): Span {
  return { first: network, last: network + (1n << BigInt(widthOf(family) - length)) - 1n };
}

/**
 * The addresses that hosts may have: for IPv4 all but network and broadcast (not so in a /31, RFC 3021, or /32), for IPv6
 * all but the subnet-router anycast address (RFC 4291, 2.6.1; not so in a /127, RFC 6164, or /128).
 */
export function hostsOf(subnet: Subnet): Span {
  const { first, last } = spanOf(subnet);
  if (last - first < 2n) return { first, last };
  return { first: first + 1n, last: subnet.family === 4 ? last - 1n : last };
}

/** What is left of a span without others. */
export function cutOut(span: Span, others: readonly Span[]): readonly Span[] {
  const left: Span[] = [];
  let from = span.first;
  for (const { first, last } of [...others].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (first > span.last) break;
    if (first > from) left.push({ first: from, last: first - 1n });
    if (last >= from) from = last + 1n;
  }
  if (from <= span.last) left.push({ first: from, last: span.last });
  return left;
}

/** How many addresses there are. */
export function countOf(spans: readonly Span[]): bigint {
  return spans.reduce((count, { first, last }) => count + last - first + 1n, 0n);
}
