// What a constraint asks of one name, a device's or a port's: a literal or a match function (neighbordb.md, Peer).
// Runs no expression: evaluation.ts does, within its limits.

import { nearestName } from '../nearest-name.js';
import { compilePythonRegex, type PythonRegex } from '../python-regex/python-regex.js';
import { type Parsed, parsed, refused } from './parsed.js';
import { showText } from './show-text.js';

interface TestText {
  /** As it reads in a message and in a file: `spine1`, `regex('pod\d+')`. */
  readonly text: string;
  readonly argument: string;
}

/** A test that is no regular expression. A literal is an `exact` one. */
export interface PlainTest extends TestText {
  readonly kind: 'exact' | 'includes' | 'excludes';
}

/** A regular expression, anchored at the start only. */
export interface RegexTest extends TestText {
  readonly kind: 'regex';
  readonly regex: PythonRegex;
  /** What every match begins with: saves most runs of the expression. */
  readonly prefix: string;
}

/** A test of a name. Each text is one object per compilation, so that results can be kept by object. */
export type NameTest = PlainTest | RegexTest;

/** Device or port of a peer, its variable looked up. */
export type PeerName =
  | { readonly kind: 'any' }
  | { readonly kind: 'none' }
  | { readonly kind: 'test'; readonly test: NameTest };

/** Device or port of a peer as written. */
export type WrittenName = PeerName | { readonly kind: 'variable'; readonly name: string };

const functions = ['exact', 'regex', 'includes', 'excludes'] as const;

/** Reads names and keeps one test per spelling. */
export class NameTests {
  readonly #kept = new Map<string, Parsed<NameTest>>();

  /**
   * DEVICE or PORT of a peer, blanks at the ends removed. In a literal white space is an error, since it is a typing
   * mistake far more often than a part of the name.
   */
  readName(text: string): Parsed<WrittenName> {
    if (text === 'any') return parsed({ kind: 'any' });
    if (text === 'none') return parsed({ kind: 'none' });
    if (text.startsWith('$')) return parsed({ kind: 'variable', name: text.slice(1) });
    const call = readCall(text);
    if (call === null && /\s/.test(text)) {
      return refused(
        `${showText(text)} holds white space outside quotes; if it belongs to the name, write ${offerExact(text)}`,
      );
    }
    const test = this.#readTest(text, call);
    return test.ok ? parsed({ kind: 'test', test: test.value }) : test;
  }

  /** The value of a variable: a function, `any`, `none` or a literal as it stands. */
  readVariable(text: string): Parsed<PeerName> {
    if (text === 'any') return parsed({ kind: 'any' });
    if (text === 'none') return parsed({ kind: 'none' });
    const test = this.#readTest(text, readCall(text));
    return test.ok ? parsed({ kind: 'test', test: test.value }) : test;
  }

  /** A bare regular expression, as `model` holds it. */
  readRegex(source: string): Parsed<NameTest> {
    return this.#keep(`model ${source}`, () => compileRegex(source, source));
  }

  #readTest(text: string, call: Call | null): Parsed<NameTest> {
    return this.#keep(`name ${text}`, () => {
      if (call !== null) return compileCall(text, call);
      if (text === '')
        return refused("nothing is written where a name was wanted; an empty name is written exact('')");
      return parsed({ kind: 'exact', text, argument: text });
    });
  }

  #keep(key: string, read: () => Parsed<NameTest>): Parsed<NameTest> {
    const kept = this.#kept.get(key) ?? read();
    this.#kept.set(key, kept);
    return kept;
  }
}

interface Call {
  readonly name: string;
  readonly quote: string;
  /** Offset of the argument. */
  readonly start: number;
  /** Offset of the quote behind the argument; -1 if there is none with a parenthesis behind it. */
  readonly close: number;
}

/** A call begins like `name('` or `name("`; anything else, `regex(x)` too, is none. */
function readCall(text: string): Call | null {
  const [opening = '', name = '', quote = ''] = /^([^\s:()'"]+)\((['"])/.exec(text) ?? [];
  if (opening === '') return null;
  return { name, quote, start: opening.length, close: text.indexOf(`${quote})`, opening.length) };
}

function compileCall(text: string, call: Call): Parsed<NameTest> {
  const kind = functions.find((name) => name === call.name);
  if (kind === undefined) {
    const near = nearestName(call.name, functions);
    const offer = near === null ? '' : `; did you mean ${near}?`;
    return refused(`there is no function ${showText(call.name)}, wanted ${functions.join(', ')}${offer}`);
  }
  if (call.close === -1) {
    return refused(
      `${showText(text)} does not end, wanted ${call.quote} and a closing parenthesis behind the argument`,
    );
  }
  if (call.close + 2 !== text.length) {
    return refused(
      `${showText(text.slice(call.close + 2))} stands behind the closing parenthesis of ${kind}`,
    );
  }
  const argument = text.slice(call.start, call.close);
  return kind === 'regex' ? compileRegex(argument, text) : parsed({ kind, text, argument });
}

function compileRegex(source: string, text: string): Parsed<NameTest> {
  const compiled = compilePythonRegex(source);
  if (!compiled.ok)
    return refused(`the regular expression ${showText(source)} is not valid: ${compiled.reason}`);
  return parsed({
    kind: 'regex',
    text,
    argument: source,
    regex: compiled.regex,
    prefix: literalPrefix(source),
  });
}

/** Why a literal is hardly what its author meant, and what to write instead; null for all other tests. */
export function doubtLiteral(test: NameTest): string | null {
  if (test.kind !== 'exact' || test.text !== test.argument) return null;
  const literal = test.text;
  if (literal.endsWith('/$')) {
    const pattern = literal.slice(0, -1).replace(/[.^$*+?{}[\]\\|()]/g, '\\$&');
    return (
      `${showText(literal)} is taken as it stands, and no port is called that; ` +
      `if any number was meant, write ${showText(`regex('${pattern}\\d+')`)}`
    );
  }
  const [, name, argument, end] = /^(exact|regex|includes|excludes)\((.*?)(\)?)$/s.exec(literal) ?? [];
  if (name === undefined || argument === undefined) return null;
  // Without its end the argument was divided at a colon.
  const quote = argument.includes("'") ? '"' : "'";
  const quoted = end === '' ? `${name}('…')` : `${name}(${quote}${argument}${quote})`;
  return `${showText(literal)} is taken as it stands, and matches only this very name; if the function was meant, write ${showText(quoted)}`;
}

/** Whether a name passes a test that is no regular expression. */
export function passesPlainTest({ kind, argument }: PlainTest, name: string): boolean {
  if (kind === 'exact') return name === argument;
  return name.includes(argument) === (kind === 'includes');
}

/**
 * What every text that the expression matches begins with; '' if nothing certain can be said.
 * Only plain ASCII counts, and nothing does where an alternative at the outermost level could begin otherwise.
 */
function literalPrefix(source: string): string {
  const [plain = ''] = /^[\w\-/:, @=]*/.exec(source) ?? [];
  if (plain === '' || hasOuterAlternative(source)) return '';
  return /[*+?{]/.test(source.charAt(plain.length)) ? plain.slice(0, -1) : plain;
}

function hasOuterAlternative(source: string): boolean {
  if (!source.includes('|')) return false;
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    // What a class holds is not read: rather no prefix than a wrong one.
    if (character === '[') return true;
    if (character === '\\') at += 1;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === '|' && depth === 0) return true;
  }
  return false;
}

/** Divides DEVICE from PORT at the first colon outside a function's quotes; blanks around both are removed. */
export function splitPeer(text: string): { readonly device: string; readonly port: string | null } {
  const peer = text.trim();
  const call = readCall(peer);
  const colon = peer.indexOf(':', call === null || call.close === -1 ? 0 : call.close + 2);
  if (colon === -1 || (call !== null && call.close === -1)) return { device: peer, port: null };
  return { device: peer.slice(0, colon).trim(), port: peer.slice(colon + 1).trim() };
}

function offerExact(text: string): string {
  return text.includes("'") ? `exact("${clipped(text)}")` : `exact('${clipped(text)}')`;
}

function clipped(text: string): string {
  return showText(text).replace(/^"|"$/g, '');
}
