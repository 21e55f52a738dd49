// Runs config-handlers: one at a time per node, within limits, and waits for them at shutdown. Never delays an answer.

import { dirname, join } from 'node:path';
import { runProgram } from '../processes/run-program.js';
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
  readonly outcome: string;
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
   * @param onEnd told what came of it; null without a handler, and where it was not run
   */
  run(id: string, config: HandledConfig, onEnd: (result: HandlerResult | null) => void): void;
  /** Resolves when no handler runs or waits. */
  idle(): Promise<void>;
}

/**
 * @param environment what every handler gets besides `ZTPS_NODE_ID` and `ZTPS_CONFIG_…`: the server's own
 */
export function createConfigHandlers(site: Site, environment: NodeJS.ProcessEnv): ConfigHandlers {
  const queues = new Map<string, { waiting: number; last: Promise<void> }>();

  const runOne = async (id: string, { version, address }: HandledConfig): Promise<HandlerResult | null> => {
    const path = await site.nodes.findConfigHandler(id);
    if (!path) return null;
    const begin = performance.now();
    const { outcome, output } = await runProgram({
      path,
      environment: {
        ...environment,
        ZTPS_NODE_ID: id,
        ZTPS_CONFIG_VERSION: version === null ? '' : String(version),
        ZTPS_CONFIG_ADDRESS: address,
        ZTPS_CONFIG_PATH: join(dirname(path), 'startup-config'),
      },
      workingFolder: site.settings.dataRoot,
      timeLimitSeconds,
      maxOutputBytes,
    });
    const printed = output.trim() === '' ? '' : `: ${output.trim()}`;
    switch (outcome.kind) {
      case 'exited':
        if (outcome.status === 0) site.log.info(`config-handler succeeded${printed}`, { node: id });
        else
          site.log.error(`config-handler failed with exit status ${outcome.status}${printed}`, { node: id });
        break;
      case 'killed':
        site.log.error(`config-handler was ended by ${outcome.signal}${printed}`, { node: id });
        break;
      case 'timed-out':
        site.log.error(`config-handler was killed after ${outcome.seconds} s${printed}`, { node: id });
        break;
      case 'not-started':
        site.log.error(`config-handler ${path} could not be run: ${outcome.reason}`, { node: id });
    }
    return {
      status: outcome.kind === 'exited' ? outcome.status : null,
      outcome: outcome.kind,
      output: output.trim(),
      duration: Math.round(performance.now() - begin) / 1000,
    };
  };

  return {
    run(id, config, onEnd) {
      const queue = queues.get(id) ?? { waiting: 0, last: Promise.resolve() };
      if (queue.waiting >= maxWaiting) {
        site.log.warning(`config-handler not run: ${maxWaiting} runs of it wait already`, { node: id });
        onEnd(null);
        return;
      }
      queue.waiting += 1;
      queue.last = queue.last
        .then(() => runOne(id, config))
        .catch((error: unknown) => {
          site.log.error(`config-handler: ${String(error)}`, { node: id });
          return null;
        })
        .then((result) => {
          onEnd(result);
          queue.waiting -= 1;
          if (queue.waiting === 0) queues.delete(id);
        });
      queues.set(id, queue);
    },
    async idle() {
      while (queues.size > 0) await Promise.all([...queues.values()].map((queue) => queue.last));
    },
  };
}
