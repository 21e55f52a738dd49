import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandValues, type ValuesWish } from '../../../src/engine/pools/expand-values.js';

function expand(what: string | readonly string[], options: Partial<ValuesWish> = {}) {
  return expandValues({ what: typeof what === 'string' ? [what] : what, exclude: [], ...options });
}

function refusal(what: string | readonly string[], options: Partial<ValuesWish> = {}): string {
  const outcome = expand(what, options);
  return 'reason' in outcome ? outcome.reason : `${outcome.length} values`;
}

describe('a subnet', () => {
  it.each([
    ['10.0.0.0/30', ['10.0.0.1/30', '10.0.0.2/30']],
    ['10.0.0.6/31', ['10.0.0.6/31', '10.0.0.7/31']],
    ['10.0.0.5/32', ['10.0.0.5/32']],
    ['255.255.255.252/30', ['255.255.255.253/30', '255.255.255.254/30']],
    ['2001:DB8::/126', ['2001:db8::1/126', '2001:db8::2/126', '2001:db8::3/126']],
    ['2001:db8::a/127', ['2001:db8::a/127', '2001:db8::b/127']],
    ['2001:db8:0:0:1:0:0:1/128', ['2001:db8::1:0:0:1/128']],
    ['::/126', ['::1/126', '::2/126', '::3/126']],
    ['2001:db8:0:1:1:1:1:0/127', ['2001:db8:0:1:1:1:1:0/127', '2001:db8:0:1:1:1:1:1/127']],
  ])('%s is its hosts with the prefix length', (subnet, values) => {
    expect(expand(subnet)).toEqual(values);
  });

  it('is narrowed, both ends included', () => {
    expect(expand('10.0.0.0/24', { from: '10.0.0.254', to: '10.0.0.255' })).toEqual(['10.0.0.254/24']);
    expect(expand('2001:db8::/64', { to: '2001:db8::2' })).toEqual(['2001:db8::1/64', '2001:db8::2/64']);
    expect(expand('::/0', { from: 'ffff::', to: 'ffff::1', exclude: ['ffff::1'] })).toEqual(['ffff::/0']);
  });

  it('goes without what is excluded', () => {
    const exclude = ['10.0.0.1, 10.0.0.3-10.0.0.5', '10.0.0.8/29', '10.0.0.4', '10.0.0.0'];
    expect(expand('10.0.0.0/28', { exclude })).toEqual(['10.0.0.2/28', '10.0.0.6/28', '10.0.0.7/28']);
  });

  it.each([
    ['{address}', ['10.0.0.5', '10.0.0.6']],
    ['{address} {netmask}', ['10.0.0.5 255.255.255.252', '10.0.0.6 255.255.255.252']],
    ['{network}/{length}#{number}', ['10.0.0.4/30#1', '10.0.0.4/30#2']],
    ['leaf{number:03}', ['leaf001', 'leaf002']],
    ['{ {address} }', ['{ 10.0.0.5 }', '{ 10.0.0.6 }']],
  ])('is written as %s', (format, values) => {
    expect(expand('10.0.0.4/30', { format })).toEqual(values);
  });

  it('has an IPv6 netmask too', () => {
    expect(expand('2001:db8::/127', { format: '{netmask} {address}', to: '2001:db8::' })).toEqual([
      'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 2001:db8::',
    ]);
  });

  it('counts on over several, over what is left', () => {
    const format = '{number} {address}';
    expect(expand(['10.0.0.0/30', '10.0.1.0/30'], { format, exclude: ['10.0.0.1'] })).toEqual([
      '1 10.0.0.2',
      '2 10.0.1.1',
      '3 10.0.1.2',
    ]);
  });

  it('is as an independent reading has it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 24, max: 32 }),
        fc.array(fc.tuple(fc.integer({ min: -300, max: 300 }), fc.nat(20)), { maxLength: 5 }),
        fc.option(fc.tuple(fc.nat(), fc.nat())),
        (seed, length, holes, ends) => {
          const size = 2 ** (32 - length);
          const network = Math.floor(seed / size) * size;
          const last = network + size - 1;
          const at = (offset: number) => network + (offset % size);
          const [from, to] = ends ? [at(ends[0]), at(ends[1])].sort((a, b) => a - b) : [];
          const block = new BlockList();
          const exclude: string[] = [];
          for (const [offset, width] of holes) {
            const [low, high] = [
              Math.max(0, network + offset),
              Math.min(2 ** 32 - 1, network + offset + width),
            ];
            if (low > last || high < network) continue;
            block.addRange(dotted(low), dotted(high), 'ipv4');
            exclude.push(low === high ? dotted(low) : `${dotted(low)}-${dotted(high)}`);
          }
          const wanted: string[] = [];
          for (let address = network; address <= last; address += 1) {
            if (length < 31 && (address === network || address === last)) continue;
            if (from !== undefined && to !== undefined && (address < from || address > to)) continue;
            if (!block.check(dotted(address), 'ipv4')) wanted.push(`${dotted(address)}/${length}`);
          }
          const narrowing =
            from === undefined || to === undefined ? {} : { from: dotted(from), to: dotted(to) };
          const found = expand(`${dotted(network)}/${length}`, { exclude, ...narrowing });
          expect(found).toEqual(wanted.length === 0 ? { reason: 'no value is left' } : wanted);
        },
      ),
    );
  });

  it('of IPv6 holds each of its addresses once, written as RFC 5952 says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }),
        fc.integer({ min: 121, max: 128 }),
        (parts, length) => {
          const bits = 2n ** BigInt(128 - length);
          const network = (numberOf(parts) / bits) * bits;
          const first = length < 127 ? network + 1n : network;
          const wanted = [];
          for (let address = first; address < network + bits; address += 1n) {
            wanted.push(`${shortest(partsOf(address))}/${length}`);
          }
          expect(expand(`${partsOf(network).map(hex).join(':')}/${length}`)).toEqual(wanted);
          for (const value of wanted) expect(isIPv6(value.split('/', 1)[0] ?? '')).toBe(true);
        },
      ),
    );
  });

  it('may have a million values, and no more', () => {
    expect(refusal('10.0.0.0/8', { from: '10.0.0.0', to: '10.15.66.64' })).toBe('1000000 values');
    expect(refusal('10.0.0.0/8', { from: '10.0.0.0', to: '10.15.66.65' })).toBe(
      'that is 1,000,001 values, more than 1,000,000: narrow it by --from and --to',
    );
    expect(refusal('2001:db8::/64')).toMatch(/^that is 18,446,744,073,709,551,615 values/);
    expect(refusal('::/0')).toMatch(/^that is 340,282,366,920,938,463,463,374,607,431,768,211,455 values/);
    expect(refusal('::/0', { exclude: ['::2-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'] })).toBe('1 values');
  });

  it.each<[string, string | readonly string[], Partial<ValuesWish>, string]>([
    ['host bits', '10.0.0.5/24', {}, 'the subnet is 10.0.0.0/24, this one address 10.0.0.5/32'],
    ['host bits of IPv6', '2001:db8::1/64', {}, 'the subnet is 2001:db8::/64'],
    ['no length', '10.0.0.0', {}, 'has no length'],
    ['a length over the width', '10.0.0.0/33', {}, 'the length is "33", wanted 0 to 32'],
    ['an odd length', '10.0.0.0/255.255.255.0', {}, 'wanted 0 to 32'],
    ['a range of addresses', '10.0.0.10-10.0.0.20', {}, 'with --from and --to for a part of it'],
    ['blanks in a subnet', '10.0.0.0 / 24', {}, 'is no subnet'],
    ['an octet over 255', '10.0.0.256/24', {}, 'is no subnet'],
    ['an octal octet', '010.0.0.0/24', {}, 'is no subnet'],
    ['a short address', '10/8', {}, 'is no subnet'],
    ['a zone', 'fe80::1%eth0/64', {}, 'is no subnet'],
    ['an IPv4 part', '::ffff:10.0.0.0/120', {}, 'is no subnet'],
    ['an octet over 255 without a length', '10.0.0.256', {}, 'is no subnet'],
    ['a lower end outside', '10.0.0.0/24', { from: '10.0.1.0' }, 'wanted one from 10.0.0.0 to 10.0.0.255'],
    [
      'an upper end of the other kind',
      '10.0.0.0/24',
      { to: '::1' },
      '--to "::1" is no address of 10.0.0.0/24',
    ],
    ['ends that are swapped', '10.0.0.0/24', { from: '10.0.0.9', to: '10.0.0.1' }, 'the lower address first'],
    ['ends for two', ['10.0.0.0/24', '10.0.1.0/24'], { to: '10.0.0.9' }, 'one subnet at a time'],
    ['an exclusion elsewhere', '10.0.0.0/24', { exclude: ['10.0.1.1'] }, 'leaves out nothing of 10.0.0.0/24'],
    [
      'an exclusion that is none',
      '10.0.0.0/24',
      { exclude: ['10.0.0.300'] },
      '--exclude "10.0.0.300" is no subnet',
    ],
    ['an exclusion backwards', '10.0.0.0/24', { exclude: ['10.0.0.9-10.0.0.1'] }, 'the first and the last'],
    ['half a range', '10.0.0.0/24', { exclude: ['10.0.0.9-x'] }, 'the first and the last'],
    ['an exclusion with host bits', '10.0.0.0/24', { exclude: ['10.0.0.9/28'] }, '--exclude 10.0.0.9/28 is'],
    ['all of it excluded', '10.0.0.0/30', { exclude: ['10.0.0.0/30'] }, 'no value is left'],
    [
      'an unknown placeholder',
      '10.0.0.0/30',
      { format: '{ip}' },
      'there is no {ip}; wanted {address}, {length}',
    ],
    [
      'a prototype for a placeholder',
      '10.0.0.0/30',
      { format: '{constructor}' },
      'there is no {constructor}',
    ],
    ['padding of something else', '10.0.0.0/30', { format: '{address:03}' }, 'there is no {address:03}'],
    ['a format that never changes', '10.0.0.0/30', { format: 'x{network}' }, 'all values would be the same'],
    ['a value that comes twice', ['10.0.0.0/30', '10.0.0.0/30'], {}, '"10.0.0.1/30" comes twice'],
  ])('is refused for %s', (_, what, options, reason) => {
    expect(refusal(what, options)).toContain(reason);
  });
});

describe('names', () => {
  it.each([
    ['leaf{8..11}', ['leaf8', 'leaf9', 'leaf10', 'leaf11']],
    ['leaf{008..011}', ['leaf008', 'leaf009', 'leaf010', 'leaf011']],
    ['{98..101}', ['98', '99', '100', '101']],
    ['{08..10}.x', ['08.x', '09.x', '10.x']],
    ['{0..1}', ['0', '1']],
    ['r{1..2}l{1..2}', ['r1l1', 'r1l2', 'r2l1', 'r2l2']],
    ['10.0.0.{9..10}/24', ['10.0.0.9/24', '10.0.0.10/24']],
    ['Ethernet1/1', ['Ethernet1/1']],
    ['00:1c:73:aa:bb:{10..11}', ['00:1c:73:aa:bb:10', '00:1c:73:aa:bb:11']],
    ['plain', ['plain']],
  ])('%s are %j', (what, names) => {
    expect(expand(what)).toEqual(names);
  });

  it('go without what is excluded, and together with others', () => {
    expect(expand(['leaf{1..4}', 'spine1'], { exclude: ['leaf2,leaf{3..4}'] })).toEqual(['leaf1', 'spine1']);
    expect(expand(['x', '10.0.0.0/31'], { exclude: ['10.0.0.0'] })).toEqual(['x', '10.0.0.1/31']);
  });

  it('are as many as the ranges multiplied, all different if text is between, each with its numbers', () => {
    const range = fc
      .tuple(fc.nat(2000), fc.nat(12))
      .map(([first, more]) => ({ first, last: first + more, text: `{${first}..${first + more}}` }));
    fc.assert(
      fc.property(range, range, (one, other) => {
        const wanted = [];
        for (let a = one.first; a <= one.last; a += 1) {
          for (let b = other.first; b <= other.last; b += 1) wanted.push(`r${a}-${b}`);
        }
        expect(expand(`r${one.text}-${other.text}`)).toEqual(wanted);
      }),
    );
  });

  it('may be a million, and no more', () => {
    expect(refusal('{1..1000}-{1..1000}')).toBe('1000000 values');
    expect(refusal('{1..1000}-{1..1001}')).toBe(
      'that is 1,001,000 values, more than 1,000,000: give smaller ranges',
    );
    expect(refusal('{1..999999999999999999}{1..999999999999999999}')).toMatch(/^that is 999,9/);
  });

  it.each<[string, readonly string[], Partial<ValuesWish>, string]>([
    ['letters in a range', ['leaf{a..c}'], {}, '{a..c} is no range; wanted two numbers'],
    ['a list', ['leaf{1,2}'], {}, '{1,2} is no range'],
    ['a range downwards', ['leaf{3..1}'], {}, 'the smaller number first'],
    ['a brace that is not closed', ['leaf{1..3'], {}, 'a brace too many'],
    ['a brace that is not opened', ['leaf1..3}'], {}, 'a brace too many'],
    ['nothing', [' '], {}, 'a name is empty'],
    ['ends', ['leaf{1..3}'], { from: '10.0.0.1' }, '--from and --to are addresses of one subnet'],
    ['a format', ['leaf{1..3}'], { format: '{number}' }, '--format is for the addresses of subnets'],
    [
      'an exclusion that is not there',
      ['leaf{1..3}'],
      { exclude: ['leaf4'] },
      '--exclude leaf4 leaves out nothing',
    ],
    [
      'an address excluded',
      ['leaf{1..3}'],
      { exclude: ['::1'] },
      '--exclude ::1 leaves out nothing of leaf{1..3}',
    ],
    ['a name twice', ['a{1..3}', 'a2'], {}, '"a2" comes twice'],
    ['ranges that meet', ['{1..11}{1..11}'], {}, '"111" comes twice'],
  ])('are refused for %s', (_, what, options, reason) => {
    expect(refusal(what, options)).toContain(reason);
  });
});

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

function hex(part: number): string {
  return part.toString(16);
}

function numberOf(parts: readonly number[]): bigint {
  return BigInt(`0x${parts.map((part) => hex(part).padStart(4, '0')).join('')}`);
}

function partsOf(number: bigint): number[] {
  const digits = number.toString(16).padStart(32, '0');
  return Array.from({ length: 8 }, (_, i) => Number.parseInt(digits.slice(i * 4, i * 4 + 4), 16));
}

/** RFC 5952, section 4: lower case, no leading zeros, the first of the longest runs of two or more zeros as `::`. */
function shortest(parts: readonly number[]): string {
  for (let length = 8; length >= 2; length -= 1) {
    for (let at = 0; at + length <= 8; at += 1) {
      if (parts.slice(at, at + length).some((part) => part !== 0)) continue;
      return `${parts.slice(0, at).map(hex).join(':')}::${parts
        .slice(at + length)
        .map(hex)
        .join(':')}`;
    }
  }
  return parts.map(hex).join(':');
}
