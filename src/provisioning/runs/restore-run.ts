// A run as the journal kept it: what it was at is remembered there, and may be that of another release.

import { z } from 'zod';
import type { RunSummary } from '../../wire/run-summary.js';
import { Run, type RunMemory } from './run.js';

const repeatable = z.object({ id: z.string(), fingerprint: z.string() }).nullable();

const memorySchema: z.ZodType<RunMemory> = z.object({
  actions: z.array(z.object({ action: z.string(), name: z.string().nullable() })).readonly(),
  at: z.number(),
  fetched: z.array(z.string()),
  lastReport: z.number(),
  hasStalled: z.boolean(),
  refusal: repeatable,
  contact: repeatable,
});

/** A run as the journal kept it. */
export function restoreRun(summary: RunSummary): Run {
  const run = new Run(summary.run, summary.node, summary.address, Date.parse(summary.startedAt));
  run.state = summary.state;
  run.lastSignAt = Date.parse(summary.lastSignAt);
  run.endedAt = summary.endedAt === null ? null : Date.parse(summary.endedAt);
  run.definition = summary.definition;
  run.expected = summary.expected;
  run.reason = summary.reason;
  run.repeats = summary.repeats;
  run.reports = summary.reports;
  const memory = memorySchema.safeParse(summary.memory);
  if (memory.success) {
    const { actions, at, fetched, lastReport, hasStalled, refusal, contact } = memory.data;
    run.actions = actions;
    run.at = at;
    for (const name of fetched) run.fetched.add(name);
    run.takenBefore = lastReport;
    run.hasStalled = hasStalled;
    run.refusal = refusal;
    run.contact = contact;
  }
  return run;
}
