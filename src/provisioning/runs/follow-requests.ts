// What the requests of a switch tell of its run: all that is known of a client that does not report (events.md,
// action-started and its kind).

import type { Caller } from '../caller.js';
import type { Site } from '../site.js';
import { expectAction, inferActions } from './infer-actions.js';
import type { RunTracker } from './run-tracker.js';

/**
 * An action's file was asked for. Of a client that does not say more, that means that the action starts, and that those
 * before it are done: it fetches an action when it comes to it.
 */
export function followActionRequest(runs: RunTracker, caller: Caller, name: string): void {
  const run = runs.attribute(caller);
  if (!run) return;
  runs.touch(run, caller.address);
  run.fetched.add(name);
  // Who knows its run reports for itself.
  if (caller.run !== null || run.reports || run.state !== 'provisioning') return;
  const next = run.actions.findIndex(({ action }, at) => at > run.at && action === name);
  if (next === -1) return;
  inferActions(run, next, (entry) => runs.record(run, entry));
  run.expected = run.hasFetchedAll ? 'the end of the run' : expectAction(run, next + 1);
  runs.changed(run);
}

/** A file on its way to a switch: as long as it goes on, the switch is alive. */
export interface Transfer {
  passed(bytes: number): void;
  /**
   * @param isWhole false if the connection ended before the last byte
   * @param reason why the server ended it, in words
   */
  end(isWhole: boolean, reason?: string): void;
}

/**
 * A file is being sent; when that is over, it is recorded.
 * @param path below the data root, with `/`
 * @param range the part that was asked for; null for all of it
 */
export function beginTransfer(site: Site, caller: Caller, path: string, range: string | null): Transfer {
  const { runs, recorder } = site;
  const run = runs.attribute(caller);
  const begin = performance.now();
  let bytes = 0;
  if (run) {
    runs.touch(run, caller.address);
    run.transfers += 1;
  }
  return {
    passed(count) {
      bytes += count;
    },
    end(isWhole, reason) {
      const duration = Math.round(performance.now() - begin) / 1000;
      if (run) {
        run.transfers -= 1;
        runs.touch(run);
      }
      if (bytes === 0 && reason === undefined) return;
      const end = isWhole ? `sent, ${bytes} bytes` : `was cut off after ${bytes} bytes`;
      const why = reason === undefined ? '' : `: ${reason} meanwhile`;
      const entry = {
        type: 'download',
        level: isWhole ? 'info' : 'warning',
        message: `${path} ${end} in ${duration} s${range === null ? '' : ` (${range})`}${why}`,
        data: {
          path,
          bytes,
          duration,
          whole: isWhole,
          ...(range !== null && { range }),
          ...(reason !== undefined && { reason }),
        },
        address: caller.address,
      } as const;
      if (run) runs.record(run, entry, isWhole);
      else recorder.recordQuietly({ ...entry, node: caller.node });
    },
  };
}

/**
 * A big file had to wait for its turn, since so many were on their way: recorded once that is over.
 * @param waited seconds
 * @param begun false if the switch was told to come again
 */
export function recordWait(site: Site, caller: Caller, path: string, waited: number, begun: boolean): void {
  const run = site.runs.attribute(caller);
  const end = begun ? 'is sent now' : 'is to be asked for again';
  const entry = {
    type: 'download',
    message: `${path} waited ${waited} s for its turn and ${end}`,
    data: { path, waited, begun },
    address: caller.address,
  } as const;
  if (run) {
    site.runs.touch(run, caller.address);
    site.runs.record(run, entry);
  } else {
    site.recorder.record({ ...entry, node: caller.node });
  }
}
