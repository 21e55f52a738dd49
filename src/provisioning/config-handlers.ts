// Runs config-handlers: one at a time per node, within limits. At shutdown those that run are waited for, and no other is
// started. Never delays an answer.

import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ProgramResult, runProgram } from '../processes/run-program.js';
import type { Site } from './site.js';

const timeLimitSeconds = 60;
const maxOutputBytes = 16 * 1024;
/** Runs that may wait for one node: a switch that saves its config in a loop must not fill the memory. */
const maxWaiting = 100;

/** What a config-handler is told of the config, in its environment. */
export interface HandledConfig {
  /** `ZTPS_CONFIG_VERSION`: its number in the history; null, and empty there, while it waits to be written to that. */
  readonly version: number | null;
  /** `ZTPS_CONFIG_ADDRESS`: where it came from. */
  readonly address: string;
}

/** What came of a config-handler. */
export interface HandlerResult {
  /** Its exit status; null if it did not end by itself, or was not started. */
  readonly status: number | null;
  /** `exited`, `killed`, `timed-out` or `not-started`. */
  readonly outcome: ProgramResult['outcome']['kind'];
  /** What became of it, in words that go on from `config-handler …`; null if it succeeded. */
  readonly reason: string | null;
  /** What it printed, cut after 16 KiB. */
  readonly output: string;
  /** Seconds. */
  readonly duration: number;
}

/** The config-handlers of one site. */
export interface ConfigHandlers {
  /**
   * Starts the node's config-handler, behind those of this node that still run.
   * @param config what it was that was saved
   * @param onEnd told what came of it; null without a handler
   */
  run(id: string, config: HandledConfig, onEnd: (result: HandlerResult | null) => void): void;
  /** Resolves when those that run have ended, and whoever waits has been told that it is not run. */
  close(): Promise<void>;
}

/**
 * @param environment what every handler gets besides `ZTPS_NODE_ID` and `ZTPS_CONFIG_…`: the server's own
 */
export function createConfigHandlers(site: Site, environment: NodeJS.ProcessEnv): ConfigHandlers {
  const queues = new Map<string, { waiting: number; last: Promise<void> }>();
  let isClosing = false;

  const runOne = async (id: string, config: HandledConfig): Promise<HandlerResult | null> => {
    const isTooLate = isClosing;
    const path = await site.nodes.findConfigHandler(id);
    if (!path) return null;
    if (isTooLate) return notRun(id, 'the server is stopping');
    const begin = performance.now();
    const { outcome, output } = await runProgram({
      path,
      environment: { ...environment, ...describeConfig(id, config, path) },
      workingFolder: site.settings.dataRoot,
      timeLimitSeconds,
      maxOutputBytes,
    });
    const reason = await describeFailure(outcome, path);
    const printed = output.trim() === '' ? '' : `: ${output.trim()}`;
    if (reason === null) site.log.info(`config-handler succeeded${printed}`, { node: id });
    else site.log.error(`config-handler ${reason}${printed}`, { node: id });
    return {
      status: outcome.kind === 'exited' ? outcome.status : null,
      outcome: outcome.kind,
      reason,
      output: output.trim(),
      duration: Math.round(performance.now() - begin) / 1000,
    };
  };

  const notRun = (id: string, cause: string): HandlerResult => {
    const reason = `was not run: ${cause}`;
    site.log.error(`config-handler ${reason}`, { node: id });
    return { status: null, outcome: 'not-started', reason, output: '', duration: 0 };
  };

  return {
    run(id, config, onEnd) {
      const queue = queues.get(id) ?? { waiting: 0, last: Promise.resolve() };
      if (queue.waiting >= maxWaiting) {
        onEnd(notRun(id, `${maxWaiting} runs of it wait already`));
        return;
      }
      queue.waiting += 1;
      queue.last = queue.last
        .then(() => runOne(id, config))
        .catch((error: unknown) => notRun(id, error instanceof Error ? error.message : String(error)))
        .then((result) => {
          onEnd(result);
          queue.waiting -= 1;
          if (queue.waiting === 0) queues.delete(id);
        });
      queues.set(id, queue);
    },
    async close() {
      isClosing = true;
      while (queues.size > 0) await Promise.all([...queues.values()].map((queue) => queue.last));
    },
  };
}

function describeConfig(id: string, { version, address }: HandledConfig, path: string): NodeJS.ProcessEnv {
  return {
    ZTPS_NODE_ID: id,
    ZTPS_CONFIG_VERSION: version === null ? '' : String(version),
    ZTPS_CONFIG_ADDRESS: address,
    ZTPS_CONFIG_PATH: join(dirname(path), 'startup-config'),
  };
}

/** Null for success. */
async function describeFailure(outcome: ProgramResult['outcome'], path: string): Promise<string | null> {
  switch (outcome.kind) {
    case 'exited':
      return outcome.status === 0 ? null : `failed with exit status ${outcome.status}`;
    case 'killed':
      return `was ended by ${outcome.signal}`;
    case 'timed-out':
      return `was killed after ${outcome.seconds} s`;
    case 'not-started': {
      const line = /\bENOENT\b/.test(outcome.reason) ? await readInterpreter(path) : null;
      const cause =
        line === null ? outcome.reason : `the interpreter that its first line names is not there: ${line}`;
      return `could not be run: ${path}: ${cause}`;
    }
  }
}

/** The `#!` line of a script; null if it has none, or is not there. */
async function readInterpreter(path: string): Promise<string | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split('\n', 1);
    return line.startsWith('#!') ? line : null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}
