// Finds secrets in text: assignments (`password=…`, JSON), headers, URLs, keys and hashes. Takes time in proportion to the text,
// whatever it holds: every repetition is bounded or can begin at few places only. Commands of EOS: mask-commands.ts.

import { MASK, markers, maskCommands } from './mask-commands.js';

export { MASK };

const hints =
  /pass|pwd|psk|pw|secret|token|communit|key|credential|authorization|bearer|basic|cookie|sig|auth|priv|snmp|:\/\/|\$|-[a-z]{0,8}u|user|sudo/i;

/** The text with its secrets replaced by `***`. In doubt a word too many is. */
export function maskText(text: string): string {
  return maskCommands(hints.test(text) ? maskAssignments(maskShell(maskShapes(text))) : text);
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
      // A signed URL, what TerminAttr is given (-cvauth=key,…; -ingestauth token,…; not the file of a token), and a login for curl.
      .replace(/([?&][\w-]{0,40}sig(?:nature)?=)[^\s&#"'<>]+/gi, `$1${MASK}`)
      .replace(
        /(auth(?:[ \t]{1,8}|=)["']?(?:key,|token(?:-secure)?,(?!["']?(?:\/|file:|flash:))))(?:(["'])[^"'\r\n]+|[^\s"']+)/gi,
        (_whole, before: string, quote = '') => before + quote + MASK,
      )
      .replace(
        /((?:^|[\s"'`])(?:-[A-Za-z]{0,8}u|--(?:proxy-)?user)(?:[ \t]{1,8}|=)?)(?:(["'])([^\s:"']{1,100}:)[^"'\r\n]+|([^\s:"']{1,100}:)\S+)/g,
        (_whole, flag: string, quote = '', quoted = '', bare = '') =>
          `${flag}${quote}${quoted}${bare}${MASK}`,
      )
  );
}

// `| passwd --stdin admin`, `|sudo chpasswd`, `| sudo -S reboot`
const pipeToPassword =
  /\|[ \t]{0,8}(?:sudo[ \t]{1,8}(?:-\w{1,20}[ \t]{1,8}){0,4}(?:-\w{0,8}S\b|(?=[\w/]{0,40}passwd)))?(?:(?<=S)|[\w/]{0,40}(?:\bpasswd\b(?=[^|;\r\n]{0,80}--stdin)|\bchpasswd\b))/g;
const echo =
  /^.*(?:^[ \t+-]{0,40}|[;&|({]|\b(?:bash|do|then|else|sudo|-c))[ \t"'`]{0,8}(?:echo|printf)[ \t]{1,8}(?:-[neE]{1,3}[ \t]{1,8})?/;

/** What a shell hands to a program that reads a password: `echo … | passwd --stdin x`, `chpasswd <<< x:…`. */
function maskShell(text: string): string {
  let masked = '';
  let done = 0;
  let seen = 0;
  for (const { index } of text.matchAll(pipeToPassword)) {
    // Each part of the text is looked at once, however many pipes there are.
    const before = text.slice(seen, index);
    const line = before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1);
    const start = echo.exec(line)?.[0].length;
    seen = index;
    if (start === undefined || line.slice(start).trim() === '') continue;
    masked += `${text.slice(done, index - line.length + start)}${MASK} `;
    done = index;
  }
  return (masked + text.slice(done)).replace(
    /(\b(?:passwd\b[^|;<\r\n]{0,80}--stdin|chpasswd\b)[^|;<\r\n]{0,80}<<<[ \t]{0,8})(?:"[^"\r\n]*"|'[^'\r\n]*'|\S+)/g,
    `$1${MASK}`,
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
  '(?<![\\w-])(?:key|pass|auth(?!=["\']?(?:key|token|token-secure|certs),))(?=[\\\\"\'`=]|[ \\t]=)|(?<=^[ \\t-]{0,40})key(?=:)|(?<![\\w-])(?:psk|pw)(?![\\w-])';
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
  const quoted = findQuoted(text, from);
  if (quoted) return quoted;
  if (/[[{(]/.test(text[from] ?? '')) return [from, endOfLine(text, from)];
  let end = from;
  let isType = false;
  for (;;) {
    // `password: |`, but not `password = 7`, may go on in the next line.
    if (!isType) end += matchAt(nextLine, text, end)?.[0].length ?? 0;
    end += matchAt(/[ \t]*/y, text, end)?.[0].length ?? 0;
    const later = findQuoted(text, end);
    if (later) return [from, later[1]];
    const word = matchAt(/\S+/y, text, end);
    if (!word) return [from, end];
    end += word[0].length;
    // `password: 7 0822…`, `auth: Basic dXNl…`
    const [found] = word;
    isType = markers.has(found.toLowerCase());
    if (!isType && !notYetSecret.test(found)) return [from, end];
  }
}

/** From where to where text in quotes reaches, if a quote stands at `from`. */
function findQuoted(text: string, from: number): readonly [number, number] | null {
  const quote = matchAt(/[ubr]{0,2}(\\*)(["'`])/iy, text, from);
  if (!quote) return null;
  const start = from + quote[0].length;
  return [start, endOfQuoted(text, start, quote[2] ?? '"', quote[1]?.length ?? 0)];
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
