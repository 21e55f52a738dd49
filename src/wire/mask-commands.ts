// Finds secrets in commands of EOS, as in a configuration, a diff or a log of one, also within JSON. Takes time in proportion to
// the text: every pattern is bounded. Which commands: secret-commands.ts. Everything else that may hold a secret: mask-text.ts.

import { harmless, secretCommands, secretFlags } from './secret-commands.js';

/** What stands for a secret. */
export const MASK = '***';

const hints =
  /pass|secret|token|communit|key|auth|encr|option|priv|snmp|mysql|mariadb|user|ldap|ipmi|redis|smbclient/i;

/** How a secret is written, said before it: `secret sha512 …`, `password 7 …`, `auth md5 …`, `shared-key hex …`. */
export const markers = new Set([
  ...['0', '5', '6', '7', '8', '8a', '9', '*', 'md5', 'sha', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
  ...['des', '3des', 'aes', 'aes128', 'aes192', 'aes256', 'text', 'plain', 'plaintext', 'clear', 'cleartext'],
  ...['encrypted', 'type-7', 'hex'],
]);
/** The same, of commands only. */
const types = new Set([...markers, 'passphrase', 'key-string', 'ietf-md5']);
const keywords = new Set(['password', 'passwd', 'passphrase', 'secret', 'key', 'community']);

const secretFlag = /^--?[\w-]*(?:passw|secret|token|key)[\w-]*$/;
const fileFlag = /(?:file|path|dir)$/;
const secretName = /pass|pwd|psk|secret|token|cred|communit|cookie|^auth$|(?:^|[^a-z])key|keys?$/;

/** No command says more of them one after the other. */
const mostTypes = 6;
/** How many words `…` may stand for. */
const farthest = 24;

interface Word {
  readonly start: number;
  readonly end: number;
  /** As it stands there. */
  readonly whole: string;
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
  return { start: match.index, end: match.index + whole.length, whole, text, head, begins };
}

type Token = string | { readonly repeated: readonly Token[] };
interface Pattern {
  readonly isAtBegin: boolean;
  readonly isHarmless: boolean;
  /** What follows the first word. */
  readonly tokens: readonly Token[];
}

/** The patterns that may begin with a word, in their order. */
const patterns = new Map<string, Pattern[]>();
for (const [isHarmless, texts] of [
  [true, harmless],
  [false, secretCommands],
] as const) {
  for (const text of texts) {
    const [first = '', ...others] = text.replace('^', '').split(' ');
    const tokens: Token[] = [];
    let group: Token[] | null = null;
    for (const token of others) {
      if (token.startsWith('[')) {
        group = [];
        tokens.push({ repeated: group });
      }
      (group ?? tokens).push(token.replace(/^\[|\]$/g, ''));
      if (token.endsWith(']')) group = null;
    }
    const pattern = { isAtBegin: text.startsWith('^'), isHarmless, tokens };
    for (const word of first === 'KEYWORD' ? keywords : first.split('|'))
      patterns.set(word, [...(patterns.get(word) ?? []), pattern]);
  }
}

/** Commands, as in a configuration or a log of one. */
export function maskCommands(text: string): string {
  let masked = '';
  let done = 0;
  for (const line of text.matchAll(/[^\r\n]+/g)) {
    const secrets = hints.test(line[0]) ? new Line(line[0]).findSecrets() : [];
    for (const [start, end] of secrets) {
      if (line.index + end <= done) continue;
      // What overlaps is one secret.
      if (line.index + start >= done) masked += text.slice(done, line.index + start) + MASK;
      done = line.index + end;
    }
  }
  return masked + text.slice(done);
}

/** From one word of a line to another, or from within the first. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly offset?: number;
}

class Line {
  private readonly words: readonly Word[];

  constructor(line: string) {
    this.words = [...line.matchAll(/\S+/g)].map(readWord);
  }

  /** Where its secrets begin and end, in order. */
  findSecrets(): (readonly [start: number, end: number])[] {
    const { words } = this;
    const found: (readonly [number, number])[] = [];
    const isDone = new Uint8Array(words.length);
    // The mark of a diff may stand alone.
    let first = /^[+-]$/.test(this.at(0)) ? 1 : 0;
    let flag: RegExp | null = null;
    for (const [index, word] of words.entries()) {
      if (isDone[index]) continue;
      if (word.begins) first = index;
      const spans = this.findBehindFlag(index, flag) ?? this.findInCommand(index, index === first);
      const program = secretFlags.find(([name]) => name.test(word.head.replace(/^.*\//, '')));
      if (program) flag = program[1];
      else if (/[|;&]|\\[nrt]/.test(word.whole)) flag = null;
      for (const { from, to, offset } of spans) {
        const [begin, last] = [words[from], words[to]];
        if (!begin || !last) continue;
        if (offset !== -1) found.push([begin.start + (offset ?? 0), last.end]);
        // What is masked is not looked at again, unless another line begins in it.
        isDone.fill(1, from, last.begins && to > index ? to : to + 1);
      }
    }
    return found.sort(([one], [other]) => one - other);
  }

  private at(index: number): string {
    return this.words[index]?.text ?? '';
  }

  private findBehindFlag(index: number, flag: RegExp | null): Span[] | null {
    const word = this.words[index];
    if (!word) return null;
    if (word.text.length < 80 && secretFlag.test(word.text) && !fileFlag.test(word.text))
      return this.findSecret(index + 1);
    const match = flag?.exec(word.whole)?.[0];
    if (match === undefined) return null;
    return match.length < word.whole.length
      ? [{ from: index, to: this.endOfQuoted(index, match.length), offset: match.length }]
      : this.findSecret(index + 1);
  }

  private findInCommand(index: number, isFirst: boolean): Span[] {
    const word = this.words[index];
    for (const pattern of patterns.get(word?.head ?? '') ?? []) {
      if (pattern.isAtBegin && !isFirst) continue;
      const match = this.match(pattern.tokens, index + 1);
      if (!match) continue;
      return pattern.isHarmless ? [{ from: index, to: match.next - 1, offset: -1 }] : match.spans;
    }
    return [];
  }

  /** @returns what is secret, and the index behind what matched; null if the words from `index` on do not match */
  private match(tokens: readonly Token[], index: number): { spans: Span[]; next: number } | null {
    let next = index;
    const spans: Span[] = [];
    for (const [place, token] of tokens.entries()) {
      if (token === '…') {
        for (let far = next; far < next + farthest && far < this.words.length; far += 1) {
          const rest = this.match(tokens.slice(place + 1), far);
          if (rest) return rest;
          if (this.words[far]?.begins) break;
        }
        return null;
      }
      if (typeof token !== 'string') {
        for (let times = 0; times < 8; times += 1) {
          const group = this.match(token.repeated, next);
          if (!group) break;
          spans.push(...group.spans);
          next = group.next;
        }
      } else if (token === 'SECRET' || token === 'REST' || token === 'FEW') {
        const secrets =
          token === 'SECRET' ? this.findSecret(next) : this.findRest(next, token === 'FEW' ? 4 : null);
        const last = secrets.at(-1);
        if (!last) return null;
        spans.push(...secrets);
        next = last.to + 1;
      } else {
        const isMatch = token === 'END' ? next >= this.words.length : matchesWord(token, this.at(next));
        if (!isMatch) return null;
        if (token !== 'END') next += 1;
      }
    }
    return { spans, next };
  }

  /** The word at `index`, or what is within quotes there, behind what says how it is written. */
  private findSecret(index: number): Span[] {
    let from = index;
    const isType = (place: number) => types.has(this.at(place));
    while (
      from < index + mostTypes &&
      from + 1 < this.words.length &&
      (isType(from) || (/^\d+$/.test(this.at(from)) && isType(from + 1)))
    ) {
      from += 1;
    }
    return from < this.words.length ? [{ from, to: this.endOfQuoted(from, 0) }] : [];
  }

  /** The last word of the text in quotes that begins within a word; that word, if none does. */
  private endOfQuoted(from: number, offset: number): number {
    const word = this.words[from];
    const quote = /^["']/.exec(word?.whole.slice(offset) ?? '')?.[0];
    if (!word || quote === undefined) return from;
    if (word.whole.endsWith(quote) && word.whole.length > offset + 1) return from;
    let last = from + 1;
    while (last < this.words.length && !this.words[last]?.whole.endsWith(quote)) last += 1;
    return Math.min(last, this.words.length - 1);
  }

  /** All words up to where another command begins; none if they are more than `most`. */
  private findRest(index: number, most: number | null): Span[] {
    let end = index;
    while (end < this.words.length) {
      end += 1;
      if (this.words[end - 1]?.begins || (most !== null && end > index + most)) break;
    }
    if (most === null) return end > index ? [{ from: index, to: end - 1 }] : [];
    if (end > index + most) return [];
    const spans: Span[] = [];
    for (let next = index; next < end; ) {
      const [span] = this.findSecret(next);
      if (!span) break;
      spans.push(span);
      next = span.to + 1;
    }
    return spans;
  }
}

function matchesWord(token: string, word: string): boolean {
  switch (token) {
    case '*':
      return word !== '';
    case '#':
      return /^\d{1,10}$/.test(word);
    case 'TYPE':
      return types.has(word);
    case 'KEYWORD':
      return keywords.has(word);
    case 'NAME':
      return secretName.test(word.slice(0, 200)) && !fileFlag.test(word);
    default:
      return token.split('|').includes(word);
  }
}
