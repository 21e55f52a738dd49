// A setting's value as it was typed, and the ways to read one. Every complaint names place, value and what was wanted.

import { resolve } from 'node:path';
import { parseDuration } from '../wire/duration.js';
import { ZtpError } from '../wire/ztp-error.js';

/** A value as typed, with what a message calls its place. */
export interface Typed {
  readonly text: string;
  /** `FILE:LINE: [section] key`, `$VARIABLE ([section] key)`, or the default's. */
  readonly place: string;
  /** What a relative path in it is relative to. */
  readonly folder: string;
}

/** Throws `invalid-config` that names place, value and what was wanted. */
export function fail(typed: Typed, wanted: string): never {
  const shown = typed.text === '' ? 'is empty' : `is ${JSON.stringify(typed.text.slice(0, 200))}`;
  throw new ZtpError('invalid-config', `${typed.place} ${shown}; wanted: ${wanted}`);
}

/** Any text but none. */
export function parseText(typed: Typed): string {
  if (typed.text === '') fail(typed, 'some text');
  // U+FFFD is what bytes that are no UTF-8 have become; a NUL ends a path early.
  if (/[\0\ufffd]/.test(typed.text)) fail(typed, 'text in UTF-8 without NUL characters');
  return typed.text;
}

/** As Python's ConfigParser takes booleans. */
export function parseBoolean(typed: Typed): boolean {
  const text = typed.text.toLowerCase();
  if (['yes', 'true', '1', 'on'].includes(text)) return true;
  if (['no', 'false', '0', 'off'].includes(text)) return false;
  return fail(typed, 'yes, true, 1 or on; no, false, 0 or off');
}

/** One of the words, in any case. */
export function parseChoice<const T extends string>(typed: Typed, choices: readonly T[]): T {
  return choices.find((choice) => choice === typed.text.toLowerCase()) ?? fail(typed, choices.join(' or '));
}

/** A TCP or UDP port. */
export function parsePort(typed: Typed): number {
  const port = /^\d{1,9}$/.test(typed.text) ? Number(typed.text) : 0;
  return port >= 1 && port <= 65534 ? port : fail(typed, 'a TCP port, 1 to 65534');
}

/** A whole number from 1 to `most`. */
export function parseCount(typed: Typed, most: number, wanted: string): number {
  const count = /^\d{1,9}$/.test(typed.text) ? Number(typed.text) : 0;
  return count >= 1 && count <= most ? count : fail(typed, wanted);
}

/** An absolute path; a relative one counts from `typed.folder`. */
export function parseFolder(typed: Typed): string {
  return resolve(typed.folder, parseText(typed));
}

/** The parts between commas or line ends, without the empty ones. */
export function splitList(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Seconds: `900`, `15m`, `2h`. */
export function parseSeconds(typed: Typed, most: number, wanted: string): number {
  const seconds = parseDuration(typed.text);
  return seconds !== null && seconds >= 1 && seconds <= most ? seconds : fail(typed, wanted);
}
