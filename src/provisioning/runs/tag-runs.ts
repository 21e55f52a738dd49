// Puts the run into every line of the log about a node that is in one, so that nobody who logs has to know it.

import type { Log, LogFields } from '../../log/log.js';

/** A log that adds `run` to lines with `node`. */
export function tagRuns(log: Log, runs: { runOf(node: string): string | null }): Log {
  const tag = (fields?: LogFields): LogFields | undefined => {
    if (fields?.node === undefined || fields.run !== undefined) return fields;
    const run = runs.runOf(fields.node);
    return run === null ? fields : { ...fields, run };
  };
  return {
    debug: (message, fields) => log.debug(message, tag(fields)),
    info: (message, fields) => log.info(message, tag(fields)),
    warning: (message, fields) => log.warning(message, tag(fields)),
    error: (message, fields) => log.error(message, tag(fields)),
  };
}
