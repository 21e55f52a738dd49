// Values as Python 3 prints them: so the bootstrap client puts them into files. Pure; knows no file.

import type { JsonValue } from '../json-value.js';

/** `str(value)` of a value that came as JSON. */
export function printAsPython(value: JsonValue): string {
  return typeof value === 'string' ? value : represent(value);
}

/** `repr(value)`. */
function represent(value: JsonValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return representNumber(value);
  if (typeof value === 'string') return representText(value);
  if (isList(value)) return `[${value.map(represent).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, it]) => `${representText(key)}: ${represent(it)}`);
  return `{${pairs.join(', ')}}`;
}

/** What JSON spells without point and exponent is an integer to Python. */
function representNumber(value: number): string {
  const text = JSON.stringify(value);
  if (/^-?\d+$/.test(text)) return text;
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) return text;
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function representText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\'"]|\p{C}|(?! )\p{Z}/gu, (character) => {
    if (character === '\\' || character === quote) return `\\${character}`;
    if (character === "'" || character === '"') return character;
    return shortEscapes[character] ?? escapeCodePoint(character.codePointAt(0) ?? 0);
  });
  return quote + body + quote;
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCodePoint(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function isList(value: readonly JsonValue[] | object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
