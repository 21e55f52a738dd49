// Reads the dialect of Python's RawConfigParser, in which ztpserver.conf is written.
// Knows nothing of the keys of ztpserver.conf and opens no file.

import { ZtpError } from '../wire/ztp-error.js';

/** One `key = value`. `value` has its continuation lines joined with LF; `line` (1-based) is where the key stands. */
export interface IniValue {
  readonly value: string;
  readonly line: number;
}

/** One section. Keys are lower case; `[DEFAULT]`'s values are not in it. */
export interface IniSection {
  /** 1-based line of the (first) header. */
  readonly line: number;
  readonly values: ReadonlyMap<string, IniValue>;
}

/** A file as read. Section names keep their case, as in Python. */
export interface IniFile {
  readonly sections: ReadonlyMap<string, IniSection>;
  /** The values of `[DEFAULT]`, which stand in for missing ones in every section. */
  readonly defaults: ReadonlyMap<string, IniValue>;
}

// What Python's str.strip() and \s take for white space; JavaScript's own set differs in both directions.
const SPACE =
  '[\\t\\n\\v\\f\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${SPACE}+`);
const TRAILING = new RegExp(`${SPACE}$`);
const HEADER = /^\[([^\n]+)\]/;

interface OpenValue {
  readonly line: number;
  readonly lines: string[];
}

/**
 * Reads `text` as `RawConfigParser` (strict, its default) does: `=` or `:`, comments with `#` or `;` only at the
 * start of a line, indented lines continue the value above (blank lines among them belong to it), keys in any case,
 * no interpolation, `[DEFAULT]` for all sections. A byte order mark is skipped.
 *
 * @param file the name to use in messages
 * @throws ZtpError `invalid-config` with `file:line` for a repeated section or key, a line that is neither key nor
 *   section, or a key before the first section
 */
export function readIni(text: string, file: string): IniFile {
  const sections = new Map<string, { line: number; values: Map<string, OpenValue> }>();
  const defaults = new Map<string, OpenValue>();
  let current: Map<string, OpenValue> | null = null;
  let sectionName = '';
  let open: OpenValue | null = null;
  let indent = 0;

  const fail = (line: number, reason: string): never => {
    throw new ZtpError('invalid-config', `${file}:${line}: ${reason}`);
  };

  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const number = index + 1;
    const stripped = strip(raw);
    if (stripped === '') {
      open?.lines.push('');
      continue;
    }
    if (stripped.startsWith('#') || stripped.startsWith(';')) continue;
    const column = LEADING.exec(raw)?.[0].length ?? 0;
    if (open !== null && column > indent) {
      open.lines.push(stripped);
      continue;
    }
    indent = column;

    const header = HEADER.exec(stripped)?.[1];
    if (header !== undefined) {
      sectionName = header;
      open = null;
      const earlier = sections.get(header);
      if (earlier !== undefined) {
        fail(
          number,
          `section [${header}] stands in line ${earlier.line} already; put its keys together there`,
        );
      }
      if (header === 'DEFAULT') {
        current = defaults;
      } else {
        current = new Map();
        sections.set(header, { line: number, values: current });
      }
      continue;
    }
    if (current === null) {
      return fail(
        number,
        `${quote(stripped)} stands before any section; a line such as [default] has to come first`,
      );
    }
    const divider = stripped.search(/[=:]/);
    if (divider < 0) {
      return fail(
        number,
        `${quote(stripped)} is neither [section] nor key = value; a continued value has to be indented`,
      );
    }
    const key = strip(stripped.slice(0, divider)).toLowerCase();
    if (key === '') return fail(number, `${quote(stripped)} has no key before "${stripped[divider]}"`);
    const earlier = current.get(key);
    if (earlier !== undefined) {
      fail(number, `[${sectionName}] ${key} is set in line ${earlier.line} already; remove one of them`);
    }
    open = { line: number, lines: [strip(stripped.slice(divider + 1))] };
    current.set(key, open);
  }

  return {
    sections: new Map(
      [...sections].map(([name, section]) => [name, { line: section.line, values: join(section.values) }]),
    ),
    defaults: join(defaults),
  };
}

function join(values: ReadonlyMap<string, OpenValue>): ReadonlyMap<string, IniValue> {
  return new Map(
    [...values].map(([key, { line, lines }]) => [key, { line, value: stripEnd(lines.join('\n')) }]),
  );
}

function strip(text: string): string {
  return stripEnd(text.replace(LEADING, ''));
}

// Backwards one by one: an unanchored /\s+$/ is quadratic in a long run of blanks.
function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function quote(line: string): string {
  const shown = line.length > 60 ? `${line.slice(0, 60)}…` : line;
  return JSON.stringify(shown);
}
