// EOS versions as the built-in action install_image compares them (parse_version and compare_versions in
// client/actions/install_image): a test holds the two to each other. Knows no images.

/** A version in parts that compare. */
export interface EosVersion {
  /** 4.32.0 is [4, 32]: zeros at the end say nothing. */
  readonly numbers: readonly bigint[];
  /** In capitals; empty if there are none. */
  readonly letters: string;
  /** What stands behind the letters, and what stands behind a `-`. */
  readonly build: readonly [readonly BuildPart[], readonly BuildPart[]];
}

type BuildPart = bigint | string;

// White space as Python's text has it.
const blank = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const form = new RegExp(
  '^([0-9]+(?:\\.[0-9]+)+)([A-Za-z]*)((?:[0-9][A-Za-z0-9]*)?(?:\\.[0-9][A-Za-z0-9]*)*)' +
    `(?:-([^${blank}]+))?[${blank}]*(?:\\([^\\n]*\\))?$`,
);
const longest = 200;
const ends = new RegExp(`^[${blank}]+|[${blank}]+$`, 'g');

/** A text without the blanks at its ends, as Python strips it. */
export function stripBlanks(text: string): string {
  return text.replace(ends, '');
}

/** Null for what is no EOS version. */
export function parseEosVersion(text: string): EosVersion | null {
  const stripped = stripBlanks(text);
  const match = stripped.length > longest ? null : form.exec(stripped);
  if (!match) return null;
  const [, dotted = '', letters = '', behind = '', build = ''] = match;
  const numbers = dotted.split('.').map(BigInt);
  while (numbers.at(-1) === 0n) numbers.pop();
  return { numbers, letters: letters.toUpperCase(), build: [divide(behind), divide(build)] };
}

/** Below, at or above zero, as `one` is older than, equal to or newer than `other`. */
export function compareEosVersions(one: EosVersion, other: EosVersion): number {
  const letters = one.letters === '' || other.letters === '' ? 0 : order(one.letters, other.letters);
  return (
    compareLists(one.numbers, other.numbers, order) ||
    // A release number has one letter only: 4.32.0 is 4.32.0F.
    letters ||
    compareLists(one.build[0], other.build[0], orderParts) ||
    compareLists(one.build[1], other.build[1], orderParts)
  );
}

const versionInName = new RegExp(
  '(?:^|[^0-9.])([0-9]+(?:\\.[0-9]+)+[A-Za-z]*(?:\\.?[0-9][A-Za-z0-9]*)*(?:-[0-9][A-Za-z0-9.]*)?' +
    '(?:-(?:INT|EFT|DEV)[0-9]*(?![A-Za-z0-9]))?)',
);

/**
 * The version in the name of an image or an extension: 4.31.0F of `EOS-4.31.0F.swi`, 1.19.5-1 of `TerminAttr-1.19.5-1.swix`,
 * 4.30.1F-INT of `EOS64-4.30.1F-INT.swi`. Other words, such as of an architecture, are none of it. Null if there is none.
 */
export function findVersionInName(name: string): string | null {
  const bare = name.replace(/\.swix?$/i, '');
  return versionInName.exec(bare)?.[1] ?? null;
}

function divide(text: string): readonly BuildPart[] {
  return (text.match(/[0-9]+|[A-Za-z]+/g) ?? []).map((part) => (/[0-9]/.test(part) ? BigInt(part) : part));
}

function compareLists<T>(one: readonly T[], other: readonly T[], compare: (a: T, b: T) => number): number {
  for (const [index, part] of one.entries()) {
    const counterpart = other[index];
    if (counterpart === undefined) return 1;
    const difference = compare(part, counterpart);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** A number is newer than a word. */
function orderParts(one: BuildPart, other: BuildPart): number {
  if (typeof one === 'bigint' && typeof other === 'bigint') return order(one, other);
  if (typeof one === 'string' && typeof other === 'string') return order(one, other);
  return typeof one === 'string' ? -1 : 1;
}

function order<T extends bigint | string>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
