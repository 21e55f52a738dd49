// The words for the actions of a run, and what can be told of them where the client does not say it.

import type { Entry } from '../recorder.js';
import type { Run } from './run.js';

/** `action 2 of 3, add_config`. */
export function nameAction(run: Run, at: number): string {
  return `action ${at + 1} of ${run.actions.length}, ${run.actions[at]?.action ?? 'unknown'}`;
}

/** What comes next when the actions before `at` are done. */
export function expectAction(run: Run, at: number): string {
  return at < run.actions.length ? nameAction(run, at) : 'the end of the run';
}

/** The run is at action `next` (behind the last one: it has ended), so those before it are done. */
export function inferActions(
  run: Run,
  next: number,
  record: (entry: Omit<Entry, 'run' | 'node'>) => void,
): void {
  const say = (at: number, verb: 'started' | 'succeeded'): void => {
    const { action = '', name = null } = run.actions[at] ?? {};
    record({
      type: `action-${verb}`,
      message: `${nameAction(run, at)}, ${verb} (told by what the switch asked for)`,
      data: { index: at + 1, of: run.actions.length, action, name, inferred: true },
    });
  };
  for (let at = Math.max(run.at, 0); at < next; at += 1) {
    if (at > run.at) say(at, 'started');
    say(at, 'succeeded');
  }
  if (next < run.actions.length) say(next, 'started');
  run.at = Math.min(next, run.actions.length - 1);
}
