// The values that a pool is to get, from what somebody typed: subnets and names with ranges. Counts everything before it
// writes the first value, so that nobody waits for the addresses of a /64.

import { type Address, parseAddress, writeAddress } from './address.js';
import { type NameRange, parseNameRange, writeNames } from './name-range.js';
import { isRefusal, type Refusal } from './refusal.js';
import {
  countOf,
  cutOut,
  hostsOf,
  looksLikeAddress,
  parseSubnet,
  type Span,
  type Subnet,
  spanOf,
} from './subnet.js';
import { parseFormat, type ValueFormat } from './value-format.js';

/** What is wished for, as typed. */
export interface ValuesWish {
  /** Subnets and names. */
  readonly what: readonly string[];
  /** First and last address, both included; for one subnet only. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** What to leave out: addresses, ranges `A-B`, subnets, names; commas between. */
  readonly exclude: readonly string[];
  /** For addresses; `{address}/{length}` unless said otherwise. */
  readonly format?: string | undefined;
}

/** The most values that are made at once. */
export const maxValues = 1_000_000;

/** Addresses to leave out. */
interface Hole extends Span {
  readonly family: Address['family'];
  readonly typed: string;
}

/** The addresses that are wanted of one subnet. */
interface Block {
  readonly subnet: Subnet;
  readonly typed: string;
  readonly spans: readonly Span[];
}

interface Exclusions {
  readonly holes: readonly Hole[];
  readonly names: ReadonlySet<string>;
}

/** Every value once, in order; or why there can be none. */
export function expandValues(wish: ValuesWish): readonly string[] | Refusal {
  const items: (Block | NameRange)[] = [];
  for (const typed of wish.what) {
    const item = looksLikeAddress(typed) ? readBlock(typed) : readName(typed);
    if (isRefusal(item)) return item;
    items.push(item);
  }
  const misfit = findMisfit(items, wish);
  if (misfit) return misfit;
  const format = parseFormat(wish.format ?? '{address}/{length}');
  if (isRefusal(format)) return format;
  const exclusions = readExclusions(wish.exclude);
  if (isRefusal(exclusions)) return exclusions;
  const blocks = items.filter(isBlock);
  const idle = exclusions.holes.find((hole) => !blocks.some(({ subnet }) => meets(hole, subnet)));
  if (idle) return { reason: sayIdle(idle.typed, wish) };

  const narrowed: (Block | NameRange)[] = [];
  for (const item of items) {
    const block = isBlock(item) ? narrow(item, wish, exclusions.holes) : item;
    if (isRefusal(block)) return block;
    narrowed.push(block);
  }
  const count = narrowed.reduce((all, it) => all + (isBlock(it) ? countOf(it.spans) : it.count), 0n);
  if (count > maxValues) return { reason: sayTooMany(count, blocks.length > 0) };
  if (count > 1n && blocks.length > 0 && !format.tellsApart) {
    return {
      reason: `--format "${wish.format}" has neither {address} nor {number}: all values would be the same`,
    };
  }
  return writeAll(narrowed, format, exclusions.names, wish);
}

function readBlock(typed: string): Block | Refusal {
  const subnet = parseSubnet(typed);
  return isRefusal(subnet) ? subnet : { subnet, typed, spans: [hostsOf(subnet)] };
}

/** A range of addresses is no name, however well it would do for one. */
function readName(typed: string): NameRange | Refusal {
  if (!/^\s*(?:\d+\.){3}\d+\s*[-/\s]/.test(typed)) return parseNameRange(typed);
  return {
    reason: `"${typed}" begins with an address and is no subnet; wanted one such as 10.0.0.0/24, with --from and --to for a part of it`,
  };
}

function isBlock(item: Block | NameRange): item is Block {
  return 'subnet' in item;
}

/** Options that do not go with what is wished for. */
function findMisfit(items: readonly (Block | NameRange)[], { from, to, format }: ValuesWish): Refusal | null {
  const hasNames = !items.every(isBlock);
  if ((from ?? to) !== undefined && (hasNames || items.length > 1)) {
    return { reason: '--from and --to are addresses of one subnet; give one subnet at a time' };
  }
  if (format !== undefined && hasNames) {
    return { reason: '--format is for the addresses of subnets; names are taken as they are' };
  }
  return null;
}

function readExclusions(typed: readonly string[]): Exclusions | Refusal {
  const holes: Hole[] = [];
  const names = new Set<string>();
  for (const item of typed.flatMap((it) => it.split(',')).map((it) => it.trim())) {
    if (item === '') continue;
    const hole = readHole(item);
    if (hole !== null) {
      if (isRefusal(hole)) return { reason: `--exclude ${hole.reason}` };
      holes.push(hole);
      continue;
    }
    const range = parseNameRange(item);
    if (isRefusal(range)) return { reason: `--exclude ${range.reason}` };
    if (range.count > maxValues) return { reason: `--exclude ${item} is ${sayCount(range.count)} names` };
    for (const name of writeNames(range)) names.add(name);
  }
  return { holes, names };
}

/** An address, a range of them or a subnet; null for what is none of these. */
function readHole(typed: string): Hole | Refusal | null {
  const [one = '', other, ...more] = typed.split('-').map((it) => it.trim());
  if (other !== undefined && more.length === 0) {
    const [first, last] = [parseAddress(one), parseAddress(other)];
    if (first === null && last === null) return null;
    if (first?.family !== last?.family || first === null || last === null || first.number > last.number) {
      return {
        reason: `"${typed}" is no range of addresses: wanted the first and the last, such as 10.0.0.1-10.0.0.9`,
      };
    }
    return { family: first.family, first: first.number, last: last.number, typed };
  }
  const address = parseAddress(typed);
  if (address !== null) return { family: address.family, first: address.number, last: address.number, typed };
  if (!looksLikeAddress(typed)) return null;
  const subnet = parseSubnet(typed);
  return isRefusal(subnet) ? subnet : { family: subnet.family, ...spanOf(subnet), typed };
}

function meets({ family, first, last }: Hole, subnet: Subnet): boolean {
  const all = spanOf(subnet);
  return family === subnet.family && first <= all.last && last >= all.first;
}

/** The block between `from` and `to`, without what is to be left out. */
function narrow(block: Block, { from, to }: ValuesWish, holes: readonly Hole[]): Block | Refusal {
  const { subnet, typed, spans } = block;
  const ends: { first?: bigint; last?: bigint } = {};
  for (const [option, text] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (text === undefined) continue;
    const address = parseAddress(text);
    const all = spanOf(subnet);
    if (address?.family !== subnet.family || address.number < all.first || address.number > all.last) {
      return { reason: `--${option} "${text}" is no address of ${typed}: wanted ${sayRange(subnet)}` };
    }
    ends[option === 'from' ? 'first' : 'last'] = address.number;
  }
  const { first, last } = ends;
  if (first !== undefined && last !== undefined && first > last) {
    return { reason: `--from ${from} comes behind --to ${to}; wanted the lower address first` };
  }
  const others = holes.filter(({ family }) => family === subnet.family) as Span[];
  const all = spanOf(subnet);
  if (first !== undefined && first > all.first) others.push({ first: all.first, last: first - 1n });
  if (last !== undefined && last < all.last) others.push({ first: last + 1n, last: all.last });
  return { ...block, spans: spans.flatMap((span) => cutOut(span, others)) };
}

function writeAll(
  items: readonly (Block | NameRange)[],
  format: ValueFormat,
  leftOut: ReadonlySet<string>,
  wish: ValuesWish,
): readonly string[] | Refusal {
  const values = new Set<string>();
  const met = new Set<string>();
  let number = 0;
  for (const item of items) {
    for (const value of isBlock(item) ? writeBlock(item) : writeNames(item)) {
      if (!isBlock(item) && leftOut.has(value)) met.add(value);
      else if (values.has(value)) return { reason: `"${value}" comes twice: a pool has each value once` };
      else values.add(value);
    }
  }
  for (const name of leftOut) {
    if (!met.has(name)) return { reason: sayIdle(name, wish) };
  }
  return values.size === 0 ? { reason: 'no value is left' } : [...values];

  function* writeBlock({ subnet, spans }: Block): Generator<string> {
    const { family } = subnet;
    for (const { first, last } of spans) {
      for (let address = first; address <= last; address += 1n) {
        number += 1;
        yield format.write({ family, number: address }, subnet, number);
      }
    }
  }
}

function sayRange(subnet: Subnet): string {
  const { family } = subnet;
  const { first, last } = spanOf(subnet);
  return `one from ${writeAddress({ family, number: first })} to ${writeAddress({ family, number: last })}`;
}

function sayIdle(typed: string, { what }: ValuesWish): string {
  const all = what.length > 3 ? `${what.slice(0, 3).join(', ')}, …` : what.join(', ');
  return `--exclude ${typed} leaves out nothing of ${all}`;
}

function sayTooMany(count: bigint, hasBlocks: boolean): string {
  const mend = hasBlocks ? 'narrow it by --from and --to' : 'give smaller ranges';
  return `that is ${sayCount(count)} values, more than ${sayCount(BigInt(maxValues))}: ${mend}`;
}

function sayCount(count: bigint): string {
  return count.toLocaleString('en-US');
}
