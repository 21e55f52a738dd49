// Which node a report or a path speaks of. The id becomes a folder name, so nothing unsafe passes here.

import type { NodeFacts } from '../engine/node-facts.js';
import { isNodeId } from '../wire/node-id.js';
import type { NodeReport } from '../wire/node-report.js';
import { ZtpError } from '../wire/ztp-error.js';
import type { SiteSettings } from './site.js';

/** A MAC address without its separators, as node ids and `.node` carry it (device-api.md). */
export function stripMac(mac: string): string {
  return mac.replaceAll(/[:.-]/g, '');
}

/**
 * The node id in a path.
 * @throws ZtpError `invalid-node-id`
 */
export function readNodeId(settings: SiteSettings, text: string): string {
  const id = settings.identifier === 'systemmac' ? stripMac(text) : text;
  if (isNodeId(id)) return id;
  throw new ZtpError(
    'invalid-node-id',
    `node id ${quote(text)} can not be used: wanted 1 to 128 letters, digits, ".", "_" or "-", not starting with "."`,
  );
}

/**
 * The node id that a report gives, by `[default] identifier`.
 * @throws ZtpError `invalid-node-id` when it is missing or unsafe
 */
export function identifyNode(settings: SiteSettings, report: NodeReport): string {
  const found = report[settings.identifier];
  if (found === null || found === '') {
    throw new ZtpError(
      'invalid-node-id',
      `the report has no ${settings.identifier}, which [default] identifier makes the node id`,
    );
  }
  return readNodeId(settings, found);
}

/** The facts to keep of a report. */
export function factsOf(report: NodeReport): NodeFacts {
  const { config: _, systemmac, ...facts } = report;
  return { ...facts, systemmac: systemmac === null ? null : stripMac(systemmac) };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}…` : text);
}
