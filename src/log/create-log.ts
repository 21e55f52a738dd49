// Writes the log: text lines for people or JSON for machines, on standard error. The only place that decides how a
// line looks. Never throws, never waits for whoever reads.

import { fileURLToPath } from 'node:url';
import picocolors from 'picocolors';
import pino from 'pino';
import type { Config } from '../config/config.js';
import type { Log, LogFields } from './log.js';
import { compileLogFormat, type LogRecord } from './log-format.js';
import type { LogOutput } from './open-standard-error.js';

/** What of the configuration decides about the log. */
export type LogConfig = Pick<
  Config,
  'logging' | 'consoleLogging' | 'consoleLoggingFormat' | 'logFormat' | 'debug'
>;

type Level = 'debug' | 'info' | 'warning' | 'error';

/** Characters of a message that are kept; what is cut off is counted at its end. */
const LONGEST_MESSAGE = 8192;

const colours = picocolors.createColors(true);
const paint: Readonly<Record<Level, (line: string) => string>> = {
  debug: colours.dim,
  info: String,
  warning: colours.yellow,
  error: colours.red,
};

/**
 * The log that `config` asks for, written to `output`: nothing if `logging` or `console_logging` is off, DEBUG lines only with `--debug`.
 *
 * Text: `console_logging_format`; the message of a line about a node begins with `<node id>: `, one with a reason
 * ends in `[code]`, and one about a run in `[run <run id>]`; control characters are escaped, so that nothing a switch says can forge a line. JSON: one object a
 * line with `time`, `level`, `node`, `reason`, `message` and whatever other fields were given.
 */
export function createLog(config: LogConfig, output: LogOutput): Log {
  if (!config.logging || !config.consoleLogging) {
    const silent = () => {};
    return { debug: silent, info: silent, warning: silent, error: silent };
  }
  const write = config.logFormat === 'json' ? writeJson(output) : writeText(output, config);
  const silentDebug: Log['debug'] = () => {};
  return {
    debug: config.debug ? (message, fields) => write('debug', message, fields) : silentDebug,
    info: (message, fields) => write('info', message, fields),
    warning: (message, fields) => write('warning', message, fields),
    error: (message, fields) => write('error', message, fields),
  };
}

type WriteLine = (level: Level, message: string, fields?: LogFields) => void;

function writeText(output: LogOutput, config: LogConfig): WriteLine {
  const format = compileLogFormat(config.consoleLoggingFormat);
  const coloured = output.isTerminal && picocolors.isColorSupported;
  return (level, message, fields) => {
    const node = fields?.node === undefined ? '' : `${escapeControls(cut(fields.node, 160))}: `;
    const reason = fields?.reason === undefined ? '' : ` [${escapeControls(fields.reason)}]`;
    const run =
      fields?.run === undefined || fields.run === null ? '' : ` [run ${escapeControls(fields.run)}]`;
    const record: LogRecord = {
      time: new Date(),
      level: level.toUpperCase(),
      message: `${node}${escapeControls(cut(message, LONGEST_MESSAGE))}${reason}${run}`,
      place: format.needsPlace ? findCaller() : null,
    };
    const line = format.write(record);
    output.write(`${coloured ? paint[level](line) : line}\n`);
  };
}

function writeJson(output: LogOutput): WriteLine {
  const lines = pino(
    {
      base: null,
      level: 'debug',
      messageKey: 'message',
      customLevels: { warning: 40 },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    output,
  );
  return (level, message, fields) => {
    // The line's own keys come first and are never said twice.
    const { node, run, reason, time: _time, level: _level, message: _message, ...others } = fields ?? {};
    lines[level]({ node, run, reason, ...others }, cut(message, LONGEST_MESSAGE));
  };
}

function cut(text: string, longest: number): string {
  return text.length > longest
    ? `${text.slice(0, longest)}… (${text.length - longest} more characters)`
    : text;
}

// Line breaks of every kind, terminal control codes, marks that turn the direction of writing, halves of characters.
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what this is for
  /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return (
      shortEscapes[character] ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`)
    );
  });
}

/** Who only passes on what somebody else says. */
const passers = /[\\/](?:create-log|tag-runs|recorder|run-tracker|hide-own-secrets)\.[jt]s$/;

// The first frame of somebody who says something himself.
function findCaller(): LogRecord['place'] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 12;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = stackTraceLimit;
  let passer: LogRecord['place'] = null;
  for (const frame of stack.split('\n').slice(1)) {
    const match = /^\s+at (?:(?:async )?(.*?) \()?(?:async )?(.+):(\d+):\d+\)?$/.exec(frame);
    if (match === null || match[2] === undefined) continue;
    const file = match[2].startsWith('file:') ? fileURLToPath(match[2]) : match[2];
    // A timer: it was one of those who else only pass on.
    if (file.startsWith('node:')) break;
    const place = { file, line: Number(match[3]), procedure: match[1] ?? '' };
    if (!passers.test(file)) return place;
    if (!/[\\/]create-log\.[jt]s$/.test(file)) passer = place;
  }
  return passer;
}
