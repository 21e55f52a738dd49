// Python's %-style log formats, as console_logging_format is written in. Knows nothing of levels or destinations.

import { basename, extname } from 'node:path';

/** What one line is made of. */
export interface LogRecord {
  readonly time: Date;
  /** Python's name, such as `WARNING`. */
  readonly level: string;
  readonly message: string;
  /** Where in the program the line comes from; null where the format does not ask or it is not known. */
  readonly place: { readonly file: string; readonly line: number; readonly procedure: string } | null;
}

/** A format made ready. */
export interface LogFormat {
  /** True if a field of it needs `LogRecord.place`. */
  readonly needsPlace: boolean;
  write(record: LogRecord): string;
}

type Field = (record: LogRecord) => string | number;

const levelNumbers: Readonly<Record<string, number>> = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40 };
const startedAt = Date.now();

// The fields of Python's LogRecord. There is one process and one thread here, so they are called what Python calls
// its first ones.
const fields: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['asctime', (record) => asctime(record.time)],
  ['created', (record) => record.time.getTime() / 1000],
  ['msecs', (record) => record.time.getMilliseconds()],
  ['relativeCreated', (record) => record.time.getTime() - startedAt],
  ['levelname', (record) => record.level],
  ['levelno', (record) => levelNumbers[record.level] ?? 0],
  ['message', (record) => record.message],
  ['name', () => 'ztpserver'],
  ['module', (record) => (record.place ? stem(record.place.file) : '-')],
  ['filename', (record) => (record.place ? basename(record.place.file) : '-')],
  ['pathname', (record) => record.place?.file ?? '-'],
  ['funcName', (record) => record.place?.procedure || '-'],
  ['lineno', (record) => record.place?.line ?? 0],
  ['process', () => process.pid],
  ['processName', () => 'MainProcess'],
  ['thread', () => 0],
  ['threadName', () => 'MainThread'],
]);

const placeFields = new Set(['module', 'filename', 'pathname', 'funcName', 'lineno']);

/**
 * Makes a Python format (`%(name)s` with flags, width and precision, `%%`) ready. A field that Python's LogRecord does
 * not have is written as `-`; text that is no field stays as it is.
 */
export function compileLogFormat(format: string): LogFormat {
  const parts: (string | Field)[] = [];
  let needsPlace = false;
  let rest = 0;
  for (const match of format.matchAll(/%(?:%|\(([^()]*)\)([-+ 0#]*)(\d{0,3})(?:\.(\d{1,3}))?([a-zA-Z]))/g)) {
    parts.push(format.slice(rest, match.index));
    rest = match.index + match[0].length;
    const [whole, name, flags = '', width = '', precision, type = 's'] = match;
    if (whole === '%%') {
      parts.push('%');
      continue;
    }
    const field = fields.get(name ?? '') ?? (() => '-');
    needsPlace ||= placeFields.has(name ?? '');
    const digits = precision === undefined ? undefined : Number(precision);
    parts.push((record) => pad(convert(field(record), type, digits), flags, Number(width)));
  }
  parts.push(format.slice(rest));
  return {
    needsPlace,
    write: (record) => parts.map((part) => (typeof part === 'string' ? part : part(record))).join(''),
  };
}

function convert(value: string | number, type: string, precision: number | undefined): string {
  if (typeof value === 'number') {
    if (/[diu]/.test(type)) return String(Math.trunc(value)).padStart(precision ?? 0, '0');
    if (/[fF]/.test(type)) return value.toFixed(precision ?? 6);
  }
  return String(value).slice(0, precision);
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') && /^\d/.test(text) ? '0' : ' ');
}

// Python's default: local time, a comma, milliseconds.
function asctime(time: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const hour = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day} ${hour},${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function stem(file: string): string {
  return basename(file, extname(file));
}
