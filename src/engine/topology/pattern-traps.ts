// Warns of constraints that are valid and yet cannot do what their author means. Changes nothing.

import type { InterfaceEntry, Peer } from './constraint.js';
import type { Findings } from './findings.js';
import { type NameTest, passesPlainTest } from './name-test.js';
import { namePattern, type Pattern } from './pattern.js';
import { showText } from './show-text.js';

/** Constraints are compared with one another: patterns longer than any hand writes are left alone. */
const mostCompared = 1000;

/**
 * Warns of a general constraint in front of a special one, which it robs of its cable; of two constraints that want
 * one interface; and of a constraint that another one forbids.
 */
export function warnOfTraps(pattern: Pattern, findings: Findings): void {
  if (pattern.constraintCount > mostCompared) return;
  const positive = pattern.entries.filter((entry) => !entry.negative);
  const negative = pattern.entries.filter((entry) => entry.negative);
  const owner = namePattern(pattern.name);
  warnOfSharedInterface(positive, owner, findings);
  for (const [index, entry] of positive.entries()) {
    const robbed = positive.slice(index + 1).find((later) => swallows(entry, later));
    if (robbed !== undefined) {
      findings.warning(
        entry.line,
        `${owner}: ${showEntry(entry)} stands before ${showEntry(robbed)} (line ${robbed.line}) and may use up the cable ` +
          'that the latter needs, since an interface counts for the first constraint that it satisfies; move it behind the latter',
      );
    }
    const forbidding = negative.find((other) => forbids(other, entry));
    if (forbidding !== undefined) {
      findings.warning(
        entry.line,
        `${owner} can not match: ${showEntry(entry)} wants what ${showEntry(forbidding)} (line ${forbidding.line}) forbids`,
      );
    }
  }
}

function warnOfSharedInterface(positive: readonly InterfaceEntry[], owner: string, findings: Findings): void {
  const wanting = new Map<string, InterfaceEntry>();
  for (const entry of positive) {
    for (const name of entry.interfaces ?? []) {
      const first = wanting.get(name);
      if (first !== undefined) {
        findings.warning(
          entry.line,
          `${owner} can not match: ${showEntry(first)} (line ${first.line}) and ${showEntry(entry)} both want ${name}, ` +
            'and an interface counts for one constraint only',
        );
        return;
      }
      wanting.set(name, entry);
    }
  }
}

/** True if `entry` takes any cable that `later` could take, and others too. */
function swallows(entry: InterfaceEntry, later: InterfaceEntry): boolean {
  if (entry.interfaces !== null || !coversPeer(entry.peer, later.peer)) return false;
  return later.interfaces !== null || entry.peer !== later.peer;
}

/** True if every neighbour that satisfies `wanted` violates `negative`. */
function forbids(negative: InterfaceEntry, wanted: InterfaceEntry): boolean {
  if (!coversPeer(negative.peer, wanted.peer)) return false;
  const { interfaces } = negative;
  if (interfaces === null) return true;
  return wanted.interfaces?.some((name) => interfaces.includes(name)) ?? false;
}

function coversPeer(wide: Peer, narrow: Peer): boolean {
  return covers(wide.device, narrow.device) && covers(wide.port, narrow.port);
}

/** True if it is certain that whatever passes `narrow` passes `wide`. */
function covers(wide: NameTest | null, narrow: NameTest | null): boolean {
  if (wide === null || wide === narrow) return true;
  if (narrow === null || narrow.kind !== 'exact') return false;
  if (wide.kind !== 'regex') return passesPlainTest(wide, narrow.argument);
  const { regex } = wide;
  return regex.engine === 'linear' && regex.matchesAtStart(narrow.argument, () => 'timed-out') === 'match';
}

function showEntry({ local, written }: InterfaceEntry): string {
  const peer = typeof written === 'string' ? written : `${written.device}:${written.port ?? 'any'}`;
  return showText(`${local}: ${peer}`);
}
