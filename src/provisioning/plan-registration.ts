// What POST /nodes would be answered, and what it would make of the node. Writes nothing and logs nothing.

import { writeNodePattern } from '../engine/topology/node-pattern.js';
import type { NewNode } from '../ports/node-store.js';
import type { NodeReport } from '../wire/node-report.js';
import { ZtpError } from '../wire/ztp-error.js';
import { factsOf } from './identify-node.js';
import { refuseKept } from './replacement/find-begun.js';
import { refuseReplaced } from './replacement/refuse-replaced.js';
import type { Site } from './site.js';
import { type NeighbordbTrial, sayMatched } from './try-neighbordb.js';

/** The answer to POST /nodes before anything is done about it. */
export type RegistrationPlan =
  | { readonly kind: 'known'; readonly words: string }
  | {
      readonly kind: 'created';
      readonly words: string;
      /** What its folder would be made of. */
      readonly files: NewNode;
      /** The name of the pattern that matched; null if it brings its own startup-config. */
      readonly pattern: string | null;
      /** The path of its definition in the data root; null if it brings its own startup-config. */
      readonly definition: string | null;
    }
  | { readonly kind: 'refused'; readonly refusal: ZtpError };

/**
 * Decides about a node (device-api.md, POST /nodes, steps 1 to 4).
 * @param tryPatterns asked only for a node that is not there and brings no config
 */
export async function planRegistration(
  site: Site,
  id: string,
  report: NodeReport,
  tryPatterns: () => Promise<NeighbordbTrial>,
): Promise<RegistrationPlan> {
  const facts = factsOf(report);
  const parts = await site.nodes.find(id);
  const replaced = parts && (await refuseReplaced(site.nodes, id));
  if (replaced) return refuse(replaced);
  if (parts?.definition || parts?.startupConfig) {
    const held = [parts.definition && 'definition', parts.startupConfig && 'startup-config'];
    const words = `nodes/${id} has ${held.filter((it) => it !== false).join(' and ')}`;
    return { kind: 'known', words };
  }
  if (parts) {
    const kept = await refuseKept(site.nodes, id);
    return refuse(
      kept ??
        new ZtpError(
          'incomplete-node',
          `nodes/${id} is there with neither definition nor startup-config: add one of them, or remove the folder`,
        ),
    );
  }
  if (report.config === '') {
    return refuse(new ZtpError('invalid-body', 'config is empty, wanted the text of a startup-config'));
  }
  if (report.config !== null) {
    const startupConfig = Buffer.from(report.config);
    const files = { facts, startupConfig, pattern: { name: 'startup-config' } };
    return {
      kind: 'created',
      words: 'it brings its own startup-config',
      files,
      pattern: null,
      definition: null,
    };
  }
  const { file, result, parts: given, refusal } = await tryPatterns();
  if (refusal) return refuse(refusal);
  if (result?.kind !== 'match' || !given) throw new Error('a trial ends in a match or in a refusal');
  const files = {
    facts,
    pattern: writeNodePattern(result.pattern),
    ...(given.definition && { definition: given.definition }),
    ...(given.configHandler && { configHandler: given.configHandler }),
  };
  const { name, definition } = result.pattern;
  return { kind: 'created', words: sayMatched(file, result.pattern), files, pattern: name, definition };
}

function refuse(refusal: ZtpError): RegistrationPlan {
  return { kind: 'refused', refusal };
}
