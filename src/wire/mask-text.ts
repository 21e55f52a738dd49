// Finds secrets in text: assignments (`password=…`, JSON), headers, URLs, keys and hashes. Takes time in proportion to the text,
// whatever it holds: every repetition is bounded or can begin at few places only. Commands of EOS: mask-commands.ts.

import { MASK, markers, maskCommands } from './mask-commands.js';

export { MASK };

const hints =
  /pass|pwd|psk|pw|secret|token|communit|key|credential|authorization|bearer|basic|cookie|sig|auth|priv|snmp|:\/\/|\$|-[a-z]{0,8}u|user/i;

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
      .replace(/\b(basic[ \t]{1,8})([A-Za-z0-9+/]{4,}={0,2})/gi, (whole, name: string, login: string) =>
        isLogin(login) ? name + MASK : whole,
      )
      // A signed URL, the keys that agents of switches are given, and a login for curl.
      .replace(/([?&][\w-]{0,40}sig(?:nature)?=)[^\s&#"'<>]+/gi, `$1${MASK}`)
      .replace(/(auth=key,)[^\s"']+/gi, `$1${MASK}`)
      .replace(
        /((?:^|[\s"'`])(?:-[A-Za-z]{0,8}u|--(?:proxy-)?user)(?:[ \t]{1,8}|=)?)(?:(["'])([^\s:"']{1,100}:)[^"'\r\n]+|([^\s:"']{1,100}:)\S+)/g,
        (_whole, flag: string, quote = '', quoted = '', bare = '') =>
          `${flag}${quote}${quoted}${bare}${MASK}`,
      )
  );
}

/** `name:password`, in base64. */
function isLogin(text: string): boolean {
  const login = Buffer.from(text.slice(0, 400), 'base64').toString('latin1');
  return text.endsWith('=') || /^[\x20-\x7e\xa0-\xff]{0,200}:/.test(login);
}

const words =
  'passw(?:or)?d|pass(?:phrase|code)|pwd|secret|token|community|credential|authorization|cookie|(?:api|access|private|auth|shared|signing|encryption)[ _-]?key';
// `key` alone is a common word: only in quotes, before `=`, or at the start of a line.
const bareKey =
  '(?<![\\w-])(?:key|pass|auth)(?=[\\\\"\'`=]|[ \\t]=)|(?<=^[ \\t-]{0,40})key(?=:)|(?<![\\w-])(?:psk|pw)(?![\\w-])';
// `{"name": "password", "value": "…"}`
const thenValue = ',\\s{0,40}\\\\{0,8}["\']value\\\\{0,8}["\'][ \\t]{0,40}:';
const assignment = new RegExp(
  `(?:(?:${words})[\\w.-]{0,64}|${bareKey})\\\\{0,8}["'\`]?[ \\t]{0,40}(?:->|!?[:=>]{1,3}|${thenValue})[ \\t]{0,40}`,
  'gim',
);

const notYetSecret = /^(?:bearer|basic|[-!:=>|]+)$/i;

/** `password=…`, `token: …`, `"password": "…"`, `Authorization: …`. */
function maskAssignments(text: string): string {
  let masked = '';
  let done = 0;
  for (const match of text.matchAll(assignment)) {
    const from = match.index + match[0].length;
    if (from < done) continue;
    const [start, end] = /^(?:authorization|cookie)/i.test(match[0])
      ? [from, endOfLine(text, from)]
      : findValue(text, from);
    if (end === start) continue;
    masked += text.slice(done, start) + MASK;
    done = end;
  }
  return masked + text.slice(done);
}

// A line with nothing but a value, behind the end of another: `password:`, `password: |`.
const nextLine =
  /[ \t]{0,40}(?:\r?\n[ \t]{0,40}){1,2}(?=["'`]|(?:\d[a-z]?[ \t])?[^\s"'`]+[ \t]{0,40}(?:[\r\n]|$))/y;

/** From where to where the value reaches that begins at `begin`, or on the next line: within quotes, or to the next space. */
function findValue(text: string, begin: number): readonly [number, number] {
  const from = begin + (matchAt(nextLine, text, begin)?.[0].length ?? 0);
  const quote = matchAt(/[ubr]{0,2}(\\*)(["'`])/iy, text, from);
  if (quote) {
    const start = from + quote[0].length;
    return [start, endOfQuoted(text, start, quote[2] ?? '"', quote[1]?.length ?? 0)];
  }
  if (/[[{(]/.test(text[from] ?? '')) return [from, endOfLine(text, from)];
  let end = from;
  for (;;) {
    end += matchAt(nextLine, text, end)?.[0].length ?? 0;
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
