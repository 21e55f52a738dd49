// Finds secrets in commands of EOS, as in a configuration, a diff or a log of one, also within JSON. Takes time in proportion to
// the text. Everything else that may hold a secret: mask-text.ts.

/** What stands for a secret. */
export const MASK = '***';

const hints = /pass|secret|token|communit|key|auth|priv|snmp/i;

/** How a secret is written, said before it: `secret sha512 …`, `password 7 …`, `auth md5 …`. */
export const markers = new Set([
  ...['0', '5', '6', '7', '8', '8a', '9', '*', 'md5', 'sha', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
  ...['des', '3des', 'aes', 'aes128', 'aes192', 'aes256', 'text', 'plain', 'plaintext', 'clear', 'cleartext'],
  ...['encrypted', 'type-7'],
]);
const keywords = new Set(['password', 'passwd', 'passphrase', 'secret', 'key', 'community']);
/** Words that nobody writes in a sentence. */
const keyCommands = new Set([
  ...[
    'key-string',
    'shared-secret',
    'shared-key',
    'pre-shared-key',
    'authentication-key',
    'message-digest-key',
  ],
  ...['encryption-key', 'session-key', 'client-key', 'auth-key', 'priv-key'],
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
  /** In lower case, without the quotes and brackets before it. */
  readonly text: string;
  /** Of that, what may be the word of a command: without a prompt, a name, a mark of a diff and the like before it. */
  readonly head: string;
  /** True if a command may begin in it: behind an escaped line end, a quote, a semicolon… */
  readonly begins: boolean;
}

// What stands before a command in one word: `leaf1#enable`, `["enable","snmp-server`, `cmd='username`, `a;enable`, `\\nenable`.
const beforeCommand = /^.*(?:\\[nrt]|[#>"'`([{,;:=|&])(?=[+-]?[a-z])/i;

function readWord(match: RegExpExecArray): Word {
  const [whole] = match;
  const text = whole.replace(/^["'`([{]+/, '').toLowerCase();
  const before = beforeCommand.exec(whole)?.[0] ?? '';
  const head = whole
    .slice(before.length)
    .toLowerCase()
    .replace(/^[+-](?=[a-z])/, '');
  const begins = /[^#>]$/.test(before) || /\\[nrt]/.test(whole);
  return { start: match.index, end: match.index + whole.length, text, head, begins };
}

/** Commands, as in a configuration or a log of one. */
export function maskCommands(text: string): string {
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
  const words = [...line.matchAll(/\S+/g)].map(readWord);
  const at = (index: number) => words[index]?.text ?? '';
  const headAt = (index: number) => words[index]?.head ?? '';
  // The mark of a diff may stand alone.
  let first = /^[+-]$/.test(at(0)) ? 1 : 0;
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
    const word = headAt(index);
    if (word === 'username') return maskAfter(findUserSecret(at, index));
    if (word === 'snmp-server' && at(index + 1) === 'host') return maskAfter(skipSnmpHost(at, index + 2));
    if (keyCommands.has(word) || (at(index).length < 80 && secretFlag.test(at(index))))
      return maskAfter(index);
    if (/^(?:auth|priv)$/.test(word) && markers.has(at(index + 1))) return maskAfter(index);
    if (word === 'authentication' && /^(?:vrrp|standby)$/.test(headAt(first))) return maskAfter(index);
    if (!keywords.has(word)) return index;
    // `secret 1 7 0822… receive-lifetime infinite`: the number of a secret, and how it is written.
    if (/^\d+$/.test(at(index + 1)) && markers.has(at(index + 2))) return maskAfter(index);
    if (index === first) {
      // A line of a configuration has few words, such as `key 0abc 7 0822…`.
      const begins = words.slice(index + 1, index + 6).findIndex((other) => other.begins);
      const end = begins < 0 ? words.length : index + 2 + begins;
      let last = index;
      if (end - index <= 5) while (last + 1 < end) last = maskAfter(last);
      if (last > index) return last;
    }
    return isFollowedBySecret(at, headAt, index, first, hasServer) ? maskAfter(index) : index;
  };

  for (let index = 0; index < words.length; index += 1) {
    if (words[index]?.begins) {
      first = index;
      hasServer = false;
    }
    hasServer ||= /^(?:tacacs|radius|ldap)-server$/.test(headAt(index));
    const last = maskFrom(index);
    // What is masked is not looked at again, unless another line begins in it.
    if (last > index) index = words[last]?.begins ? last - 1 : last;
  }
  return found;
}

function isFollowedBySecret(
  at: (index: number) => string,
  headAt: (index: number) => string,
  index: number,
  first: number,
  hasServer: boolean,
): boolean {
  const word = headAt(index);
  const before = headAt(index - 1);
  return (
    (markers.has(at(index + 1)) && at(index + 2) !== '') ||
    /^(?:enable|root|boot)$/.test(before) ||
    (word === 'key' && before === 'authentication' && index - 1 === first) ||
    (word === 'community' && before.startsWith('snmp')) ||
    (word === 'password' && headAt(index - 2) === 'neighbor') ||
    (word === 'key' && hasServer) ||
    (index > first && commands.has(headAt(first)))
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
