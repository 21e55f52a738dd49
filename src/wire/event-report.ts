// What a switch posts to /nodes/{id}/events (events.md, Reports). Claims of a stranger: shaped here, believed nowhere.

import { z } from 'zod';
import { recordLevels } from './journal-record.js';
import { nestsDeeperThan } from './nesting.js';

/** What a switch may say of itself. */
export const reportedTypes = [
  'action-started',
  'action-succeeded',
  'action-failed',
  'log',
  'completed',
  'failed',
] as const;

const event = z.object({
  seq: z.int().min(1).max(1_000_000_000),
  at: z.union([z.string().max(64), z.number()]).nullish(),
  type: z.enum(reportedTypes),
  level: z.enum(recordLevels).nullish(),
  message: z.string().nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
});

const schema = z.object({
  run: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, { message: 'wanted the id that X-ZTPS-Run gave' }),
  events: z.array(event).max(5_000),
});

/** How deep a body may nest. */
const maxDepth = 16;

/** One event, as the switch says. */
export interface ReportedEvent {
  readonly seq: number;
  /** The switch's own clock, which may say 1970; null if it says nothing. */
  readonly at: string | number | null;
  readonly type: (typeof reportedTypes)[number];
  readonly level: (typeof recordLevels)[number];
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The body of POST /nodes/{id}/events. */
export interface EventReport {
  readonly run: string;
  readonly events: readonly ReportedEvent[];
}

/** A report, or one sentence that says what was wrong. */
export type EventReportResult =
  | { readonly ok: true; readonly report: EventReport }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads the body of POST /nodes/{id}/events.
 * @param body the bytes as received
 */
export function parseEventReport(body: Buffer): EventReportResult {
  if (nestsDeeperThan(maxDepth, body)) {
    return { ok: false, reason: `the body nests deeper than ${maxDepth} levels` };
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { ok: false, reason: body.length === 0 ? 'the body is empty' : 'the body is not JSON in UTF-8' };
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    return { ok: false, reason: `${where === '' ? 'the body' : where}: ${issue?.message ?? 'not valid'}` };
  }
  const { run, events } = parsed.data;
  return {
    ok: true,
    report: {
      run,
      events: events.map(({ seq, at, type, level, message, data }) => ({
        seq,
        at: at ?? null,
        type,
        level: level ?? (type === 'failed' || type === 'action-failed' ? 'error' : 'info'),
        message: message ?? '',
        data: data ?? {},
      })),
    },
  };
}
