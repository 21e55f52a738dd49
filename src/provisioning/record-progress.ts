// POST /nodes/{id}/events: what a switch says of its own run (events.md, Reports).

import { setTimeout as delay } from 'node:timers/promises';
import type { EventReport, ReportedEvent } from '../wire/event-report.js';
import { reaches } from '../wire/journal-record.js';
import { ZtpError } from '../wire/ztp-error.js';
import { expectAction, nameAction } from './runs/infer-actions.js';
import type { Run } from './runs/run.js';
import type { Site } from './site.js';

/** Reports that are taken of one run: far over what any definition needs. */
const mostReports = 20_000;
/** How long a switch waits at most until its report is on disk, in milliseconds. */
const patienceMs = 2_000;

/**
 * Takes a report. One that was taken before changes nothing.
 * @returns how many events there were
 * @throws ZtpError `no-such-run` for a node without a folder and without a run, `invalid-body` for another node's run
 */
export async function recordProgress(
  site: Site,
  id: string,
  report: EventReport,
  address: string,
): Promise<number> {
  const run = await findRun(site, id, report.run, address);
  const news = report.events.filter(({ seq }) => run.take(seq));
  for (const event of news) follow(site, run, event, address);
  // What was said before is no sign of life of a run that is over.
  if (run.isOpen || news.length > 0) {
    site.runs.touch(run, address);
    site.runs.changed(run);
  }
  // What was acknowledged is durable, unless the journal can not be written: then it is kept in memory.
  await Promise.race([site.journal.flush(), delay(patienceMs, null, { ref: false })]);
  return report.events.length;
}

async function findRun(site: Site, id: string, claimed: string, address: string): Promise<Run> {
  const { runs } = site;
  const known = runs.find(claimed) ?? (await recall(site, claimed));
  if (known && known.node !== id) {
    throw new ZtpError('invalid-body', `run ${claimed} is not one of node ${id}`);
  }
  const isWelcome = known?.isOpen || runs.current(id) !== null || (await site.nodes.find(id)) !== null;
  if (!isWelcome) {
    throw new ZtpError(
      'no-such-run',
      `node ${id} has neither a folder nor an open run: it has to POST /nodes first`,
    );
  }
  return known ?? runs.adopt(claimed, id, address);
}

/** A run that ended long ago, and that nobody but the journal remembers. */
async function recall(site: Site, claimed: string): Promise<Run | null> {
  try {
    const [summary] = await site.journal.runs({ run: claimed, limit: 1 });
    return summary ? await site.runs.recall(summary) : null;
  } catch {
    // Who can not read the journal takes the report for what it says.
    return null;
  }
}

function follow(site: Site, run: Run, event: ReportedEvent, address: string): void {
  const { runs } = site;
  const { type, seq, at, level, message } = event;
  const isEnd = type === 'completed' || type === 'failed';
  run.reports = true;
  if (run.taken.size > mostReports && !isEnd) {
    if (run.taken.size === mostReports + 1) {
      site.log.warning(`run ${run.id}: more than ${mostReports} events, further ones are left out`, {
        node: run.node ?? '',
      });
    }
    return;
  }
  if (run.held) runs.release(run);
  const ending = isEnd ? { duration: run.duration, reason: null } : {};
  const data = { ...ending, ...event.data, ...(at !== null && { at }) };
  if (!isEnd) runs.touch(run, address);
  if (type.startsWith('action-')) followAction(run, event);
  const words = message === '' ? describe(run, event) : message;
  // What is no step and no trouble is for the journal.
  const isQuiet = type === 'log' && !reaches(level, 'warning');
  if (isQuiet) site.log.debug(words, { node: run.node ?? '', run: run.id });
  runs.record(run, { type, level, message: words, data, source: 'switch', address, report: seq }, isQuiet);
  if (isEnd) {
    const { reason = event.data.cause } = event.data;
    const given = typeof reason === 'string' ? reason : type === 'failed' ? message : null;
    runs.touch(run, address);
    runs.end(run, { state: type, message: words, reason: given?.slice(0, 1000) ?? null }, 'journal');
  }
}

/** Where the run stands by what the switch says of an action. */
function followAction(run: Run, { type, data }: ReportedEvent): void {
  const index = typeof data.index === 'number' && Number.isInteger(data.index) ? data.index : 0;
  if (index < 1 || index > Math.max(run.actions.length, 1)) return;
  if (run.isOpen) run.state = 'provisioning';
  run.at = index - 1;
  if (type === 'action-started') run.expected = `the end of ${nameAction(run, run.at)}`;
  else if (type === 'action-succeeded') run.expected = expectAction(run, index);
  else run.expected = 'the end of the run';
}

function describe(run: Run, { type, data }: ReportedEvent): string {
  return typeof data.index === 'number' ? `${nameAction(run, data.index - 1)}: ${type}` : type;
}
