// Finds secrets in text: assignments (`password=…`, JSON), headers, URLs, keys and hashes, and commands of EOS. Takes time in
// proportion to the text, whatever it holds: every repetition is bounded or can begin at few places only.

/** What stands for a secret. */
export const MASK = '***';

const hints = /pass|pwd|secret|token|communit|key|credential|authorization|bearer|auth|priv|snmp|:\/\/|\$/i;

/** The text with its secrets replaced by `***`. In doubt a word too many is. */
export function maskText(text: string): string {
  return hints.test(text) ? maskCommands(maskAssignments(maskShapes(text))) : text;
}

/** What is a secret by its look alone. */
function maskShapes(text: string): string {
  return (
    text
      .replace(
        /(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
        `$1${MASK}$2`,
      )
      .replace(/\$(?:\d[a-z]?|y|gy|argon2i?d?|scrypt)\$[\w./$=,+-]+/g, MASK)
      // Within a password, `/`, `?` and `#` should be escaped; where they are not, it is none that looks like a port.
      .replace(/(:\/\/[^\s/?#@:]*:)(?:[^\s/?#]*|(?!\d{1,5}[/?#])[^\s@]{1,200})@/g, `$1${MASK}@`)
      .replace(/\b(bearer[ \t]{1,8})[\w.~+/=-]{16,}/gi, `$1${MASK}`)
  );
}

const words =
  'passw(?:or)?d|pass(?:phrase|code)|pwd|secret|token|community|credential|authorization|(?:api|access|private|auth|shared|signing|encryption)[ _-]?key';
// `key` alone is a common word: only in quotes, before `=`, or at the start of a line.
const bareKey = '(?<![\\w-])key(?=[\\\\"\'`=]|[ \\t]=)|(?<=^[ \\t-]{0,40})key(?=:)';
const assignment = new RegExp(
  `(?:(?:${words})[\\w.-]{0,64}|${bareKey})\\\\{0,8}["'\`]?[ \\t]{0,40}(?:->|!?[:=>]{1,3})[ \\t]{0,40}`,
  'gim',
);

const notYetSecret = /^(?:bearer|basic|[-!:=>]+)$/i;

/** `password=…`, `token: …`, `"password": "…"`, `Authorization: …`. */
function maskAssignments(text: string): string {
  let masked = '';
  let done = 0;
  for (const match of text.matchAll(assignment)) {
    const from = match.index + match[0].length;
    if (from < done) continue;
    const [start, end] = /^authorization/i.test(match[0])
      ? [from, endOfLine(text, from)]
      : findValue(text, from);
    if (end === start) continue;
    masked += text.slice(done, start) + MASK;
    done = end;
  }
  return masked + text.slice(done);
}

/** From where to where the value reaches that begins at `from`: within quotes, or to the next space. */
function findValue(text: string, from: number): readonly [number, number] {
  const quote = matchAt(/[ubr]{0,2}(\\*)(["'`])/iy, text, from);
  if (quote) {
    const start = from + quote[0].length;
    return [start, endOfQuoted(text, start, quote[2] ?? '"', quote[1]?.length ?? 0)];
  }
  if (/[[{(]/.test(text[from] ?? '')) return [from, endOfLine(text, from)];
  let end = from;
  for (;;) {
    const word = matchAt(/[ \t]*(\S+)/y, text, end);
    if (!word) return [from, end];
    end += word[0].length;
    // `password: 7 0822…`, `auth: Basic dXNl…`
    const found = word[1] ?? '';
    const isSecret = !markers.has(found.toLowerCase()) && !notYetSecret.test(found);
    if (isSecret) return [from, end];
  }
}

/**
 * Where the text in quotes ends. In JSON that was quoted `depth`-fold (`\"`: 1, `\\\"`: 3), the quote that ends it follows
 * so many backslashes, besides those that stand for backslashes.
 */
function endOfQuoted(text: string, start: number, quote: string, depth: number): number {
  let backslashes = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') {
      backslashes += 1;
      continue;
    }
    if (character === quote && backslashes % (2 * (depth + 1)) === depth) return at - depth;
    if (character === '\n' || character === '\r') return at;
    backslashes = 0;
  }
  return text.length;
}

function endOfLine(text: string, from: number): number {
  const end = matchAt(/[^\r\n]*/y, text, from);
  return from + (end?.[0].length ?? 0);
}

function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

/** How a secret is written, said before it: `secret sha512 …`, `password 7 …`, `auth md5 …`. */
const markers = new Set([
  ...['0', '5', '6', '7', '8', '8a', '9', '*', 'md5', 'sha', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
  ...['des', '3des', 'aes', 'aes128', 'aes192', 'aes256', 'text', 'plain', 'plaintext', 'clear', 'cleartext'],
  ...['encrypted', 'type-7'],
]);
const keywords = new Set(['password', 'passwd', 'passphrase', 'secret', 'key', 'community']);
/** Words that nobody writes in a sentence. */
const keyCommands = new Set([
  ...['key-string', 'shared-secret', 'pre-shared-key', 'authentication-key', 'message-digest-key'],
  ...['encryption-key', 'session-key'],
]);
/** Commands in which a keyword is followed by its value. */
const commands = new Set([
  'aaa',
  'crypto',
  'dot1x',
  'ip',
  'ipv6',
  'isis',
  'ldap',
  'mka',
  'ntp',
  'vrrp',
  'standby',
]);

const secretFlag = /^--?[\w-]*(?:passw|secret|token|key)[\w-]*$/;

interface Word {
  readonly start: number;
  readonly end: number;
  /** In lower case, without what a prompt, a quote or an escaped line end puts before it. */
  readonly text: string;
  /** True if a line that was escaped begins in it. */
  readonly begins: boolean;
}

/** Commands, as in a configuration or a log of one. */
function maskCommands(text: string): string {
  let masked = '';
  let done = 0;
  for (const line of text.matchAll(/[^\r\n]+/g)) {
    const secrets = hints.test(line[0]) ? findInLine(line[0]) : [];
    for (const [start, end] of secrets) {
      if (line.index + start < done) continue;
      masked += text.slice(done, line.index + start) + MASK;
      done = line.index + end;
    }
  }
  return masked + text.slice(done);
}

function findInLine(line: string): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  const words = [...line.matchAll(/\S+/g)].map((match): Word => {
    const [whole] = match;
    const begins = /\\[nr]/.test(whole);
    const text = whole.replace(/^.*(?:\\[nr]|[#>])/, '').replace(/^["'`([{]+/, '');
    return { start: match.index, end: match.index + whole.length, text: text.toLowerCase(), begins };
  });
  const at = (index: number) => words[index]?.text ?? '';
  let first = 0;
  let hasServer = false;

  /** Masks the word behind the one at `index` and what says how it is written. @returns the index of what was masked */
  const maskAfter = (index: number | null): number => {
    if (index === null) return -1;
    let next = index + 1;
    while (
      next + 1 < words.length &&
      (markers.has(at(next)) || (/^\d+$/.test(at(next)) && markers.has(at(next + 1))))
    ) {
      next += 1;
    }
    const word = words[next];
    if (!word) return index;
    let last = next;
    const quote = /^["']/.exec(line.slice(word.start, word.end))?.[0];
    if (quote !== undefined) {
      const closes = (other: Word | undefined, least: number) =>
        other === undefined || (line[other.end - 1] === quote && other.end - other.start > least);
      if (!closes(word, 1))
        do last += 1;
        while (!closes(words[last], 0));
      last = Math.min(last, words.length - 1);
    }
    found.push([word.start, words[last]?.end ?? word.end]);
    return last;
  };

  const maskFrom = (index: number): number => {
    const word = at(index);
    if (word === 'username') return maskAfter(findUserSecret(at, index));
    if (word === 'snmp-server' && at(index + 1) === 'host') return maskAfter(skipSnmpHost(at, index + 2));
    if (keyCommands.has(word) || (word.length < 80 && secretFlag.test(word))) return maskAfter(index);
    if (/^(?:auth|priv)$/.test(word) && markers.has(at(index + 1))) return maskAfter(index);
    if (word === 'authentication' && /^(?:vrrp|standby)$/.test(at(first))) return maskAfter(index);
    if (!keywords.has(word)) return index;
    if (index === first) {
      // A line of a configuration has few words, such as `key 0abc 7 0822…`.
      const begins = words.slice(index + 1, index + 6).findIndex((other) => other.begins);
      const end = begins < 0 ? words.length : index + 2 + begins;
      let last = index;
      if (end - index <= 5) while (last + 1 < end) last = maskAfter(last);
      if (last > index) return last;
    }
    return isFollowedBySecret(at, index, first, hasServer) ? maskAfter(index) : index;
  };

  for (let index = 0; index < words.length; index += 1) {
    if (words[index]?.begins) {
      first = index;
      hasServer = false;
    }
    hasServer ||= /^(?:tacacs|radius|ldap)-server$/.test(at(index));
    const last = maskFrom(index);
    // What is masked is not looked at again, unless another line begins in it.
    if (last > index) index = words[last]?.begins ? last - 1 : last;
  }
  return found;
}

function isFollowedBySecret(
  at: (index: number) => string,
  index: number,
  first: number,
  hasServer: boolean,
): boolean {
  const word = at(index);
  const before = at(index - 1);
  return (
    (markers.has(at(index + 1)) && at(index + 2) !== '') ||
    before === 'enable' ||
    before === 'root' ||
    (word === 'community' && before.startsWith('snmp')) ||
    (word === 'password' && at(index - 2) === 'neighbor') ||
    (word === 'key' && hasServer) ||
    (index > first && commands.has(at(first)))
  );
}

/** `username NAME [privilege N] [role ROLE] … secret …`: the index of `secret`. */
function findUserSecret(at: (index: number) => string, index: number): number | null {
  if (/^(?:and|or|nor|&)$/.test(at(index + 1))) return null;
  let next = index + 2;
  while (/^(?:privilege|role|shell|view|level)$/.test(at(next))) next += 2;
  return /^(?:secret|password)$/.test(at(next)) ? next : null;
}

/** `snmp-server host HOST [vrf VRF] [traps] [version 2c] COMMUNITY`: the index of what stands before the community. */
function skipSnmpHost(at: (index: number) => string, host: number): number {
  let last = host;
  for (;;) {
    const next = at(last + 1);
    if (next === 'vrf') last += 2;
    else if (next === 'traps' || next === 'informs') last += 1;
    else if (next === 'version') last += at(last + 2) === '3' ? 3 : 2;
    else return last;
  }
}
