// Text and small trees as YAML that YAML 1.1 (PyYAML) and YAML 1.2 read back the very same. Reads nothing.

import type { JsonValue } from '../engine/json-value.js';
import type { OrderedValue } from '../engine/ordered-value.js';
import { isPlainText } from './yaml-values.js';

/** Safe without quotes in block and flow style, as a key and as a value; colons only inside. */
const plainShape = /^[A-Za-z0-9_/][A-Za-z0-9_./+#@-]*(?::[A-Za-z0-9_./+#@-]+)*$/;

/** Single letters that some YAML 1.1 readers take for booleans. */
const yesOrNo = /^[yYnN]$/;

/** What may stand in quotes as it is: printable, no line break of any YAML, no byte order mark. */
const printable = /^(?:[\x20-\x7e\xa1-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}])*$/u;
const otherBreaks = /[\u2028\u2029]/;

/** A text as a YAML scalar on one line: bare where every reader takes it for text, else quoted. */
export function quoteYamlText(text: string): string {
  if (plainShape.test(text) && isPlainText(text) && !yesOrNo.test(text) && Number.isNaN(Number(text))) {
    return text;
  }
  if (printable.test(text) && !otherBreaks.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return `"${text.replaceAll(/[^\x20-\x7e\xa1-\u1fff]|["\\]/g, escapeCharacter)}"`;
}

/** What can be written: JSON, or with Maps where the order of keys counts. */
type YamlValue =
  | JsonValue
  | OrderedValue
  | readonly YamlValue[]
  | ReadonlyMap<string, YamlValue>
  | { readonly [key: string]: YamlValue };

/** A value as a YAML document in block style. Text stays text, whatever it looks like. */
export function writeYaml(value: YamlValue): string {
  if (isCollection(value) && sizeOf(value) > 0) return `${writeBlock(value, '')}\n`;
  return `${writeInline(value)}\n`;
}

function writeBlock(value: Collection, indent: string): string {
  const lines = isList(value)
    ? value.map((item) => `- ${writeNested(item, `${indent}  `, '').trimStart()}`)
    : entriesOf(value).map(([key, item]) => `${writeKey(key, indent)}:${writeNested(item, indent, ' ')}`);
  return lines.join(`\n${indent}`);
}

/** YAML takes a key for one without `?` up to 1,024 characters only. */
function writeKey(key: string, indent: string): string {
  const text = quoteYamlText(key);
  return text.length <= 1000 ? text : `? ${text}\n${indent}`;
}

/** What follows a dash or a colon: on the same line if it has no parts, or behind a dash; else below, further right. */
function writeNested(value: YamlValue, indent: string, gap: string): string {
  if (!isCollection(value) || sizeOf(value) === 0) return gap + writeInline(value);
  if (gap === '') return writeBlock(value, indent);
  const inner = `${indent}  `;
  return `\n${inner}${writeBlock(value, inner)}`;
}

function writeInline(value: YamlValue): string {
  if (typeof value === 'string') return quoteYamlText(value);
  if (isCollection(value)) return isList(value) ? '[]' : '{}';
  return String(value);
}

type Collection = Exclude<YamlValue, string | number | boolean | null>;

function isCollection(value: YamlValue): value is Collection {
  return typeof value === 'object' && value !== null;
}

function isList(value: Collection): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function sizeOf(value: Collection): number {
  return isList(value) ? value.length : entriesOf(value).length;
}

function entriesOf(value: Exclude<Collection, readonly unknown[]>): readonly [string, YamlValue][] {
  return value instanceof Map ? [...value] : Object.entries(value);
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
