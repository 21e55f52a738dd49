// How a record looks as a syslog message, by RFC 5424 and by RFC 3164. Opens no socket.

import { Buffer } from 'node:buffer';
import type { SyslogSettings } from '../config/notify-settings.js';
import type { JournalRecord, RecordLevel } from '../wire/journal-record.js';
import { describeRecord, oneLine } from './describe-record.js';

// RFC 5424, 6.2.1.
const severities: Readonly<Record<RecordLevel, number>> = { debug: 7, info: 6, warning: 4, error: 3 };
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** One message, without framing, of at most `longest` octets; cut between characters. */
export function formatSyslog(
  record: JournalRecord,
  { format, facility }: Pick<SyslogSettings, 'format' | 'facility'>,
  hostname: string,
  longest: number,
): Buffer {
  const priority = facility * 8 + severities[record.level];
  const write = format === 'rfc5424' ? formatRfc5424 : formatRfc3164;
  return cutBetweenCharacters(Buffer.from(write(record, priority, hostname)), longest);
}

function formatRfc5424(record: JournalRecord, priority: number, hostname: string): string {
  const head = [
    `<${priority}>1`,
    record.at,
    printable(hostname, 255),
    'ztps',
    process.pid,
    printable(record.type, 32),
    structuredData(record),
  ].join(' ');
  const message = describeRecord(record);
  // The mark says that what follows is UTF-8; ASCII needs none, and not every receiver hides it.
  return `${head} ${/^[ -~]*$/.test(message) ? '' : '\ufeff'}${message}`;
}

// 32473 is the enterprise number for examples (RFC 5612): there is none of our own.
function structuredData({ node, run, type }: JournalRecord): string {
  const parameters = Object.entries({ node, run, type }).flatMap(([name, value]) =>
    value === null ? [] : [` ${name}="${oneLine(value, 200).replace(/["\\\]]/g, '\\$&')}"`],
  );
  return `[ztps@32473${parameters.join('')}]`;
}

function formatRfc3164(record: JournalRecord, priority: number, hostname: string): string {
  const at = new Date(record.at);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = String(at.getDate()).padStart(2, ' ');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const host = printable(hostname.split('.', 1)[0] ?? '', 255);
  return `<${priority}>${months[at.getMonth()]} ${day} ${time} ${host} ztps[${process.pid}]: ${describeRecord(record)}`;
}

function printable(text: string, longest: number): string {
  return text.replace(/[^!-~]/g, '').slice(0, longest) || '-';
}

function cutBetweenCharacters(bytes: Buffer, longest: number): Buffer {
  if (bytes.length <= longest) return bytes;
  let end = longest;
  // Octets 10xxxxxx go on with a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
