// Reads and writes names and ranges of interfaces, `Ethernet1-4,Ma1` (neighbordb.md, Local interface).
// Knows nothing of `any` and `none`, which are no ranges.

import { type Parsed, parsed, refused } from './parsed.js';
import { showText } from './show-text.js';

/** More interfaces than any switch has; keeps `Ethernet1-999999999` from filling the memory. */
export const mostInterfacesInRange = 4096;

const typeNames: ReadonlyMap<string, string> = new Map([
  ['e', 'Ethernet'],
  ['et', 'Ethernet'],
  ['eth', 'Ethernet'],
  ['ethernet', 'Ethernet'],
  ['m', 'Management'],
  ['ma', 'Management'],
  ['management', 'Management'],
]);

interface InterfaceName {
  /** Null where the type was left out. */
  readonly type: string | null;
  /** One to three numbers without leading zeros. */
  readonly numbers: readonly string[];
}

/**
 * The interfaces that a text names, in the order written, each once, spelled as EOS reports them (`Ethernet1/3`, `Management1`).
 * At most `mostInterfacesInRange`.
 */
export function expandInterfaceRange(text: string): Parsed<readonly string[]> {
  const names = new Set<string>();
  let room = mostInterfacesInRange;
  let type: string | null = null;
  for (const item of text.split(',')) {
    const [from = '', to, ...more] = item.split('-');
    if (more.length > 0) {
      return refused(`${showText(item.trim())} has more than one dash, wanted FROM-TO`);
    }
    const first = readName(from);
    if (!first.ok) return first;
    type = first.value.type ?? type;
    if (type === null) {
      return refused(
        `${showText(item.trim())} has no interface type, wanted Ethernet or Management in front`,
      );
    }
    const numbers: Parsed<readonly string[]> =
      to === undefined
        ? parsed([first.value.numbers.join('/')])
        : expandNumbers(item.trim(), type, first.value, to, room);
    if (!numbers.ok) return numbers;
    room -= numbers.value.length;
    if (room < 0) return refused(tooMany);
    for (const number of numbers.value) names.add(type + number);
  }
  return parsed([...names]);
}

const tooMany = `more than ${mostInterfacesInRange} interfaces are named, which is more than any switch has`;

function expandNumbers(
  item: string,
  type: string,
  first: InterfaceName,
  to: string,
  room: number,
): Parsed<readonly string[]> {
  const last = readName(to);
  if (!last.ok) return last;
  const range = showText(item);
  if (last.value.type !== null && last.value.type !== type) {
    return refused(
      `the range ${range} begins with ${type} and ends with ${last.value.type}, wanted one type`,
    );
  }
  const prefix = first.numbers.slice(0, -1).join('/');
  const separator = first.numbers.length > 1 ? '/' : '';
  if (first.numbers.length !== last.value.numbers.length) {
    return refused(
      `the range ${range} gives ${first.numbers.length} numbers in front of the dash and ${last.value.numbers.length} behind it, ` +
        `wanted every number at both ends, as in ${type}1/3-1/32`,
    );
  }
  if (prefix !== last.value.numbers.slice(0, -1).join('/')) {
    return refused(`the range ${range} varies more than its last number, wanted one range for each module`);
  }
  const low = first.numbers.at(-1) ?? '';
  const high = last.value.numbers.at(-1) ?? '';
  if (high.length > 9) return refused(tooMany);
  const start = Number(low);
  const count = Number(high) - start + 1;
  if (count < 2) return refused(`the range ${range} does not go upwards`);
  if (count > room) return refused(tooMany);
  return parsed(Array.from({ length: count }, (_, step) => prefix + separator + String(start + step)));
}

function readName(text: string): Parsed<InterfaceName> {
  const name = text.trim();
  if (name === '') return refused('an interface name is missing beside a comma or dash');
  const [, typed = '', numbers = ''] = /^([A-Za-z]*)([0-9]+(?:\/[0-9]+){0,2})$/.exec(name) ?? [];
  const type = typed === '' ? null : typeNames.get(typed.toLowerCase());
  if (numbers === '' || type === undefined) {
    return refused(
      `${showText(name)} is no interface name, wanted Ethernet or Management (e, et, eth, m, ma) with one to three numbers, as in Ethernet3/1`,
    );
  }
  const stripped = numbers.split('/').map((number) => number.replace(/^0+/, ''));
  if (stripped.includes('')) {
    return refused(`${showText(name)} is no interface name, since its numbers must be 1 or more`);
  }
  return parsed({ type, numbers: stripped });
}

/**
 * The shortest text that names these interfaces in this order: the reverse of `expandInterfaceRange`.
 * @param names spelled as EOS reports them, each once
 */
export function writeInterfaceRange(names: readonly string[]): string {
  const items: string[] = [];
  let before = { type: '', prefix: '', last: Number.NaN };
  for (const name of names) {
    const [, type = '', prefix = '', number = ''] = /^([A-Za-z]+)((?:\d+\/)*)(\d+)$/.exec(name) ?? [];
    const last = Number(number);
    const goesOn = before.type === type && before.prefix === prefix && before.last + 1 === last;
    // Numbers that cannot be counted with, or ranges of, stand alone.
    if (goesOn && number.length < 10) {
      items.push(`${items.pop()?.replace(/-.*/, '')}-${prefix}${number}`);
    } else {
      items.push((before.type === type ? '' : type) + prefix + number);
    }
    before = { type, prefix, last };
  }
  return items.join(',');
}
